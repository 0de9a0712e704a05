"""slot190 explore: deadlocks that only some schedules have, their replay, and bad input."""
import json
import os
import shlex

from slot190 import *

VFORK = os.path.join(GUESTS, "vfork_exit.64")
HELLO = os.path.join(GUESTS, "hello.64")
BOTH = ["-p", "patch-1999", "-p", "linux-6"]


def explore(*args):
    return run("explore", *args)


def report(*args):
    o = explore("--json", *args)
    try:
        return json.loads(o.out)
    except ValueError as e:
        fail(o, f"no JSON: {e}")
        return {"profiles": [{"faults": {}}, {"faults": {}}]}


# The wake-up of 1999 can be lost, today's cannot.
o = expect(explore(*BOTH, VFORK), 1, err="", out_has=["every schedule of at most 2 preemptions", " schedules deadlock under patch-1999 cpus=2",
                                                      "none under linux-6.", "deadlock under patch-1999, shortest schedule: 1 preemption",
                                                      "child runnable, parent awake"])
found = report(*BOTH, VFORK)
old, new = found["profiles"]
check(old["faults"].get("deadlock", {}).get("schedules", 0) > 0, f"patch-1999: {old}")
check(new["faults"] == {} and new.get("failing") == 0, f"linux-6: {new}")
check(old.get("schedules", 0) > 5 and old.get("untried") == 0, f"schedules: {old}")
check(len(old["faults"]["deadlock"]["shortest"]) == 1, f"shortest: {old['faults']['deadlock']}")

# The replay command replays it.
replay = shlex.split(old["faults"]["deadlock"]["replay"])
check(replay[0] == "slot190" and replay[-1] == "</dev/null", f"replay: {replay}")
expect(run(*replay[1:-1]), 123, err_has="nobody is left who could wake it")

# Dice find it too, and what they found is shortened.
dice = report("-p", "patch-1999", "--seeds=40", VFORK)["profiles"][0]
check(dice.get("runs") == 40, f"runs: {dice}")
check(dice["faults"].get("deadlock") is not None, f"40 seeds find no deadlock: {dice}")
shortest = dice["faults"].get("deadlock", {}).get("shortest", [])
check(len(shortest) == 1, f"not shortened: {shortest}")
check(dice == report("-p", "patch-1999", "--seeds=40", VFORK)["profiles"][0], "the same seeds, other results")

# A bound, and what it leaves out.
o = expect(explore("-p", "linux-6", "--max-runs=3", VFORK), 0, out_has=["stopped after 3 runs", "schedules were not tried: try --max-runs="])
check(report("-p", "linux-6", "--preemptions=0", VFORK)["profiles"][0].get("runs") == 1, "--preemptions=0 is one run")

# A wrong exit status fails; which one is right can be said.
expect(explore("--preemptions=0", BUSYBOX, "false"), 1, out_has=["wrong exit status", "exit status 1"])
expect(explore("--preemptions=0", "--expect-status=1", BUSYBOX, "false"), 0, out_has="No schedule fails.")

for words, part in [
        ([], "no program is named"),
        (["-p", "linux-5", HELLO], "there is no profile 'linux-5'"),
        (["--cpus=1", HELLO], "with one CPU there is one schedule"),
        (["-k", "cpus=1", HELLO], "with one CPU there is one schedule"),
        (["-k", "preempt=3", HELLO], "-k preempt= is what explore chooses"),
        (["--seeds=3", "--preemptions=1", HELLO], "leave one out"),
        (["--preemptions=many", HELLO], "--preemptions"),
        (["--max-runs=0", HELLO], "--max-runs"),
        (["-k", "fork-order=never", BUSYBOX, "true"], "there is no fork-order 'never'; there are:"),
        (["--expect-status=256", HELLO], "--expect-status")]:
    o = expect(explore(*words), 2, out="", err_has=["slot190: ", part])
    check(o.err.count("\n") == 1, f"more than one line: {o.err!r}")
text = expect(explore("--help"), 0, err="").out
for part in ["usage: slot190 explore", "What counts as failing", "exit status: 0 no schedule fails"]:
    check(part in text, f"--help lacks {part!r}")
finish()
