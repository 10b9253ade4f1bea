"""Healthy work that looks like a loop: an epoch counter on a busy core, as training prints it."""

import math

EPOCHS = 500
loss = 2.5
for epoch in range(1, EPOCHS + 1):
    noise = sum(math.sin(epoch * number) for number in range(200_000)) / 200_000
    loss = loss * 0.995 + abs(noise)
    print(f"Epoch {epoch}/{EPOCHS} loss={loss:.4f}", flush=True)
