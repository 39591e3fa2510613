#!/bin/sh
# tools/e2e.sh [file …]: end-to-end tests over the built binary, on both stores; starts the PostgreSQL they need.
# YIWANG_FILES=2 runs two files at a time: each has its own databases, folders and ports.
set -eu
cd "$(dirname "$0")/.."
[ -x build/node/bin/node ] && PATH="$PWD/build/node/bin:$PATH"
tools/test-peers.sh
started=""
if [ -z "${YIWANG_TEST_PG:-}" ]; then
	# of this run alone: two runs in one checkout do not stop each other's
	cluster=$(mktemp -d)
	chmod 711 "$cluster"
	YIWANG_TEST_PG_DIR=$cluster/pg
	export YIWANG_TEST_PG_DIR
	YIWANG_TEST_PG=$(tools/test-postgres.sh start)
	export YIWANG_TEST_PG
	started=1
fi
made=""
if [ -z "${YIWANG_CITIES:-}" ]; then
	made=$(mktemp -d) # cities made once and copied (tests/e2e/kept_city.mjs)
	export YIWANG_CITIES="$made"
fi
trap '[ -z "$made" ] || rm -rf "$made"; [ -z "$started" ] || { tools/test-postgres.sh stop; rm -rf "$cluster"; }' EXIT
[ "$#" -gt 0 ] || set -- tests/e2e/*.test.mjs
YIWANG_SEED=${YIWANG_SEED:-$(date +%s)}
export YIWANG_SEED
echo "e2e seed $YIWANG_SEED"
node --test --test-force-exit --test-concurrency="${YIWANG_FILES:-1}" --test-reporter=spec "$@"
