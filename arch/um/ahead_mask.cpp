// AheadCpu's mask registers of AVX-512, as many of their bits as an instruction says: the others of a
// result are zeros.
#include "arch/um/ahead_vector_operands.h"

namespace um::vectors {
namespace {

// T: how many bits.
template <class T>
T get(const Step& s, unsigned n) {
  return static_cast<T>(s.opmask_of(n));
}

template <class T>
Outcome load(Step& s) {
  if (!s.vectors_ready(true)) return Step::unknown;
  uint64_t v = 0;
  if (s.in_register()) {
    v = get<T>(s, s.rm);
  } else {
    const uint8_t* m = s.memory(sizeof(T), AheadPage::kRead);
    if (m == nullptr) return Step::unknown;
    v = Step::load(m, sizeof(T));
  }
  s.set_opmask(s.reg, v);
  return Step::done;
}
template <class T>
Outcome store(Step& s) {
  if (!s.vectors_ready(true)) return Step::unknown;
  uint8_t* m = s.memory(sizeof(T), AheadPage::kWrite);
  if (m == nullptr) return Step::unknown;
  Step::store(m, sizeof(T), get<T>(s, s.reg));
  return Step::done;
}
template <class T>
Outcome from_general(Step& s) {
  if (!s.vectors_ready(true)) return Step::unknown;
  s.set_opmask(s.reg, static_cast<T>(s.whole(s.rm)));
  return Step::done;
}
template <class T>
Outcome to_general(Step& s) {
  if (!s.vectors_ready(true)) return Step::unknown;
  s.whole(s.reg) = get<T>(s, s.rm);
  return Step::done;
}

// kortest, ktest: the zero and the carry flag, the others cleared.
template <class T>
Outcome flags_of_either(Step& s) {
  if (!s.vectors_ready(true)) return Step::unknown;
  const T r = get<T>(s, s.reg) | get<T>(s, s.rm);
  s.set_flags(Step::kArithmetic,
              (r == 0 ? Step::kZf : 0) | (r == static_cast<T>(~T{0}) ? Step::kCf : 0));
  return Step::done;
}
template <class T>
Outcome flags_of_both(Step& s) {
  if (!s.vectors_ready(true)) return Step::unknown;
  const T a = get<T>(s, s.reg), b = get<T>(s, s.rm);
  s.set_flags(Step::kArithmetic, ((a & b) == 0 ? Step::kZf : 0) | ((~a & b) == 0 ? Step::kCf : 0));
  return Step::done;
}

// What two make. Of one alone the first does not count.
enum Operation : uint8_t { k_and, k_andn, k_or, k_xnor, k_xor, k_not, k_add };
template <class T, Operation what>
Outcome combine(Step& s) {
  if (!s.vectors_ready(true)) return Step::unknown;
  const T a = get<T>(s, s.other), b = get<T>(s, s.rm);
  uint64_t r = 0;
  if constexpr (what == k_and) r = a & b;
  if constexpr (what == k_andn) r = ~a & b;
  if constexpr (what == k_or) r = a | b;
  if constexpr (what == k_xnor) r = ~(a ^ b);
  if constexpr (what == k_xor) r = a ^ b;
  if constexpr (what == k_not) r = ~b;
  if constexpr (what == k_add) r = a + b;
  s.set_opmask(s.reg, static_cast<T>(r));
  return Step::done;
}
// T: of each half.
template <class T>
Outcome unpack(Step& s) {
  if (!s.vectors_ready(true)) return Step::unknown;
  constexpr unsigned kBits = 8 * sizeof(T);
  s.set_opmask(s.reg, uint64_t{get<T>(s, s.other)} << kBits | get<T>(s, s.rm));
  return Step::done;
}
template <class T, bool left>
Outcome shift(Step& s) {
  if (!s.vectors_ready(true)) return Step::unknown;
  const auto by = static_cast<uint8_t>(s.value);
  const uint64_t a = get<T>(s, s.rm);
  const uint64_t r = by >= 8 * sizeof(T) ? 0 : left ? a << by : a >> by;
  s.set_opmask(s.reg, static_cast<T>(r));
  return Step::done;
}

// ---- which it is ----

// `f`, called with a value of as many bits: none and 66 choose between the two below 32 or, with W, above
// 16.
template <class F>
Handler by_size(const AheadInsn& i, F f) {
  if (i.prefix == p_none) return w(i) ? f(uint64_t{}) : f(uint16_t{});
  if (i.prefix == p_66) return w(i) ? f(uint32_t{}) : f(uint8_t{});
  return nullptr;
}
template <class F>
Handler by_size_of_general(const AheadInsn& i, F f) {
  if (i.mod != 3) return nullptr;
  if (i.prefix == p_f2) return w(i) ? f(uint64_t{}) : f(uint32_t{});
  if (w(i)) return nullptr;
  return i.prefix == p_none ? f(uint16_t{}) : i.prefix == p_66 ? f(uint8_t{}) : nullptr;
}

template <Operation what>
Handler combination(const AheadInsn& i) {
  return by_size(i, []<class T>(T) -> Handler { return &combine<T, what>; });
}

Handler of_three(const AheadInsn& i) {
  switch (i.op) {
    case 0x41: return combination<k_and>(i);
    case 0x42: return combination<k_andn>(i);
    case 0x45: return combination<k_or>(i);
    case 0x46: return combination<k_xnor>(i);
    case 0x47: return combination<k_xor>(i);
    case 0x4a: return combination<k_add>(i);
    case 0x4b:
      if (i.prefix == p_66) return w(i) ? nullptr : &unpack<uint8_t>;
      if (i.prefix != p_none) return nullptr;
      return w(i) ? &unpack<uint32_t> : &unpack<uint16_t>;
    default: return nullptr;
  }
}

Handler of_shift(const AheadInsn& i) {
  if (i.prefix != p_66 || i.mod != 3) return nullptr;
  switch (i.op) {
    case 0x30: return w(i) ? &shift<uint16_t, false> : &shift<uint8_t, false>;
    case 0x31: return w(i) ? &shift<uint64_t, false> : &shift<uint32_t, false>;
    case 0x32: return w(i) ? &shift<uint16_t, true> : &shift<uint8_t, true>;
    case 0x33: return w(i) ? &shift<uint64_t, true> : &shift<uint32_t, true>;
    default: return nullptr;
  }
}

Handler of_two(const AheadInsn& i) {
  const bool registers = i.mod == 3;
  switch (i.op) {
    case 0x44: return registers ? combination<k_not>(i) : nullptr;
    case 0x90: return by_size(i, []<class T>(T) -> Handler { return &load<T>; });
    case 0x91:
      if (registers) return nullptr;
      return by_size(i, []<class T>(T) -> Handler { return &store<T>; });
    case 0x92: return by_size_of_general(i, []<class T>(T) -> Handler { return &from_general<T>; });
    case 0x93: return by_size_of_general(i, []<class T>(T) -> Handler { return &to_general<T>; });
    case 0x98:
      if (!registers) return nullptr;
      return by_size(i, []<class T>(T) -> Handler { return &flags_of_either<T>; });
    case 0x99:
      if (!registers) return nullptr;
      return by_size(i, []<class T>(T) -> Handler { return &flags_of_both<T>; });
    default: return nullptr;
  }
}

}  // namespace

Handler mask_operation_of(const AheadInsn& i) {
  static const bool here = __builtin_cpu_supports("avx512f") &&
                           __builtin_cpu_supports("avx512vl") &&
                           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq");
  if (!here || i.coding != AheadInsn::vex) return nullptr;
  const bool general_reg = i.map == 1 && i.op == 0x93, general_rm = i.map == 1 && i.op == 0x92;
  if (i.reg >= 8 && !general_reg) return nullptr;
  if (i.mod == 3 && i.rm >= 8 && !general_rm) return nullptr;
  if (i.bytes == 32) return i.map == 1 && i.mod == 3 && i.other < 8 ? of_three(i) : nullptr;
  if (i.other != 0) return nullptr;
  return i.map == 3 ? of_shift(i) : i.map == 1 ? of_two(i) : nullptr;
}

}  // namespace um::vectors
