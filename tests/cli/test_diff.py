"""slot190 diff: what is the same, what differs, and bad input; the record that it rests on."""
import json
import os
import re
import tempfile

from slot190 import *

VFORK = os.path.join(GUESTS, "vfork_share.64")
HELLO = os.path.join(GUESTS, "hello.64")
OLD, NEW = ["--profile", "patch-1999"], ["--profile", "linux-6"]

# The row B7 of history: an execvp that misses in the first directories of PATH.
# On two CPUs the parent may be back at the very next preemption point.
TWO = ["--cpus=2", "--seeds=8"]
PATH_SEARCH = [BUSYBOX, "sh", "-c", f"PATH=/no1:/no2:{GUESTS} exec busybox time hello.64"]


def diff(*args, **kwargs):
    return run("diff", *args, **kwargs)


def report(*args):
    o = diff("--json", *args)
    try:
        return json.loads(o.out)
    except ValueError as e:
        fail(o, f"no JSON: {e}")
        return {"sides": [{}, {}]}


# ---- the same -------------------------------------------------------------------------------------
expect(diff(*NEW, *NEW, HELLO), 0, out_has="No difference.", err="")
expect(diff("-p", "linux-2.4", *NEW, "--compare=calls", BUSYBOX, "sh", "-c", "ls / | wc -l; exit 3"),
       0, out_has=["No difference.", "exit status 3"])
same = report(*NEW, *NEW, VFORK)
check(same.get("same") is True and same.get("differs") == [], f"vfork_share differs from itself: {same.get('differs')}")
for side in same["sides"]:
    for what in ["two_tasks_on_one_stack", "clobbered_words", "early_returns", "hangs"]:
        check(side.get(what) == 0, f"linux-6: {what} is {side.get(what)} for a well-behaved program")

# ---- different: two tasks on one stack -----------------------------------------------------------------
o = expect(diff(*OLD, *NEW, *TWO, "--", *PATH_SEARCH), 1, out_has=["First difference:", "two tasks on one stack", "Timeline:",
                                                             "vfork returned too early", "See one side alone:"], err="")
check("\033[" not in o.out, "colour where there is no terminal")
found = report(*OLD, *NEW, *TWO, "--", *PATH_SEARCH)
old, new = found["sides"]
check(found.get("same") is False and "damage" in found.get("differs", []), f"B7: {found.get('differs')}")
check(old.get("two_tasks_on_one_stack", 0) > 0, f"B7 under patch-1999: {old.get('two_tasks_on_one_stack')}")
check(old.get("early_returns", 0) > 0, "B7 under patch-1999: vfork did not return early")
check([new.get(k) for k in ("two_tasks_on_one_stack", "early_returns", "clobbered_words", "status")] == [0, 0, 0, 42],
      f"B7 under linux-6: {new.get('ending')}")
kinds = {e["event"] for e in old.get("events", [])}
check({"call", "ret", "sleep", "wake", "switch", "fork", "exec", "exit", "reap", "onestack", "early"} <= kinds, f"kinds: {kinds}")
first = found.get("first_difference", {})
check(isinstance(first.get("a"), int) and isinstance(first.get("b"), int), f"first_difference: {first}")

# Hangs, and settings that are no profiles.
lost = ["-p", "patch-1999", "-k", "cpus=2", "-k", "A:preempt=1,2,3", "-k", "B:preempt=", os.path.join(GUESTS, "vfork_exit.64")]
o = expect(diff(*lost), 1, out_has=["ends with", "hangs", "tasks that sleep for ever", "preempt=1,2,3"])
expect(diff("-k", "A:vfork=patch-1999", "-k", "B:vfork=killable", *TWO, "--", *PATH_SEARCH), 1,
       out_has="two tasks on one stack")

# A replay line does what it says.
command = [line.strip() for line in diff(*OLD, *NEW, *TWO, "--", *PATH_SEARCH).out.splitlines() if line.startswith("  slot190 trace")]
check(len(command) == 2 and all("--time=virtual --seed=" in c for c in command), f"replay: {command}")

# ---- seeds ----------------------------------------------------------------------------------------------
seeds = report(*OLD, *NEW, "--cpus=2", "--seeds=20", os.path.join(GUESTS, "vfork_exit.64"))
check(seeds.get("seeds") == 20 and 0 < seeds.get("differing_seeds", 0) <= 20, f"seeds: {seeds.get('differing_seeds')}")

# ---- the page ---------------------------------------------------------------------------------------------
with tempfile.TemporaryDirectory() as tmp:
    page = os.path.join(tmp, "page.html")
    evil = "</script><script>alert(1)</script>"
    diff(*OLD, *NEW, "--html", page, BUSYBOX, "echo", evil)
    text = open(page, encoding="utf-8").read()
    check(text.startswith("<!DOCTYPE html>") and text.rstrip().endswith("</html>"), "the page has no beginning or no end")
    check(not re.search(r"https?://|\bsrc=|\bhref=|@import|url\(|fetch\(|XMLHttpRequest", text), "the page refers to something outside")
    check(len(re.findall(r"</script>", text)) == 2, "the guest's text ends a script element")
    data = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.S)
    sides = json.loads(data[1])["sides"] if data else []
    check(len(sides) == 2 and all(s["events"] and s["tasks"] and s["lines"] for s in sides), "the page's data lack something")
    check(sides and evil in sides[0]["out"], "the page's data lack the output")
    expect(diff(*OLD, *NEW, "--html", "/no/such/dir/page.html", HELLO), 2, err_has="cannot write the page to '/no/such/dir/page.html'")

    # The record is the same, byte for byte, every time.
    def record(number, *options):
        file = os.path.join(tmp, f"record{number}")
        run("run", "--time=virtual", "--seed=7", "-k", "cpus=2", *options, f"--record={file}", "--", *PATH_SEARCH)
        return open(file, "rb").read()

    for profile in ["patch-1999", "linux-6"]:
        records = {record(n, "-k", f"profile={profile}") for n in range(10)}
        check(len(records) == 1 and len(records.pop()) > 1000, f"{profile}: ten runs left different records")

# ---- bad input ----------------------------------------------------------------------------------------------
for words, part in [
        ([*OLD, *NEW], "no program is named"),
        ([HELLO], "nothing to compare"),
        ([*OLD, HELLO], "compare patch-1999 with what?"),
        ([*OLD, *NEW, *NEW, HELLO], "diff compares two kernels"),
        (["-p", "linux-7", *NEW, HELLO], "there is no profile 'linux-7' (did you mean linux-6?); there are: patch-1999, linux-2.2.0-pre6"),
        ([*OLD, *NEW, "-k", "vfrok=x", HELLO], "there is no kernel parameter 'vfrok'; there are:"),
        ([*OLD, *NEW, "-k", "vfork=x", HELLO], "there is no vfork 'x'; there are:"),
        ([*OLD, *NEW, "-k", "vfork", HELLO], "is not NAME=VALUE"),
        ([*OLD, *NEW, "--cpus=2", "-k", "cpus=1", HELLO], "contradict"),
        ([*OLD, *NEW, "-k", "profile=linux-2.2", HELLO], "contradict"),
        ([*OLD, *NEW, "--cpus=3", HELLO], "1 or 2 CPUs"),
        ([*OLD, *NEW, "--seed=0", HELLO], "--seed"),
        ([*OLD, *NEW, "--seeds=none", HELLO], "--seeds"),
        ([*OLD, *NEW, "--compare=all-of-it", HELLO], "none of output, calls, events, all"),
        ([*OLD, *NEW, "--stdin=/no/such/file", HELLO], "there is no file '/no/such/file'"),
        ([*OLD, *NEW, "--time=host", HELLO], "there is no option --time"),
        ([*OLD, *NEW, "--jobs=0", HELLO], "--jobs")]:
    o = expect(diff(*words), 2, out="", err_has=["slot190: ", part])
    check(o.err.count("\n") == 1, f"more than one line: {o.err!r}")

# A program that is not there is a result, not trouble; one that never ends is cut in virtual time.
expect(diff(*OLD, *NEW, "/no/such/program"), 0, out_has="exit status 127")
expect(diff(*NEW, *NEW, "--timeout=5s", BUSYBOX, "sleep", "1000"), 0, out_has="did not end in time")

text = expect(diff("--help"), 0, err="").out
for part in ["usage: slot190 diff", "What counts as a difference", "exit status: 0 no difference, 1 a difference, 2 trouble", "--html"]:
    check(part in text, f"--help lacks {part!r}")
finish()
