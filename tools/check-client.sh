#!/bin/sh
# The TypeScript client and the permissions of every route come from the route table: the committed file must be what it prints.
set -eu
cd "$(dirname "$0")/.."
build/yiwang routes --typescript | diff -q - web/src/api.gen.ts >/dev/null ||
	{ echo "web/src/api.gen.ts is stale: run build/yiwang routes --typescript > web/src/api.gen.ts"; exit 1; }
