#!/bin/sh
# Every benchmark, each beside its peer in the same run: lines into $BUILD/bench.jsonl and a table. `make bench`.
# BENCH="reads load" runs some of: evidence reads load export deliver compare memory search knowledge commands cases stats map place tiles. Exit 1 when a work could not be run; a missed target is not an error.
set -eu
cd "$(dirname "$0")/.."
BUILD="${BUILD:-build}"
export BUILD
for tool in node wrk nginx sqlite3 psql; do
	command -v "$tool" >/dev/null || { echo "bench: $tool is missing (apt-get install nodejs wrk nginx-light sqlite3 postgresql)" >&2; exit 1; }
done
if [ ! -d "$BUILD/peers/node_modules/better-sqlite3/build" ]; then
	echo "bench: installing the Node peers (better-sqlite3 is compiled, some minutes)" >&2
	mkdir -p "$BUILD/peers"
	cp bench/peers/package.json bench/peers/package-lock.json "$BUILD/peers/"
	(cd "$BUILD/peers" && npm ci --no-audit --no-fund --silent)
fi
BENCH_OUT="$PWD/$BUILD/bench.jsonl"
case "$BUILD" in /*) BENCH_OUT="$BUILD/bench.jsonl" ;; esac
export BENCH_OUT
: >"$BENCH_OUT"
failed=0
for bench in ${BENCH:-evidence memory reads load export deliver compare search knowledge commands cases stats map place tiles}; do
	echo "--- $bench" >&2
	case "$bench" in
	evidence)
		mkdir -p "$BUILD/bench"
		timeout 120 "$BUILD/evidence_bench" "$BUILD/bench" >>"$BENCH_OUT" || failed=1 ;;
	search) timeout 900 node bench/search.mjs "${ENTRIES:-100000}" || failed=1 ;;
	knowledge) timeout 900 node bench/knowledge.mjs "${ARTICLES:-10000}" || failed=1 ;;
	place)
		dpkg-query -W postgresql-15-postgis-3 >/dev/null 2>&1 || { echo "bench: PostGIS is missing (apt-get install postgresql-15-postgis-3)" >&2; failed=1; continue; }
		timeout 300 node bench/place.mjs || failed=1 ;;
	compare) timeout 900 node bench/compare.mjs "${ROWS:-1000000}" || failed=1 ;;
	load) timeout 400 node bench/load.mjs "${ROWS:-1000000}" || failed=1 ;;
	cases) timeout 2400 node bench/cases.mjs || failed=1 ;;
	stats) timeout 1200 node bench/stats.mjs || failed=1 ;;
	map) timeout 2400 node bench/map.mjs || failed=1 ;;
	*) timeout 300 node "bench/$bench.mjs" || failed=1 ;;
	esac
done
node -e '
	const lines = require("fs").readFileSync(process.argv[1], "utf8").trim().split("\n").filter(Boolean).map(JSON.parse)
	console.log("ok  ratio  target  ours        peer        unit        work / peer")
	for (const l of lines)
		console.log(l.ok ? "yes" : "NO ", String(l.ratio).padEnd(6), String(l.target).padEnd(7), String(l.ours).padEnd(11), String(l.peer).padEnd(11),
			l.unit.padEnd(11), l.work, "/", l.peer_name)' "$BENCH_OUT"
exit $failed
