#!/bin/sh
# Every gate and every test, on a fresh machine as well: needs no step before it. Goes through all gates even where
# one fails. The last line printed is the count of the tests, and a gate that failed counts as a failed test.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
sh scripts/prepare.sh "$root" </dev/null
IFS= read -r node <.runtime/node-path
PATH=$(dirname "$node"):$root/node_modules/.bin:$PATH
export PATH

failed_gates=0

gate() {
  echo "== $*"
  "$@" && return 0
  echo "== FAILED: $*"
  failed_gates=$((failed_gates + 1))
}

# The dashboard is tested in a real browser; where there is none and none may be installed, those tests skip.
bring_browser() {
  [ -d test/browser ] || return 0
  command -v chromium >/dev/null && return 0
  echo '== installing chromium for the tests in a browser'
  if [ "$(id -u)" -eq 0 ]; then as_root=; else as_root='sudo -n'; fi
  { $as_root apt-get update && $as_root apt-get install -y --no-install-recommends chromium; } >/dev/null 2>&1 ||
    echo '== could not install chromium: tests in a browser will be skipped'
}

bring_browser
gate biome check .
gate tsc -p tsconfig.core.json
gate tsc -p tsconfig.json
gate depcruise src
gate knip
results=.runtime/test-results.json
rm -f "$results"
gate vitest run --reporter=default --reporter=json --outputFile.json="$results"
node scripts/test-count.ts "$results" "$failed_gates"
