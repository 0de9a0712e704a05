// AheadCpu's floating-point numbers: the CPU that this runs on computes, under the guest's MXCSR, which
// says how to round and what to do with denormals and collects what happened. Where the guest wants
// to hear of one of these happenings, its own CPU executes the instruction.
#include "arch/um/ahead_step.h"

namespace um {

using Outcome = AheadStep::Outcome;
using namespace sse;

// One instruction between the two loads of MXCSR, and ours as it was: one statement, or the compiler
// could move its own arithmetic in between. A result in a register that could hold an address is an
// early one (&): what is behind the instruction uses addresses.
#define UNDER(theirs, instruction, operand, ...)                        \
  do {                                                                  \
    uint32_t ours;                                                      \
    asm volatile("stmxcsr %[ours]\n\tldmxcsr %[guest]\n\t" instruction  \
                 "\n\tstmxcsr %[guest]\n\tldmxcsr %[ours]"              \
                 : [ours] "=m"(ours), [guest] "+m"(theirs), __VA_ARGS__ \
                 : operand);                                            \
  } while (false)

#define COMPUTE(op, form, name)                                \
  case key(op, form):                                          \
    UNDER(mxcsr, name " %[b], %[a]", [b] "x"(b), [a] "+x"(a)); \
    break
#define ALL_FORMS(op, name)   \
  COMPUTE(op, ps, name "ps"); \
  COMPUTE(op, pd, name "pd"); \
  COMPUTE(op, ss, name "ss"); \
  COMPUTE(op, sd, name "sd")

static constexpr unsigned key(unsigned op, Form form) { return 4 * op + form; }

static Xmm calculate(uint8_t op, Form form, Xmm a, Xmm b, uint32_t& mxcsr) {
  switch (key(op, form)) {
    ALL_FORMS(0x51, "sqrt");
    COMPUTE(0x52, ps, "rsqrtps");
    COMPUTE(0x52, ss, "rsqrtss");
    COMPUTE(0x53, ps, "rcpps");
    COMPUTE(0x53, ss, "rcpss");
    ALL_FORMS(0x58, "add");
    ALL_FORMS(0x59, "mul");
    COMPUTE(0x5a, ps, "cvtps2pd");
    COMPUTE(0x5a, pd, "cvtpd2ps");
    COMPUTE(0x5a, ss, "cvtss2sd");
    COMPUTE(0x5a, sd, "cvtsd2ss");
    COMPUTE(0x5b, ps, "cvtdq2ps");
    COMPUTE(0x5b, pd, "cvtps2dq");
    COMPUTE(0x5b, ss, "cvttps2dq");
    ALL_FORMS(0x5c, "sub");
    ALL_FORMS(0x5d, "min");
    ALL_FORMS(0x5e, "div");
    ALL_FORMS(0x5f, "max");
    COMPUTE(0xe6, pd, "cvttpd2dq");
    COMPUTE(0xe6, ss, "cvtdq2pd");
    COMPUTE(0xe6, sd, "cvtpd2dq");
  }
  return a;
}

// cmpps and its like, by the immediate operand.
static Xmm compare(uint8_t relation, Form form, Xmm a, Xmm b, uint32_t& mxcsr) {
  switch (key(relation, form)) {
    ALL_FORMS(0, "cmpeq");
    ALL_FORMS(1, "cmplt");
    ALL_FORMS(2, "cmple");
    ALL_FORMS(3, "cmpunord");
    ALL_FORMS(4, "cmpneq");
    ALL_FORMS(5, "cmpnlt");
    ALL_FORMS(6, "cmpnle");
    ALL_FORMS(7, "cmpord");
  }
  return a;
}

#undef ALL_FORMS
#undef COMPUTE

// To or from integers in the other registers.
#define CONVERT(name) UNDER(mxcsr, name " %[b], %[a]", [b] "r"(b), [a] "+x"(a))

template <class T>
static Xmm from_integer(Form form, Xmm a, T b, uint32_t& mxcsr) {
  if constexpr (sizeof b == 8) {
    if (form == ss)
      CONVERT("cvtsi2ssq");
    else
      CONVERT("cvtsi2sdq");
  } else {
    if (form == ss)
      CONVERT("cvtsi2ssl");
    else
      CONVERT("cvtsi2sdl");
  }
  return a;
}

#undef CONVERT
#define CONVERT(name) UNDER(mxcsr, name " %[b], %[a]", [b] "x"(b), [a] "=&r"(a))

template <class T>
static uint64_t to_integer(bool truncates, Form form, Xmm b, uint32_t& mxcsr) {
  T a;
  if (form == ss && truncates)
    CONVERT("cvttss2si");
  else if (form == ss)
    CONVERT("cvtss2si");
  else if (truncates)
    CONVERT("cvttsd2si");
  else
    CONVERT("cvtsd2si");
  return a;
}

#undef CONVERT

// ucomiss, ucomisd, comiss, comisd. To load MXCSR leaves the flags alone.
#define COMPARE(name)                                                                       \
  UNDER(mxcsr, name " %[b], %[a]", [b] "x"(b), [a] "+x"(a), "=@ccz"(zero), "=@ccp"(parity), \
        "=@ccc"(carry))

static uint64_t flags_of_comparison(bool quiet, Form form, Xmm a, Xmm b, uint32_t& mxcsr) {
  bool zero, parity, carry;
  if (form == ps && quiet)
    COMPARE("ucomiss");
  else if (form == ps)
    COMPARE("comiss");
  else if (quiet)
    COMPARE("ucomisd");
  else
    COMPARE("comisd");
  return (zero ? AheadStep::kZf : 0) | (parity ? AheadStep::kPf : 0) | (carry ? AheadStep::kCf : 0);
}

#undef COMPARE
#undef UNDER

// How much of an operand is looked at.
static unsigned size_of_operand(uint8_t op, Form form) {
  switch (op) {
    case 0x2e:
    case 0x2f: return form == ps ? 4 : 8;
    case 0x5a: return form == ss ? 4 : form == pd ? 16 : 8;
    case 0x5b: return 16;
    case 0xe6: return form == ss ? 8 : 16;
    default: return form == ss ? 4 : form == sd ? 8 : 16;
  }
}

Outcome AheadStep::sse_float() {
  // All exceptions masked, and no bits that would be one to load.
  constexpr uint32_t kMasks = 0x1f80, kReserved = 0xffff0000;
  constexpr unsigned kMxcsr = 24;
  auto mxcsr = static_cast<uint32_t>(load(cpu.fxsave_ + kMxcsr, 4));
  if ((mxcsr & (kMasks | kReserved)) != kMasks) return unknown;
  uint8_t* own = xmm(reg);
  const Xmm a = load_xmm(own);

  if (op == 0x2a) {
    const bool w = (rex & 8) != 0;
    const Place from(*this, w ? 8 : 4, AheadPage::kRead);
    if (!from.ok) return unknown;
    const uint64_t v = from.get();
    store_xmm(own, w ? from_integer(form, a, v, mxcsr)
                     : from_integer(form, a, static_cast<uint32_t>(v), mxcsr));
    store(cpu.fxsave_ + kMxcsr, 4, mxcsr);
    return done;
  }

  const unsigned size = size_of_operand(op, form);
  const uint8_t* m = xmm_operand(size, AheadPage::kRead, size == 16);
  if (m == nullptr || (op == 0xc2 && control() > 7)) return unknown;
  const Xmm b = load_xmm(m, size);
  switch (op) {
    case 0x2c:
    case 0x2d:
      if ((rex & 8) != 0)
        set_reg(reg, 8, to_integer<uint64_t>(op == 0x2c, form, b, mxcsr));
      else
        set_reg(reg, 4, to_integer<uint32_t>(op == 0x2c, form, b, mxcsr));
      break;
    case 0x2e:
    case 0x2f: set_flags(kArithmetic, flags_of_comparison(op == 0x2e, form, a, b, mxcsr)); break;
    case 0xc2: store_xmm(own, compare(control(), form, a, b, mxcsr)); break;
    default: store_xmm(own, calculate(op, form, a, b, mxcsr)); break;
  }
  store(cpu.fxsave_ + kMxcsr, 4, mxcsr);
  return done;
}

}  // namespace um
