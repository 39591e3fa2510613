#!/bin/sh
# A room includes only rooms below it (the order is ROOMS in the Makefile), and of another room only <room>/<room>.h; of base any
# header. Its own headers are its own business. Headers that a room publishes beside its main one are listed in PUBLISHED.
set -eu
cd "$(dirname "$0")/.."
rooms=$(sed -n 's/^ROOMS *:= *//p' Makefile)
awk -v rooms="$rooms" '
BEGIN {
	count = split(rooms, order, " ")
	for (i = 1; i <= count; i++) floor[order[i]] = i
	# beside <room>/<room>.h: headers that carry one subject and are meant for the rooms above
	split("core/permission.h core/app_testing.h store/store_testing.h evidence/evidence_testing.h", list, " ")
	for (i in list) published[list[i]] = 1
}
FNR == 1 { split(FILENAME, part, "/"); room = part[2]; test = FILENAME ~ /_test(ing)?\.[ch]$/ }
/^[ \t]*#[ \t]*include[ \t]*"/ {
	match($0, /"[^"]*"/)
	header = substr($0, RSTART + 1, RLENGTH - 2)
	cut = index(header, "/")
	if (!cut) { print FILENAME ":" FNR ": name the room: #include \"" room "/" header "\""; bad = 1; next }
	other = substr(header, 1, cut - 1)
	if (!(other in floor)) { print FILENAME ":" FNR ": " header " is of no room"; bad = 1 }
	else if (other == room) next
	else if (floor[other] > floor[room]) { print FILENAME ":" FNR ": " room " is below " other ": upward include of " header; bad = 1 }
	else if (other != "base" && header != other "/" other ".h" && !(header in published)) {
		print FILENAME ":" FNR ": " header " is private to " other "; include " other "/" other ".h"; bad = 1
	}
}
END { exit bad }' $(find src -name '*.[ch]')
