#!/bin/sh
# A throw-away PostgreSQL cluster for tests: own folder, own port, as a user that is not root.
#   tools/test-postgres.sh start [DIR]   starts one (or finds the running one) and prints its URL
#   tools/test-postgres.sh url   [DIR]   prints the URL of a running one, or fails
#   tools/test-postgres.sh crash [DIR]   kills it as a power cut would (immediate stop); start brings it back on the same port
#   tools/test-postgres.sh stop  [DIR]   stops it and removes DIR
# DIR defaults to $YIWANG_TEST_PG_DIR or one in $TMPDIR (else /tmp) for this user and checkout, so that two checkouts do not stop each other's. DURABLE=1 keeps fsync on (slower, for durability tests).
# The URL has a password made for this cluster; it listens on 127.0.0.1 only.
set -eu

action="${1:-}"
dir="${2:-${YIWANG_TEST_PG_DIR:-${TMPDIR:-/tmp}/yiwang-test-pg-$(id -u)-$(cd "$(dirname "$0")" && pwd | cksum | cut -d' ' -f1)}}"
fail() { echo "test-postgres: $*" >&2; exit 1; }

bin=""
for candidate in /usr/lib/postgresql/*/bin "$(dirname "$(command -v initdb 2>/dev/null || echo /none/x)")"; do
	[ -x "$candidate/initdb" ] && bin="$candidate"
done
[ -n "$bin" ] || fail "PostgreSQL's initdb was not found; install postgresql (15 or newer)"

# PostgreSQL refuses to run as root
as_user() {
	if [ "$(id -u)" -ne 0 ]; then "$@"; return; fi
	user=postgres
	id "$user" >/dev/null 2>&1 || user=nobody
	(cd / && setpriv --reuid="$user" --regid="$(id -g "$user")" --clear-groups -- "$@")
}
running() { [ -f "$dir/url" ] && as_user "$bin/pg_ctl" -D "$dir/data" status >/dev/null 2>&1; }
free_port() {
	for try in 1 2 3 4 5 6 7 8 9 10 11 12; do
		port=$((20000 + ($$ * 7 + try * 1009) % 10000))
		grep -qi ":$(printf '%04X' "$port") " /proc/net/tcp /proc/net/tcp6 2>/dev/null || { echo "$port"; return; }
	done
	fail "no free port found"
}
launch() { # the port is tried again elsewhere only at the first start: a URL once given stays true
	as_user "$bin/pg_ctl" -D "$dir/data" -l "$dir/log" -w -t 60 -s start >/dev/null 2>&1 || fail "it did not start: $(tail -n 5 "$dir/log")"
}
create() {
	rm -rf "$dir"
	mkdir -p "$dir"
	chmod 711 "$dir"
	password="$(od -An -N12 -tx1 /dev/urandom | tr -d ' \n')"
	printf '%s\n' "$password" >"$dir/password"
	[ "$(id -u)" -ne 0 ] || chown -R "$(id -u postgres 2>/dev/null || id -u nobody)" "$dir"
	as_user "$bin/initdb" -D "$dir/data" -U yiwang -A scram-sha-256 --pwfile="$dir/password" -E UTF8 --locale=C.UTF-8 --no-sync \
		>"$dir/initdb.log" 2>&1 || fail "initdb failed: $(tail -n 5 "$dir/initdb.log")"
	port="$(free_port)"
	# without DURABLE no power cut is survived, so no torn page has to be mended either
	fsync=off
	[ -z "${DURABLE:-}" ] || fsync=on
	cat >>"$dir/data/postgresql.conf" <<-END
		listen_addresses = '127.0.0.1'
		port = $port
		unix_socket_directories = '$dir'
		max_connections = 600
		shared_buffers = 128MB
		fsync = $fsync
		full_page_writes = $fsync
		max_wal_size = 1GB
		log_min_messages = warning
	END
	launch
	echo "postgres://yiwang:$password@127.0.0.1:$port/postgres" >"$dir/url"
}
start() {
	if ! running; then
		if [ -f "$dir/url" ]; then rm -f "$dir/data/postmaster.pid"; launch; else create; fi
	fi
	cat "$dir/url"
}

case "$action" in
start)
	# several test programs may ask at once: the first one makes it
	exec 9>"$dir.lock"
	flock 9
	start 9>&-
	;;
url) running || fail "none is running in $dir"; cat "$dir/url" ;;
crash) as_user "$bin/pg_ctl" -D "$dir/data" -m immediate -s stop ;;
stop)
	if running; then as_user "$bin/pg_ctl" -D "$dir/data" -m fast -w -s stop; fi
	rm -rf "$dir" "$dir.lock"
	;;
*) fail "use: test-postgres.sh start|url|crash|stop [DIR]" ;;
esac
