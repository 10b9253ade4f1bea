#!/bin/sh
# Builds the shim into a folder: build.sh <folder>. Static where the system can, so that it runs on any Linux of this
# architecture. Without a compiler, or elsewhere than on Linux, it says so and fails; FlowForge works without it.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
target=$1/flowforge-shim
if [ "$(uname -s)" != Linux ]; then
  echo "the shim is for Linux" >&2
  exit 1
fi
compiler=${CC:-}
for candidate in cc gcc clang; do
  [ -n "$compiler" ] || compiler=$(command -v "$candidate" || true)
done
if [ -z "$compiler" ]; then
  echo "no C compiler (cc, gcc or clang)" >&2
  exit 1
fi
mkdir -p "$1"
draft=$target.$$
trap 'rm -f "$draft"' EXIT
compile() {
  # shellcheck disable=SC2086
  $compiler -std=c11 -O2 -Wall -Wextra -Werror -D_FORTIFY_SOURCE=2 -fstack-protector-strong -pthread -s $1 \
    -o "$draft" "$here"/*.c -lutil
}
if [ "${SHIM_STATIC:-}" = only ]; then
  compile -static
else
  compile -static 2>/dev/null || compile ''
fi
mv "$draft" "$target"
