"""With -v a program that dies of a fatal signal leaves its registers and a backtrace with names."""
import re

from slot190 import *

for bits, register, word in [("64", "rip", 16), ("32", "eip", 8)]:
    quiet = run("run", f"{GUESTS}/crash.{bits}")
    expect(quiet, 139, out="about to fall\n", err="")
    loud = expect(run("run", "-v", f"{GUESTS}/crash.{bits}"), 139, out="about to fall\n",
                  err_has=["killed by SIGSEGV (SEGV_MAPERR, address 0x8) at inner+0x", f"{register}: ", "Call trace:"])
    frames = re.findall(r"\[<([0-9a-f]+)>\] (\w+)\+0x", loud.err)
    names = [name for address, name in frames]
    if names[:4] != ["inner", "middle", "outer", "main"]:
        fail(loud, f"expected inner, middle, outer, main, not {names}")
    check(all(len(address) == word for address, name in frames), f"addresses of {bits} bits: {frames}")
    for line in loud.err.splitlines():
        check(re.match(r"^\[ *\d+\.\d{6}\] ", line) is not None, f"no kernel message: {line}")

# Signals that are nobody's fault leave no backtrace.
expect(shell("kill -TERM $$", "-v"), 143, err_lacks="Call trace")
# A stack that is nonsense does not upset the kernel.
expect(run("run", "-v", f"{GUESTS}/faults.64"), 0, err_has="Call trace:")
finish()
