"""A guest that wants too much: memory, tasks, files, arguments. Clear errors, no crash, no hang."""
import resource

from slot190 import *

# A fork bomb meets --max-tasks, and the rest of the system stays usable.
outcome = shell("b() { b | b & b; }; b 2>/dev/null & sleep 0.2; echo alive; exit 5", "--max-tasks=30", "--timeout=60")
expect(outcome, 5, out_has="alive\n")
outcome = shell("sleep 1000 & sleep 1000 & sleep 1000 & sleep 1000 & echo end", "--max-tasks=4")
if outcome.status == 0 or "fork" not in outcome.err:
    fail(outcome, "expected fork to fail")

# A memory hog gets ENOMEM or is killed; the kernel lives.
outcome = run("run", "--mem=64M", BUSYBOX, "sh", "-c", "dd if=/dev/zero of=/dev/null bs=200M count=1; echo status $?")
expect(outcome, 0, out_has="status 1", err_has="dd")
outcome = shell("x=0123456789abcdef; while :; do x=$x$x$x$x; done", "--mem=64M", "--timeout=60")
if outcome.status in (0, 124, 125):
    fail(outcome, "expected the hog to fail")
outcome = shell("dd if=/dev/zero of=/tmp/big bs=1M count=300 2>/dev/null; echo $?", "--mem=64M", "--timeout=60")
if "0\n" == outcome.out or outcome.status == 124:
    fail(outcome, "expected /tmp to be limited by --mem")

# Arguments: as many as Linux takes, and one clear error beyond.
expect(run("run", BUSYBOX, "sh", "-c", "echo $#", "sh", *["x"] * 20000), out="20000\n")
outcome = run("run", BUSYBOX, "echo", *["y" * 100000] * 20)
expect(outcome, 0)
outcome = run("run", "-E", "LONG=" + "z" * 131060, BUSYBOX, "sh", "-c", "echo ${#LONG}")
expect(outcome, out="131060\n")
expect(shell("x=$(head -c 200000 /dev/zero | tr '\\0' x); /bin/busybox echo $x >/dev/null; echo $?"), 0, out="126\n",
       err_has="too long")

# Many descriptors, deep directories, long names.
expect(shell("ulimit -n 20; for i in 3 4 5 6 7 8 9; do eval \"exec $i</dev/null\"; done; echo ok"), out="ok\n")
expect(shell("cd /tmp; n=$(head -c 300 /dev/zero | tr '\\0' n); echo x > $n"), 1, err_has="too long")
# A host that gives few and short files: memory that guests share does not use them up.
many = run("run", f"{GUESTS}/shared_many.64")
expect(many, out_has="executed\n")
resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))
expect(run("run", f"{GUESTS}/shared_many.64"), out=many.out)
resource.setrlimit(resource.RLIMIT_FSIZE, (100 * 1024, 100 * 1024))
expect(run("run", f"{GUESTS}/shared_many.64"), out=many.out)
finish()
