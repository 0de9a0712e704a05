// The instructions behind VEX, EVEX, 0F 38 and 0F 3A that AheadCpu is asked for, each for itself. Those
// that this CPU has not got are left out, and that is said.
#pragma once

#include <cstdint>
#include <iostream>
#include <vector>

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
  // Behind 0F 38 (2), 0F 3A (3), and with VEX or EVEX: W and L if one is asked for; whether vvvv is a
  // register, and who is a mask's number or no vector's; EVEX's mask; what one byte of displacement
  // counts (0: vectors; kByW: four bytes or eight); one more than the highest immediate operand that means
  // something.
  enum Coding : uint8_t { legacy, vex, evex } coding = legacy;
  uint8_t map = 1;
  int w = -1, l = -1;
  bool other = true;
  enum Who : uint8_t { reg_is = 1, other_is = 2, rm_is = 4, general_is = 8 };
  uint8_t masks = 0;
  bool masked = false;
  static constexpr unsigned kByW = 48;
  unsigned unit = 0;
  unsigned most = 0;
};

inline std::vector<uint8_t> range(unsigned first, unsigned last, unsigned step = 1) {
  std::vector<uint8_t> v;
  for (; first <= last; first += step) v.push_back(static_cast<uint8_t>(first));
  return v;
}

// As many as there are, with what they have in common.
inline void add_each(std::vector<Group>& all, Group g, const std::vector<uint8_t>& ops) {
  for (const uint8_t op : ops) {
    g.ops = {op};
    all.push_back(g);
  }
}

inline Group coded(const char* name, Group::Coding coding, uint8_t map, int prefix) {
  Group g{name, true, {}, 0xff, prefix, Group::only64};
  g.coding = coding;
  g.map = map;
  g.masked = coding == Group::evex;
  return g;
}

// VEX's and EVEX's vectors alike, `w` for EVEX alone.
inline void add_vectors(std::vector<Group>& all, Group::Coding coding) {
  const bool is_evex = coding == Group::evex;
  const auto add = [&](const char* name, uint8_t map, const std::vector<uint8_t>& ops, int w = -1,
                       uint8_t masks = 0) {
    Group g = coded(name, coding, map, 0x66);
    if (is_evex) {
      g.w = w;
      g.masks = masks;
    }
    add_each(all, g, ops);
  };
  constexpr auto kMask = Group::reg_is;
  add("elements of 8 and 16 bits", 1,
      {0xd8, 0xd9, 0xda, 0xdc, 0xdd, 0xde, 0xea, 0xee, 0xf8, 0xf9, 0xfc, 0xfd});
  add("elements of 32 bits", 1, {0xfa, 0xfe}, 0);
  add("elements of 64 bits", 1, {0xd4, 0xfb}, 1);
  add("bits", 1, {0xdb, 0xdf, 0xeb, 0xef});
  add("comparisons", 1, {0x64, 0x65, 0x74, 0x75}, -1, kMask);
  add("comparisons of 32 bits", 1, {0x66, 0x76}, 0, kMask);
  add("comparisons of 64 bits", 2, {0x29, 0x37}, 1, kMask);
  add("pshufb", 2, {0x00});
  add("min, max", 2, {0x38, 0x3a, 0x3c, 0x3e});
  add("min, max of 32 bits", 2, {0x39, 0x3b, 0x3d, 0x3f}, 0);
  Group align = coded("palignr", coding, 3, 0x66);
  align.most = 36;
  add_each(all, align, {0x0f});

  const auto broadcast = [&](std::vector<uint8_t> ops, int w, unsigned unit, int l = -1) {
    Group g = coded("broadcast", coding, 2, 0x66);
    g.w = w;
    g.l = l;
    g.unit = unit;
    g.other = false;
    add_each(all, g, ops);
  };
  broadcast({0x78}, 0, 1);
  broadcast({0x79}, 0, 2);
  broadcast({0x58}, 0, 4);
  broadcast({0x59}, is_evex ? 1 : 0, 8);
  if (!is_evex) {
    broadcast({0x18}, 0, 0);
    broadcast({0x19}, 0, 0, 1);
  }
}

inline void add_moves(std::vector<Group>& all, Group::Coding coding) {
  const bool is_evex = coding == Group::evex;
  const auto add = [&](const char* name, int prefix, std::vector<uint8_t> ops, int w = -1,
                       Group::Memory memory = Group::any, uint8_t map = 1) {
    Group g = coded(name, coding, map, prefix);
    g.other = false;
    if (is_evex) g.w = w;
    g.memory = memory;
    if (memory == Group::always) g.masked = false;
    add_each(all, g, ops);
  };
  add("movups, movaps", 0, {0x10, 0x11, 0x28, 0x29}, 0);
  add("movupd, movapd", 0x66, {0x10, 0x11, 0x28, 0x29}, 1);
  add("movdqa", 0x66, {0x6f, 0x7f});
  add("movdqu", 0xf3, {0x6f, 0x7f});
  if (is_evex)
    add("movdqu8, movdqu16", 0xf2, {0x6f, 0x7f});
  else
    add("lddqu", 0xf2, {0xf0}, -1, Group::always);
  add("movntdq", 0x66, {0xe7}, 0, Group::always);
  add("movntdqa", 0x66, {0x2a}, 0, Group::always, 2);

  const auto low = [&](const char* name, int prefix, uint8_t op, int w, unsigned unit,
                       uint8_t who) {
    Group g = coded(name, coding, 1, prefix);
    g.other = g.masked = false;
    g.l = 0;
    if (is_evex) g.w = w;
    g.unit = unit;
    g.masks = who;
    add_each(all, g, {op});
  };
  low("movd", 0x66, 0x6e, -1, Group::kByW, Group::general_is);
  low("movd", 0x66, 0x7e, -1, Group::kByW, Group::general_is);
  low("movq", 0xf3, 0x7e, 1, 8, 0);
  low("movq", 0x66, 0xd6, 1, 8, 0);
}

inline void add_avx2(std::vector<Group>& all) {
  add_vectors(all, Group::vex);
  add_moves(all, Group::vex);
  const auto add = [&](const char* name, uint8_t map, int prefix, std::vector<uint8_t> ops,
                       bool other, Group::Memory memory, int w = -1, int l = -1,
                       unsigned most = 0) {
    Group g = coded(name, Group::vex, map, prefix);
    g.other = other;
    g.memory = memory;
    g.w = w;
    g.l = l;
    g.most = most;
    add_each(all, g, ops);
  };
  add("pmovmskb", 1, 0x66, {0xd7}, false, Group::never);
  add("ptest", 2, 0x66, {0x17}, false, Group::any);
  add("vzeroupper, vzeroall", 1, 0, {0x77}, false, Group::no_modrm);
  add("broadcast of halves", 2, 0x66, {0x1a, 0x5a}, false, Group::always, 0, 1);
  add("pcmpistri", 3, 0x66, {0x63}, false, Group::any, -1, 0, 256);
  add("insert a half", 3, 0x66, {0x18, 0x38}, true, Group::any, 0, 1, 256);
  add("extract a half", 3, 0x66, {0x19, 0x39}, false, Group::any, 0, 1, 256);
}

inline void add_masks(std::vector<Group>& all) {
  const auto add = [&](const char* name, int prefix, std::vector<uint8_t> ops, uint8_t masks, int l,
                       int w = -1, Group::Memory memory = Group::never, uint8_t map = 1) {
    Group g = coded(name, Group::vex, map, prefix);
    g.other = (masks & Group::other_is) != 0;
    g.masks = masks;
    g.w = w;
    g.l = l;
    g.memory = memory;
    if (map == 3) g.most = 70;
    add_each(all, g, ops);
  };
  constexpr uint8_t kReg = Group::reg_is, kRm = Group::rm_is, kTwo = kReg | kRm,
                    kThree = kTwo | Group::other_is;
  for (const int prefix : {0, 0x66}) {
    add("k of two", prefix, {0x41, 0x42, 0x45, 0x46, 0x47, 0x4a}, kThree, 1);
    add("knot, kortest, ktest", prefix, {0x44, 0x98, 0x99}, kTwo, 0);
    add("kmov", prefix, {0x90}, kTwo, 0, -1, Group::any);
    add("kmov to memory", prefix, {0x91}, kReg, 0, -1, Group::always);
    add("kmov from general", prefix, {0x92}, kReg, 0, 0);
    add("kmov to general", prefix, {0x93}, kRm, 0, 0);
  }
  add("kmov from general", 0xf2, {0x92}, kReg, 0);
  add("kmov to general", 0xf2, {0x93}, kRm, 0);
  add("kunpck", 0, {0x4b}, kThree, 1);
  add("kunpck", 0x66, {0x4b}, kThree, 1, 0);
  add("kshift", 0x66, {0x30, 0x31, 0x32, 0x33}, kTwo, 0, -1, Group::never, 3);
}

inline void add_avx512(std::vector<Group>& all) {
  add_vectors(all, Group::evex);
  add_moves(all, Group::evex);
  add_masks(all);
  const auto add = [&](const char* name, uint8_t map, int prefix, std::vector<uint8_t> ops,
                       uint8_t masks, unsigned most = 0) {
    Group g = coded(name, Group::evex, map, prefix);
    g.masks = masks;
    g.most = most;
    add_each(all, g, ops);
  };
  add("ptestm", 2, 0x66, {0x26, 0x27}, Group::reg_is);
  add("ptestnm", 2, 0xf3, {0x26, 0x27}, Group::reg_is);
  add("pcmp", 3, 0x66, {0x1e, 0x1f, 0x3e, 0x3f}, Group::reg_is, 8);
  add("pternlog", 3, 0x66, {0x25}, 0, 256);
  for (const uint8_t op : {0x7a, 0x7b, 0x7c}) {
    Group g = coded("broadcast from general", Group::evex, 2, 0x66);
    g.memory = Group::never;
    g.other = false;
    g.masks = Group::general_is;
    if (op != 0x7c) g.w = 0;
    add_each(all, g, {op});
  }
}

inline void add_bmi(std::vector<Group>& all) {
  const auto add = [&](const char* name, int prefix, uint8_t op, uint8_t forms = 0xff) {
    Group g = coded(name, Group::vex, 2, prefix);
    g.l = 0;
    g.forms = forms;
    add_each(all, g, {op});
  };
  add("andn", 0, 0xf2);
  add("blsr", 0, 0xf3, 1 << 1);
  add("blsmsk", 0, 0xf3, 1 << 2);
  add("blsi", 0, 0xf3, 1 << 3);
  add("bzhi", 0, 0xf5);
  add("bextr", 0, 0xf7);
  add("shlx", 0x66, 0xf7);
  add("sarx", 0xf3, 0xf7);
  add("shrx", 0xf2, 0xf7);
  add("mulx", 0xf2, 0xf6);
  Group rorx = coded("rorx", Group::vex, 3, 0xf2);
  rorx.l = 0;
  rorx.other = false;
  rorx.most = 256;
  add_each(all, rorx, {0xf0});
}

// SSE's own of these numbers, in 32-bit code too.
inline void add_later_sse(std::vector<Group>& all) {
  const auto add = [&](const char* name, uint8_t map, int prefix, std::vector<uint8_t> ops,
                       Group::Memory memory = Group::any) {
    Group g{name, true, {}, 0xff, prefix};
    g.map = map;
    g.memory = memory;
    add_each(all, g, ops);
  };
  add("pshufb", 2, 0x66, {0x00});
  add("ptest", 2, 0x66, {0x17});
  add("comparisons of 64 bits", 2, 0x66, {0x29, 0x37});
  add("min, max", 2, 0x66, {0x38, 0x39, 0x3a, 0x3b, 0x3c, 0x3d, 0x3e, 0x3f});
  add("palignr", 3, 0x66, {0x0f});
  add("pcmpistri", 3, 0x66, {0x63});
  add("movbe", 2, -1, {0xf0, 0xf1}, Group::always);
}

inline std::vector<Group> vector_groups() {
  std::vector<Group> all;
  const auto if_here = [&](bool here, const char* what, void (*add)(std::vector<Group>&)) {
    if (here)
      add(all);
    else
      std::cout << "This CPU has no " << what << ": left out.\n";
  };
  const bool avx2 = __builtin_cpu_supports("avx2");
  const bool avx512 = __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512dq");
  const bool sse = __builtin_cpu_supports("ssse3") && __builtin_cpu_supports("sse4.2") &&
                   __builtin_cpu_supports("movbe");
  if_here(avx2, "AVX2", add_avx2);
  if_here(avx2 && avx512, "AVX-512 (VL, BW, DQ)", add_avx512);
  if_here(__builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2"), "BMI1 and BMI2",
          add_bmi);
  if_here(sse && avx2, "SSSE3, SSE4.2 or MOVBE (or AVX2)", add_later_sse);
  return all;
}

}  // namespace um::oracle
