#!/bin/sh
# What the launcher adds to a start: ./flowforge --version beside the same bundle called directly, in turns, and
# beside an empty Node program. Prints medians, the difference and the ratio.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
"$root/flowforge" --version >/dev/null
IFS= read -r node <"$root/.runtime/node-path"
exec "$node" "$root/bench/launcher.ts" "$root" "$node"
