#!/bin/sh
# Installs what is missing on Debian 12, once; silent and quick when all is there.
#   tools/setup.sh run    what `make run` needs: compiler, libraries, Node
#   tools/setup.sh        the tests', checks' and benchmarks' needs too
# Node: the front end needs 20.19 or newer; Debian 12's own is 18, so a newer one comes as an npm package into build/node.
set -eu
cd "$(dirname "$0")/.."
packages="gcc make pkg-config libc6-dev libmicrohttpd-dev libsqlite3-dev libpq-dev libargon2-dev libssl-dev libjansson-dev libyaml-dev
 liblua5.4-dev libicu-dev libcurl4-openssl-dev zlib1g-dev libexpat1-dev libxlsxwriter-dev unixodbc-dev libgeos-dev libproj-dev gdal-bin curl ca-certificates"
[ "${1:-}" = run ] || packages="$packages sqlite3 postgresql-15 postgresql-client-15 libcmocka-dev clang libclang-rt-14-dev clang-format
 nginx-light chromium fonts-noto-cjk wrk python3 mariadb-server-core mariadb-client-core odbc-mariadb libsqliteodbc odbc-postgresql openssh-server
 kannel kannel-extras"
# shellcheck disable=SC2086
there=$(dpkg-query -W -f='${Package}=${db:Status-Status} ' $packages 2>/dev/null) || true
missing=""
for package in $packages; do
	case " $there" in *" $package=installed "*) ;; *) missing="$missing $package" ;; esac
done
node_ok() { "$1" -e 'const [a,b]=process.versions.node.split(".").map(Number);process.exit(a>20||(a===20&&b>=19)?0:1)' 2>/dev/null; }
if ! command -v npm >/dev/null 2>&1 || ! command -v node >/dev/null 2>&1; then
	missing="$missing nodejs npm"
fi
if [ -n "$missing" ]; then
	as_root=""
	[ "$(id -u)" -eq 0 ] || as_root=sudo
	by_hand() {
		echo "setup: $1. As root, on Debian 12, run"
		echo "  apt-get update && apt-get install -y --no-install-recommends$missing"
		echo "then run make again."
		exit 1
	}
	command -v apt-get >/dev/null 2>&1 || by_hand "Debian packages are missing, and there is no apt-get here"
	[ -z "$as_root" ] || command -v sudo >/dev/null 2>&1 || by_hand "Debian packages are missing, and only root can install them (there is no sudo here)"
	# shellcheck disable=SC2086
	echo "setup: installing $(echo $missing | wc -w) Debian packages and what they need (some minutes):$missing"
	log=$(mktemp)
	# shellcheck disable=SC2086
	if ! { $as_root apt-get update -qq &&
		$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing; } >"$log" 2>&1; then
		tail -n 30 "$log"
		rm -f "$log"
		by_hand "the packages could not be installed (see above)"
	fi
	rm -f "$log"
fi
if ! node_ok node && ! node_ok build/node/bin/node; then
	case "$(uname -m)" in aarch64) arch=arm64 ;; *) arch=x64 ;; esac
	echo "setup: Node here is older than 20.19; fetching Node 20 from npm into build/node"
	mkdir -p build/node/bin
	log=$(mktemp)
	if ! (cd build/node && npm install --no-audit --no-fund --prefix . "node-linux-$arch@>=20.19 <21" npm@11) >"$log" 2>&1; then
		tail -n 30 "$log"
		rm -f "$log"
		echo "setup: Node 20 could not be fetched (see above). Mend that, or put Node 20.19 or newer first in PATH; then run make again."
		exit 1
	fi
	rm -f "$log"
	ln -sf "../node_modules/node-linux-$arch/bin/node" build/node/bin/node
	ln -sf ../node_modules/npm/bin/npm-cli.js build/node/bin/npm
fi
[ "${1:-}" = run ] || tools/test-peers.sh
