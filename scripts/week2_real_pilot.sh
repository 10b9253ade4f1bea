#!/bin/sh
# Your own commands under guard. Usage: week2_real_pilot.sh [commands.txt] [folder]. The commands run in this checkout.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)

# Places are as the caller sees them; the commands start where demo/ is.
absolute() {
  case $1 in
    /*) printf %s "$1" ;;
    *) printf %s "$PWD/$1" ;;
  esac
}
file=$(absolute "${1:-pilot_commands.txt}")
folder=$(absolute "${2:-$root/pilot_artifacts/week2-real-$(date -u +%Y%m%d-%H%M%S)}")
cd "$root"
exec ./flowforge pilot --fail-on-mismatch --keep-going "$file" "$folder"
