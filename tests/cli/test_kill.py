"""The kernel process dies, its terminal goes, its output goes: no host process survives, nothing hangs.

The runner of this test reaps every orphan: a stub that lived on would fail it there; here we look too.
"""
import os
import signal
import subprocess
import time

from slot190 import *


def descendants(pid):
    found = []
    try:
        children = open(f"/proc/{pid}/task/{pid}/children").read().split()
    except (FileNotFoundError, ProcessLookupError):  # gone meanwhile
        return found
    for child in children:
        found += [int(child)] + descendants(int(child))
    return found


def alive(pid):
    try:
        return open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


BUSY = "i=0; while [ $i -lt 3 ]; do (while :; do :; done) & (sleep 1000 | cat) & i=$((i+1)); done; echo up; wait"

for sig in [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP, signal.SIGINT]:
    kernel = subprocess.Popen([SLOT190, "run", BUSYBOX, "sh", "-c", BUSY], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    check(kernel.stdout.readline() == b"up\n", f"{sig.name}: the guest did not come up")
    stubs = descendants(kernel.pid)
    check(len(stubs) > 0, f"{sig.name}: no stub found to watch")
    kernel.send_signal(sig)
    status = kernel.wait()
    if sig == signal.SIGKILL:
        check(status == -9, f"status {status}")
    else:  # forwarded to the program, which dies of it
        check(status == 128 + sig, f"{sig.name}: status {status}")
    kernel.stdout.close()
    deadline = time.monotonic() + 20
    while any(alive(s) for s in stubs) and time.monotonic() < deadline:
        os.sched_yield()
    check(not any(alive(s) for s in stubs), f"{sig.name}: {[s for s in stubs if alive(s)]} lived on")

# The reader of our output goes away: the guest gets SIGPIPE or EPIPE, as with any program.
kernel = subprocess.Popen([SLOT190, "run", BUSYBOX, "yes"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL)
check(kernel.stdout.read(4) == b"y\ny\n", "yes")
kernel.stdout.close()
check(kernel.wait() == 128 + signal.SIGPIPE, f"yes | head: status {kernel.returncode}")

# Closed descriptors are closed inside.
for closed in ["0<&-", "1>&-", "2>&-", "0<&- 1>&- 2>&-"]:
    status = subprocess.run(["sh", "-c", f"{SLOT190} run {BUSYBOX} sh -c 'exit 7' {closed}"]).returncode
    check(status == 7, f"with {closed}: status {status}")

# A killed stub is a killed program, and the kernel says so by its status.
kernel = subprocess.Popen([SLOT190, "run", BUSYBOX, "sh", "-c", "echo up; while :; do :; done"], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
check(kernel.stdout.readline() == b"up\n", "no up")
for stub in descendants(kernel.pid):
    try:
        os.kill(stub, signal.SIGKILL)
    except ProcessLookupError:
        pass
status = kernel.wait()
check(status in (137, 125), f"all stubs killed: status {status}")
finish()
