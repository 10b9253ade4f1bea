"""A cycle of five: the same five steps, none of which leads anywhere, on a busy core."""

import math

STEPS = [
    "opening the workspace",
    "reading the plan",
    "running the tool",
    "error: the tool failed with exit code 2",
    "starting over",
]
print("cycle worker booted", flush=True)
while True:
    for step in STEPS:
        sum(math.sqrt(number) for number in range(600_000))
        print(step, flush=True)
