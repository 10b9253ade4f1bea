#!/bin/sh
# The first pilot: healthy, bursty and runaway workers under guard. Usage: week1_pilot.sh [folder]
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
exec "$root/flowforge" pilot --preset week1 "${1:-$root/pilot_artifacts/week1-$(date -u +%Y%m%d-%H%M%S)}"
