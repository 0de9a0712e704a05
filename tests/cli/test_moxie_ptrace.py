"""ptrace of moxie programs: by one of their own, byte order and all (whose vfork the old swi would lose)."""
from moxie import *

STORY = """exec: stopped by 5
registers agree: 1, $sp is $fp: 1
argc 2
same code: 1
poke: 0
breakpoint: stopped by 5
at it: 1, argument 7
back in the caller after 4 steps, result 15
call: stopped by 133
number 4
tracee: 15
its end: stopped by 133
result 11
nowhere: -1 (5)
end: status 0xf00
gone: -1 (3)
"""
for kind in ["flt", "elf"]:
    for swi in ["kernel-stack", "registers"]:
        for engine in ["jit", "interp"]:
            expect(image(f"ptracer.{kind}", k=[f"swi={swi}", f"moxie-engine={engine}"]), 0, out=STORY, err="")
finish()
