#!/bin/sh
# Breaks FlowForge in every way it must survive, and counts what is left. Usage: recovery_drill.sh [folder]
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
exec "$root/flowforge" drill "${1:-$root/pilot_artifacts/recovery-$(date -u +%Y%m%d-%H%M%S)}"
