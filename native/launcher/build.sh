#!/bin/sh
# Builds the launcher: build.sh <folder> makes <folder>/flowforge, static, so that it runs on any Linux of this
# architecture. It looks for what it starts in <folder>/../lib/flowforge.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
target=$1/flowforge
mkdir -p "$1"
draft=$target.$$
trap 'rm -f "$draft"' EXIT
"${CC:-cc}" -std=c11 -Os -static -s -Wall -Wextra -Werror -D_FORTIFY_SOURCE=2 -fstack-protector-strong \
  -o "$draft" "$here/launcher.c"
mv "$draft" "$target"
