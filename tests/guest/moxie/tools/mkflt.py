#!/usr/bin/env python3
"""Makes a bFLT program of a moxie ELF program that was linked with `ld --emit-relocs`.

usage: mkflt.py [options] PROGRAM.elf PROGRAM.flt
  -s BYTES     size of the stack (default 8192)
  -z           gzip everything behind the header       -d   gzip data and relocations only
  -2           write format version 2 instead of 4
  -b           a program of the base-register ABI (see README.md)

A word that holds an address has a relocation of type R_MOXIE_32; branches (PCREL10) are final. Ordinary
programs are linked at 0 with data directly behind text, so that such a word already is the offset that the
loader expects. In base-register programs words that refer to data are final too, and those that refer to
text are made offsets from the start of text. The header has no date: the same input gives the same file.
"""
import argparse
import os
import struct
import sys
import zlib

HEADER = 64
RAM, GZIP, GZDATA, BASE_REGISTER = 1, 4, 8, 0x100
SHT_RELA, SHF_ALLOC, SHN_UNDEF, SHN_ABS = 4, 2, 0, 0xFFF1
R_NONE, R_32, R_PCREL10 = 0, 1, 2


class Section:
    def __init__(self, elf, at):
        (self.name_at, self.type, self.flags, self.addr, self.offset, self.size, self.link, self.info, _,
         _) = struct.unpack_from(">10I", elf, at)


class Elf:
    """Sections, symbols and relocations of a 32-bit big-endian ELF file."""

    def __init__(self, path):
        self.bytes = elf = open(path, "rb").read()
        if elf[:6] != b"\x7fELF\x01\x02" or struct.unpack_from(">H", elf, 18)[0] not in (223, 0xFEED):
            sys.exit(f"{path}: not a moxie ELF program")
        self.entry, = struct.unpack_from(">I", elf, 24)
        table, = struct.unpack_from(">I", elf, 32)
        size, count, names = struct.unpack_from(">3H", elf, 46)
        self.sections = [Section(elf, table + i * size) for i in range(count)]
        strings = self.sections[names].offset
        for s in self.sections:
            start = strings + s.name_at
            s.name = elf[start:elf.index(b"\0", start)].decode()

    def section(self, name):
        return next((s for s in self.sections if s.name == name), None)

    def contents(self, name):
        s = self.section(name)
        return self.bytes[s.offset:s.offset + s.size] if s else b""

    def relocations(self):
        """(address of the word, the address that it holds) for everything that moves."""
        for table in self.sections:
            if table.type != SHT_RELA or not self.sections[table.info].flags & SHF_ALLOC:
                continue
            symbols = self.sections[table.link].offset
            for at in range(table.offset, table.offset + table.size, 12):
                place, info, addend = struct.unpack_from(">IIi", self.bytes, at)
                value, = struct.unpack_from(">I", self.bytes, symbols + (info >> 8) * 16 + 4)
                section, = struct.unpack_from(">H", self.bytes, symbols + (info >> 8) * 16 + 14)
                kind = info & 255
                if kind not in (R_NONE, R_32, R_PCREL10):
                    sys.exit(f"relocation of unknown type {kind} at {place:#x}")
                if kind == R_32 and section not in (SHN_UNDEF, SHN_ABS):
                    yield place, (value + addend) & 0xFFFFFFFF


def gzip(data):
    """A gzip stream with neither name nor date."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(data) + packer.flush()
    return b"\x1f\x8b\x08" + bytes(6) + b"\x03" + packed + struct.pack("<II", zlib.crc32(data), len(data))


def convert(elf, options):
    text = bytearray(elf.contents(".text"))
    data = bytearray(elf.contents(".data"))
    text_at = elf.section(".text").addr
    data_at = elf.section(".data").addr if data else text_at + len(text)
    bss = elf.section(".bss")
    bss_end = max(bss.addr + bss.size if bss else 0, data_at + len(data))
    if options.base:
        if data and data_at != 0x40:
            sys.exit("a base-register program must have its data at 0x40")
    else:
        if text_at != 0:
            sys.exit("not linked at 0")
        text += bytes(data_at - len(text))

    image = text + data
    relocs = []
    for place, value in sorted(elf.relocations()):
        in_text = text_at <= place < text_at + len(text)
        offset = place - text_at if in_text else place - data_at + len(text)
        if struct.unpack_from(">I", image, offset)[0] != value:
            sys.exit(f"the word at {place:#x} is not what its relocation says")
        to_text = text_at <= value <= text_at + len(text)
        if options.base:
            if not to_text:
                continue
            value -= text_at
        if value == 0:
            sys.exit(f"the word at {place:#x} refers to offset 0, which a loader leaves alone")
        if options.v2:
            # Type of the segment and place from the start of data; the word counts from its own segment.
            kind, start = (0, 0) if value < len(text) else (1, len(text))
            if value >= len(image):
                kind, start = 2, len(image)
            value -= start
            relocs.append(kind << 30 | ((offset - len(text)) & 0x3FFFFFFF))
        else:
            relocs.append(offset)
        struct.pack_into(">I", image, offset, value)

    table = b"".join(struct.pack(">I", r) for r in relocs)
    flags = RAM | (GZIP if options.gzip else 0) | (GZDATA if options.gzdata else 0) | (BASE_REGISTER if options.base else 0)
    if options.gzip:
        body = gzip(bytes(image) + table)
    elif options.gzdata:
        body = bytes(text) + gzip(bytes(image[len(text):]) + table)
    else:
        body = bytes(image) + table
    data_start, data_end = HEADER + len(text), HEADER + len(image)
    header = struct.pack(">4s10I20x", b"bFLT", 2 if options.v2 else 4, HEADER + elf.entry - text_at, data_start, data_end,
                         data_start + bss_end - data_at, options.stack, data_end, len(relocs), flags, 0)
    return header + body


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-s", dest="stack", type=int, default=8192)
    parser.add_argument("-z", dest="gzip", action="store_true")
    parser.add_argument("-d", dest="gzdata", action="store_true")
    parser.add_argument("-2", dest="v2", action="store_true")
    parser.add_argument("-b", dest="base", action="store_true")
    parser.add_argument("elf")
    parser.add_argument("flt")
    options = parser.parse_args()
    image = convert(Elf(options.elf), options)
    with open(options.flt, "wb") as out:
        out.write(image)
    os.chmod(options.flt, 0o755)


main()
