#!/bin/sh
# bench/load.sh ROWS [sqlite] [postgres]: the load bench alone, at any size (10000000 takes some minutes and 10 GB of disk).
cd "$(dirname "$0")/.." || exit 1
exec node bench/load.mjs "${@:-1000000}"
