"""Exit statuses and what is said: the program's own, 128+signal, 126 and 127 as env(1) has them."""
import os
import tempfile

from slot190 import *

for status in [0, 1, 42, 125, 255]:
    expect(shell(f"exit {status}"), status, out="", err="")
expect(shell("kill -TERM $$"), 128 + 15)
expect(shell("kill -KILL $$"), 128 + 9)
expect(shell("kill -SEGV $$"), 128 + 11)
expect(shell("kill -HUP $$"), 128 + 1)

expect(run("run", "/no/such/program"), 127, out="", err_has="/no/such/program")
expect(run("run", "no-such-program-on-the-path"), 127, out="", err_has="no-such-program-on-the-path")
expect(run("run", "/etc"), 126, out="", err_has="/etc")
expect(run("run", "/etc/passwd"), 126, out="", err_has="/etc/passwd")
expect(run("run", "/etc/passwd/x"), 127, out="")

with tempfile.TemporaryDirectory() as tmp:
    def program(name, content, mode=0o755):
        path = os.path.join(tmp, name)
        with open(path, "wb") as f:
            f.write(content)
        os.chmod(path, mode)
        return path

    head = open(BUSYBOX, "rb").read(64)
    volume = ["--volume", f"{tmp}:{tmp}"]
    for name, content in {
        "empty": b"",
        "garbage": b"\x7fELF garbage",
        "truncated": head,
        "foreign": head[:18] + b"\x28\x00" + head[20:],
        "text": b"just words\n" * 3,
    }.items():
        expect(run("run", *volume, program(name, content)), 126, out="", err_has=name)
    expect(run("run", *volume, program("bad-script", b"#!/no/such/interpreter\n")), 127, out="")
    expect(run("run", *volume, program("script", b"#!/bin/busybox sh\nexit 7\n")), 7, err="")

# A program that the command line cannot start is one line on stderr, no more.
for args in [["/no/such"], ["/etc"], ["/etc/passwd"]]:
    outcome = run("run", *args)
    if len(outcome.err.splitlines()) != 1 or not outcome.err.startswith("slot190: "):
        fail(outcome, "expected one line 'slot190: ...'")

expect(shell("sleep 1000", "--timeout=200ms"), 124)
expect(shell("echo before; exit 3", "--timeout=60"), 3, out="before\n")
expect(run("run", BUSYBOX, "cat", stdin="from stdin\n"), out="from stdin\n", err="")
expect(shell("echo out; echo err >&2"), out="out\n", err="err\n")

# pid 1 reaps what the program leaves behind; the system ends with the program.
expect(shell("(sleep 1000 &) ; echo done"), out="done\n")
expect(shell("trap 'echo bye' EXIT; sh -c 'exit 4'; echo $?"), out="4\nbye\n")
expect(run("run", os.path.join(GUESTS, "tracing.64"), "lonely"), 3, out_has="went on\n")
expect(run("boot", "--init=" + BUSYBOX, "sh", "-c", "echo $$; exit 9"), 9, out="1\n")
expect(run("boot", "--init=/no/such"), 127, out="")
finish()
