#!/bin/sh
# Installs what the build and the tests need on Debian 12, once. Nothing happens when all of it is there.
# Node: the front end needs 20.19 or newer; Debian 12's own is 18, so a newer one comes as an npm package into build/node.
set -eu
cd "$(dirname "$0")/.."
packages="gcc make pkg-config libc6-dev libmicrohttpd-dev libsqlite3-dev sqlite3 libpq-dev postgresql-15 postgresql-client-15 libargon2-dev
 libssl-dev libjansson-dev libyaml-dev liblua5.4-dev libicu-dev libcurl4-openssl-dev zlib1g-dev libexpat1-dev libxlsxwriter-dev
 libcmocka-dev clang libclang-rt-14-dev clang-format nginx-light chromium fonts-noto-cjk wrk curl python3"
missing=""
for package in $packages; do
	dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
done
node_ok() { "$1" -e 'const [a,b]=process.versions.node.split(".").map(Number);process.exit(a>20||(a===20&&b>=19)?0:1)' 2>/dev/null; }
if ! command -v node >/dev/null 2>&1 || ! command -v npm >/dev/null 2>&1; then
	missing="$missing nodejs npm"
fi
if [ -n "$missing" ]; then
	as_root=""
	[ "$(id -u)" -eq 0 ] || as_root="sudo"
	echo "installing:$missing"
	log=$(mktemp)
	export DEBIAN_FRONTEND=noninteractive
	# shellcheck disable=SC2086
	if ! { $as_root apt-get update -qq && $as_root apt-get install -y -qq --no-install-recommends $missing; } >"$log" 2>&1; then
		tail -n 30 "$log"
		echo "setup failed: install these Debian packages by hand, then run make again:$missing"
		exit 1
	fi
	rm -f "$log"
fi
if ! node_ok node && ! node_ok build/node/bin/node; then
	case "$(uname -m)" in aarch64) arch=arm64 ;; *) arch=x64 ;; esac
	echo "installing Node 20 into build/node"
	mkdir -p build/node/bin
	(cd build/node && npm install --silent --no-audit --no-fund --prefix . "node-linux-$arch@>=20.19 <21" npm@11 >/dev/null)
	ln -sf "../node_modules/node-linux-$arch/bin/node" build/node/bin/node
	ln -sf ../node_modules/npm/bin/npm-cli.js build/node/bin/npm
fi
