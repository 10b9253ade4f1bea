#!/bin/sh
# Builds the images of the Dockerfile on a machine that has neither Docker nor a registry of images, as a test needs
# them: the base is made from Debian's packages, Node comes from npm's registry. For Debian 12 and later, as root.
#   images.sh <folder>     keeps bases and images in the folder, and leaves `env` there, for those who run them
# NODE_IMAGE and BASE_IMAGE name real ones where a registry can be reached.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
mkdir -p "$1"
folder=$(cd "$1" && pwd)

say() { echo "container: $*" >&2; }

quietly() {
  "$@" >"$folder/log" 2>&1 && return 0
  tail -n 30 "$folder/log" >&2
  say "failed: $*"
  return 1
}

# Layers are laid over each other where the kernel lets us, and copied in full where not.
storage_driver() {
  mkdir -p "$folder/lower" "$folder/upper" "$folder/work" "$folder/merged"
  driver=vfs
  if mount -t overlay overlay -o "lowerdir=$folder/lower,upperdir=$folder/upper,workdir=$folder/work" "$folder/merged" 2>/dev/null; then
    umount "$folder/merged"
    driver=overlay
  fi
  rm -rf "$folder/lower" "$folder/upper" "$folder/work" "$folder/merged"
  echo "$driver"
}

# Podman's defaults expect systemd, cgroups of one version only, and limits that not everybody may set.
configure() {
  cat >"$folder/storage.conf" <<END
[storage]
driver = "$(storage_driver)"
runroot = "$folder/run"
graphroot = "$folder/storage"
END
  cat >"$folder/containers.conf" <<END
[network]
network_backend = "netavark"
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
[containers]
default_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]
END
  export CONTAINERS_STORAGE_CONF="$folder/storage.conf" CONTAINERS_CONF="$folder/containers.conf"
}

# Last: it says that everything is at hand.
leave_env() {
  cat >"$folder/env" <<END
export CONTAINERS_STORAGE_CONF='$folder/storage.conf' CONTAINERS_CONF='$folder/containers.conf'
export FLOWFORGE_TEST_IMAGE=localhost/flowforge:test
END
}

# What Debian's own slim image is, more or less: the essential packages without their papers.
make_base() {
  podman image exists localhost/debian:slim && return 0
  say 'making a base from the packages of Debian …'
  rm -rf "$folder/base"
  quietly debootstrap --variant=minbase --include=ca-certificates bookworm "$folder/base"
  (cd "$folder/base" && rm -rf var/cache/apt/* var/lib/apt/lists/* usr/share/doc/* usr/share/man/* usr/share/locale/* usr/share/info/*)
  tar -C "$folder/base" -c . | quietly podman import - localhost/debian:slim
  rm -rf "$folder/base"
}

make_node() {
  podman image exists localhost/node:slim && return 0
  say 'adding Node from the registry of npm …'
  rm -rf "$folder/node"
  mkdir -p "$folder/node"
  cp "$root/scripts/node/package.json" "$root/scripts/node/package-lock.json" "$folder/node/"
  (cd "$folder/node" && quietly npm ci --ignore-scripts && quietly npm install --no-save --ignore-scripts npm@11)
  cp "$folder"/node/node_modules/node-linux-*/bin/node "$folder"/node/node_modules/node-linux-*/LICENSE "$folder/node/"
  cat >"$folder/node/Dockerfile" <<END
FROM localhost/debian:slim
COPY node /usr/local/bin/node
COPY LICENSE /usr/local/LICENSE
COPY node_modules/npm /usr/local/lib/node_modules/npm
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm
END
  quietly buildah bud --isolation chroot --format docker -t localhost/node:slim "$folder/node"
  rm -rf "$folder/node"
}

build() {
  say "building $1 …"
  # The certificates of this machine, for a registry that is reached through somebody else's.
  quietly buildah bud --isolation chroot --format docker --layers -v /etc/ssl/certs:/etc/ssl/certs:ro \
    --build-arg NODE_IMAGE="${NODE_IMAGE:-localhost/node:slim}" \
    --build-arg BASE_IMAGE="${BASE_IMAGE:-localhost/debian:slim}" \
    --build-arg NPM_CONFIG_CAFILE=/etc/ssl/certs/ca-certificates.crt \
    --build-arg NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt \
    --build-arg VERSION="$(sed -n 's/^  "version": "\(.*\)",/\1/p' "$root/package.json")" \
    -t "$1" ${2:+--target "$2"} "$root"
}

configure
[ -n "${BASE_IMAGE:-}" ] || make_base
[ -n "${NODE_IMAGE:-}" ] || make_node
build localhost/flowforge:slim slim
build localhost/flowforge:test
leave_env
