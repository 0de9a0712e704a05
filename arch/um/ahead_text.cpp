// AheadCpu's pcmpistri, SSE4.2's search in text: what strspn, strcspn, strpbrk and strstr of C libraries
// are made of. The real CPU's instruction, flags and all. Its immediate operand says what is looked for,
// and is part of the instruction: each is one of its own here.
#include <utility>

#include "arch/um/ahead_vector_operands.h"

namespace um::vectors {
namespace {

// A memory operand need not be aligned.
template <unsigned what>
Outcome find(Step& s) {
  Vector m{};
  if (!s.vectors_ready(false)) return Step::unknown;
  if (s.in_register())
    m = s.vector(s.rm);
  else if (!s.load_vector(m.data(), 16, false))
    return Step::unknown;
  uint64_t at = 0;
  uint32_t ax = 0;
  asm("pcmpistri %[what], %[b], %[a]\n\tlahf\n\tseto %%al"
      : "=&c"(at), "=&a"(ax)
      : [what] "i"(what), [a] "x"(sse::load_xmm(s.vector(s.reg).data())),
        [b] "x"(sse::load_xmm(m.data()))
      : "cc");
  s.set_reg(1, 4, at);
  s.set_flags(Step::kArithmetic, Step::flags_of(ax));
  return Step::done;
}

constexpr unsigned kWays = 128;  // the highest bit means nothing
constexpr auto kFind = []<unsigned... what>(std::integer_sequence<unsigned, what...>) {
  return std::array<Handler, kWays>{&find<what>...};
}
(std::make_integer_sequence<unsigned, kWays>());

}  // namespace

Handler text_search_of(const AheadInsn& i) {
  const bool plain = i.coding == AheadInsn::legacy || (i.coding == AheadInsn::vex && i.other == 0);
  if (!plain || i.bytes != 16 || key(i) != key(3, AheadInsn::p_66, 0x63)) return nullptr;
  return kFind[i.value % kWays];
}

}  // namespace um::vectors
