// AheadCpu's vectors: arithmetic, comparisons, bits and shuffles of AVX2 and AVX-512, and those of SSSE3
// and SSE4 that have their names. The moves are in ahead_vector_move.cpp.
#include <limits>
#include <type_traits>

#include "arch/um/ahead_vector_operands.h"

namespace um::vectors {
namespace {

// ---- what is done with two elements ----

template <class T>
T add(T a, T b) {
  return static_cast<T>(a + b);
}
template <class T>
T sub(T a, T b) {
  return static_cast<T>(a - b);
}
template <class T>
T add_up_to_most(T a, T b) {
  const T r = static_cast<T>(a + b);
  return r < a ? std::numeric_limits<T>::max() : r;
}
template <class T>
T sub_down_to_zero(T a, T b) {
  return a > b ? static_cast<T>(a - b) : T{0};
}
template <class T>
T min(T a, T b) {
  return a < b ? a : b;
}
template <class T>
T max(T a, T b) {
  return a > b ? a : b;
}
template <class T>
T bits_and(T a, T b) {
  return a & b;
}
template <class T>
T bits_andn(T a, T b) {
  return ~a & b;
}
template <class T>
T bits_or(T a, T b) {
  return a | b;
}
template <class T>
T bits_xor(T a, T b) {
  return a ^ b;
}

template <class T>
bool equal(T a, T b) {
  return a == b;
}
template <class T>
bool unequal(T a, T b) {
  return a != b;
}
template <class T>
bool less(T a, T b) {
  return a < b;
}
template <class T>
bool at_most(T a, T b) {
  return a <= b;
}
template <class T>
bool at_least(T a, T b) {
  return a >= b;
}
template <class T>
bool greater(T a, T b) {
  return a > b;
}
template <class T>
bool never(T, T) {
  return false;
}
template <class T>
bool ever(T, T) {
  return true;
}
template <class T>
bool common(T a, T b) {
  return (a & b) != 0;
}
template <class T>
bool nothing_common(T a, T b) {
  return (a & b) == 0;
}

// ---- and with vectors ----

template <class T, T (*f)(T, T)>
Outcome combine(Step& s) {
  Vector m;
  if (!masked_operand<T>(s, m, false)) return Step::unknown;
  const auto a = elements<T>(s.vector(s.other)), b = elements<T>(m);
  Elements<T> r;
  for (size_t i = 0; i < r.size(); ++i) r[i] = f(a[i], b[i]);
  write<T>(s, s.reg, bytes_of<T>(r));
  return Step::done;
}

// The comparisons that make elements of ones or zeros.
template <class T, bool (*f)(T, T)>
T all_ones_if(T a, T b) {
  return f(a, b) ? static_cast<T>(~T{0}) : T{0};
}

// The highest bit of each byte.
uint64_t high_bits(const Vector& v) {
  uint64_t low = 0, high = 0;
  asm("pmovmskb %1, %k0" : "=r"(low) : "x"(sse::load_xmm(v.data())));
  asm("pmovmskb %1, %k0" : "=r"(high) : "x"(sse::load_xmm(v.data() + 16)));
  return low | high << 16;
}

// Those that make bits of a mask.
template <class T, bool (*f)(T, T)>
Outcome compare(Step& s) {
  Vector m;
  if (!masked_operand<T>(s, m, false)) return Step::unknown;
  const auto a = elements<T>(s.vector(s.other)), b = elements<T>(m);
  Vector yes{};
  for (size_t i = 0; i < a.size(); ++i) yes[i] = f(a[i], b[i]) ? 0xff : 0;
  uint64_t bits = high_bits(yes) & ((1ULL << s.bytes / sizeof(T)) - 1);
  if (s.opmask != 0) bits &= s.opmask_of(s.opmask);
  s.set_opmask(s.reg, bits);
  return Step::done;
}

// Any function of three bits, by its table. The first of them is what the register was.
template <class T>
Outcome by_table(Step& s) {
  Vector m;
  if (!s.vector_operand(m, s.bytes, false)) return Step::unknown;
  const auto a = elements<uint64_t>(s.vector(s.reg)), b = elements<uint64_t>(s.vector(s.other)),
             c = elements<uint64_t>(m);
  Elements<uint64_t> r{};
  for (unsigned row = 0; row < 8; ++row) {
    if ((s.value >> row & 1) == 0) continue;
    const auto flip = [row](unsigned bit) { return (row & bit) != 0 ? 0 : ~0ULL; };
    for (size_t i = 0; i < r.size(); ++i)
      r[i] |= (a[i] ^ flip(4)) & (b[i] ^ flip(2)) & (c[i] ^ flip(1));
  }
  write<T>(s, s.reg, bytes_of<uint64_t>(r));
  return Step::done;
}

// Within each 16 bytes.
Outcome shuffle_bytes(Step& s) {
  Vector by, r;
  if (!s.vector_operand(by, s.bytes, false)) return Step::unknown;
  const Vector a = s.vector(s.other);
  for (size_t i = 0; i < r.size(); ++i) r[i] = (by[i] & 0x80) != 0 ? 0 : a[(i & 16) + (by[i] & 15)];
  write<uint8_t>(s, s.reg, r);
  return Step::done;
}
Outcome align_right(Step& s) {
  Vector low, r;
  if (!s.vector_operand(low, s.bytes, false)) return Step::unknown;
  const Vector high = s.vector(s.other);
  const auto by = static_cast<uint8_t>(s.value);
  for (size_t i = 0; i < r.size(); ++i) {
    const size_t lane = i & 16, from = (i & 15) + by;
    r[i] = from < 16 ? low[lane + from] : from < 32 ? high[lane + from - 16] : 0;
  }
  write<uint8_t>(s, s.reg, r);
  return Step::done;
}

// ---- of one element, or of one half ----

template <class T>
Outcome fill_with(Step& s, T v) {
  Elements<T> r;
  r.fill(v);
  write<T>(s, s.reg, bytes_of<T>(r));
  return Step::done;
}
template <class T>
Outcome broadcast(Step& s) {
  Vector m;
  return s.vector_operand(m, sizeof(T), false) ? fill_with<T>(s, elements<T>(m)[0]) : Step::unknown;
}
template <class T>
Outcome broadcast_general(Step& s) {
  return s.vectors_ready(true) ? fill_with<T>(s, static_cast<T>(s.whole(s.rm))) : Step::unknown;
}
Outcome broadcast_half(Step& s) {
  Vector m;
  if (!s.vector_operand(m, 16, false)) return Step::unknown;
  std::copy_n(m.begin(), 16, m.begin() + 16);
  s.set_vector(s.reg, m);
  return Step::done;
}
Outcome insert_half(Step& s) {
  Vector m;
  if (!s.vector_operand(m, 16, false)) return Step::unknown;
  Vector r = s.vector(s.other);
  std::copy_n(m.begin(), 16, r.begin() + ((s.value & 1) != 0 ? 16 : 0));
  s.set_vector(s.reg, r);
  return Step::done;
}
Outcome extract_half(Step& s) {
  if (!s.vectors_ready(false)) return Step::unknown;
  const Vector from = s.vector(s.reg);
  Vector r{};
  std::copy_n(from.begin() + ((s.value & 1) != 0 ? 16 : 0), 16, r.begin());
  if (!s.in_register())
    return s.store_vector(r.data(), 16, false, ~0ULL) ? Step::done : Step::unknown;
  s.set_vector(s.rm, r);
  return Step::done;
}

// ---- to other registers ----

Outcome high_bits_to_general(Step& s) {
  if (!s.vectors_ready(false)) return Step::unknown;
  s.whole(s.reg) = high_bits(s.vector(s.rm)) & ((1ULL << s.bytes) - 1);
  return Step::done;
}
Outcome test(Step& s) {
  Vector m;
  if (!s.vector_operand(m, s.bytes, false)) return Step::unknown;
  const auto a = elements<uint64_t>(s.vector(s.reg)), b = elements<uint64_t>(m);
  uint64_t both = 0, only_b = 0;
  for (size_t i = 0; i < s.bytes / sizeof(uint64_t); ++i) {
    both |= a[i] & b[i];
    only_b |= ~a[i] & b[i];
  }
  s.set_flags(Step::kArithmetic, (both == 0 ? Step::kZf : 0) | (only_b == 0 ? Step::kCf : 0));
  return Step::done;
}
// vzeroupper and vzeroall: of the first 16.
template <bool all>
Outcome zero(Step& s) {
  if (!s.vectors_ready(false)) return Step::unknown;
  s.zero_vectors(all);
  return Step::done;
}

// ---- which it is ----

// EVEX's W says how wide the elements are that a mask counts.
template <class T>
bool fits(const AheadInsn& i) {
  return i.coding != evex || sizeof(T) < 4 || w(i) == (sizeof(T) == 8);
}
template <class T, T (*f)(T, T)>
Handler combination(const AheadInsn& i) {
  return fits<T>(i) ? &combine<T, f> : nullptr;
}
template <uint32_t (*f32)(uint32_t, uint32_t), uint64_t (*f64)(uint64_t, uint64_t)>
Handler of_bits(const AheadInsn& i) {
  return i.coding == evex && w(i) ? &combine<uint64_t, f64> : &combine<uint32_t, f32>;
}
// A mask's number is one of eight, and is not itself masked with zeros.
bool makes_mask(const AheadInsn& i) { return i.coding == evex && i.reg < 8 && !i.zeroing; }

template <class T, bool (*f)(T, T)>
Handler comparison(const AheadInsn& i) {
  if (!fits<T>(i)) return nullptr;
  if (i.coding != evex) return &combine<T, all_ones_if<T, f>>;
  return makes_mask(i) ? &compare<T, f> : nullptr;
}

template <class T>
Handler relation(const AheadInsn& i) {
  if (!makes_mask(i)) return nullptr;
  switch (i.value & 0xff) {
    case 0: return &compare<T, equal<T>>;
    case 1: return &compare<T, less<T>>;
    case 2: return &compare<T, at_most<T>>;
    case 3: return &compare<T, never<T>>;
    case 4: return &compare<T, unequal<T>>;
    case 5: return &compare<T, at_least<T>>;
    case 6: return &compare<T, greater<T>>;
    case 7: return &compare<T, ever<T>>;
    default: return nullptr;
  }
}

template <class T>
Handler tested(const AheadInsn& i) {
  if (!makes_mask(i)) return nullptr;
  return i.prefix == p_66 ? &compare<T, common<T>> : &compare<T, nothing_common<T>>;
}

Handler shorter_elements(const AheadInsn& i) {
  switch (i.op) {
    case 0x64: return comparison<int8_t, greater<int8_t>>(i);
    case 0x65: return comparison<int16_t, greater<int16_t>>(i);
    case 0x66: return comparison<int32_t, greater<int32_t>>(i);
    case 0x74: return comparison<uint8_t, equal<uint8_t>>(i);
    case 0x75: return comparison<uint16_t, equal<uint16_t>>(i);
    case 0x76: return comparison<uint32_t, equal<uint32_t>>(i);
    case 0xd4: return combination<uint64_t, add<uint64_t>>(i);
    case 0xd8: return combination<uint8_t, sub_down_to_zero<uint8_t>>(i);
    case 0xd9: return combination<uint16_t, sub_down_to_zero<uint16_t>>(i);
    case 0xda: return combination<uint8_t, min<uint8_t>>(i);
    case 0xdb: return of_bits<bits_and<uint32_t>, bits_and<uint64_t>>(i);
    case 0xdc: return combination<uint8_t, add_up_to_most<uint8_t>>(i);
    case 0xdd: return combination<uint16_t, add_up_to_most<uint16_t>>(i);
    case 0xde: return combination<uint8_t, max<uint8_t>>(i);
    case 0xdf: return of_bits<bits_andn<uint32_t>, bits_andn<uint64_t>>(i);
    case 0xea: return combination<int16_t, min<int16_t>>(i);
    case 0xeb: return of_bits<bits_or<uint32_t>, bits_or<uint64_t>>(i);
    case 0xee: return combination<int16_t, max<int16_t>>(i);
    case 0xef: return of_bits<bits_xor<uint32_t>, bits_xor<uint64_t>>(i);
    case 0xf8: return combination<uint8_t, sub<uint8_t>>(i);
    case 0xf9: return combination<uint16_t, sub<uint16_t>>(i);
    case 0xfa: return combination<uint32_t, sub<uint32_t>>(i);
    case 0xfb: return combination<uint64_t, sub<uint64_t>>(i);
    case 0xfc: return combination<uint8_t, add<uint8_t>>(i);
    case 0xfd: return combination<uint16_t, add<uint16_t>>(i);
    case 0xfe: return combination<uint32_t, add<uint32_t>>(i);
    case 0xd7:
      return i.coding == vex && i.mod == 3 && i.other == 0 ? &high_bits_to_general : nullptr;
    default: return nullptr;
  }
}

// Behind 0F 38, with 66. The first seven stand there for SSE too.
Handler longer_elements(const AheadInsn& i) {
  switch (i.op) {
    case 0x00: return &shuffle_bytes;
    case 0x17: return i.coding == evex || (i.coding == vex && i.other != 0) ? nullptr : &test;
    case 0x29: return comparison<uint64_t, equal<uint64_t>>(i);
    case 0x37: return comparison<int64_t, greater<int64_t>>(i);
    case 0x38: return combination<int8_t, min<int8_t>>(i);
    case 0x39: return combination<int32_t, min<int32_t>>(i);
    case 0x3a: return combination<uint16_t, min<uint16_t>>(i);
    case 0x3b: return combination<uint32_t, min<uint32_t>>(i);
    case 0x3c: return combination<int8_t, max<int8_t>>(i);
    case 0x3d: return combination<int32_t, max<int32_t>>(i);
    case 0x3e: return combination<uint16_t, max<uint16_t>>(i);
    case 0x3f: return combination<uint32_t, max<uint32_t>>(i);
    default: return nullptr;
  }
}

Handler broadcast_of(const AheadInsn& i) {
  if (i.other != 0 || i.coding == legacy) return nullptr;
  const bool wide = w(i), narrow = !wide, is_evex = i.coding == evex;
  const bool general = is_evex && i.mod == 3 && i.rm < 16;
  const bool half = i.coding == vex && i.mod != 3 && i.bytes == 32 && narrow;
  switch (i.op) {
    case 0x18: return i.coding == vex && narrow ? &broadcast<uint32_t> : nullptr;
    case 0x19: return i.coding == vex && narrow && i.bytes == 32 ? &broadcast<uint64_t> : nullptr;
    case 0x1a:
    case 0x5a: return half ? &broadcast_half : nullptr;
    case 0x58: return narrow ? &broadcast<uint32_t> : nullptr;
    case 0x59: return wide == is_evex ? &broadcast<uint64_t> : nullptr;
    case 0x78: return narrow ? &broadcast<uint8_t> : nullptr;
    case 0x79: return narrow ? &broadcast<uint16_t> : nullptr;
    case 0x7a: return general && narrow ? &broadcast_general<uint8_t> : nullptr;
    case 0x7b: return general && narrow ? &broadcast_general<uint16_t> : nullptr;
    case 0x7c:
      if (!general) return nullptr;
      return wide ? &broadcast_general<uint64_t> : &broadcast_general<uint32_t>;
    default: return nullptr;
  }
}

// With an immediate operand.
Handler controlled(const AheadInsn& i) {
  const bool half = i.coding == vex && i.bytes == 32 && !w(i);
  if (i.op == 0x0f) return &align_right;
  if (i.op == 0x18 || i.op == 0x38) return half ? &insert_half : nullptr;
  if (i.op == 0x19 || i.op == 0x39) return half && i.other == 0 ? &extract_half : nullptr;
  if (i.coding != evex) return nullptr;
  switch (i.op) {
    case 0x1e: return w(i) ? relation<uint64_t>(i) : relation<uint32_t>(i);
    case 0x1f: return w(i) ? relation<int64_t>(i) : relation<int32_t>(i);
    case 0x25: return w(i) ? &by_table<uint64_t> : &by_table<uint32_t>;
    case 0x3e: return w(i) ? relation<uint16_t>(i) : relation<uint8_t>(i);
    case 0x3f: return w(i) ? relation<int16_t>(i) : relation<int8_t>(i);
    default: return nullptr;
  }
}

// Whether the CPU that this runs on has what an instruction belongs to, and its system allows it.
bool here(const AheadInsn& i) {
  static const bool ssse3 = __builtin_cpu_supports("ssse3"),
                    sse4 = __builtin_cpu_supports("sse4.1") && __builtin_cpu_supports("sse4.2"),
                    avx2 = __builtin_cpu_supports("avx2"),
                    avx512 = avx2 && __builtin_cpu_supports("avx512f") &&
                             __builtin_cpu_supports("avx512vl") &&
                             __builtin_cpu_supports("avx512bw") &&
                             __builtin_cpu_supports("avx512dq");
  if (i.coding != legacy) return i.coding == vex ? avx2 : avx512;
  const bool older = i.op == 0x00 || i.op == 0x0f;
  return older ? ssse3 : sse4;
}

}  // namespace

Handler combination_of(const AheadInsn& i) {
  const bool for_mask = i.coding == evex && i.map == 2 && (i.prefix == p_66 || i.prefix == p_f3);
  if (for_mask && i.op == 0x26) return w(i) ? tested<uint16_t>(i) : tested<uint8_t>(i);
  if (for_mask && i.op == 0x27) return w(i) ? tested<uint64_t>(i) : tested<uint32_t>(i);
  if (i.coding == vex && key(i) == key(1, p_none, 0x77) && i.other == 0)
    return i.bytes == 32 ? &zero<true> : &zero<false>;
  if (i.prefix != p_66) return nullptr;
  if (i.map == 1) return shorter_elements(i);
  if (i.map == 3) return controlled(i);
  const Handler found = longer_elements(i);
  return found != nullptr ? found : broadcast_of(i);
}

Handler handler_of(const AheadInsn& i) {
  Handler found = bits_of_general_register(i);
  if (found != nullptr || !here(i)) return found;
  found = move_of(i);
  if (found == nullptr) found = combination_of(i);
  if (found == nullptr) found = text_search_of(i);
  if (found == nullptr && i.coding == vex) found = mask_operation_of(i);
  return found;
}

}  // namespace um::vectors
