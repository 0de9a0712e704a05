// AheadCpu's bits of general registers behind VEX (BMI1, BMI2), and movbe. What sets flags is the real
// CPU's instruction, flags and all.
#include <type_traits>

#include "arch/um/ahead_step.h"

namespace um::vectors {
namespace {

template <class T>
T get(const Step& s, unsigned n) {
  return static_cast<T>(s.whole(n));
}
template <class T>
void set(const Step& s, unsigned n, T v) {
  s.whole(n) = v;
}

// What ModRM names, handed to `f`, whose flags are lahf's and seto's word.
template <class T, class F>
Outcome with_operand(Step& s, F f) {
  const Step::Place place(s, sizeof(T), AheadPage::kRead);
  if (!place.ok) return Step::unknown;
  f(static_cast<T>(place.get()));
  return Step::done;
}
void set_flags(const Step& s, uint32_t ax) { s.set_flags(Step::kArithmetic, Step::flags_of(ax)); }

// blsr, blsmsk, blsi by their number.
template <class T, unsigned which>
Outcome lowest_bit(Step& s) {
  return with_operand<T>(s, [&s](T a) {
    T r;
    uint32_t ax;
#define AHEAD_REAL(name) \
  asm(name " %[a],%[r]\n\tlahf\n\tseto %%al" : [r] "=&r"(r), "=&a"(ax) : [a] "r"(a) : "cc")
    if constexpr (which == 1) AHEAD_REAL("blsr");
    if constexpr (which == 2) AHEAD_REAL("blsmsk");
    if constexpr (which == 3) AHEAD_REAL("blsi");
#undef AHEAD_REAL
    set_flags(s, ax);
    set<T>(s, s.other, r);
  });
}

enum Operation : uint8_t { k_andn, k_bzhi, k_bextr };
// In assembler order the operand of ModRM is the first of andn's, the second of the others'.
template <class T, Operation what>
Outcome of_two(Step& s) {
  return with_operand<T>(s, [&s](T m) {
    const T v = get<T>(s, s.other);
    T r;
    uint32_t ax;
#define AHEAD_REAL(name, first, second)           \
  asm(name " %[x],%[y],%[r]\n\tlahf\n\tseto %%al" \
      : [r] "=&r"(r), "=&a"(ax)                   \
      : [x] "r"(first), [y] "r"(second)           \
      : "cc")
    if constexpr (what == k_andn) AHEAD_REAL("andn", m, v);
    if constexpr (what == k_bzhi) AHEAD_REAL("bzhi", v, m);
    if constexpr (what == k_bextr) AHEAD_REAL("bextr", v, m);
#undef AHEAD_REAL
    set_flags(s, ax);
    set<T>(s, s.reg, r);
  });
}

// sarx, shlx, shrx, rorx: no flags.
template <class T>
Outcome shift(Step& s) {
  return with_operand<T>(s, [&s](T a) {
    const unsigned by = static_cast<unsigned>(get<T>(s, s.other)) & (8 * sizeof(T) - 1);
    using Signed = std::make_signed_t<T>;
    const T r = s.prefix == p_66   ? static_cast<T>(a << by)
                : s.prefix == p_f2 ? static_cast<T>(a >> by)
                                   : static_cast<T>(static_cast<Signed>(a) >> by);
    set<T>(s, s.reg, r);
  });
}
template <class T>
Outcome rotate(Step& s) {
  return with_operand<T>(s, [&s](T a) {
    const auto by = static_cast<int>(s.value & (8 * sizeof(T) - 1));
    set<T>(s, s.reg, std::rotr(a, by));
  });
}
// rdx times the operand; where both halves go to one register the upper one stays.
template <class T>
Outcome multiply(Step& s) {
  return with_operand<T>(s, [&s](T m) {
    using Twice = std::conditional_t<sizeof(T) == 8, unsigned __int128, uint64_t>;
    const Twice r = static_cast<Twice>(get<T>(s, 2)) * m;
    set<T>(s, s.other, static_cast<T>(r));
    set<T>(s, s.reg, static_cast<T>(r >> (8 * sizeof(T))));
  });
}

Outcome swap_bytes(Step& s) {
  const bool stores = s.op == 0xf1;
  const unsigned size = s.operand();
  uint8_t* m = s.memory(size, stores ? AheadPage::kWrite : AheadPage::kRead);
  if (m == nullptr) return Step::unknown;
  const uint64_t v = stores ? s.get_reg(s.reg, size) : Step::load(m, size);
  const uint64_t swapped = __builtin_bswap64(v) >> (64 - 8 * size);
  if (stores)
    Step::store(m, size, swapped);
  else
    s.set_reg(s.reg, size, swapped);
  return Step::done;
}

// ---- which it is ----

template <class F>
Handler by_size(const AheadInsn& i, F f) {
  return w(i) ? f(uint64_t{}) : f(uint32_t{});
}

Handler of_first_set(const AheadInsn& i) {
  if (key(i) == key(2, p_none, 0xf2))
    return by_size(i, []<class T>(T) -> Handler { return &of_two<T, k_andn>; });
  if (key(i) == key(2, p_none, 0xf7))
    return by_size(i, []<class T>(T) -> Handler { return &of_two<T, k_bextr>; });
  if (key(i) != key(2, p_none, 0xf3)) return nullptr;
  return by_size(i, [&i]<class T>(T) -> Handler {
    switch (i.reg & 7) {
      case 1: return &lowest_bit<T, 1>;
      case 2: return &lowest_bit<T, 2>;
      case 3: return &lowest_bit<T, 3>;
      default: return nullptr;
    }
  });
}

Handler of_second_set(const AheadInsn& i) {
  switch (key(i)) {
    case key(2, p_none, 0xf5):
      return by_size(i, []<class T>(T) -> Handler { return &of_two<T, k_bzhi>; });
    case key(2, p_f2, 0xf6): return by_size(i, []<class T>(T) -> Handler { return &multiply<T>; });
    case key(2, p_66, 0xf7):
    case key(2, p_f3, 0xf7):
    case key(2, p_f2, 0xf7): return by_size(i, []<class T>(T) -> Handler { return &shift<T>; });
    case key(3, p_f2, 0xf0):
      if (i.other != 0) return nullptr;
      return by_size(i, []<class T>(T) -> Handler { return &rotate<T>; });
    default: return nullptr;
  }
}

}  // namespace

Handler bits_of_general_register(const AheadInsn& i) {
  static const bool bmi1 = __builtin_cpu_supports("bmi"), bmi2 = __builtin_cpu_supports("bmi2"),
                    movbe = __builtin_cpu_supports("movbe");
  if (i.coding == AheadInsn::legacy) {
    const bool plain = i.prefix == p_none || i.prefix == p_66;
    const bool is_movbe = i.map == 2 && (i.op == 0xf0 || i.op == 0xf1) && plain && i.mod != 3;
    return is_movbe && movbe ? &swap_bytes : nullptr;
  }
  if (i.coding != AheadInsn::vex || i.bytes != 16) return nullptr;
  const Handler found = bmi1 ? of_first_set(i) : nullptr;
  return found == nullptr && bmi2 ? of_second_set(i) : found;
}

}  // namespace um::vectors
