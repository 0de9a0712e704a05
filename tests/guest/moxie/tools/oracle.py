#!/usr/bin/env python3
"""Makes tests/unit/moxie_vectors.inc: what GDB's simulator of the moxie says that single instructions do.

usage: oracle.py [--check] SIMULATOR-FOLDER    (with moxie-elf-as, moxie-elf-ld and moxie-elf-run in it)

Each vector is one instruction (or two that belong together) at SLOT, over registers, a comparison and 16
words of memory that are set before; all of that is read back behind it. A line of the table:

    CODE [c=A,B] [N=VALUE ...] > [N=VALUE ...] [@OFFSET=VALUE ...] [t]

code in hex; c the operands of the cmp before it; N a register's number (0 $fp, 1 $sp, 2 $r0 ...) with what it
held and then, where it changed, what it holds; @ a word of memory that changed; t if control went to TAKEN and not to
the next instruction. Registers that are not named hold 5a000000 + N, but $fp is DATA + 20 and $sp DATA + 30;
memory begins as 80c1f203 + 1030507 * N.

Left out is what the simulator gets wrong or does not survive: mul.x (it multiplies unsigned), misaligned
accesses, division by zero and of the least number by -1, instructions that are none. So is what stops a CPU: swi, brk.
"""
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[4]
TABLE = ROOT / "tests/unit/moxie_vectors.inc"
SLOT, NEXT, TAKEN, DATA, OUT = 0x2000, 0x2100, 0x2200, 0x3000, 0x4000
WORD = 0xFFFFFFFF
EDGES = [0, 1, 0x7F, 0x80, 0xFFFF, 0x8000, 0x7FFFFFFF, 0x80000000, WORD, 0x12345678]


def reg(n):
    return {0: DATA + 0x20, 1: DATA + 0x30}.get(n, 0x5A000000 + n)


def mem(n):
    return (0x80C1F203 + 0x1030507 * n) & WORD


def unit(v):
    return f"{v:04x}"


def op(code, a=0, b=0):
    return unit(code << 8 | a << 4 | b)


def imm32(v):
    return f"{v & WORD:08x}"


class Vector:
    def __init__(self, code, regs=None, cmp=None):
        self.code, self.regs, self.cmp = code, dict(regs or {}), cmp


def arithmetic():
    alu = {"add": 5, "and": 0x26, "sub": 0x29, "or": 0x2B, "xor": 0x2E, "mul": 0x2F, "umul.x": 0x14}
    for code in alu.values():
        for a in EDGES:
            for b in EDGES:
                yield Vector(op(code, 2, 3), {2: a, 3: b})
        yield Vector(op(code, 4, 4), {4: 0x87654321})
    for code in (0x27, 0x28, 0x2D):  # lshr, ashl, ashr
        for a in EDGES:
            for count in (0, 1, 5, 16, 31):
                yield Vector(op(code, 2, 3), {2: a, 3: count})
        for count in (32, 33, 63, 64, WORD):
            yield Vector(op(code, 2, 3), {2: 0x87654321, 3: count})
    for code in (0x31, 0x32, 0x33, 0x34):  # div, udiv, mod, umod
        for a in EDGES:
            for b in EDGES[1:]:
                if code in (0x31, 0x33) and a == 0x80000000 and b == WORD:
                    continue
                yield Vector(op(code, 2, 3), {2: a, 3: b})
    for code in (0x02, 0x10, 0x11, 0x12, 0x13, 0x2A, 0x2C):  # mov, sex, zex, neg, not
        for b in EDGES + [0x8080, 0xFF7F]:
            yield Vector(op(code, 2, 3), {3: b})
        yield Vector(op(code, 5, 5), {5: 0xFEDCBA98})
    for form in (0x8, 0x9):  # inc, dec
        for value in (0, 1, 0x80, 0xFF):
            for a in (0, 0x7FFFFFFF, WORD, 0x100):
                yield Vector(unit(form << 12 | 6 << 8 | value), {6: a})
    for code in (0x01, 0x1B, 0x20):  # ldi.l, ldi.b, ldi.s
        for value in EDGES:
            yield Vector(op(code, 7) + imm32(value))
    yield Vector(op(0x0F))


def memory():
    def sizes(names):
        return zip(names, (4, 1, 2))

    at = DATA + 8
    for code, size in sizes((0x0A, 0x1C, 0x21)):  # ld
        for offset in range(0, 8, size):
            yield Vector(op(code, 2, 3), {3: at + offset})
        yield Vector(op(code, 3, 3), {3: at})
    for code, size in sizes((0x0B, 0x1E, 0x23)):  # st
        for offset in range(0, 8, size):
            yield Vector(op(code, 2, 3), {2: at + offset, 3: 0x89ABCDEF})
        yield Vector(op(code, 2, 2), {2: at})
    for code, size in sizes((0x08, 0x1D, 0x22)):  # lda
        for offset in range(0, 8, size):
            yield Vector(op(code, 2) + imm32(at + offset))
    for code, size in sizes((0x09, 0x1F, 0x24)):  # sta
        for offset in range(0, 8, size):
            yield Vector(op(code, 2) + imm32(at + offset), {2: 0x89ABCDEF})
    for code, size in sizes((0x0C, 0x36, 0x38)):  # ldo
        for offset in (0, size, -size, 8, -8, 0x7FFC, -0x8000):
            yield Vector(op(code, 2, 3) + unit(offset & 0xFFFF), {3: (at - offset) & WORD})
        yield Vector(op(code, 3, 3) + unit(4), {3: at})
    for code, size in sizes((0x0D, 0x37, 0x39)):  # sto
        for offset in (0, size, -size, 8, -8, 0x7FFC, -0x8000):
            yield Vector(op(code, 2, 3) + unit(offset & 0xFFFF), {2: (at - offset) & WORD, 3: 0x89ABCDEF})
    for a, b in ((1, 2), (3, 4), (1, 1), (3, 3), (1, 0)):  # push, pop
        for code in (0x06, 0x07):
            yield Vector(op(code, a, b), {a: at} if a != 1 else {})
    for value in EDGES:  # ssr and gsr
        yield Vector(unit(0xB << 12 | 2 << 8 | 8) + unit(0xA << 12 | 3 << 8 | 8), {2: value})


def control():
    for n in range(10):
        for a in EDGES:
            for b in EDGES[::2] + [a]:
                yield Vector(unit(0xC000 | n << 10 | 3), {}, (a, b))
    for a, b in ((2, 3), (4, 4)):  # cmp, then beq and bltu
        for n in (0, 4):
            yield Vector(op(0x0E, a, b) + unit(0xC000 | n << 10 | 3), {a: 3, b: 4}, (1, 1))
    yield Vector(op(0x1A) + imm32(TAKEN))  # jmpa
    yield Vector(op(0x03) + imm32(TAKEN))  # jsra
    for n in (2, 5, 15):
        yield Vector(op(0x25, n), {n: TAKEN})  # jmp
        yield Vector(op(0x19, n), {n: TAKEN})  # jsr
    yield Vector(op(0x19, 0), {0: TAKEN})
    # ret through a frame that two instructions build: its return address is the word at 4($fp).
    yield Vector(op(0x0D, 0, 2) + unit(4) + op(0x04), {2: TAKEN})


def program(vectors):
    """Assembly that runs each vector and writes 33 words for it: registers, taken or not, memory."""
    out = [".section .slot,\"awx\"", f"slot: .space {NEXT - SLOT}", ".section .next,\"ax\""]
    for taken in (0, 1):
        if taken:
            out.append(".section .taken,\"ax\"")
        out += [f"sta.l {OUT + 4 * n}, ${name}" for n, name in enumerate(NAMES)]
        out += [f"ldi.l $r0, {taken}", f"sta.l {OUT + 64}, $r0", "jmpa dump"]
    out += [".text", ".global _start", "_start:"]
    for i, v in enumerate(vectors):
        code = bytes.fromhex(v.code + op(0x1A) + imm32(NEXT) + op(0x1A) + imm32(TAKEN))
        code += bytes(-len(code) % 4)
        for at in range(0, len(code), 4):
            out += [f"ldi.l $r0, 0x{code[at:at + 4].hex()}", f"sta.l {SLOT + at}, $r0"]
        for n in range(16):
            out += [f"ldi.l $r0, {mem(n)}", f"sta.l {DATA + 4 * n}, $r0"]
        out += [f"ldi.l $r0, next{i}", f"sta.l {OUT + 256}, $r0"]
        if v.cmp:
            out += [f"ldi.l $r0, {v.cmp[0]}", f"ldi.l $r1, {v.cmp[1]}", "cmp $r0, $r1"]
        out += [f"ldi.l ${name}, {v.regs.get(n, reg(n))}" for n, name in enumerate(NAMES)]
        out += [f"jmpa {SLOT}", f"next{i}:"]
    out += ["ldi.l $r0, 0", "swi 1", "dump:"]
    for n in range(16):
        out += [f"lda.l $r0, {DATA + 4 * n}", f"sta.l {OUT + 68 + 4 * n}, $r0"]
    out += ["ldi.l $r0, 1", f"ldi.l $r1, {OUT}", "ldi.l $r2, 132", "swi 5", f"lda.l $r0, {OUT + 256}", "jmp $r0"]
    return "\n".join(out) + "\n"


NAMES = ["fp", "sp"] + [f"r{n}" for n in range(14)]
SCRIPT = f"""ENTRY(_start)
SECTIONS {{ .slot {SLOT} : {{ *(.slot) }} .next {NEXT} : {{ *(.next) }} .taken {TAKEN} : {{ *(.taken) }}
.text 0x10000 : {{ *(.text) }} }}
"""


def simulate(folder, vectors):
    with tempfile.TemporaryDirectory() as scratch:
        dir = pathlib.Path(scratch)
        (dir / "v.s").write_text(program(vectors))
        (dir / "v.ld").write_text(SCRIPT)
        tool = lambda name, *args, **more: subprocess.run([f"{folder}/moxie-elf-{name}", *args], cwd=dir, check=True, **more)
        tool("as", "v.s", "-o", "v.o")
        tool("ld", "-T", "v.ld", "-N", "--no-warn-rwx-segments", "v.o", "-o", "v.elf")
        said = tool("run", "v.elf", stdout=subprocess.PIPE).stdout
    if len(said) != 132 * len(vectors):
        sys.exit(f"the simulator wrote {len(said)} bytes for {len(vectors)} vectors")
    for i in range(len(vectors)):
        record = said[132 * i:132 * (i + 1)]
        yield [int.from_bytes(record[at:at + 4], "big") for at in range(0, 132, 4)]


def line(v, words):
    before = [f"c={v.cmp[0]:x},{v.cmp[1]:x}"] if v.cmp else []
    before += [f"{n}={value:x}" for n, value in sorted(v.regs.items())]
    after = [f"{n}={words[n]:x}" for n in range(16) if words[n] != v.regs.get(n, reg(n))]
    after += [f"@{4 * n:x}={words[17 + n]:x}" for n in range(16) if words[17 + n] != mem(n)]
    return " ".join([v.code, *before, ">", *after, *(["t"] if words[16] else [])])


def main():
    folder = sys.argv[-1]
    vectors = [*arithmetic(), *memory(), *control()]
    lines = []
    for at in range(0, len(vectors), 400):
        batch = vectors[at:at + 400]
        lines += [line(v, words) for v, words in zip(batch, simulate(folder, batch))]
    head = "// Made by tests/guest/moxie/tools/oracle.py from GDB's simulator; the format is explained there."
    text = "\n".join([head, 'R"(', *dict.fromkeys(lines), ')"']) + "\n"
    if "--check" in sys.argv:
        sys.exit(0 if TABLE.read_text() == text else f"{TABLE}: differs")
    TABLE.write_text(text)
    print(f"{len(text.splitlines()) - 3} vectors")


main()
