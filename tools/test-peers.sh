#!/bin/sh
# Installs the clients of others that the end-to-end tests talk with (tests/peers) into build/test-peers; quiet when they are there.
set -eu
cd "$(dirname "$0")/.."
[ -x build/node/bin/node ] && PATH="$PWD/build/node/bin:$PATH"
to=build/test-peers
cmp -s tests/peers/package-lock.json $to/installed && exit 0
mkdir -p $to
cp tests/peers/package.json tests/peers/package-lock.json $to/
log=$(mktemp)
trap 'rm -f "$log"' EXIT
(cd $to && npm ci --no-audit --no-fund --ignore-scripts) >"$log" 2>&1 || { tail -n 30 "$log"; exit 1; }
cp tests/peers/package-lock.json $to/installed
