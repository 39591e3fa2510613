#!/bin/sh
# tools/fuzz.sh SECONDS: builds every target of tests/fuzz and runs each for its share of the time, from its seed corpus.
# SECONDS is processor time: two cores take half of it.
set -eu
cd "$(dirname "$0")/.."
total=${1:-180}
make --no-print-directory -j"$(nproc)" SAN=fuzz fuzz-targets
set -- build/fuzz/targets/*_fuzz
share=$((total / $#))
[ "$share" -ge 5 ] || share=5
fuzz() {
	name=$(basename "$1")
	mkdir -p "build/fuzz/corpus/$name"
	log="build/fuzz/$name.log"
	seeds="tests/fuzz/seeds/${name%_fuzz}"
	[ -d "$seeds" ] || seeds=""
	if ! "$1" -max_total_time="$2" -timeout=20 -rss_limit_mb=2048 -max_len=65536 -print_final_stats=1 \
		-artifact_prefix="build/fuzz/$name-" "build/fuzz/corpus/$name" $seeds >"$log" 2>&1; then
		echo "fuzz $name FAILED"
		tail -n 40 "$log"
		return 1
	fi
	echo "fuzz $name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") runs in ${2}s"
}
# as many at a time as there are cores: the budget is processor time
failed=0
while [ "$#" -gt 0 ]; do
	running=""
	for core in $(seq "$(nproc)"); do
		[ "$#" -gt 0 ] || break
		fuzz "$1" "$share" &
		running="$running $!"
		shift
	done
	for one in $running; do wait "$one" || failed=1; done
done
exit $failed
