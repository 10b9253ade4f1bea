"""A worker that does its work: every line says something new, and most of the time it waits."""

import time

print("healthy worker started", flush=True)
for job in range(1, 101):
    time.sleep(0.2)
    checksum = sum(job * number % 97 for number in range(20_000))
    print(f"job {job}/100 done, checksum {checksum}", flush=True)
print("all jobs done", flush=True)
