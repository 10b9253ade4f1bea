"""Healthy work: a queue is served at an even pace, and every line tells what became of something."""

import random
import time

rnd = random.Random(7)
print("healthy worker booted", flush=True)
for tick in range(1, 19):
    time.sleep(0.35)
    depth, latency = rnd.randint(1, 7), rnd.randint(45, 130)
    print(f"tick={tick} queue_depth={depth} latency_ms={latency} status=ok", flush=True)
print("healthy worker finished", flush=True)
