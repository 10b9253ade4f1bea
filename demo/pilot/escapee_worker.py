"""A tree that tries to get away: children that ignore SIGTERM, leave their session and their parents, or forget
their environment. It ends by itself after a minute, so that not even a failed drill leaves it for long."""

import os
import signal
import subprocess
import sys
import time

STUBBORN = """
import os, signal, sys, time
for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
    signal.signal(number, signal.SIG_IGN)
if "session" in sys.argv:
    os.setsid()
if "orphan" in sys.argv and os.fork():
    os._exit(0)
time.sleep(60)
"""

mark = sys.argv[1]
for escape in (["stay"], ["session"], ["session", "orphan"]):
    subprocess.Popen([sys.executable, "-c", STUBBORN, mark, *escape], stdout=subprocess.DEVNULL)
bare = {"PATH": os.environ.get("PATH", "")}
subprocess.Popen([sys.executable, "-c", STUBBORN, mark, "session", "orphan"], env=bare, stdout=subprocess.DEVNULL)
time.sleep(0.3)
print("escapees are out", flush=True)
if "fail" in sys.argv:
    sys.exit(3)
until = time.monotonic() + 60
turn = 0
while time.monotonic() < until:
    turn += 1
    print(f"turn {turn} done", flush=True)
    time.sleep(0.2)
