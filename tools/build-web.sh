#!/bin/sh
# Builds web/dist (hashed names, .gz siblings) from the locked packages; quiet unless it fails.
set -eu
cd "$(dirname "$0")/.."
[ -x build/node/bin/node ] && PATH="$PWD/build/node/bin:$PATH"
cd web
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if [ ! -e node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
	echo "web: installing npm packages (npm ci)"
	npm ci --no-audit --no-fund >"$log" 2>&1 || { tail -n 30 "$log"; exit 1; }
fi
echo "web: building the console"
npm run --silent build >"$log" 2>&1 || { tail -n 40 "$log"; exit 1; }
echo "built web/dist"
