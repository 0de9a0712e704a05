"""moxie programs on the command line: the format decides, pipelines of two architectures, the kernel
parameters, files that are no programs."""
import os
import re
import tempfile

from slot190 import *

IMAGES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "guest", "moxie", "images")
HELLO = os.path.join(IMAGES, "hello.flt")
EVERY_SWI = ["user-stack", "kernel-stack", "registers"]


def image(name):
    return os.path.join(IMAGES, name)


plain = run("run", HELLO)
expect(plain, 42, err="", out_has="hello")
for name in ["hello.elf", "hello.old.elf", "hello.gz.flt", "hello.gzdata.flt", "hello.v2.flt"]:
    expect(run("run", image(name)), 42, out=plain.out, err="")
for swi in EVERY_SWI:
    for engine in ["interp", "jit"]:
        expect(run("run", "-k", f"swi={swi}", "-k", f"moxie-engine={engine}", HELLO), 42, out=plain.out, err="")

# trace begins with execve: also if the program dies before its first call, and before its instructions.
lines = run("trace", image("crash.flt"), "divide").err.splitlines()
check([line.split("(")[0].split(" {")[0] for line in lines] == ["execve", "--- SIGFPE", "+++ killed by SIGFPE +++"], f"{lines}")
lines = expect(run("trace", "--insn", image("hello.elf")), 42, out=plain.out).err.splitlines()
check(lines[0].startswith("execve(") and re.match(r"0x\w{8}: ldo.l \$r0, 0x0\(\$sp\)$", lines[1]), f"{lines[:2]}")
check(lines[-3].endswith(": swi 0xffffffff") and lines[-2].startswith("exit(42)"), f"{lines[-3:]}")

# One kernel, two architectures, one pipeline; exec from one to the other.
expect(shell(f"busybox echo x | {HELLO} | busybox tr a-z A-Z"), out=plain.out.upper())
expect(shell(f"exec {HELLO}"), 42, out=plain.out)

# Without an MMU fork is refused, or does what was asked for.
expect(run("run", image("forktest.flt")), 1, out_has="no pid was used")
for how in ["exchange", "relocate"]:
    expect(run("run", "-k", f"nommu-fork={how}", image("forktest.flt")), out_has="memory of their own")
expect(run("run", "-k", "nommu-fork=rebase", image("forktest-base.flt")), out_has="memory of their own")
expect(run("run", "-v", "-k", "nommu-fork=rebase", image("forktest.flt")), 1, err_has="base-register ABI")

# Parameters: what there is, if it is not what was asked for.
expect(run("run", "-k", "swi=none", HELLO), 125, out="", err_has=EVERY_SWI)
expect(run("run", "-k", "nommu-fork=yes", HELLO), 125, out="", err_has=["einval", "exchange", "relocate", "rebase"])
for size in ["0", "1", "64K", "100001", "2G", "16X", "-1M", "99999999999999999999M"]:
    expect(run("run", "-k", f"moxie-mem={size}", HELLO), 125, out="",
           err=f"slot190: moxie-mem={size}: no memory size; give 256K to 1536M in whole pages, as in 16M\n")
expect(run("run", "-k", "moxie-mem=256K", HELLO), 42, out=plain.out)

# Files that are no programs, or not for this machine.
with tempfile.TemporaryDirectory() as tmp:
    content = open(HELLO, "rb").read()

    def program(name, data):
        path = os.path.join(tmp, name)
        with open(path, "wb") as f:
            f.write(data)
        os.chmod(path, 0o755)
        return path

    for n in [0, 3, 63, 64, len(content) // 2, len(content) - 1]:
        expect(run("run", program(f"cut{n}", content[:n])), 126, out="")
    for at in [4, 12, 16, 20, 28]:
        broken = content[:at] + b"\xff\xff\xff\xff" + content[at + 4:]
        expect(run("run", program(f"field{at}", broken)), 126, out="", err_has="Exec format error")
    # More bss than the machine has memory: an error of execve, and the shell lives.
    large = content[:20] + (32 << 20).to_bytes(4, "big") + content[24:]
    expect(shell(program("large", large) + "; echo $?"), out="126\n", err_has="memory")
finish()
