#!/usr/bin/env python3
"""Rewrites GCC's moxie assembly for the base-register ABI (README.md): pointers to data become offsets
from $r13, pointers to code and $fp and $sp stay absolute.

usage: moxie-elf-gcc -ffixed-'$r12' -S x.c -o - | baserel.py | moxie-elf-as -o x.o

Three rules. A load or store through any register but $fp, $sp and $r12 (where prologues and epilogues keep
copies of $fp) gets the base added to its address; one of a named object is split up for that. What is copied
out of $fp or $sp, or computed with them, becomes an offset at once, and what goes back to $sp an address.
Then the branches that the longer code has put out of reach are turned into a branch around a jump.
What the rules do not cover is refused, never passed through.
"""
import re
import sys

BASE, SCRATCH = "$r13", "$r12"
STACK = ("$fp", "$sp")
ABSOLUTE = STACK + (SCRATCH,)
INVERSE = dict(beq="bne", bne="beq", blt="bge", bge="blt", bgt="ble", ble="bgt", bltu="bgeu", bgeu="bltu", bgtu="bleu",
               bleu="bgtu")
REACH = 900  # bytes; a branch reaches 1022


def split(line):
    """(operation, operands) of an instruction, or None."""
    code = re.match(r"^\s+([a-z][a-z.]*)(?:\s+(.*?))?\s*$", line)
    if not code or code[1].startswith("."):
        return None
    return code[1], [o.strip() for o in code[2].split(",")] if code[2] else []


def memory(operand):
    """(offset, register) of `off($rN)` or `($rN)`; None: the name of an object."""
    m = re.match(r"^(.*)\((\$\w+)\)$", operand)
    return (m[1], m[2]) if m else None


class Refused(Exception):
    pass


def access(op, operands):
    """ld, ldo, st, sto, lda, sta: the one operand that is memory gets the base."""
    loads = op[0] == "l"
    value, place = operands if loads else reversed(operands)
    if not loads and value in STACK:
        raise Refused("stores an address of the stack")

    def form(name, where):
        return f"{name}\t{value}, {where}" if loads else f"{name}\t{where}, {value}"

    size = op.split(".")[1]
    if op.startswith(("lda", "sta")):
        via = value if loads else SCRATCH
        return [f"ldi.l\t{via}, {place}", f"add\t{via}, {BASE}", form(f"{'ld' if loads else 'st'}.{size}", f"({via})")]
    offset, register = memory(place)
    if register in ABSOLUTE:
        return None
    if loads and value == register:  # the pointer dies here: no need for the scratch register
        return [f"add\t{register}, {BASE}", form(op, f"{offset}({register})")]
    return [f"mov\t{SCRATCH}, {register}", f"add\t{SCRATCH}, {BASE}", form(op, f"{offset}({SCRATCH})")]


def rewrite(op, operands):
    """The instructions in place of one; None: it stays as it is."""
    if re.match(r"^(ld|st)[ao]?\.[lsb]$", op):
        return access(op, operands)
    if not any(o in STACK for o in operands) or op in ("pop", "inc", "dec"):
        return None
    this = f"{op}\t{', '.join(operands)}"
    if op == "push":
        if operands[0] == "$sp" and operands[1] not in STACK:
            return None
    elif op == "cmp":
        left, right = operands
        if not (left in STACK and right in STACK):
            stack = left if left in STACK else right
            pair = ", ".join(SCRATCH if o in STACK else o for o in operands)
            return [f"mov\t{SCRATCH}, {stack}", f"sub\t{SCRATCH}, {BASE}", f"cmp\t{pair}"]
    elif op in ("mov", "add", "sub"):
        to, source = operands
        if to in STACK:
            if op != "mov" or source in ABSOLUTE:
                return None
            return [this, f"add\t{to}, {BASE}"]
        if to == SCRATCH:
            return None
        return [this, f"{'add' if op == 'sub' else 'sub'}\t{to}, {BASE}"]
    raise Refused("does with the stack's address what no rule covers")


def length(line):
    code = split(line)
    if not code:
        return 4 if re.match(r"^\s+\.(p2align|balign|align|long)", line) else 0
    op = code[0].split(".")[0]
    if op in ("ldi", "lda", "sta", "jsra", "jmpa", "swi"):
        return 6
    return 4 if op in ("ldo", "sto") else 2


def shorten_branches(lines):
    """Repeats, since every jump that is put in makes the code longer."""
    number = 0
    while True:
        at, where = 0, {}
        for line in lines:
            label = re.match(r"^([.\w$]+):", line)
            if label:
                where[label[1]] = at
            at += length(line)
        at, out, changed = 0, [], False
        for line in lines:
            code = split(line)
            at += length(line)
            if code and code[0] in INVERSE and code[1][0] in where and abs(where[code[1][0]] - at) > REACH:
                out += [f"\t{INVERSE[code[0]]}\t.Lnear{number}", f"\tjmpa\t{code[1][0]}", f".Lnear{number}:"]
                number += 1
                changed = True
            else:
                out.append(line)
        lines = out
        if not changed:
            return lines


def main():
    lines = []
    for line in sys.stdin.read().splitlines():
        code = split(line)
        try:
            instead = rewrite(*code) if code else None
        except Refused as why:
            sys.exit(f"baserel: `{line.strip()}` {why}")
        lines += [line] if instead is None else ["\t" + i for i in instead]
    print("\n".join(shorten_branches(lines)))


main()
