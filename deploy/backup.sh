#!/bin/bash
# Backs a city up while it runs: deploy/backup.sh DIR TARGET. Makes TARGET/<time>/ with the store, keys, evidence and uploads.
# SQLite: a consistent copy by SQLite's own online backup, then checked. PostgreSQL: pg_dump of the URL in DIR/store.url.
# The store comes first and the files after it: what the copy of the store points to is then in the files. The backup holds keys
# and personal data in clear: TARGET must be a protected place, 0700, off this machine. Exit 0 only when all of it is there.
set -euo pipefail
umask 077
[ "$#" -eq 2 ] || { echo "usage: backup.sh DIR TARGET" >&2; exit 2; }
dir=${1%/} target=${2%/}
[ -f "$dir/keys/secret.bin" ] || { echo "backup.sh: $dir is no state directory (it has no keys/secret.bin)" >&2; exit 1; }
stamp=$(date -u +%Y%m%dT%H%M%SZ)
work="$target/$stamp.part"
mkdir -p "$work"
trap 'rm -rf "$work"' EXIT

if [ -s "$dir/store.url" ]; then
	pg_dump --format=custom --no-owner --file="$work/yiwang.dump" --dbname="$(cat "$dir/store.url")"
	pg_restore --list "$work/yiwang.dump" >/dev/null
	cp -p "$dir/store.url" "$work/"
else
	sqlite3 -cmd ".timeout 30000" "$dir/yiwang.db" ".backup '$work/yiwang.db'"
	[ "$(sqlite3 "$work/yiwang.db" 'PRAGMA quick_check')" = ok ] || { echo "backup.sh: the copy of the store is damaged" >&2; exit 1; }
fi
cp -a "$dir/keys" "$work/keys"
[ ! -d "$dir/uploads" ] || cp -a "$dir/uploads" "$work/uploads"
# Evidence grows meanwhile: a last entry that is half copied becomes a reported torn tail when the copy is opened. Search indexes and
# seat locks are left out; they are made anew.
mkdir "$work/evidence"
tar -C "$dir/evidence" --exclude='*.idx' --exclude='seat-*.lock' --warning=no-file-changed -cf - . | tar -C "$work/evidence" -xf - ||
	[ "${PIPESTATUS[0]}" -eq 1 ]
(cd "$work" && find . -type f ! -name SHA256SUMS -print0 | sort -z | xargs -0 sha256sum >SHA256SUMS)
mv "$work" "$target/$stamp"
trap - EXIT
echo "$target/$stamp"
