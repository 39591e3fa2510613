#!/bin/sh
# docs/coverage.md: every row of the plans once, a known state, and every test it names exists.
# docs/threats.md: the files of tests exist, and the functions named after a unit test's file are in it.
set -eu
cd "$(dirname "$0")/.."
python3 - <<'P'
import re, os, sys
expected = [c + str(i) for c, n in (("A", 56), ("B", 75), ("C", 57), ("D", 87), ("E", 48)) for i in range(1, n + 1)]
states = {"works", "part", "none", "not software"}
seen, faults = [], []
for number, line in enumerate(open("docs/coverage.md", encoding="utf-8"), 1):
    match = re.match(r"\| ([A-E]\d+)\b", line)
    if not match:
        continue
    cells = [c.strip() for c in line.strip().strip("|").split("|")]
    if len(cells) != 4:
        faults.append(f"line {number}: {len(cells)} cells, not 4 (row, state, where, test)")
        continue
    row, state, where, test = match.group(1), cells[1], cells[2], cells[3]
    seen.append(row)
    if state not in states:
        faults.append(f"line {number}: state {state!r} is none of {sorted(states)}")
    if state in ("works", "part") and (not where or not test):
        faults.append(f"line {number}: {row} {state} needs where and test")
    for path in re.findall(r"`([^`]+)`", where + " " + test):
        if not os.path.exists(path):
            faults.append(f"line {number}: {path} does not exist")
for row in expected:
    if seen.count(row) != 1:
        faults.append(f"row {row} appears {seen.count(row)} times")
for row in seen:
    if row not in expected:
        faults.append(f"row {row} is not in the plans")
for number, line in enumerate(open("docs/threats.md", encoding="utf-8"), 1):
    for path, names in re.findall(r"`((?:src|tests)/[^`]*test[^`]*)`([^`|]*)", line):
        if not os.path.exists(path):
            faults.append(f"threats.md:{number}: {path} does not exist")
        elif path.endswith(".c"):
            text = open(path, encoding="utf-8").read()
            faults += [f"threats.md:{number}: {name} is not in {path}" for name in re.findall(r"\b[a-z]+(?:_[a-z0-9]+)+\b|\btest_\w+", names) if name not in text]
print("\n".join(faults[:30]))
sys.exit(1 if faults else 0)
P
