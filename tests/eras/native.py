#!/usr/bin/env python3
"""Runs every row of the table on the host itself and compares it with the table's host column.

usage: native.py FOLDER   the folder of eras.64, eras.32 and table.md

All rows run at once: they sleep nearly all the time. The host's clock is real, so every time is SCALE
times as long as under slot190; a row that is late by more than 50 * SCALE ms shows another number.
"""
import os
import re
import subprocess
import sys

SCALE = 8
folder = sys.argv[1]


def host_column(path):
    """{row: [allowed line, ...]} of the host column; rows that a host cannot show are left out."""
    head, rows = None, {}
    for line in open(path):
        if not line.startswith("|"):
            head = None
            continue
        cells = [c.strip().replace("\\|", "|") for c in re.split(r"(?<!\\)\|", line)[1:-1]]
        if head is None:
            head = cells
            continue
        if head[0] != "row" or not cells[0].startswith("B"):
            continue
        for i in range(3, len(cells)):
            if cells[i] == "=":
                cells[i] = cells[i - 1]
        host = cells[head.index("host")]
        if host != "-":
            rows[cells[0]] = [alternative.strip().strip("*") for alternative in host.split(" / ")]
    return rows


failures = 0
env = dict(os.environ, ERAS_SCALE=str(SCALE))
expected = host_column(os.path.join(folder, "table.md"))
if len(expected) < 40:
    sys.exit(f"only {len(expected)} rows have a host column")
for bits in (64, 32):
    program = os.path.join(folder, f"eras.{bits}")
    running = {row: subprocess.Popen([program, row], stdout=subprocess.PIPE, text=True, env=env) for row in expected}
    for row, process in running.items():
        line = process.communicate()[0].strip()
        got = line.removeprefix(row).strip()
        if process.returncode != 0 or got not in expected[row]:
            print(f"{row} {bits} bits: got {line!r} (status {process.returncode}), expected {row}  {' / '.join(expected[row])}")
            failures += 1
print(f"{len(expected)} rows, {failures} disagree")
sys.exit(1 if failures else 0)
