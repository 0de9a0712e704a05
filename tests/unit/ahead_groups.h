// The instructions that AheadCpu is asked for.
#pragma once

#include <array>

#include "tests/unit/ahead_vector_groups.h"

namespace um::oracle {

// SSE. Each number counts for itself where there are many: a typing error is one of one.
inline std::vector<Group> sse_groups() {
  constexpr auto kBoth = Group::both;
  constexpr auto kNever = Group::never;
  std::vector<Group> all = {
      {"movups", true, {0x10, 0x11}, 0xff, 0},
      {"movupd", true, {0x10, 0x11}, 0xff, 0x66},
      {"movss", true, {0x10, 0x11}, 0xff, 0xf3},
      {"movsd", true, {0x10, 0x11}, 0xff, 0xf2},
      {"movss between registers", true, {0x10, 0x11}, 0xff, 0xf3, kBoth, kNever},
      {"movsd between registers", true, {0x10, 0x11}, 0xff, 0xf2, kBoth, kNever},
      {"movlps, movhps", true, {0x12, 0x13, 0x16, 0x17}, 0xff, 0, kBoth, Group::always},
      {"movlpd, movhpd", true, {0x12, 0x13, 0x16, 0x17}, 0xff, 0x66, kBoth, Group::always},
      {"movhlps", true, {0x12}, 0xff, 0, kBoth, kNever},
      {"movlhps", true, {0x16}, 0xff, 0, kBoth, kNever},
      {"movaps", true, {0x28, 0x29}, 0xff, 0},
      {"movapd", true, {0x28, 0x29}, 0xff, 0x66},
      {"movdqa", true, {0x6f, 0x7f}, 0xff, 0x66},
      {"movdqu", true, {0x6f, 0x7f}, 0xff, 0xf3},
      {"movd", true, {0x6e, 0x7e}, 0xff, 0x66},
      {"movq load", true, {0x7e}, 0xff, 0xf3},
      {"movq store", true, {0xd6}, 0xff, 0x66},
      {"pmovmskb", true, {0xd7}, 0xff, 0x66, kBoth, kNever},
      {"movmskps", true, {0x50}, 0xff, 0, kBoth, kNever},
      {"movmskpd", true, {0x50}, 0xff, 0x66, kBoth, kNever},
      {"pinsrw", true, {0xc4}, 0xff, 0x66},
      {"pextrw", true, {0xc5}, 0xff, 0x66, kBoth, kNever},
      {"pshufd", true, {0x70}, 0xff, 0x66},
      {"pshufhw", true, {0x70}, 0xff, 0xf3},
      {"pshuflw", true, {0x70}, 0xff, 0xf2},
      {"shufps", true, {0xc6}, 0xff, 0},
      {"shufpd", true, {0xc6}, 0xff, 0x66},
      {"shift of words by immediate", true, {0x71}, 1 << 2 | 1 << 4 | 1 << 6, 0x66, kBoth, kNever},
      {"shift of longs by immediate", true, {0x72}, 1 << 2 | 1 << 4 | 1 << 6, 0x66, kBoth, kNever},
      {"shift of quads by immediate", true, {0x73}, 1 << 2 | 1 << 6, 0x66, kBoth, kNever},
      {"pslldq", true, {0x73}, 1 << 7, 0x66, kBoth, kNever},
      {"psrldq", true, {0x73}, 1 << 3, 0x66, kBoth, kNever},
  };
  const auto each = [&](const char* name, int prefix, const std::vector<uint8_t>& ops) {
    for (const uint8_t op : ops) all.push_back({name, true, {op}, 0xff, prefix});
  };
  each("integers", 0x66, range(0x60, 0x6d));
  each("integers", 0x66, range(0x74, 0x76));
  each("integers", 0x66, range(0xd1, 0xd5));
  each("integers", 0x66, range(0xd8, 0xe5));
  each("integers", 0x66, range(0xe8, 0xef));
  each("integers", 0x66, range(0xf1, 0xf6));
  each("integers", 0x66, range(0xf8, 0xfe));
  for (const int prefix : {0, 0x66}) {
    each("unpck", prefix, {0x14, 0x15});
    each("and, andn, or, xor", prefix, range(0x54, 0x57));
    each("ucomi, comi", prefix, {0x2e, 0x2f});
  }
  for (const int prefix : {0, 0x66, 0xf3, 0xf2}) {
    each("sqrt", prefix, {0x51});
    each("add, mul", prefix, {0x58, 0x59});
    each("one precision to the other", prefix, {0x5a});
    each("sub, min, div, max", prefix, range(0x5c, 0x5f));
    each("cmp", prefix, {0xc2});
  }
  for (const int prefix : {0xf3, 0xf2}) each("integer conversion", prefix, {0x2a, 0x2c, 0x2d});
  for (const int prefix : {0, 0xf3}) each("rsqrt, rcp", prefix, {0x52, 0x53});
  for (const int prefix : {0, 0x66, 0xf3}) each("packed integers and floats", prefix, {0x5b});
  for (const int prefix : {0x66, 0xf3, 0xf2}) each("packed integers and doubles", prefix, {0xe6});
  return all;
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
      {"lea of short addresses", false, {0x8d}, 0xff, 0x67, Group::only64, Group::always},
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
  };
  all.insert(all.end(), rest.begin(), rest.end());
  const std::vector<Group> sse = sse_groups();
  all.insert(all.end(), sse.begin(), sse.end());
  const std::vector<Group> vectors = vector_groups();
  all.insert(all.end(), vectors.begin(), vectors.end());
  return all;
}

}  // namespace um::oracle
