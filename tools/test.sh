#!/bin/sh
# All tests, one line a step, details on failure; last line "N passed, N failed".
# SAN=asan tools/test.sh runs units and end-to-end tests under ASan and UBSan instead (no web unit tests, no fuzzing).
set -u
cd "$(dirname "$0")/.."
[ -x build/node/bin/node ] && PATH="$PWD/build/node/bin:$PATH"
san=${SAN:-}
out=build${san:+/$san}
logs=build/logs${san:+-$san}
mkdir -p "$logs"
passed=0
failed=0

# step NAME COMMAND…: runs it; counts are what its log says (cmocka, node --test, vitest), else one for the step itself
step() {
	name=$1
	shift
	log="$logs/$(echo "$name" | tr ' /' '__').log"
	begun=$(date +%s)
	"$@" >"$log" 2>&1
	status=$?
	good=$(awk '/^unit .* [0-9]+ passed$/ {n += $(NF-1)} /^(ℹ|#) pass [0-9]+/ {n += $NF} / +Tests +[0-9]+ passed/ {n += $2} END {print n + 0}' "$log")
	bad=$(awk '/^unit .* FAILED$/ {n++} /^(ℹ|#) fail [0-9]+/ {n += $NF} END {print n + 0}' "$log")
	[ "$status" -eq 0 ] && [ "$good" -eq 0 ] && good=1
	[ "$status" -ne 0 ] && [ "$bad" -eq 0 ] && bad=1
	passed=$((passed + good))
	failed=$((failed + bad))
	if [ "$status" -eq 0 ]; then
		printf '%-34s ok    %4d passed %5ds\n' "$name" "$good" $(($(date +%s) - begun))
	else
		printf '%-34s FAILED %s failed %5ds (%s)\n' "$name" "$bad" $(($(date +%s) - begun)) "$log"
		grep -E '✖|not ok|FAILED|ERROR|Error|error:|runtime error|AssertionError' "$log" | head -n 40
		tail -n 60 "$log"
	fi
}

jobs=$(nproc)
if ! YIWANG_TEST_PG=$(tools/test-postgres.sh start); then
	echo "no PostgreSQL for the tests: $YIWANG_TEST_PG"
	exit 1
fi
export YIWANG_TEST_PG
trap 'tools/test-postgres.sh stop' EXIT
export NO_COLOR=1
export YIWANG_SEED="${YIWANG_SEED:-$(date +%s)}"
echo "seed $YIWANG_SEED"

step "build" make --no-print-directory -j"$jobs" ${san:+SAN=$san} all
step "web build" make --no-print-directory web
if [ -z "$san" ]; then
	step "check" tools/check.sh
	step "web types" sh -c 'cd web && npm run --silent typecheck'
	step "web units" sh -c 'cd web && npm test --silent'
fi
step "units${san:+ $san}" make --no-print-directory -j"$jobs" ${san:+SAN=$san} unit
for engine in sqlite postgres; do
	step "end to end $engine${san:+ $san}" env YIWANG_ENGINES=$engine YIWANG_BINARY="$PWD/$out/yiwang" tools/e2e.sh
done
if [ -z "$san" ]; then
	step "units asan" make --no-print-directory -j"$jobs" SAN=asan unit
	step "build asan" make --no-print-directory -j"$jobs" SAN=asan all
	step "end to end sqlite asan" env YIWANG_ENGINES=sqlite YIWANG_SLOW=1 YIWANG_BINARY="$PWD/build/asan/yiwang" tools/e2e.sh
	step "fuzz" tools/fuzz.sh 180
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
