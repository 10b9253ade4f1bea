#!/bin/sh
# Builds the shims that the npm package carries, static, so that they run on glibc and musl alike:
# dist/shim/linux-x64/flowforge-shim and dist/shim/linux-arm64/flowforge-shim.
# The other architecture needs a cross compiler (Debian: gcc-aarch64-linux-gnu libc6-dev-arm64-cross, or the x86-64 ones).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
target=${1:-$here/../../dist/shim}
for pair in x64:x86_64 arm64:aarch64; do
  architecture=${pair%%:*}
  machine=${pair##*:}
  compiler=$machine-linux-gnu-gcc
  [ "$(uname -m)" = "$machine" ] && compiler=${CC:-cc}
  command -v "$compiler" >/dev/null || {
    echo "no compiler for linux-$architecture ($compiler)" >&2
    exit 1
  }
  CC=$compiler SHIM_STATIC=only sh "$here/build.sh" "$target/linux-$architecture"
  echo "linux-$architecture: $(wc -c <"$target/linux-$architecture/flowforge-shim") bytes"
done
