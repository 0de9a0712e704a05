// AheadCpu's commonest instructions, three quarters of all code: one function for each and each size of its
// operands, so that nothing is left to be found out when it is executed. The arithmetic is the real
// CPU's, flags and all.
#include "arch/um/ahead_step.h"

namespace um {
namespace {

using Step = AheadStep;
using Outcome = Step::Outcome;
using Handler = AheadInsn::Handler;
constexpr auto kRead = AheadPage::kRead, kWrite = AheadPage::kWrite;

template <class T>
T load(const uint8_t* from) {
  T v;
  std::memcpy(&v, from, sizeof v);
  return v;
}
template <class T>
void store(uint8_t* to, T v) {
  std::memcpy(to, &v, sizeof v);
}

template <class T>
T get(const Step& s, unsigned n) {
  if (sizeof(T) == 1 && n >= 4 && s.rex == 0) return static_cast<T>(s.whole(n - 4) >> 8);
  return static_cast<T>(s.whole(n));
}
template <class T>
void set(const Step& s, unsigned n, T v) {
  if constexpr (sizeof(T) >= 4)
    s.whole(n) = v;
  else
    s.set_reg(n, sizeof(T), v);
}

// What ModRM names, to be looked at.
template <class T, class F>
Outcome look(Step& s, F f) {
  if (s.in_register()) {
    f(get<T>(s, s.rm));
    return Step::done;
  }
  const uint8_t* m = s.memory(sizeof(T), kRead);
  if (m == nullptr) return Step::unknown;
  f(load<T>(m));
  return Step::done;
}
// To be changed.
template <class T, class F>
Outcome change(Step& s, F f) {
  if (s.in_register()) {
    set<T>(s, s.rm, f(get<T>(s, s.rm)));
    return Step::done;
  }
  uint8_t* m = s.memory(sizeof(T), kWrite);
  if (m == nullptr) return Step::unknown;
  store<T>(m, f(load<T>(m)));
  return Step::done;
}
// To be replaced.
template <class T>
Outcome put(Step& s, T v) {
  if (s.in_register()) {
    set<T>(s, s.rm, v);
    return Step::done;
  }
  uint8_t* m = s.memory(sizeof(T), kWrite);
  if (m == nullptr) return Step::unknown;
  store<T>(m, v);
  return Step::done;
}

// ---- arithmetic ----

// One instruction, and its flags as lahf and seto give them. A count of bits has to be in cl.
#define AHEAD_REAL(before, name, b, ...)             \
  asm(before name " %[by],%[a]\n\tlahf\n\tseto %%al" \
      : [a] "+r"(a), "=&a"(ax)                       \
      : [by] "c"(b)__VA_OPT__(, ) __VA_ARGS__        \
      : "cc")
#define AHEAD_CARRY [flags] "r"(static_cast<uint32_t>(s.flags()))

// add, or, adc, sbb, and, sub, xor, cmp: the order of their numbers in every encoding.
template <unsigned what, class T>
T real(const Step& s, T a, T b) {
  uint32_t ax = 0;
  if constexpr (what == 0) AHEAD_REAL("", "add", b);
  if constexpr (what == 1) AHEAD_REAL("", "or", b);
  if constexpr (what == 2) AHEAD_REAL("bt $0,%[flags]\n\t", "adc", b, AHEAD_CARRY);
  if constexpr (what == 3) AHEAD_REAL("bt $0,%[flags]\n\t", "sbb", b, AHEAD_CARRY);
  if constexpr (what == 4) AHEAD_REAL("", "and", b);
  if constexpr (what == 5) AHEAD_REAL("", "sub", b);
  if constexpr (what == 6) AHEAD_REAL("", "xor", b);
  if constexpr (what == 7) AHEAD_REAL("", "cmp", b);
  s.set_flags(Step::kArithmetic, Step::flags_of(ax));
  return a;
}
#undef AHEAD_CARRY

template <class T>
uint64_t real(unsigned what, const Step& s, uint64_t x, uint64_t y) {
  const auto a = static_cast<T>(x), b = static_cast<T>(y);
  switch (what) {
    case 0: return real<0, T>(s, a, b);
    case 1: return real<1, T>(s, a, b);
    case 2: return real<2, T>(s, a, b);
    case 3: return real<3, T>(s, a, b);
    case 4: return real<4, T>(s, a, b);
    case 5: return real<5, T>(s, a, b);
    case 6: return real<6, T>(s, a, b);
    default: return real<7, T>(s, a, b);
  }
}

// Which operand comes first, and what the second is.
enum Form : uint8_t { to_rm, to_reg, with_value };

template <unsigned what, class T, Form form>
Outcome alu(Step& s) {
  constexpr bool compares = what == 7;
  if constexpr (form == to_reg) {
    return look<T>(s, [&s](T b) {
      const T r = real<what, T>(s, get<T>(s, s.reg), b);
      if (!compares) set<T>(s, s.reg, r);
    });
  } else {
    const T b = form == to_rm ? get<T>(s, s.reg) : static_cast<T>(s.value);
    if constexpr (compares) return look<T>(s, [&s, b](T a) { real<what, T>(s, a, b); });
    return change<T>(s, [&s, b](T a) { return real<what, T>(s, a, b); });
  }
}

template <class T, Form form>
Outcome test(Step& s) {
  const T b = form == to_rm ? get<T>(s, s.reg) : static_cast<T>(s.value);
  return look<T>(s, [&s, b](T a) { real<4, T>(s, a, b); });
}

// They leave the carry alone.
template <class T, bool down>
Outcome count(Step& s) {
  return change<T>(s, [&s](T a) {
    const uint64_t carry = s.flags() & Step::kCf;
    const T r = real < down ? 5 : 0, T > (s, a, 1);
    s.set_flags(Step::kCf, carry);
    return r;
  });
}

// rol, ror, shl, shr, shl again, sar: by their number; not the rotations through the carry.
template <unsigned what, class T>
Outcome shift(Step& s) {
  const uint64_t by = s.op < 0xd0 ? s.value : s.op < 0xd2 ? 1 : s.regs[os::kRcx];
  const auto n = static_cast<uint8_t>(by & (sizeof(T) == 8 ? 63 : 31));
  return change<T>(s, [&s, n](T a) {
    if (n == 0) return a;  // a 32-bit register loses its upper half even so
    uint32_t ax = 0;
    if constexpr (what == 0) AHEAD_REAL("", "rol", n);
    if constexpr (what == 1) AHEAD_REAL("", "ror", n);
    if constexpr (what == 4) AHEAD_REAL("", "shl", n);
    if constexpr (what == 5) AHEAD_REAL("", "shr", n);
    if constexpr (what == 7) AHEAD_REAL("", "sar", n);
    s.set_flags(what < 2 ? Step::kCf | Step::kOf : Step::kArithmetic, Step::flags_of(ax));
    return a;
  });
}
#undef AHEAD_REAL

// ---- moves ----

template <class T>
Outcome mov_to_rm(Step& s) {
  return put<T>(s, get<T>(s, s.reg));
}
template <class T>
Outcome mov_to_reg(Step& s) {
  return look<T>(s, [&s](T v) { set<T>(s, s.reg, v); });
}
template <class T>
Outcome mov_value(Step& s) {
  return put<T>(s, static_cast<T>(s.value));
}
template <class T>
Outcome lea(Step& s) {
  set<T>(s, s.reg, static_cast<T>(s.effective()));
  return Step::done;
}
template <class T>
Outcome lea_short(Step& s) {
  set<T>(s, s.reg, static_cast<T>(static_cast<uint32_t>(s.effective())));
  return Step::done;
}
// From a narrower operand.
template <class From, class T>
Outcome widen(Step& s) {
  return look<From>(s, [&s](From v) { set<T>(s, s.reg, static_cast<T>(v)); });
}
// Not taken it still writes: the upper half of a 32-bit register is cleared.
template <class T>
Outcome cmov(Step& s) {
  return look<T>(s, [&s](T v) { set<T>(s, s.reg, s.condition(s.op & 15) ? v : get<T>(s, s.reg)); });
}
Outcome setcc(Step& s) { return put<uint8_t>(s, s.condition(s.op & 15) ? 1 : 0); }

// ---- the stack, and jumps ----

Outcome push(Step& s) { return s.push(s.whole(s.rm)) ? Step::done : Step::unknown; }
Outcome push_value(Step& s) { return s.push(s.value) ? Step::done : Step::unknown; }
template <class T>
Outcome pop(Step& s) {
  const uint8_t* m = s.top();
  if (m == nullptr) return Step::unknown;
  s.regs[os::kRsp] = s.mask_address(s.regs[os::kRsp] + sizeof(T));
  set<T>(s, s.rm, load<T>(m));
  return Step::done;
}
template <class T>
Outcome ret(Step& s) {
  const uint8_t* m = s.top();
  if (m == nullptr || !s.reachable(load<T>(m))) return Step::unknown;
  s.go_to(load<T>(m));
  s.regs[os::kRsp] = s.mask_address(s.regs[os::kRsp] + sizeof(T) + s.value);
  return Step::done;
}
Outcome call(Step& s) {
  if (!s.push(s.behind())) return Step::unknown;
  s.go_to(s.behind() + s.value);
  return Step::done;
}
Outcome jump(Step& s) {
  s.go_to(s.behind() + s.value);
  return Step::done;
}
Outcome jump_if(Step& s) {
  if (s.condition(s.op & 15)) s.go_to(s.behind() + s.value);
  return Step::done;
}

// ---- which it is ----

Outcome nothing(Step&) { return Step::done; }
Outcome strange(Step&) { return Step::unknown; }
Outcome sse_one(Step& s) { return s.sse_instruction(); }
Outcome other(Step& s) { return s.two ? s.two_bytes() : s.one_byte(); }

template <class T>
Handler lea_of(const AheadInsn& i) {
  if (i.mod == 3) return &strange;
  return i.short_address ? &lea_short<T> : &lea<T>;
}

// `f`, called with a value of the operands' type.
template <class F>
Handler by_size(const AheadInsn& i, bool bytes, F f) {
  if (bytes) return f(uint8_t{});
  if (i.rex & 8) return f(uint64_t{});
  return i.narrow ? f(uint16_t{}) : f(uint32_t{});
}

template <unsigned what>
Handler alu_of(const AheadInsn& i, bool bytes, Form form) {
  return by_size(i, bytes, [form]<class T>(T) -> Handler {
    if (form == to_rm) return &alu<what, T, to_rm>;
    return form == to_reg ? &alu<what, T, to_reg> : &alu<what, T, with_value>;
  });
}
Handler alu_of(unsigned what, const AheadInsn& i, bool bytes, Form form) {
  switch (what) {
    case 0: return alu_of<0>(i, bytes, form);
    case 1: return alu_of<1>(i, bytes, form);
    case 2: return alu_of<2>(i, bytes, form);
    case 3: return alu_of<3>(i, bytes, form);
    case 4: return alu_of<4>(i, bytes, form);
    case 5: return alu_of<5>(i, bytes, form);
    case 6: return alu_of<6>(i, bytes, form);
    default: return alu_of<7>(i, bytes, form);
  }
}

template <class T>
Handler shift_of(unsigned what) {
  switch (what) {
    case 0: return &shift<0, T>;
    case 1: return &shift<1, T>;
    case 4:
    case 6: return &shift<4, T>;
    case 5: return &shift<5, T>;
    case 7: return &shift<7, T>;
    default: return &strange;
  }
}

template <class T>
Handler stack_op(uint8_t op) {
  switch (op) {
    case 0x50 ... 0x57: return &push;
    case 0x58 ... 0x5f: return &pop<T>;
    case 0x68:
    case 0x6a: return &push_value;
    case 0xc2:
    case 0xc3: return &ret<T>;
    default: return &call;
  }
}

Handler of_one_byte(const AheadInsn& i) {
  const uint8_t op = i.op;
  const bool bytes = (op & 1) == 0;
  switch (op) {
    case 0x00 ... 0x3f:
      if ((op & 7) >= 6) return &strange;
      return alu_of(op >> 3, i, bytes, (op & 7) < 2 ? to_rm : (op & 7) < 4 ? to_reg : with_value);
    case 0x80:
    case 0x81:
    case 0x83: return alu_of(i.reg & 7, i, op == 0x80, with_value);
    case 0x40 ... 0x4f:
    case 0xfe:
    case 0xff:
      if (op >= 0xfe && (i.reg & 7) >= 2) return &other;
      return by_size(i, op == 0xfe, [&i]<class T>(T) -> Handler {
        const bool down = i.op < 0xfe ? (i.op & 8) != 0 : (i.reg & 7) == 1;
        return down ? &count<T, true> : &count<T, false>;
      });
    case 0x50 ... 0x5f:
    case 0x68:
    case 0x6a:
    case 0xc2:
    case 0xc3:
    case 0xe8:
      if (i.narrow) return &strange;
      return i.long_mode ? stack_op<uint64_t>(op) : stack_op<uint32_t>(op);
    case 0x63:
      if (!i.long_mode || i.narrow) return &strange;
      return (i.rex & 8) != 0 ? &widen<int32_t, uint64_t> : &widen<int32_t, uint32_t>;
    case 0x70 ... 0x7f: return i.narrow ? &strange : &jump_if;
    case 0xe9:
    case 0xeb: return i.narrow ? &strange : &jump;
    case 0x84:
    case 0x85: return by_size(i, bytes, []<class T>(T) -> Handler { return &test<T, to_rm>; });
    case 0xf6:
    case 0xf7:
      if ((i.reg & 7) >= 2) return &other;
      [[fallthrough]];
    case 0xa8:
    case 0xa9: return by_size(i, bytes, []<class T>(T) -> Handler { return &test<T, with_value>; });
    case 0x88:
    case 0x89: return by_size(i, bytes, []<class T>(T) -> Handler { return &mov_to_rm<T>; });
    case 0x8a:
    case 0x8b: return by_size(i, bytes, []<class T>(T) -> Handler { return &mov_to_reg<T>; });
    case 0x8d: return by_size(i, false, [&i]<class T>(T) -> Handler { return lea_of<T>(i); });
    case 0xc6:
    case 0xc7:
      if ((i.reg & 7) != 0) return &strange;
      return by_size(i, bytes, []<class T>(T) -> Handler { return &mov_value<T>; });
    case 0xc0:
    case 0xc1:
    case 0xd0 ... 0xd3:
      return by_size(i, bytes, [&i]<class T>(T) -> Handler { return shift_of<T>(i.reg & 7); });
    case 0xb0 ... 0xbf:
      return by_size(i, op < 0xb8, []<class T>(T) -> Handler { return &mov_value<T>; });
    default: return &other;
  }
}

template <class From>
Handler widen_of(const AheadInsn& i) {
  return by_size(i, false, []<class T>(T) -> Handler { return &widen<From, T>; });
}

Handler of_two_bytes(const AheadInsn& i) {
  switch (i.op) {
    case 0x18:
    case 0x1e:
    case 0x1f:  // prefetch, endbr, no-ops: nothing is touched
      return i.op == 0x1e && i.rep && !(i.mod == 3 && (i.reg & 7) == 7) ? &strange : &nothing;
    case 0x40 ... 0x4f: return by_size(i, false, []<class T>(T) -> Handler { return &cmov<T>; });
    case 0x80 ... 0x8f: return i.narrow ? &strange : &jump_if;
    case 0x90 ... 0x9f: return &setcc;
    case 0xb6: return widen_of<uint8_t>(i);
    case 0xb7: return widen_of<uint16_t>(i);
    case 0xbe: return widen_of<int8_t>(i);
    case 0xbf: return widen_of<int16_t>(i);
    default: return &other;
  }
}

// F2 and F3 choose other instructions, or are hints, or are not there.
bool may_repeat(const AheadInsn& i) {
  const uint8_t op = i.op;
  if (i.two) {
    // rep chooses other instructions among the bit counts, and is part of endbr.
    const bool takes_rep = op == 0x1e || op == 0xb8 || op == 0xbc || op == 0xbd;
    const bool branch = (op & 0xf0) == 0x80;
    return (!i.rep || takes_rep) && (!i.repne || branch);
  }
  // rep means something to string instructions, pause and old returns; repne is a hint before branches.
  const bool string = op == 0xa4 || op == 0xa5 || op == 0xaa || op == 0xab;
  const bool branch = (op & 0xf0) == 0x70 || op == 0xe8 || op == 0xe9 || op == 0xeb || op == 0xc3 ||
                      op == 0xc2 || (op == 0xff && (i.reg & 7) >= 2);
  return (!i.rep || string || op == 0x90 || op == 0xc3) && (!i.repne || branch);
}

}  // namespace

uint64_t AheadStep::alu(unsigned what, uint64_t a, uint64_t b, unsigned size) const {
  switch (size) {
    case 1: return real<uint8_t>(what, *this, a, b);
    case 2: return real<uint16_t>(what, *this, a, b);
    case 4: return real<uint32_t>(what, *this, a, b);
    default: return real<uint64_t>(what, *this, a, b);
  }
}

Handler AheadStep::handler_of(const AheadInsn& i) {
  if (!i.known) return &strange;
  if (i.coding != legacy || i.map > 1) {
    const Handler known = vectors::handler_of(i);
    return known != nullptr ? known : &strange;
  }
  if (i.two && sse::kKnown[i.op].kind != sse::Known::none) return &sse_one;
  if ((i.rep || i.repne) && !may_repeat(i)) return &strange;
  return i.two ? of_two_bytes(i) : of_one_byte(i);
}

}  // namespace um
