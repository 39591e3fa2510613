#!/bin/sh
# Everything that can be checked without running the product: one line each, details on failure.
set -u
cd "$(dirname "$0")/.."
failed=0
check() {
	name=$1
	shift
	if log=$("$@" 2>&1); then
		printf 'check %-22s ok\n' "$name"
	else
		failed=1
		printf 'check %-22s FAILED\n%s\n' "$name" "$log"
	fi
}
formatted() {
	find src bench tests \( -name '*.c' -o -name '*.h' \) -print0 | xargs -0 clang-format --dry-run --Werror 2>&1 | grep -E 'error|warning' | head -n 20
	[ "$(find src bench tests \( -name '*.c' -o -name '*.h' \) -print0 | xargs -0 clang-format --dry-run --Werror 2>&1 | grep -c error)" -eq 0 ]
}
check "format" formatted
check "room layers" tools/check-layers.sh
check "SQL on both engines" tools/check-sql.py
check "Chinese of messages" tools/check-messages.py
check "coverage, threats" tools/check-coverage.sh
check "generated client" tools/check-client.sh
exit $failed
