"""Silent computation: a busy core and no output for a while, as a solver or a compiler works."""

import time

print("silent worker booted", flush=True)
until, found, number = time.monotonic() + 20, 0, 3
while time.monotonic() < until:
    found += all(number % factor for factor in range(3, int(number**0.5) + 1, 2))
    number += 2
print(f"silent worker finished: {found} primes below {number}", flush=True)
