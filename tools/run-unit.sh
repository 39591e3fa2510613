#!/bin/sh
# Runs unit test programs, UNIT_JOBS at a time (default: twice the cores, since they mostly wait for a store): a line each as it ends,
# details only on failure.
[ "$#" -gt 0 ] || exit 0
one='
	log="$1.log"
	name="${1#"${BUILD:-build}"/unit/}"
	if CMOCKA_MESSAGE_OUTPUT=STDOUT "$1" >"$log" 2>&1; then
		printf "unit %-40s %s\n" "$name" "$(grep -c "\[       OK \]" "$log") passed"
	else
		# one write, so that lines of others stay out of it
		printf "%s\n" "$(printf "unit %-40s FAILED\n" "$name"; tail -n 60 "$log")"
		exit 1
	fi'
printf '%s\0' "$@" | xargs -0 -n 1 -P "${UNIT_JOBS:-$((2 * $(nproc)))}" sh -c "$one" unit
