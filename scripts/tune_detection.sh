#!/bin/sh
# Which profile and which limit suit: records workloads and replays them over a grid.
# Usage: tune_detection.sh [folder] [flags of `flowforge tune`]
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
folder=${1:-$root/pilot_artifacts/tuning-$(date -u +%Y%m%d-%H%M%S)}
[ $# -eq 0 ] || shift
exec "$root/flowforge" tune "$folder" "$@"
