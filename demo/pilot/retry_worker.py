"""A sleepy retry: hardly any CPU, but the same request fails again and again, with a wait between."""

import time
import uuid

print("retry worker booted", flush=True)
attempt = 0
while True:
    attempt += 1
    print(
        f"POST https://api.example.com/v1/jobs failed: 503 Service Unavailable "
        f"(attempt {attempt}, request {uuid.uuid4()}), retrying",
        flush=True,
    )
    time.sleep(1.2)
