#!/bin/sh
# The TypeScript client and the permissions of every route come from the route table: the committed file must be what it prints.
set -eu
cd "$(dirname "$0")/.."
binary=${BUILD:-build}/yiwang
[ -x "$binary" ] || { echo "$binary is not built: make all"; exit 1; }
"$binary" routes --typescript | diff - web/src/api.gen.ts >/dev/null ||
	{ echo "web/src/api.gen.ts is stale: run $binary routes --typescript > web/src/api.gen.ts"; exit 1; }
