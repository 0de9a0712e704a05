"""fork without an MMU, in each of the ways there are; executing oneself again without a name."""
from moxie import *

APART = "fork: a child; five rounds, memory of their own; the child's status is 5\n"
REFUSED = "fork refused: Invalid argument; no pid was used\n"

for kind in ["flt", "elf"]:
    expect(image(f"forktest.{kind}"), 1, out=REFUSED, err="")
    expect(image(f"forktest.{kind}", k=["nommu-fork=rebase"]), 1, out=REFUSED)  # not built for it
    for way in ["exchange", "relocate"]:
        for swi in ["user-stack", "kernel-stack", "registers"]:
            expect(image(f"forktest.{kind}", k=[f"nommu-fork={way}", f"swi={swi}"]), 0, out=APART, err="")

LIST = ("before: one two three four five; sum 38, 5 of 5 know their owner\n"
        "child: two three four five child's; sum 136, 5 of 5 know their owner\n"
        "parent: one two three four five parent's; sum 238, 6 of 6 know their owner\n")
DEEP = ("child: sum 6222\nchild: back at the top with 2, passed 1 time\n"
        "parent: sum 222\nparent: back at the top with 1, passed 1 time\n")
HEAP = ("sum 19900\ndeep 55\nhandled 10, sum 79800\nmoved {} times\nzeroed: 1\nunmapped: 0\nthe hole is used again: 1, zeroed: 1\n"
        "131 6b424bca\n193810 -190000001\n-330 82d82d82\n")
HEAP_FORK = "child: sum 124750\nparent: sum 101025, child's status 9\n"
SIEVE = "2\n3\n5\n7\n11\n13\n17\n19\n23\n29\n31\n37\ndone\n"
for kind in ["flt", "elf"]:
    # A base-register program is a program like any other under the ways that need no ABI.
    for way in ["rebase", "exchange", "relocate"]:
        for swi in ["user-stack", "kernel-stack", "registers"]:
            k = [f"nommu-fork={way}", f"swi={swi}"]
            expect(image(f"forktest-base.{kind}", k=k), 0, out=APART, err="")
            expect(image(f"list-base.{kind}", k=k), 0, out=LIST, err="")
            expect(image(f"deep-base.{kind}", k=k), 0, out=DEEP, err="")
            expect(image(f"sieve-base.{kind}", k=k), 0, out=SIEVE, err="")
            outcome = expect(image(f"sigtest-base.{kind}", k=k), 0, err="")
            check(outcome.out.count("ok: ") == 14, f"sigtest-base under {way}, {swi}: {outcome.out}")
    # A heap of mappings: behind the stack where a fork changes the base (the data moves), anywhere else else.
    for way in ["einval", "rebase", "exchange", "relocate"]:
        for swi in ["user-stack", "kernel-stack", "registers"]:
            heap = HEAP.format(3 if way == "rebase" else 0)
            heap, status = (heap + HEAP_FORK, 0) if way != "einval" else (heap + "fork: Invalid argument\n", 1)
            expect(image(f"heap-base.{kind}", k=[f"nommu-fork={way}", f"swi={swi}"]), status, out=heap, err="")
    expect(image(f"list-base.{kind}"), 1, out=LIST.splitlines(keepends=True)[0] + "fork: Invalid argument\n")
# Among the copies, programs that know nothing of them.
expect(sh("sieve-base.flt | sort.flt -n -r | busybox head -n 2; forktest-base.flt | cat.flt", k=["nommu-fork=rebase"]), 0,
       out="37\n31\n" + APART, err="")
expect(sh("forktest.flt | cat.flt; forktest.elf", k=["nommu-fork=exchange"]), 0, out=APART + APART, err="")

# ---- execve(NULL) ------------------------------------------------------------------------------------------
for kind in ["flt", "elf"]:
    expect(image(f"execnull.{kind}", "null"), 1, out="null: Bad address\n")
    expect(image(f"execnull.{kind}", "at"), 1, out="at: Bad file descriptor\n")
    for how in ["null", "at"]:
        for what in ["plain", "unlink", "chroot"]:
            expect(image(f"execnull.{kind}", how, what, k=["execve-null=on"]), 0, out=f"again: {what}\n", err="")
finish()
