// Random instructions with operands that lie where they may: prefixes, opcode, every form of
// ModRM, and behind those bytes that serve as whatever immediate operand the instruction has.
#pragma once

#include <random>

#include "tests/unit/ahead_oracle.h"

namespace um::oracle {

// Opcodes that belong together; of each some must be executed by AheadCpu, or it has lost them.
struct Group {
  const char* name;
  bool two;  // behind 0F
  std::vector<uint8_t> ops;
  uint8_t forms = 0xff;  // of ModRM's middle field, a bit each
  int prefix = -1;       // one that belongs to the opcode; 0: neither 66, F2 nor F3
  enum Width : uint8_t { both, only32, only64 } width = both;
  enum Memory : uint8_t { any, always, never, no_modrm } memory = any;
};

inline std::vector<uint8_t> range(unsigned first, unsigned last, unsigned step = 1) {
  std::vector<uint8_t> v;
  for (; first <= last; first += step) v.push_back(static_cast<uint8_t>(first));
  return v;
}

inline std::vector<Group> groups() {
  std::vector<Group> all;
  constexpr std::array kAlu = {"add", "or", "adc", "sbb", "and", "sub", "xor", "cmp"};
  for (unsigned i = 0; i < 8; ++i) {
    all.push_back({kAlu[i], false, range(8 * i, 8 * i + 3)});
    all.push_back({kAlu[i],
                   false,
                   {uint8_t(8 * i + 4), uint8_t(8 * i + 5)},
                   0xff,
                   -1,
                   Group::both,
                   Group::no_modrm});
    all.push_back({kAlu[i], false, {0x80, 0x81, 0x83}, uint8_t(1 << i)});
  }
  constexpr std::array kShifts = {"rol", "ror", "", "", "shl", "shr", "sal", "sar"};
  for (unsigned i = 0; i < 8; ++i)
    if (*kShifts[i] != 0)
      all.push_back({kShifts[i], false, {0xc0, 0xc1, 0xd0, 0xd1, 0xd2, 0xd3}, uint8_t(1 << i)});
  constexpr std::array kUnary = {"test", "test", "not", "neg", "mul", "imul", "div", "idiv"};
  for (unsigned i = 0; i < 8; ++i)
    all.push_back({kUnary[i], false, {0xf6, 0xf7, 0xf7, 0xf7}, uint8_t(1 << i)});
  constexpr auto kNone = Group::no_modrm;
  constexpr auto kBoth = Group::both;
  const std::vector<Group> rest = {
      {"inc, dec", false, {0xfe, 0xff}, 3},
      {"inc, dec, short", false, range(0x40, 0x4f), 0xff, -1, Group::only32, kNone},
      {"push", false, range(0x50, 0x57), 0xff, 0, kBoth, kNone},
      {"pop", false, range(0x58, 0x5f), 0xff, 0, kBoth, kNone},
      {"push immediate", false, {0x68, 0x6a}, 0xff, 0, kBoth, kNone},
      {"movsxd", false, {0x63}, 0xff, 0, Group::only64},
      {"imul by immediate", false, {0x69, 0x6b}},
      {"jcc short", false, range(0x70, 0x7f), 0xff, 0, kBoth, kNone},
      {"jcc", true, range(0x80, 0x8f), 0xff, 0, kBoth, kNone},
      {"test with register", false, {0x84, 0x85}},
      {"test accumulator", false, {0xa8, 0xa9}, 0xff, -1, kBoth, kNone},
      {"xchg", false, {0x86, 0x87}},
      {"xchg accumulator", false, range(0x90, 0x97), 0xff, -1, kBoth, kNone},
      {"mov", false, range(0x88, 0x8b)},
      {"lea", false, {0x8d}, 0xff, -1, kBoth, Group::always},
      {"mov moffs", false, range(0xa0, 0xa3), 0xff, -1, kBoth, kNone},
      {"mov immediate", false, {0xc6, 0xc7}, 1},
      {"mov immediate, short", false, range(0xb0, 0xbf), 0xff, -1, kBoth, kNone},
      {"cwde, cdq", false, {0x98, 0x99}, 0xff, -1, kBoth, kNone},
      {"movs", false, {0xa4, 0xa5}, 0xff, -1, kBoth, kNone},
      {"stos", false, {0xaa, 0xab}, 0xff, -1, kBoth, kNone},
      {"rep movs", false, {0xa4, 0xa5}, 0xff, 0xf3, kBoth, kNone},
      {"rep stos", false, {0xaa, 0xab}, 0xff, 0xf3, kBoth, kNone},
      {"ret", false, {0xc2, 0xc3}, 0xff, 0, kBoth, kNone},
      {"leave", false, {0xc9}, 0xff, 0, kBoth, kNone},
      {"call", false, {0xe8}, 0xff, 0, kBoth, kNone},
      {"jmp", false, {0xe9, 0xeb}, 0xff, 0, kBoth, kNone},
      {"call indirect", false, {0xff}, 4, 0},
      {"jmp indirect", false, {0xff}, 16, 0},
      {"push memory", false, {0xff}, 64, 0},
      {"cmov", true, range(0x40, 0x4f), 0xff},
      {"setcc", true, range(0x90, 0x9f)},
      {"nop", true, {0x18, 0x1f}},
      {"endbr", true, {0x1e}, 0xff, 0xf3, kBoth, Group::never},
      {"bt by register", true, {0xa3, 0xab, 0xb3, 0xbb}, 0xff, -1, kBoth, Group::never},
      {"bt by immediate", true, {0xba}, 0xf0},
      {"shld, shrd", true, {0xa4, 0xa5, 0xac, 0xad}},
      {"imul", true, {0xaf}},
      {"cmpxchg", true, {0xb0, 0xb1}},
      {"xadd", true, {0xc0, 0xc1}},
      {"movzx", true, {0xb6, 0xb7}},
      {"movsx", true, {0xbe, 0xbf}},
      {"popcnt", true, {0xb8}, 0xff, 0xf3},
      {"bsf, bsr", true, {0xbc, 0xbd}, 0xff, 0},
      {"tzcnt, lzcnt", true, {0xbc, 0xbd}, 0xff, 0xf3},
      {"cld", false, {0xfc}, 0xff, 0, kBoth, kNone},
      {"bswap", true, range(0xc8, 0xcf), 0xff, 0, kBoth, kNone},
      {"movups", true, {0x10, 0x11}, 0xff, 0},
      {"movupd", true, {0x10, 0x11}, 0xff, 0x66},
      {"movss", true, {0x10, 0x11}, 0xff, 0xf3, kBoth, Group::always},
      {"movsd", true, {0x10, 0x11}, 0xff, 0xf2, kBoth, Group::always},
      {"movlps, movhps", true, {0x12, 0x13, 0x16, 0x17}, 0xff, 0, kBoth, Group::always},
      {"movlpd, movhpd", true, {0x12, 0x13, 0x16, 0x17}, 0xff, 0x66, kBoth, Group::always},
      {"movaps", true, {0x28, 0x29}, 0xff, 0},
      {"movapd", true, {0x28, 0x29}, 0xff, 0x66},
      {"xorps", true, {0x57}, 0xff, 0},
      {"movdqa", true, {0x6f, 0x7f}, 0xff, 0x66},
      {"movdqu", true, {0x6f, 0x7f}, 0xff, 0xf3},
      {"movd", true, {0x6e, 0x7e}, 0xff, 0x66},
      {"movq load", true, {0x7e}, 0xff, 0xf3},
      {"movq store", true, {0xd6}, 0xff, 0x66},
      {"pmovmskb", true, {0xd7}, 0xff, 0x66, kBoth, Group::never},
      {"punpckl", true, {0x60, 0x61, 0x62, 0x6c}, 0xff, 0x66},
      {"pshufd", true, {0x70}, 0xff, 0x66},
      {"pcmpeqb, pminub, psubb", true, {0x74, 0xda, 0xf8}, 0xff, 0x66},
      {"pand, por, pxor", true, {0xdb, 0xeb, 0xef}, 0xff, 0x66},
  };
  all.insert(all.end(), rest.begin(), rest.end());
  return all;
}

struct Case {
  std::vector<uint8_t> code;
  Regs regs{};
  bool wide = true;
};

class Cases {
 public:
  Cases(const RealCpu& real, uint64_t seed) : real_(real), random_(seed) {}

  uint64_t below(uint64_t n) { return random_() % n; }
  bool one_in(uint64_t n) { return below(n) == 0; }
  uint64_t value() {
    static constexpr std::array<uint64_t, 14> kEdges = {
        0,      1,      ~0ULL, 0x7f,       0x80,       0xff,       0x7fff,
        0x8000, 0xffff, 2,     0x7fffffff, 0x80000000, ~0ULL >> 1, 1ULL << 63};
    switch (below(4)) {
      case 0: return kEdges[below(kEdges.size())];
      case 1: return static_cast<uint64_t>(static_cast<int8_t>(below(256)));
      case 2: return below(1ULL << 32);
      default: return random_();
    }
  }
  // Where data may lie; now and then over the end of a page or of the area.
  uint64_t place() {
    const uint64_t a = kData + below(kStack - kPage - kData);
    if (one_in(24)) return (a & ~(kPage - 1)) + kPage - below(17);
    return one_in(2) ? a & ~15ULL : a;
  }

  Case of(const Group& g) {
    const bool wide = g.width == Group::both ? !one_in(3) : g.width == Group::only64;
    Case c = start(wide);
    if (one_in(12)) c.code.push_back(one_in(2) ? 0x65 : wide ? 0x64 : 0x2e);
    if (one_in(40)) c.code.push_back(0x3e);
    if (g.prefix > 0) c.code.push_back(static_cast<uint8_t>(g.prefix));
    if (g.prefix < 0 && one_in(4)) c.code.push_back(0x66);
    if (g.prefix < 0 && g.memory != Group::no_modrm && one_in(12)) c.code.push_back(0xf0);
    finish(c, wide && one_in(2) ? static_cast<uint8_t>(0x40 + below(16)) : 0, g.two,
           g.ops[below(g.ops.size())], g.forms, g.memory);
    return c;
  }
  // Any bytes at all, mostly with some sense.
  Case anything() {
    const bool wide = !one_in(3);
    Case c = start(wide);
    static constexpr std::array<uint8_t, 11> kPrefixes = {0x66, 0xf3, 0xf2, 0xf0, 0x64, 0x65,
                                                          0x2e, 0x3e, 0x26, 0x36, 0x67};
    while (!one_in(2)) c.code.push_back(kPrefixes[below(one_in(4) ? kPrefixes.size() : 2)]);
    finish(c, wide && one_in(2) ? static_cast<uint8_t>(0x40 + below(16)) : 0, one_in(2),
           static_cast<uint8_t>(below(256)), 0xff, Group::any);
    return c;
  }
  void fill(std::array<uint8_t, 256>& xmm) {
    for (uint8_t& b : xmm) b = static_cast<uint8_t>(one_in(3) ? value() : xmm[below(256)]);
  }
  // Memory operands at fixed places only: for programs, which change the registers.
  bool fixed_places = false;

 private:
  Case start(bool wide) {
    Case c;
    c.wide = wide;
    c.regs = real_.plain(wide);
    for (const os::Reg r : kNumbered)
      c.regs[r] = one_in(3) ? place() : wide ? value() : value() & 0xffffffff;
    c.regs[os::kRsp] = kStack - below(64) * (one_in(4) ? 1 : 8);
    if (one_in(64)) c.regs[os::kRsp] = kStack - kPage / 2 + below(17);
    c.regs[os::kEflags] = 0x202 | (random_() & 0x8d5) | (one_in(16) ? 0x400 : 0);
    c.regs[os::kRip] = kCode + (one_in(16) ? kPage - below(16) : below(256));
    return c;
  }
  void number(std::vector<uint8_t>& code, uint64_t v, unsigned size) {
    for (unsigned i = 0; i < size; ++i) code.push_back(static_cast<uint8_t>(v >> (8 * i)));
  }

  void finish(Case& c, uint8_t rex, bool two, uint8_t op, uint8_t forms, Group::Memory memory) {
    if (rex != 0) c.code.push_back(rex);
    if (two) c.code.push_back(0x0f);
    c.code.push_back(op);
    if (memory != Group::no_modrm) {
      unsigned form = 0;
      do form = static_cast<unsigned>(below(8));
      while ((forms >> form & 1) == 0);
      modrm(c, rex, form, memory);
    }
    Regs& r = c.regs;
    const bool string = !two && op >= 0xa4 && op <= 0xaf, offsets = !two && (op & 0xfc) == 0xa0;
    if (string) {
      r[os::kRsi] = place();
      r[os::kRdi] = place();
      r[os::kRcx] = below(40);
    }
    if (!two && op == 0xc9) r[os::kRbp] = place();
    if (offsets) number(c.code, place(), c.wide ? 8 : 4);
    const bool divides = !two && (op & 0xfe) == 0xf6 && (c.code.back() != 0 || one_in(2));
    if (divides && !one_in(3))
      r[os::kRdx] = static_cast<int64_t>(r[os::kRax]) < 0 && c.wide ? ~0ULL : 0;
    if (!one_in(3) && r[os::kRsp] - kArea < kAreaSize - 8)  // somewhere to return to
      std::memcpy(reinterpret_cast<void*>(r[os::kRsp]), &kCode, 8);
    while (c.code.size() < 20) number(c.code, value(), one_in(2) ? 1 : 4);
    c.code.resize(20);
  }

  // ModRM and what belongs to it, with the registers that it names pointing to a place.
  void modrm(Case& c, uint8_t rex, unsigned form, Group::Memory memory) {
    const uint64_t target = place();
    unsigned mod = static_cast<unsigned>(
        memory == Group::never || (memory == Group::any && one_in(2)) ? 3 : below(3));
    unsigned rm = static_cast<unsigned>(below(8));
    if (fixed_places && mod != 3) {
      mod = 0;
      rm = 5;
    }
    if (one_in(4))
      std::memcpy(&c.regs[os::kRax], reinterpret_cast<void*>(target & ~7ULL), c.wide ? 8 : 4);
    if (one_in(3)) std::memcpy(reinterpret_cast<void*>(target), &kCode, 8);
    c.code.push_back(static_cast<uint8_t>(mod << 6 | form << 3 | rm));
    if (mod == 3) return;
    const auto word = [&](unsigned n, unsigned extension) -> uint64_t& {
      return c.regs[kNumbered[n | ((rex & extension) != 0 ? 8 : 0)]];
    };
    const unsigned size = mod == 1 ? 1 : mod == 2 || (mod == 0 && rm == 5) ? 4 : 0;
    int64_t by = size == 1   ? static_cast<int8_t>(below(256))
                 : size == 4 ? static_cast<int64_t>(below(4096)) - 2048
                             : 0;
    if (rm == 4) {
      const unsigned scale = static_cast<unsigned>(below(4)),
                     index = static_cast<unsigned>(below(8));
      const unsigned base = static_cast<unsigned>(below(8));
      const bool none = index == 4 && (rex & 2) == 0, no_base = base == 5 && mod == 0;
      c.code.push_back(static_cast<uint8_t>(scale << 6 | index << 3 | base));
      const bool same = !none && &word(index, 2) == &word(base, 1);
      if (!none) word(index, 2) = below(64);
      if (no_base) return number(c.code, target - (none ? 0 : word(index, 2) << scale), 4);
      if (same)
        word(base, 1) = (target - static_cast<uint64_t>(by)) / ((1ULL << scale) + 1);
      else
        word(base, 1) = target - static_cast<uint64_t>(by) - (none ? 0 : word(index, 2) << scale);
    } else if (mod == 0 && rm == 5) {
      by = static_cast<int64_t>(target - (c.wide ? c.regs[os::kRip] + 8 : 0));
    } else {
      word(rm, 1) = target - static_cast<uint64_t>(by);
    }
    number(c.code, static_cast<uint64_t>(by), size);
  }

  static constexpr std::array<os::Reg, 16> kNumbered = {
      os::kRax, os::kRcx, os::kRdx, os::kRbx, os::kRsp, os::kRbp, os::kRsi, os::kRdi,
      os::kR8,  os::kR9,  os::kR10, os::kR11, os::kR12, os::kR13, os::kR14, os::kR15};
  const RealCpu& real_;
  std::mt19937_64 random_;
};

}  // namespace um::oracle
