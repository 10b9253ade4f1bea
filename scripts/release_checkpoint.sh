#!/bin/sh
# Whether this checkout may be released: every gate, the tests, the demo and the drill. Usage: release_checkpoint.sh [folder]
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
exec "$root/flowforge" checkpoint --keep-going "${1:-$root/pilot_artifacts/release-$(date -u +%Y%m%d-%H%M%S)}"
