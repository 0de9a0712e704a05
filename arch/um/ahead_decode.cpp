// Taking an instruction apart. See ahead_insn.h.
#include <array>
#include <cstring>

#include "arch/um/ahead_insn.h"

namespace um {
namespace {

// What follows an opcode: ModRM (and what that asks for), an immediate operand.
enum Follows : uint8_t {
  nothing = 0,
  byte = 1,   // a byte
  word = 2,   // two
  dword = 3,  // four
  full = 4,   // as many as the operand has, but at most four
  all = 5,    // as many as the operand has
  address = 6,
  immediate = 7,
  modrm = 8,
};

constexpr uint8_t one_byte(unsigned op) {
  const unsigned low = op & 7;
  switch (op) {
    case 0x00 ... 0x3f: return low < 4 ? modrm : low == 4 ? byte : low == 5 ? full : nothing;
    case 0x63:
    case 0x84 ... 0x8b:
    case 0x8d:
    case 0xd0 ... 0xd3:
    case 0xfe:
    case 0xff:
    case 0xf6:  // and see decode()
    case 0xf7: return modrm;
    case 0x6b:
    case 0x80:
    case 0x83:
    case 0xc0:
    case 0xc1:
    case 0xc6: return modrm | byte;
    case 0x69:
    case 0x81:
    case 0xc7: return modrm | full;
    case 0x6a:
    case 0x70 ... 0x7f:
    case 0xa8:
    case 0xb0 ... 0xb7:
    case 0xcd:
    case 0xeb: return byte;
    case 0xc2: return word;
    case 0x68:
    case 0xe8:
    case 0xe9: return dword;
    case 0xa9: return full;
    case 0xb8 ... 0xbf: return all;
    case 0xa0 ... 0xa3: return address;
    default: return nothing;
  }
}

constexpr uint8_t two_bytes(unsigned op) {
  switch (op) {
    case 0x05:
    case 0x34:
    case 0xc8 ... 0xcf: return nothing;
    case 0x80 ... 0x8f: return dword;
    case 0x70 ... 0x73:
    case 0xa4:
    case 0xac:
    case 0xba:
    case 0xc2:
    case 0xc4 ... 0xc6: return modrm | byte;
    default: return modrm;
  }
}

constexpr auto kFollows = [] {
  std::array<std::array<uint8_t, 256>, 2> t{};
  for (unsigned op = 0; op < 256; ++op) {
    t[0][op] = one_byte(op);
    t[1][op] = two_bytes(op);
  }
  return t;
}();

constexpr auto kIsPrefix = [] {
  std::array<bool, 256> is{};
  for (const int b : {0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x67, 0xf0, 0xf2, 0xf3})
    is[b] = true;
  return is;
}();

// In the maps behind 0F as VEX and EVEX have them, and behind 0F 38 and 0F 3A.
constexpr uint8_t later_map(unsigned map, unsigned op) {
  if (map == 1 && op == 0x77) return nothing;
  const bool control =
      map == 3 ||
      (map == 1 && ((op >= 0x70 && op <= 0x73) || op == 0xc2 || (op >= 0xc4 && op <= 0xc6)));
  return control ? modrm | byte : modrm;
}

struct Reader {
  const uint8_t* p;
  template <class T>
  T take() {
    T v;
    std::memcpy(&v, p, sizeof v);
    p += sizeof v;
    return v;
  }
  uint64_t extended(unsigned bytes) {
    const int64_t v = bytes == 1   ? take<int8_t>()
                      : bytes == 2 ? take<int16_t>()
                      : bytes == 4 ? take<int32_t>()
                                   : take<int64_t>();
    return static_cast<uint64_t>(v);
  }
};

void take_modrm(Reader& from, bool wide, AheadInsn& i) {
  const uint8_t b = from.take<uint8_t>();
  const uint8_t more_base = (i.rex & 1) != 0 ? 8 : 0;
  i.mod = b >> 6;
  i.reg = ((b >> 3) & 7) | ((i.rex & 4) != 0 ? 8 : 0);
  i.rm = b & 7;
  if (i.mod == 3) {
    i.rm |= more_base;
    if (i.coding == AheadInsn::evex && (i.rex & 2) != 0) i.rm |= 16;
    return;
  }
  i.base = i.rm | more_base;
  bool no_base = false;
  if (i.rm == 4) {
    const uint8_t sib = from.take<uint8_t>();
    const uint8_t index = ((sib >> 3) & 7) | ((i.rex & 2) != 0 ? 8 : 0);
    i.base = (sib & 7) | more_base;
    no_base = (sib & 7) == 5 && i.mod == 0;
    if (index != 4) i.index = index;
    i.scale = sib >> 6;
  } else if (i.rm == 5 && i.mod == 0) {
    no_base = true;
    i.from_rip = wide;
  }
  if (no_base) i.base = AheadInsn::kNone;
  if (i.mod == 1) i.displacement = from.take<int8_t>();
  if (i.mod == 2 || no_base) i.displacement = from.take<int32_t>();
}

// Those that take the prefix, with a memory operand; the others are undefined instructions.
bool lockable(const AheadInsn& i) {
  const unsigned form = i.reg & 7, op = i.op;
  if (i.mod == 3 || i.map > 1) return false;
  if (i.two) {
    if (op == 0xba) return form >= 5;
    return op == 0xab || op == 0xb3 || op == 0xbb || op == 0xb0 || op == 0xb1 || op == 0xc0 ||
           op == 0xc1;
  }
  if (op < 0x38) return (op & 7) < 2;
  if (op == 0x80 || op == 0x81 || op == 0x83) return form != 7;
  if (op == 0xf6 || op == 0xf7) return form == 2 || form == 3;
  if (op == 0xfe || op == 0xff) return form < 2;
  return op == 0x86 || op == 0x87;
}

// ---- VEX and EVEX ----

// EVEX counts a displacement of one byte in operands: whole vectors, but for these.
unsigned displacement_unit(const AheadInsn& i) {
  const unsigned wide = (i.rex & 8) != 0 ? 8 : 4;
  if (i.map == 1) {
    if (i.op == 0x6e || (i.op == 0x7e && i.prefix == AheadInsn::p_66)) return wide;
    if (i.op == 0x7e || i.op == 0xd6) return 8;
  }
  if (i.map == 2) {
    if (i.op == 0x78) return 1;
    if (i.op == 0x79) return 2;
    if (i.op == 0x58) return 4;
    if (i.op == 0x59) return 8;
  }
  return i.bytes;
}

// C4 or C5. The bits that extend register numbers are stored inverted.
bool take_vex(Reader& from, AheadInsn& i) {
  const bool three = from.take<uint8_t>() == 0xc4;
  uint8_t b = from.take<uint8_t>();
  const auto inverted = static_cast<uint8_t>(~b);
  i.coding = AheadInsn::vex;
  i.rex = 0x40 | (inverted >> 5 & (three ? 7 : 4));
  i.map = three ? b & 31 : 1;
  if (three) {
    b = from.take<uint8_t>();
    i.rex |= b >> 4 & 8;
  }
  i.other = ~b >> 3 & 15;
  i.bytes = (b & 4) != 0 ? 32 : 16;
  i.prefix = static_cast<AheadInsn::Prefix>(b & 3);
  return true;
}

// 62. Not known: vectors of 512 bits, one element for all and another way to round.
bool take_evex(Reader& from, AheadInsn& i) {
  from.take<uint8_t>();
  const auto b0 = from.take<uint8_t>(), b1 = from.take<uint8_t>(), b2 = from.take<uint8_t>();
  constexpr uint8_t kOne = 4, kLonger = 0x40, kOneForAll = 0x10;
  if ((b0 & 8) != 0 || (b1 & kOne) == 0 || (b2 & (kLonger | kOneForAll)) != 0) return false;
  i.coding = AheadInsn::evex;
  i.rex = 0x40 | (~b0 >> 5 & 7) | (b1 >> 4 & 8);
  i.reg = (b0 & 0x10) != 0 ? 0 : 16;
  i.map = b0 & 7;
  i.other = (~b1 >> 3 & 15) | ((b2 & 8) != 0 ? 0 : 16);
  i.prefix = static_cast<AheadInsn::Prefix>(b1 & 3);
  i.bytes = (b2 & 0x20) != 0 ? 32 : 16;
  i.opmask = b2 & 7;
  i.zeroing = (b2 & 0x80) != 0;
  return !i.zeroing || i.opmask != 0;
}

// What follows the last of the prefixes, a segment's at the most.
bool take_vector(Reader& from, AheadInsn& i) {
  if (!(*from.p == 0x62 ? take_evex(from, i) : take_vex(from, i))) return false;
  if (i.map < 1 || i.map > 3) return false;
  i.op = from.take<uint8_t>();
  const uint8_t follows = later_map(i.map, i.op);
  const uint8_t more_reg = i.reg;
  if ((follows & modrm) != 0) take_modrm(from, true, i);
  i.reg |= more_reg;
  if (i.coding == AheadInsn::evex && i.mod == 1)
    i.displacement *= static_cast<int32_t>(displacement_unit(i));
  if ((follows & immediate) == byte) i.value = from.extended(1);
  return true;
}

}  // namespace

AheadInsn AheadInsn::decode(const uint8_t* bytes, bool wide) {
  AheadInsn i;
  i.long_mode = wide;
  Reader from{bytes};
  bool lock = false, padding = false;    // 67: compilers make a call longer with it
  constexpr unsigned kMostPrefixes = 4;  // with the longest rest still inside the window
  for (unsigned n = 1; kIsPrefix[*from.p]; ++n) {
    if (n > kMostPrefixes) return i;
    const uint8_t b = from.take<uint8_t>();
    if (b == 0x66)
      i.narrow = true;
    else if (b == 0xf3)
      i.rep = true;
    else if (b == 0xf2)
      i.repne = true;
    else if (b == 0xf0)
      lock = true;
    else if (b == 0x64)
      i.segment = fs;
    else if (b == 0x65)
      i.segment = gs;
    else if (b == 0x67)
      padding = true;
    else if (!wide)  // the last one counts
      i.segment = b == 0x2e ? cs : flat;
    else if (i.segment != flat)  // in 64-bit code these are empty, but to movbe on some CPUs
      return i;
  }
  const bool many = from.p - bytes == kMostPrefixes;
  if (wide && (*from.p == 0xc4 || *from.p == 0xc5 || *from.p == 0x62)) {
    if (many || i.narrow || i.rep || i.repne || lock || padding) return i;
    i.known = take_vector(from, i);
    i.length = static_cast<uint8_t>(from.p - bytes);
    return i;
  }
  if (wide && (*from.p & 0xf0) == 0x40) i.rex = from.take<uint8_t>();
  i.op = from.take<uint8_t>();
  const bool second_rex = wide && (i.op & 0xf0) == 0x40;
  i.short_address = padding && wide && i.op == 0x8d;
  if (second_rex || (i.segment == fs && !wide)) return i;
  if (padding && i.op != 0xe8 && !i.short_address) return i;
  i.two = i.op == 0x0f;
  if (many && !i.two) return i;  // these could be longer than the 15 bytes that there may be
  if (i.two) {
    i.op = from.take<uint8_t>();
    i.map = i.op == 0x38 ? 2 : i.op == 0x3a ? 3 : 1;
    if (i.map > 1) i.op = from.take<uint8_t>();
  }

  const bool names_register =
      i.map > 1 ? false
      : i.two   ? (i.op & 0xf8) == 0xc8
                : (i.op & 0xe0) == 0x40 || (i.op & 0xf8) == 0x90 || (i.op & 0xf0) == 0xb0;
  if (names_register) i.rm = (i.op & 7) | ((i.rex & 1) != 0 ? 8 : 0);
  uint8_t follows = i.map > 1 ? later_map(i.map, i.op) : kFollows[i.map][i.op];
  if ((follows & modrm) != 0) take_modrm(from, wide, i);
  if (lock && !lockable(i)) return i;
  const bool tests = !i.two && (i.op & 0xfe) == 0xf6 && (i.reg & 7) < 2;
  if (tests) follows = i.op == 0xf6 ? byte : full;
  const unsigned operand = (i.rex & 8) != 0 ? 8 : i.narrow ? 2 : 4;
  switch (follows & immediate) {
    case byte: i.value = from.extended(1); break;
    case word: i.value = from.take<uint16_t>(); break;
    case dword: i.value = from.extended(4); break;
    case full: i.value = from.extended(operand == 2 ? 2 : 4); break;
    case all: i.value = from.extended(operand); break;
    case address: i.value = wide ? from.take<uint64_t>() : from.take<uint32_t>(); break;
    default: break;
  }
  if (i.map > 1) {
    if ((i.narrow ? 1 : 0) + (i.rep ? 1 : 0) + (i.repne ? 1 : 0) > 1) return i;
    i.prefix = i.narrow ? p_66 : i.rep ? p_f3 : i.repne ? p_f2 : p_none;
    i.other = i.reg;  // what is changed is an operand too
  }
  i.length = static_cast<uint8_t>(from.p - bytes);
  i.known = true;
  return i;
}

}  // namespace um
