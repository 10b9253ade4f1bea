"""A runaway: burns a core, prints the same failure again and again, and would never end."""

import math

print("runaway worker booted", flush=True)
turn = 0
while True:
    turn += 1
    sum(math.sqrt(number) for number in range(120_000))
    if turn % 2 == 0:
        print("processing request 4242 failed, retrying endlessly", flush=True)
