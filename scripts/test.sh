#!/bin/sh
# Every gate and every test, on a fresh machine as well: needs no step before it. Goes through all gates even where
# one fails. The last line printed is the count of the tests, and a gate that failed counts as a failed test.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"

failed_gates=0

gate() {
  echo "== $*"
  "$@" && return 0
  echo "== FAILED: $*"
  failed_gates=$((failed_gates + 1))
}

# What the tests run beside Node, from the system's packages where it is missing and may be installed. Where it may
# not, the tests that need it say so.
bring() {
  command -v "$1" >/dev/null && return 0
  echo "== installing $2, which the tests need"
  if [ "$(id -u)" -eq 0 ]; then as_root=; else as_root='sudo -n'; fi
  # shellcheck disable=SC2086
  { $as_root apt-get update && $as_root apt-get install -y --no-install-recommends $2; } >/dev/null 2>&1 ||
    echo "== could not install $2"
}

# promtool alone, into a folder of ours: its package would also start a server.
bring_promtool() {
  tools=$root/.runtime/tools
  if command -v promtool >/dev/null || [ -x "$tools/promtool" ]; then return 0; fi
  echo '== fetching promtool, which the tests need'
  folder=$(mktemp -d)
  (
    cd "$folder" || exit 1
    apt-get download prometheus || { apt-get update && apt-get download prometheus; }
    dpkg-deb --fsys-tarfile prometheus_*.deb | tar -x ./usr/bin/promtool
    mkdir -p "$tools" && mv usr/bin/promtool "$tools/promtool"
  ) >/dev/null 2>&1
  [ -x "$tools/promtool" ] || echo '== could not fetch promtool'
  rm -rf "$folder"
}

bring python3 python3
bring sqlite3 sqlite3
bring strace strace
bring cc 'gcc libc6-dev'
bring docker-compose docker-compose
[ -d test/browser ] && bring chromium chromium
if ! sh scripts/prepare.sh "$root" </dev/null; then
  echo '0 passed, 1 failed, 0 skipped'
  exit 1
fi
bring_promtool
IFS= read -r node <.runtime/node-path
PATH=$(dirname "$node"):$root/node_modules/.bin:$PATH:$root/.runtime/tools
export PATH

gate biome check .
gate tsc -p tsconfig.core.json
gate tsc -p tsconfig.json
gate tsc -p tsconfig.dashboard.json
gate depcruise src dashboard/src
gate knip
# The image takes minutes to make from nothing, and half a minute where that was done before: only then it is tested here.
echo '== the container'
if container=$(sh scripts/container_test.sh --if-at-hand); then
  # shellcheck disable=SC1090
  [ -z "$container" ] || . "$container"
else
  failed_gates=$((failed_gates + 1))
fi
results=.runtime/test-results.json
rm -f "$results"
echo '== vitest run'
vitest_status=0
vitest run --reporter=default --reporter=json --outputFile.json="$results" || vitest_status=$?
node --disable-warning=ExperimentalWarning scripts/test-count.ts "$results" "$failed_gates" "$vitest_status"
