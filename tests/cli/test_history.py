"""Kernels of history: choosing one, the exhibits that go wrong on purpose, and what a wrong choice is told."""
import json

from slot190 import *

PROFILES = ["patch-1999", "linux-2.2.0-pre6", "linux-2.2.0-pre7", "linux-2.2.0-pre8", "linux-2.2", "linux-2.4", "linux-6"]

# The list is complete, for people and for machines.
listing = expect(run("profiles"), 0, out_has=[*PROFILES, "killable", "clone-vfork"])
data = json.loads(run("profiles", "--json").out)
check([p["name"] for p in data["profiles"]] == PROFILES, "profiles --json lists the profiles in order")
check({"vfork", "kthread", "fork-order", "cpus", "racy-flags"} <= {p["name"] for p in data["parameters"]},
      "profiles --json lists the parameters")

# Today's programs run under every one of them.
for profile in PROFILES:
    expect(shell("busybox true; x=$(echo in | cat); echo $x; uname -r", "--profile", profile), 0, out_has="in\n")

# What is wrong is said, with what there is.
expect(run("run", "--profile", "linux-3", BUSYBOX, "true"), 125, err_has=["linux-3", *PROFILES])
expect(run("run", "-k", "vfork=never", BUSYBOX, "true"), 125, err_has=["never", "killable", "semaphore"])
expect(run("run", "-k", "vfrok=killable", BUSYBOX, "true"), 125, err_has=["vfrok", "clone-vfork"])
expect(run("run", "--profile", "linux-2.2", "-k", "profile=linux-6", BUSYBOX, "true"), 125, err_has="twice")
expect(run("run", "-k", "preempt=1", BUSYBOX, "true"), 125, err_has="cpus=2")
expect(run("run", "-k", "cpus=2", "-k", "preempt=1,x", BUSYBOX, "true"), 125, err_has="ordinals")

# --strict-table takes calls away: an i386 program of today finds no set_thread_area in 2.2.
expect(run("run", "--profile", "linux-2.2", "--strict-table", BUSYBOX, "true"), 0)
outcome = run("run", "--profile", "linux-2.2", "--strict-table", f"{GUESTS}/fork_files.32")
check(outcome.status != 0, "a static i386 glibc program cannot start with the table of 2.2.0")
expect(run("run", "--profile", "linux-2.2", f"{GUESTS}/fork_files.32"), 0)


def schedules(program, *options, points=40):
    """Runs the program once for each preemption point alone; the set of outcomes."""
    seen = set()
    for n in range(1, points):
        o = run("run", "--time=virtual", "--timeout=100", "-k", "cpus=2", "-k", f"preempt={n}", *options, program)
        seen.add((o.status, o.out))
    return seen


# OS/161: a child that is runnable before its files are in place. Found in the early order, never in Linux's.
good = run(f"{GUESTS}/fork_files.64")
expect(good, 0)
check(schedules(f"{GUESTS}/fork_files.64") == {(0, good.out)}, "fork-order=complete: every schedule is right")
early = schedules(f"{GUESTS}/fork_files.64", "-k", "fork-order=early")
check(any("exited 9," in out for _, out in early), f"fork-order=early: some child gets EBADF: {early}")
check((0, good.out) in early, "fork-order=early: some schedule is right")
expect(run("run", "-k", "fork-order=early", f"{GUESTS}/fork_files.64"), 0, out=good.out)  # one CPU: luck

# The thread-flags race: a signal between load and store.
check(schedules(f"{GUESTS}/flag_race.64") == {(0, "the signal was handled\n")}, "racy-flags=off: never lost")
check((1, "the signal was lost\n") in schedules(f"{GUESTS}/flag_race.64", "-k", "racy-flags=on"),
      "racy-flags=on: lost under some schedule")

# Two ways to start the first program: the same result, and the trace shows the difference.
script = ["-k", "kthread=callback", BUSYBOX, "echo", "up"]
callback = expect(run("trace", "--time=virtual", *script), 0, out="up\n")
script[1] = "kthread=trap"
trap = expect(run("trace", "--time=virtual", *script), 0, out="up\n", err_has=["clone(", "execve("])
check("clone(" not in callback.err, "kthread=callback: the kernel makes no system call")
expect(run("run", "-k", "kthread=trap", "/no/such/program"), 127)
expect(run("run", "-k", "kthread=trap", "/etc/passwd"), 126)

# The same seed is the same interleaving.
runs = {run("trace", "--events", "--time=virtual", "-k", "cpus=2", "--seed=5", f"{GUESTS}/fork_files.64").err for _ in range(10)}
check(len(runs) == 1, f"ten runs of one seed gave {len(runs)} traces")

# Nothing runs for ever: time passes for who never calls the kernel, and a sleep without a waker is seen at once.
expect(shell("while :; do :; done", "--time=virtual", "--timeout=1000"), 124, err_has="time limit")
expect(shell("sleep 100000", "--time=virtual", "--timeout=1000"), 124, err_has="time limit")
expect(run("run", "--time=virtual", BUSYBOX, "sh", "-c", "kill -STOP $$"), 123, err_has="hang")
finish()
