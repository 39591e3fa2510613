#!/bin/sh
# All tests, one line a step, details on failure; last line "N passed, N failed".
# Lanes take the steps, longest first, whichever is free: first what is built, then the tests.
# SAN=asan tools/test.sh runs units and end-to-end tests under ASan and UBSan instead (no web unit tests, no fuzzing).
set -u
cd "$(dirname "$0")/.."
[ -x build/node/bin/node ] && PATH="$PWD/build/node/bin:$PATH"
san=${SAN:-}
out=build${san:+/$san}
logs=build/logs${san:+-$san}
rm -rf "$logs"
mkdir -p "$logs"

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
	echo "$good $bad" >>"$logs/counts" # a line is one write, also from several lanes
	if [ "$status" -eq 0 ]; then
		printf '%-34s ok    %4d passed %5ds\n' "$name" "$good" $(($(date +%s) - begun))
	else
		# one write, so that other lanes' lines stay out of it
		details=$(
			printf '%-34s FAILED %s failed %5ds (%s)\n' "$name" "$bad" $(($(date +%s) - begun)) "$log"
			grep -E '✖|not ok|FAILED|ERROR|Error|error:|runtime error|WARNING: ThreadSanitizer|AssertionError|broken promise|the page showed|alert: |refused: ' "$log" | head -n 40
			tail -n 60 "$log"
		)
		printf '%s\n' "$details"
	fi
}
# once NAME COMMAND…: the step, unless another lane has taken it
once() { mkdir "$logs/taken $1" 2>/dev/null && step "$@"; }
# lanes STEPS: more of them than most machines have cores, since tests wait for servers, leases and pages more than they compute
lanes() {
	for lane in 1 2 3; do "$1" & done
	wait
}
build() { make --no-print-directory -j"$jobs" "$@"; }
# e2e ENGINE [FILE…]
e2e() {
	engine=$1
	shift
	env YIWANG_ENGINES="$engine" YIWANG_BINARY="$PWD/$out/yiwang" tools/e2e.sh "$@"
}
# ls of the end-to-end files but for the pages of one subject: what those ask for, the files beside them ask for on both stores
subjects() { ls tests/e2e/*.test.mjs | grep -v "$1"; }
# the same under ASan, with fewer kills and no browser
e2e_asan() {
	# shellcheck disable=SC2046
	(
		out=build/asan
		export YIWANG_SLOW=1
		e2e sqlite $(subjects pages)
	)
}

jobs=$(nproc)
# Thousands of small files and databases, each synced: where they fit into memory, writing them to a disk would take a third of the
# processor's time
gigabytes() { df -BG --output=avail "$1" 2>/dev/null | tr -dc '0-9'; }
if [ -z "${TMPDIR:-}" ] && [ "$(gigabytes /dev/shm)0" -gt 100 ] && awk '/MemAvailable/ {exit $2 < 10e6}' /proc/meminfo; then
	TMPDIR=$(mktemp -d /dev/shm/yiwang-test-XXXXXX)
	chmod 1777 "$TMPDIR" # as /tmp: databases run as users of their own
	export TMPDIR
	trap 'rm -rf "$TMPDIR"' EXIT
fi
if ! YIWANG_TEST_PG=$(tools/test-postgres.sh start); then
	echo "no PostgreSQL for the tests: $YIWANG_TEST_PG"
	exit 1
fi
export YIWANG_TEST_PG
trap 'tools/test-postgres.sh stop; rm -rf "$YIWANG_CITIES"; case ${TMPDIR:-} in /dev/shm/yiwang-test-*) rm -rf "$TMPDIR" ;; esac' EXIT
export NO_COLOR=1
export YIWANG_SHOTS=0
YIWANG_CITIES=$(mktemp -d) # of all steps
export YIWANG_CITIES
export YIWANG_SEED="${YIWANG_SEED:-$(date +%s)}"
echo "seed $YIWANG_SEED"

if [ -n "$san" ]; then
	step "build" build SAN="$san" all
	step "web build" make --no-print-directory web
	step "units $san" build SAN="$san" unit
	step "end to end sqlite $san" e2e sqlite
	step "end to end postgres $san" e2e postgres
else
	export YIWANG_FILES=3
	builds() {
		once "build asan" build SAN=asan all
		once "build" build all
		once "web build" make --no-print-directory web
	}
	# units and SQLite run under ASan and UBSan, PostgreSQL and the pages over the program as it is installed; TSan has the rooms where
	# threads meet, with no other rooms than those below them
	tests() {
		once "pages sqlite" env YIWANG_FILES=2 YIWANG_ENGINES=sqlite YIWANG_BINARY="$PWD/$out/yiwang" tools/e2e.sh tests/e2e/*pages.test.mjs
		# shellcheck disable=SC2046
		once "end to end postgres" e2e postgres $(subjects _pages)
		once "end to end sqlite asan" e2e_asan
		once "units asan" build SAN=asan unit
		once "units tsan" build SAN=tsan ROOMS="base seal net store core evidence people notice place catalog record app" \
			unit ROOM="store net core evidence record app/app_test"
		once "fuzz" tools/fuzz.sh 100
		once "web types" sh -c 'cd web && npm run --silent typecheck'
		once "check" tools/check.sh
		once "web units" sh -c 'cd web && npm test --silent'
	}
	lanes builds
	lanes tests
fi
awk '{good += $1; bad += $2} END {print good " passed, " bad " failed"; exit bad > 0}' "$logs/counts"
