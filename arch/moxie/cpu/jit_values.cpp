// Value numbering; see jit_values.h.
#include "arch/moxie/cpu/jit_values.h"

namespace moxie {

namespace {

bool writes_a(Op op) {
  const Syntax syntax = info(op).syntax;
  if (op == Op::cmp || op == Op::ssr || op == Op::jsr || op == Op::jmp) return false;
  return syntax == Syntax::a || syntax == Syntax::ab || syntax == Syntax::a_imm ||
         syntax == Syntax::a_mem_b || syntax == Syntax::a_ofs_b;
}

}  // namespace

Values::Values() {
  for (unsigned reg = 0; reg < 16; ++reg) forget(reg);
}

void Values::execute(const Insn& insn, bool maybe) {
  Value& a = of_[insn.a];
  const Value b = of_[insn.b];
  const uint8_t width_b = width_[insn.b];
  if (maybe) return forget(insn.a);
  switch (insn.op) {
    case Op::mov:
      set(insn.a, b);
      width_[insn.a] = width_b;
      return;
    case Op::ldi_l:
    case Op::ldi_b:
    case Op::ldi_s: set(insn.a, {.base = 0, .offset = insn.imm}); return;
    case Op::inc: set(insn.a, {a.base, a.offset + insn.imm}); return;
    case Op::dec: set(insn.a, {a.base, a.offset - insn.imm}); return;
    case Op::push: set(insn.a, {a.base, a.offset - 4}); return;
    case Op::pop: {
      const Value top{a.base, a.offset + 4};
      forget(insn.b);
      set(insn.a, top);
      return;
    }
    case Op::add:
      if (b.base == 0) return set(insn.a, {a.base, a.offset + b.offset});
      if (a.base == 0) return set(insn.a, {b.base, a.offset + b.offset});
      break;
    case Op::sub:
      if (b.base == 0) return set(insn.a, {a.base, a.offset - b.offset});
      break;
    default: break;
  }
  if (!writes_a(insn.op)) return;
  const bool mask = insn.op == Op::and_ && b.base == 0;
  forget(insn.a);
  if (insn.op == Op::ld_b || insn.op == Op::ldo_b || insn.op == Op::lda_b || insn.op == Op::zex_b ||
      (mask && b.offset <= 0xff))
    width_[insn.a] = 8;
  else if (insn.op == Op::ld_s || insn.op == Op::ldo_s || insn.op == Op::lda_s ||
           insn.op == Op::zex_s || (mask && b.offset <= 0xffff))
    width_[insn.a] = 16;
}

bool Values::prove_alignment(Value at, unsigned alignment) {
  if (proofs_.size() <= at.base) proofs_.resize(at.base + 1);
  Proof& proof = proofs_[at.base];
  if (proof.alignment >= alignment) return ((at.offset - proof.offset) & (alignment - 1)) == 0;
  proof = {alignment, at.offset};
  return alignment == 1;
}

}  // namespace moxie
