#!/usr/bin/env python3
"""Runs moxie programs whose code was mutated, under every definition of swi and every way to fork: on a machine without
an MMU they may write over each other, but never past the flat memory, and the kernel goes on.

usage: moxie_program_fuzz.py SLOT190 [COUNT [SEED]]     COUNT defaults to 120; the long mode is 10000

The same seed gives the same programs. Time is virtual, an instruction takes a nanosecond of it, and a run ends after
10 ms: a limit in instructions. A case fails if slot190 is killed by a signal, ends as one that failed by itself (125),
says that something is wrong with it, or is still there when a limit that no run comes near is over.
"""
import concurrent.futures
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile

SLOT190 = os.path.abspath(sys.argv[1])
COUNT = int(sys.argv[2]) if len(sys.argv) > 2 else 120
SEED = int(sys.argv[3]) if len(sys.argv) > 3 else 190
IMAGES = pathlib.Path(__file__).resolve().parent.parent / "guest/moxie/images"
WALL = 120
HEADER = 64

# Programs with arguments under which much of them runs.
PROGRAMS = [
    ("args.flt", ["one", "two"]), ("bench.flt", []), ("cat.flt", ["/etc/hostname"]), ("crash.flt", ["divide"]),
    ("deep-base.flt", []), ("execnull.flt", []), ("forktest.flt", []), ("forktest-base.flt", []), ("heap-base.flt", []),
    ("list-base.flt", []), ("ls.flt", ["/"]), ("ptracer.flt", []), ("questions.flt", []), ("sieve-base.flt", []),
    ("sigtest.flt", []), ("sigtest-base.flt", []), ("sort.flt", ["/etc/passwd"]), ("vforktest.flt", ["careful", "exec"]),
    ("vforktest.flt", ["naive", "work"]), ("vforktest-base.flt", ["careful", "work"]), ("both-sockets.flt", []),
    ("both-sysvipc.flt", []), ("both-events.flt", []), ("both-newer.flt", []),
    ("sh.flt", ["-c", "echo.flt a b | cat.flt | wc.flt; hello.flt & (echo.flt c); ls.flt / > /dev/null; echo.flt $?"]),
]
SWI = ["user-stack", "kernel-stack", "registers"]
FORK = ["einval", "exchange", "relocate", "rebase"]
OURS = re.compile(r"Sanitizer|runtime error|terminate called|panic|Assertion|slot190: internal|VFS: refcount", re.I)


def word(image, at):
    return int.from_bytes(image[at:at + 4], "big")


def mutate(dice, image):
    """Bits, bytes and units of the text; the header stays. So do most words that are relocated, for the loader refuses
    nearly all that they could become."""
    code = bytearray(image)
    end, table, count = word(image, 12), word(image, 28), word(image, 32)  # where data begins; relocations
    relocated = {HEADER + word(image, table + 4 * i) + k for i in range(count) for k in range(4)}
    for _ in range(dice.choice((1, 1, 2, 4, 16))):
        at = dice.randrange(HEADER, min(end, len(code)) - 2)
        while at in relocated and dice.randrange(20):
            at = dice.randrange(HEADER, min(end, len(code)) - 2)
        kind = dice.randrange(4)
        if kind == 0:
            code[at] ^= 1 << dice.randrange(8)
        elif kind == 1:
            code[at] = dice.randrange(256)
        else:
            at &= ~1
            unit = dice.choice((0x0400, 0x3000, 0x3500, 0x0610, 0x0710, 0x2500, 0x1900, 0x0000)) if kind == 2 else \
                dice.randrange(0x10000)
            code[at:at + 2] = unit.to_bytes(2, "big")
    return bytes(code)


def run_case(number):
    """None, or what went wrong."""
    dice = random.Random(SEED << 32 | number)
    parameters = [f"swi={dice.choice(SWI)}", f"nommu-fork={dice.choice(FORK)}", "moxie-mem=4M",
                  f"moxie-engine={dice.choice(('jit', 'jit', 'interp'))}"]
    crowd = dice.randrange(4) == 0  # several at once in one memory
    with tempfile.TemporaryDirectory() as folder:
        commands = []
        for i in range(3 if crowd else 1):
            name, arguments = dice.choice(PROGRAMS)
            program = pathlib.Path(folder) / f"{i}-{name}"
            program.write_bytes(mutate(dice, (IMAGES / name).read_bytes()))
            program.chmod(0o755)
            commands.append([str(program), *arguments])
        if crowd:
            script = " & ".join(" ".join(f"'{w}'" for w in c) for c in commands) + " & wait"
            commands[0] = ["/bin/busybox", "sh", "-c", script]
        options = [w for p in parameters for w in ("-k", p)]
        command = [SLOT190, "run", "--time=virtual", "--timeout=10ms", *options, "-w", folder, "-i", "-E",
                   f"PATH={IMAGES}:/bin", "--", *commands[0]]
        with tempfile.TemporaryFile() as out:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT)
            try:
                status = process.wait(WALL)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                status = None
            out.seek(0)
            said = out.read(1 << 20).decode(errors="replace")
    if status is None:
        wrong = f"still there after {WALL} s"
    elif status < 0 or status == 125:
        wrong = f"status {status}"
    elif OURS.search(said):
        wrong = "the kernel says that something is wrong with it"
    else:
        return status, None
    return status, f"case {number} of seed {SEED}: {wrong}\n  {' '.join(parameters)}\n  {commands[0]}\n{said[-2000:]}"


def main():
    first = int(os.environ.get("FIRST", "0"))
    seen, failures = {}, []
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() if COUNT > 1000 else 2) as pool:
        for status, wrong in pool.map(run_case, range(first, first + COUNT)):
            seen[status] = seen.get(status, 0) + 1
            if wrong:
                failures.append(wrong)
                print(wrong, flush=True)
    print(f"{COUNT} programs, statuses {dict(sorted(seen.items(), key=lambda s: -s[1]))}")
    # If they all ended alike, the mutations reached nothing.
    sys.exit(1 if failures or len(seen) < 4 else 0)


main()
