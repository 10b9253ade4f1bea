#!/bin/sh
# Puts the shims that the npm package carries into dist/shim: prebuild.sh [architecture…], both by default.
#
# They are linked with musl, statically: small, at home on any Linux of their architecture, and under musl's licence
# (MIT). A musl for the other architecture comes on Debian with
#   dpkg --add-architecture arm64 && apt-get update && apt-get install gcc-aarch64-linux-gnu musl-dev:arm64
# A release, whose machines compile one architecture each, names the folder of finished shims instead:
# SHIM_FOLDER=shims, with shims/linux-arm64/flowforge-shim in it.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
target=$here/../../dist/shim
[ $# -gt 0 ] || set -- x64 arm64

for architecture; do
  shim=$target/linux-$architecture/flowforge-shim
  case $architecture in
    x64) machine=x86_64 ;;
    arm64) machine=aarch64 ;;
    *) echo "no such architecture: $architecture (x64, arm64)" >&2 && exit 1 ;;
  esac
  if [ -n "${SHIM_FOLDER:-}" ]; then
    mkdir -p "${shim%/*}"
    cp "$SHIM_FOLDER/linux-$architecture/flowforge-shim" "$shim.$$"
    chmod 755 "$shim.$$"
    mv "$shim.$$" "$shim"
  else
    specs=/usr/lib/$machine-linux-musl/musl-gcc.specs
    if ! command -v "$machine-linux-gnu-gcc" >/dev/null || [ ! -e "$specs" ]; then
      echo "cannot build the shim for linux-$architecture: it needs $machine-linux-gnu-gcc and musl for it" >&2
      echo "  $0 says how they are installed; SHIM_FOLDER names finished shims." >&2
      exit 1
    fi
    CC="$machine-linux-gnu-gcc -specs $specs" SHIM_STATIC=only sh "$here/build.sh" "${shim%/*}"
  fi
  echo "linux-$architecture: $(wc -c <"$shim") bytes" >&2
done
