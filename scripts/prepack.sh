#!/bin/sh
# Makes dist/ what the npm package carries, from a clean checkout as well; `npm pack` and `npm publish` call it.
# SHIM_ARCHITECTURES ("x64 arm64") names the architectures, SHIM_FOLDER a folder of finished shims.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
# npm's own words for the outer command would steer the inner one.
unset npm_config_dry_run npm_config_json npm_config_pack_destination npm_config_ignore_scripts npm_config_global
sh "$root/scripts/prepare.sh" "$root" </dev/null >&2
# shellcheck disable=SC2086
sh "$root/native/shim/prebuild.sh" ${SHIM_ARCHITECTURES:-x64 arm64}
IFS= read -r node <"$root/.runtime/node-path"
"$node" --disable-warning=ExperimentalWarning "$root/scripts/build.ts" --package >&2
