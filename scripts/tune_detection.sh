#!/bin/sh
# Which profile and which limit suit: replays recorded runs over a grid. Usage: tune_detection.sh [folder]
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
exec "$root/flowforge" tune "${1:-$root/pilot_artifacts/tuning-$(date -u +%Y%m%d-%H%M%S)}"
