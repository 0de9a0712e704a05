// Random instructions with operands that lie where they may: prefixes, opcode, every form of
// ModRM, and behind those bytes that serve as whatever immediate operand the instruction has.
#pragma once

#include <bit>
#include <cmath>
#include <random>

#include "tests/unit/ahead_groups.h"
#include "tests/unit/ahead_oracle.h"

namespace um::oracle {

// ---- numbers worth calculating with

inline uint64_t some_double(std::mt19937_64& random) {
  static constexpr std::array kEdges = {0.0,
                                        1.0,
                                        1.5,
                                        0.5,
                                        2.5,
                                        1.0 / 3,
                                        1e-310,
                                        4.9e-324,
                                        2.2250738585072014e-308,
                                        1e-300,
                                        1e300,
                                        1.7976931348623157e308,
                                        2147483647.5,
                                        2147483648.0,
                                        4294967296.0,
                                        9007199254740993.0,
                                        0x1p63,
                                        0x1p-30,
                                        3.4028235677973366e38,
                                        1e-40,
                                        1e9,
                                        HUGE_VAL};
  constexpr uint64_t kNan = 0x7ff8ULL << 48, kSignalling = 0x7ff0ULL << 48 | 5;
  const uint64_t sign = random() << 63;
  switch (random() % 8) {
    case 0: return sign | (kNan + (random() & 7));
    case 1: return sign | kSignalling;
    case 2: return random();
    case 3: return sign | std::bit_cast<uint64_t>(static_cast<double>(random() % 2000) / 2);
    default: return sign | std::bit_cast<uint64_t>(kEdges[random() % kEdges.size()]);
  }
}

inline uint32_t some_float(std::mt19937_64& random) {
  static constexpr std::array kEdges = {
      0.0F,           1.0F,   1.5F,  0.5F,          2.5F,        1.0F / 3,      1e-40F,  1e-45F,
      1.1754944e-38F, 1e-30F, 1e30F, 3.4028235e38F, 16777217.0F, 2147483648.0F, 0x1p63F, HUGE_VALF};
  constexpr uint32_t kNan = 0x7fc00000, kSignalling = 0x7f800005;
  const auto any = static_cast<uint32_t>(random());
  const uint32_t sign = any & 0x80000000;
  switch (random() % 8) {
    case 0: return sign | (kNan + (random() & 7));
    case 1: return sign | kSignalling;
    case 2: return any;
    case 3: return sign | std::bit_cast<uint32_t>(static_cast<float>(random() % 2000) / 2);
    default: return sign | std::bit_cast<uint32_t>(kEdges[random() % kEdges.size()]);
  }
}

// Each way to round; denormals flushed, taken for zero; what has happened before; and now and then
// an exception that is to be raised.
inline uint32_t some_mxcsr(std::mt19937_64& random) {
  const auto one_in = [&](unsigned n) { return random() % n == 0; };
  uint32_t v = 0x1f80 | (random() & 0x6000);
  if (one_in(4)) v |= 0x8000;
  if (one_in(4)) v |= 0x40;
  if (one_in(3)) v |= random() & 0x3f;
  if (one_in(16)) v &= ~(0x80u << random() % 6);
  return v;
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
    if (one_in(24)) return (a & ~(kPage - 1)) + kPage - below(40);
    return one_in(2) ? a & ~(one_in(2) ? 15ULL : 31ULL) : a;
  }

  Case of(const Group& g) {
    const bool wide = g.width == Group::both ? !one_in(3) : g.width == Group::only64;
    Case c = start(wide);
    if (one_in(12)) c.code.push_back(one_in(2) ? 0x65 : wide ? 0x64 : 0x2e);
    if (one_in(40)) c.code.push_back(0x3e);
    if (g.coding != Group::legacy) {
      vector(c, g);
      return c;
    }
    if (g.prefix > 0) c.code.push_back(static_cast<uint8_t>(g.prefix));
    if (g.prefix < 0 && one_in(4)) c.code.push_back(0x66);
    if (g.prefix < 0 && g.memory != Group::no_modrm && one_in(12)) c.code.push_back(0xf0);
    finish(c, wide && one_in(2) ? static_cast<uint8_t>(0x40 + below(16)) : 0, g.two,
           g.ops[below(g.ops.size())], g.forms, g.memory, g.map);
    return c;
  }
  // Any bytes at all, mostly with some sense.
  Case anything() {
    const bool wide = !one_in(3);
    Case c = start(wide);
    static constexpr std::array<uint8_t, 11> kPrefixes = {0x66, 0xf3, 0xf2, 0xf0, 0x64, 0x65,
                                                          0x2e, 0x3e, 0x26, 0x36, 0x67};
    while (!one_in(2)) c.code.push_back(kPrefixes[below(one_in(4) ? kPrefixes.size() : 2)]);
    if (one_in(3)) {
      any_vector(c);
      return c;
    }
    finish(c, wide && one_in(2) ? static_cast<uint8_t>(0x40 + below(16)) : 0, one_in(2),
           static_cast<uint8_t>(below(256)), 0xff, Group::any, one_in(3) ? 2 + below(2) : 1);
    return c;
  }
  // What an SSE register's half or as much memory holds: bytes, small numbers, floating-point ones.
  uint64_t eight_bytes() {
    const auto of_four = [this] { return one_in(4) ? below(40) : some_float(random_); };
    switch (below(5)) {
      case 0: return value();
      case 1: return below(70);
      case 2: return of_four() | of_four() << 32;
      case 3: return some_double(random_);
      default: {
        uint64_t v = 0;
        for (unsigned i = 0; i < 8; ++i) v = v << 8 | (value() & 0xff);
        return v;
      }
    }
  }
  // Now and then a part is not in use: all zeros, whatever the image has there.
  void fill(Xsave& sse) {
    constexpr unsigned kSse = 1;
    fill(sse.xmm(), sse.xmm());
    uint8_t in_use = 1 << kSse;
    for (const Xsave::Part& part : Xsave::parts()) {
      fill(sse.of(part), sse.xmm());
      if (!one_in(6)) in_use |= 1 << part.number;
    }
    sse.bytes[Xsave::kInUse] = in_use;
    sse.set_mxcsr(some_mxcsr(random_));
  }
  // Memory operands at fixed places only: for programs, which change the registers.
  bool fixed_places = false;

 private:
  // Some of it again what others have: comparisons are to find something.
  void fill(std::span<uint8_t> registers, std::span<const uint8_t> others) {
    for (size_t at = 0; at < registers.size(); at += 8) {
      uint64_t v = eight_bytes();
      if (one_in(3)) std::memcpy(&v, &others[8 * below(others.size() / 8)], sizeof v);
      std::memcpy(&registers[at], &v, sizeof v);
    }
  }

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

  void finish(Case& c, uint8_t rex, bool two, uint8_t op, uint8_t forms, Group::Memory memory,
              uint64_t map) {
    if (rex != 0) c.code.push_back(rex);
    if (two) c.code.push_back(0x0f);
    if (two && map > 1) c.code.push_back(map == 2 ? 0x38 : 0x3a);
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
    if (two && map == 1) operands_of_sse(c, op);
    if (offsets) number(c.code, place(), c.wide ? 8 : 4);
    const bool divides = !two && (op & 0xfe) == 0xf6 && (c.code.back() != 0 || one_in(2));
    if (divides && !one_in(3))
      r[os::kRdx] = static_cast<int64_t>(r[os::kRax]) < 0 && c.wide ? ~0ULL : 0;
    if (!one_in(3) && r[os::kRsp] - kArea < kAreaSize - 8)  // somewhere to return to
      std::memcpy(reinterpret_cast<void*>(r[os::kRsp]), &kCode, 8);
    fill_up(c);
  }
  void fill_up(Case& c) {
    while (c.code.size() < 20) number(c.code, value(), one_in(2) ? 1 : 4);
    c.code.resize(20);
  }

  // VEX or EVEX and all that follows. Few of the bits are other than the instruction can have.
  void vector(Case& c, const Group& g) {
    const bool is_evex = g.coding == Group::evex;
    const auto bits = [this](unsigned n) { return static_cast<unsigned>(below(1ULL << n)); };
    const auto rarely = [this] { return one_in(40); };
    const unsigned w = g.w < 0 || rarely() ? bits(1) : static_cast<unsigned>(g.w);
    const unsigned l = g.l < 0 || rarely() ? bits(1) : static_cast<unsigned>(g.l);
    const uint8_t op = g.ops[below(g.ops.size())];
    const bool mask_reg = (g.masks & Group::reg_is) != 0 && !rarely();
    const bool low_rm = (g.masks & (Group::rm_is | Group::general_is)) != 0 && !rarely();
    const unsigned r = mask_reg ? 0 : bits(1), r2 = mask_reg ? 0 : bits(1),
                   x = low_rm ? 0 : bits(1);
    const unsigned b = (g.masks & Group::rm_is) != 0 && !rarely() ? 0 : bits(1);
    unsigned other = bits(is_evex ? 5 : 4);
    if ((g.masks & Group::other_is) != 0 && !rarely()) other &= 7;
    if (!g.other && !rarely()) other = 0;
    const unsigned prefix = g.prefix == 0x66 ? 1 : g.prefix == 0xf3 ? 2 : g.prefix == 0xf2 ? 3 : 0;
    const unsigned opmask = g.masked && !one_in(3) ? bits(3) : 0;
    const bool zeroing = opmask != 0 && !mask_reg && one_in(3);
    const auto put = [&c](unsigned v) { c.code.push_back(static_cast<uint8_t>(v)); };
    if (is_evex) {
      put(0x62);
      put((r << 7 | x << 6 | b << 5 | r2 << 4) ^ 0xf0 ^ g.map);
      put(w << 7 | (~other & 15) << 3 | 4 | prefix);
      put((zeroing ? 0x80 : 0) | l << 5 | (one_in(60) ? 0x50 & bits(8) : 0) | (other < 16 ? 8 : 0) |
          opmask);
    } else if (g.map == 1 && w == 0 && one_in(2)) {
      put(0xc5);
      put((r << 7 ^ 0x80) | (~other & 15) << 3 | l << 2 | prefix);
    } else {
      put(0xc4);
      put((r << 7 | x << 6 | b << 5) ^ 0xe0 ^ g.map);
      put(w << 7 | (~other & 15) << 3 | l << 2 | prefix);
    }
    // The short form has no bits for the base and the index.
    const bool is_short = c.code[c.code.size() - 2] == 0xc5;
    put(op);
    if (g.memory != Group::no_modrm) {
      unsigned form = bits(3);
      while ((g.forms >> form & 1) == 0) form = bits(3);
      const unsigned unit = !is_evex                ? 1
                            : g.unit == 0           ? 16 << l
                            : g.unit == Group::kByW ? 4 << w
                                                    : g.unit;
      modrm(c, static_cast<uint8_t>(is_short ? 0 : x << 1 | b), form, g.memory, unit);
    }
    if (g.most != 0) number(c.code, one_in(20) ? below(256) : below(g.most), 1);
    fill_up(c);
  }
  // With VEX's or EVEX's first byte, in 32-bit code too, where it is another instruction.
  void any_vector(Case& c) {
    static constexpr std::array<uint8_t, 3> kFirst = {0x62, 0xc4, 0xc5};
    Group g{"", true, {static_cast<uint8_t>(below(256))}};
    static constexpr std::array<int, 4> kPrefixes = {0, 0x66, 0xf3, 0xf2};
    g.coding = one_in(2) ? Group::vex : Group::evex;
    g.map = static_cast<uint8_t>(1 + below(3));
    g.prefix = kPrefixes[below(4)];
    g.other = one_in(2);
    g.masked = true;
    g.most = 256;
    const size_t at = c.code.size();
    vector(c, g);
    if (one_in(8)) c.code[at] = kFirst[below(3)];
    if (one_in(4)) c.code[at + 1 + below(3)] ^= static_cast<uint8_t>(1 << below(8));
  }

  // ModRM and what belongs to it, with the registers that it names pointing to a place. A displacement
  // of one byte counts `unit`s.
  void modrm(Case& c, uint8_t rex, unsigned form, Group::Memory memory, unsigned unit = 1) {
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
    int64_t by = size == 1   ? static_cast<int8_t>(below(256)) * int64_t{unit}
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
    number(c.code, static_cast<uint64_t>(size == 1 ? by / int64_t{unit} : by), size);
  }

  // Immediate operands, most of whose values would be too large to mean anything.
  void operands_of_sse(Case& c, uint8_t op) {
    if (op >= 0x71 && op <= 0x73) number(c.code, below(one_in(2) ? 18 : 70), 1);
    if (op == 0xc2) number(c.code, below(one_in(8) ? 256 : 8), 1);
  }

  static constexpr std::array<os::Reg, 16> kNumbered = {
      os::kRax, os::kRcx, os::kRdx, os::kRbx, os::kRsp, os::kRbp, os::kRsi, os::kRdi,
      os::kR8,  os::kR9,  os::kR10, os::kR11, os::kR12, os::kR13, os::kR14, os::kR15};
  const RealCpu& real_;
  std::mt19937_64 random_;
};

}  // namespace um::oracle
