"""vfork on a shared stack: the machine's swi, the library's wrapper, every mechanism and profile of history."""
import re

from moxie import *

PARENT = "parent: calls {} vfork\n"
WORK = "child: my parent is who called\nchild: works on the shared stack, 540\n"
EXEC = "child: a new program on a stack of its own\n"
BACK = "parent: back with the child's pid\nparent: child's status 7, its writes seen 1: as it should be\n"
DEEDS = {"exit": "", "work": WORK, "straight": EXEC, "exec": WORK + EXEC}

# ---- four cells, and the hardware's own definition --------------------------------------------------------
for swi in ["user-stack", "kernel-stack", "registers"]:
    for wrapper in ["careful", "naive"]:
        for deed, transcript in DEEDS.items():
            for kind in ["flt", "elf"]:
                outcome = image(f"vforktest.{kind}", wrapper, deed, k=[f"swi={swi}"])
                begin = PARENT.format(wrapper) + transcript
                if swi != "user-stack" and wrapper == "careful":
                    expect(outcome, 0, out=begin + BACK, err="")
                    continue
                # The parent leaves for nowhere; what it meets there is not the same for every build of it.
                if outcome.status == 0 or "as it should be" in outcome.out or not outcome.out.startswith(begin):
                    fail(outcome, "expected the parent to be lost behind what the child did")
                if "BUG: the s" not in outcome.err or "written by task 3" not in outcome.err:
                    fail(outcome, "the kernel explains what happened to the parent's stack")
                # Under the new definitions it is the wrapper's frames alone.
                if "BUG: the swi frame" in outcome.err and swi != "user-stack":
                    fail(outcome, "nothing was pushed on the user's stack")

# Base-register programs have a careful wrapper of their own: $r6 waits in a special register.
for deed, transcript in DEEDS.items():
    for k in [["nommu-fork=rebase"], ["nommu-fork=rebase", "swi=registers"], []]:
        for kind in ["flt", "elf"]:
            expect(image(f"vforktest-base.{kind}", "careful", deed, k=k), 0, out=PARENT.format("careful") + transcript + BACK,
                   err="")
# Ten thousand asleep on one stack, at risk all of them: the machine goes on, and the limit is noticed.
expect(run("run", "--time=virtual", "--timeout=10ms", "-k", "swi=registers", f"{IMAGES}/nest.flt"), 124, out="",
       err="slot190: the time limit is over\n")
outcome = image("vforktest-base.elf", "naive", "straight", k=["nommu-fork=rebase"])
if outcome.status == 0 or "BUG: the stack of task 2" not in outcome.err:
    fail(outcome, "expected a lost parent and why")

# ---- the words, who wrote them, from where -----------------------------------------------------------------
for swi in ["user-stack", "kernel-stack", "registers"]:
    # The child's last swi leaves the very words that the parent's left; the C function's frame is what broke.
    outcome = image("vforktest.elf", "naive", "straight", k=[f"swi={swi}"])
    for story in [r"BUG: the stack of task 2 \(vforktest.elf\) was overwritten while its vfork child ran on it",
                  r"return address of __syscall: was 0x\w+ <naive_vfork\+0x\w+>, is 0x\w+ <execve\+0x\w+>",
                  r"    written by task 3 \(vforktest.elf\) at 0x\w+ <execve\+0x\w+>: jsra 0x\w+\n"
                  r"[^\n]*      called from 0x\w+ <main\+",
                  r"return address of naive_vfork: was 0x\w+ <main\+0x\w+>, is 0x\w+ <main\+",
                  r"  task 2 returns to 0x\w+ <__syscall\+0x\w+> with \$sp"]:
        if not re.search(story, outcome.err):
            fail(outcome, f"expected {story} in the explanation")
outcome = image("vforktest.elf", "careful", "straight", k=["swi=user-stack"])
for story in [r"BUG: the swi frame of task 2 \(vforktest.elf\) at 0x\w+ was overwritten",
              r"\] return address: was 0x\w+ <vfork\+0x\w+>, is 0x\w+ <main\+",
              r"  task 2 returns to 0x\w+ <main\+"]:
    if not re.search(story, outcome.err):
        fail(outcome, f"expected {story} in the explanation")
events = run("trace", "--events", "-k", "swi=kernel-stack", f"{IMAGES}/vforktest.elf", "naive", "straight", env=ENV)
if "return address of __syscall overwritten by task 3" not in events.err:
    fail(events, "expected the overwritten frame among the events")

# ---- two definitions side by side --------------------------------------------------------------------------
BETWEEN = ["diff", "--profile", "linux-6", "--profile", "linux-6"]
for deed in ["exit", "straight", "work"]:
    new_old = ["-k", "A:swi=kernel-stack", "-k", "B:swi=user-stack"]
    outcome = expect(run(*BETWEEN, *new_old, f"{IMAGES}/vforktest.elf", "careful", deed, env=ENV), 1,
                     out_has=["stack words overwritten"])
    # The overwritten frame is where they part: the tasks' memory is laid out alike until then.
    first = next((line for line in outcome.out.splitlines() if " | " in line), "")
    if "|   2  the frame that it returns through" not in first:
        fail(outcome, "expected the overwritten frame as the first difference")
    # The naive wrapper loses both parents, at different words: that is what the line shows.
    outcome = run(*BETWEEN, *new_old, f"{IMAGES}/vforktest.elf", "naive", deed, env=ENV)
    first = next((line for line in outcome.out.splitlines() if " | " in line), "")
    if outcome.status and len({side.strip() for side in first.split(" | ")}) != 2:
        fail(outcome, "expected two sides that can be told apart")
    new_hardware = ["-k", "A:swi=kernel-stack", "-k", "B:swi=registers"]
    expect(run(*BETWEEN, *new_hardware, f"{IMAGES}/vforktest.elf", "careful", deed, env=ENV), 0)

# ---- every kernel of history -------------------------------------------------------------------------------
MECHANISMS = ["patch-1999", "2.2.0-pre6", "2.2.0-pre7", "semaphore", "completion", "killable"]
PROFILES = ["patch-1999", "linux-2.2.0-pre6", "linux-2.2.0-pre7", "linux-2.2", "linux-2.4", "linux-6"]
for kernel in [f"vfork={m}" for m in MECHANISMS] + [f"profile={p}" for p in PROFILES]:
    for swi in ["kernel-stack", "registers"]:
        for deed, transcript in DEEDS.items():
            expect(image("vforktest.flt", "careful", deed, k=[kernel, f"swi={swi}"]), 0,
                   out=PARENT.format("careful") + transcript + BACK, err="")
    outcome = image("vforktest.flt", "careful", "work", k=[kernel, "swi=user-stack"])
    if outcome.status == 0 or "as it should be" in outcome.out:
        fail(outcome, "expected the parent to be lost")
    # A cold disk would let go of a parent in the middle of its child's search, where a kernel did that.
    expect(sh("echo.flt a b | cat.flt | wc.flt; hello.flt > /dev/null; echo.flt $?", k=[kernel, "disk=warm"]), 0,
           out="1 2 4\n42\n", err="")
# 2.2.0-pre8 had taken slot 190 back.
for kernel in ["vfork=2.2.0-pre8", "profile=linux-2.2.0-pre8"]:
    expect(image("vforktest.flt", k=[kernel]), 1, out=PARENT.format("careful") + "parent: vfork: Function not implemented\n", err="")
finish()
