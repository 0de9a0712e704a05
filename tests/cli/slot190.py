"""What the command-line tests share: running slot190, collecting failures, reporting them.

Each test_*.py is a program: test_*.py SLOT190 GUESTS, where GUESTS is the folder of built guest programs.
"""
import os
import subprocess
import sys
import tempfile

SLOT190 = os.path.abspath(sys.argv[1])
GUESTS = os.path.abspath(sys.argv[2])
BUSYBOX = "/bin/busybox"

failures = []


class Outcome:
    def __init__(self, command, status, out, err):
        self.command, self.status, self.out, self.err = command, status, out, err


def run(*args, stdin=None, env=None, cwd=None):
    """Runs slot190 with args. Output goes through files: a stray process must not keep us waiting."""
    command = [SLOT190, *map(str, args)]
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err, tempfile.TemporaryFile() as inp:
        inp.write((stdin or "").encode())
        inp.seek(0)
        status = subprocess.run(command, stdin=inp, stdout=out, stderr=err, env=env, cwd=cwd).returncode
        out.seek(0)
        err.seek(0)
        return Outcome(command, status, out.read().decode(errors="replace"), err.read().decode(errors="replace"))


def shell(script, *options, **kwargs):
    """Runs a script in a busybox shell under slot190."""
    return run("run", *options, BUSYBOX, "sh", "-c", script, **kwargs)


def fail(outcome, text):
    command = " ".join(repr(w) if " " in w else w for w in outcome.command[1:])
    failures.append(f"slot190 {command}\n  {text}\n  status {outcome.status}\n  out: {outcome.out!r}\n  err: {outcome.err!r}")


def expect(outcome, status=0, out=None, err=None, err_has=(), out_has=(), err_lacks=()):
    """Checks what is given; `out` and `err` exactly, *_has as parts."""
    if outcome.status != status:
        fail(outcome, f"expected status {status}")
    if out is not None and outcome.out != out:
        fail(outcome, f"expected out {out!r}")
    if err is not None and outcome.err != err:
        fail(outcome, f"expected err {err!r}")
    for part in [out_has] if isinstance(out_has, str) else out_has:
        if part not in outcome.out:
            fail(outcome, f"expected {part!r} in out")
    for part in [err_has] if isinstance(err_has, str) else err_has:
        if part not in outcome.err:
            fail(outcome, f"expected {part!r} in err")
    for part in [err_lacks] if isinstance(err_lacks, str) else err_lacks:
        if part in outcome.err:
            fail(outcome, f"did not expect {part!r} in err")
    return outcome


def check(condition, text):
    if not condition:
        failures.append(text)


def finish():
    for f in failures:
        print(f)
    print(f"{len(failures)} failures" if failures else "all as expected")
    sys.exit(1 if failures else 0)
