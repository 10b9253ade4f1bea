"""A leak with a bound: it grows by 20 MB every half second, and ends by itself at 600 MB."""

import time

print("leak worker booted", flush=True)
kept = []
for step in range(1, 31):
    kept.append(bytearray(20_000_000))
    print(f"batch {step} loaded, {step * 20} MB held", flush=True)
    time.sleep(0.5)
print("leak worker finished", flush=True)
