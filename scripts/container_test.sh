#!/bin/sh
# Builds the images of the Dockerfile and runs them as docs/operations.md says, on a machine that need have neither
# Docker nor a registry of images: Debian 12 or later, as root. Installs what it needs.
#   container_test.sh                 everything, some minutes
#   container_test.sh --if-at-hand    only builds, and only where it has all been made before; says so where it is
#                                     skipped. The last line printed is the file of variables for `vitest run test/container`.
# What is kept between calls lies in FLOWFORGE_CONTAINER_DIR, else in /var/tmp/flowforge-container.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
folder=${FLOWFORGE_CONTAINER_DIR:-/var/tmp/flowforge-container}

has_tools() {
  for tool in buildah podman runc debootstrap openssl; do
    command -v "$tool" >/dev/null || return 1
  done
  [ -x /usr/lib/podman/netavark ]
}

skip() {
  echo "== skipped the test of the container: $*; scripts/container_test.sh runs it as root" >&2
  exit 0
}

if [ "${1:-}" = --if-at-hand ]; then
  [ "$(id -u)" -eq 0 ] || skip 'it needs root'
  has_tools || skip 'podman, buildah or runc are not installed'
  [ -e "$folder/env" ] || skip 'no image has been built here before'
  sh scripts/container/images.sh "$folder" || exit 1
  echo "$folder/env"
  exit 0
fi

[ "$(id -u)" -eq 0 ] || {
  echo 'container_test.sh: needs root, to build and run images' >&2
  exit 1
}
if ! has_tools; then
  echo '== installing what builds and runs images'
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends buildah podman runc netavark debootstrap iptables uidmap openssl
fi
sh scripts/prepare.sh "$root" </dev/null
sh scripts/container/images.sh "$folder"
# shellcheck disable=SC1091
. "$folder/env"
IFS= read -r node <.runtime/node-path
PATH=$(dirname "$node"):$root/node_modules/.bin:$PATH FLOWFORGE_CONTAINER_TEST=full \
  exec timeout 1200 vitest run test/container
