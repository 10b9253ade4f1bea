"""Healthy work in bursts: now and then it needs a whole core for a moment, and between them it waits."""

import math
import random
import time

rnd = random.Random(11)
print("bursty worker booted", flush=True)
for tick in range(1, 15):
    if tick % 4 == 0:
        phase = "burst"
        sum(math.sqrt(number) for number in range(2_500_000))
    else:
        phase = "steady"
        time.sleep(0.5)
    print(f"tick={tick} phase={phase} jobs={rnd.randint(2, 11)} status=ok", flush=True)
print("bursty worker finished", flush=True)
