#!/bin/sh
# Runs unit test programs one by one: a line each, details only on failure.
failed=0
for test in "$@"; do
	log="$test.log"
	if CMOCKA_MESSAGE_OUTPUT=STDOUT "$test" >"$log" 2>&1; then
		printf 'unit %-40s %s\n' "${test#"${BUILD:-build}"/unit/}" "$(grep -c '\[       OK \]' "$log") passed"
	else
		failed=$((failed + 1))
		printf 'unit %-40s FAILED\n' "${test#"${BUILD:-build}"/unit/}"
		tail -n 60 "$log"
	fi
done
[ "$failed" -eq 0 ]
