"""A worker that has lost its way: it burns a core and prints the same failure again and again."""

import math

print("runaway worker started", flush=True)
turn = 0
while True:
    turn += 1
    sum(math.sqrt(number) for number in range(120_000))
    if turn % 5 == 0:
        print("processing request 4242 failed, retrying endlessly", flush=True)
