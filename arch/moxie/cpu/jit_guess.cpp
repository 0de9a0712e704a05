// Executing a trace half-heartedly; see jit_guess.h.
#include "arch/moxie/cpu/jit_guess.h"

#include <ranges>

namespace moxie {

Guess::Guess(const Memory& memory, const Registers& regs) : memory_(memory) {
  for (unsigned reg = 0; reg < 16; ++reg) of_[reg] = regs.r[reg];
}

Guess::Word Guess::load(Word address) const {
  if (!address) return {};
  for (const auto& [at, value] : stored_ | std::views::reverse)
    if (at == *address) return value;
  if (*address < kPageSize || *address > memory_.size() - 4) return {};
  return load_be32(memory_.base() + *address);
}

void Guess::store(Word address, Word value) {
  if (address) stored_.emplace_back(*address, value);
}

void Guess::call(uint32_t back) {
  const Word sp = of_[kSp];
  if (sp) store(*sp - 8, back);
  if (sp) store(*sp - 12, of_[kFp]);
  of_[kFp] = of_[kSp] = sp ? Word(*sp - 12) : Word();
}

std::optional<uint32_t> Guess::ret() {
  const Word fp = of_[kFp];
  if (!fp) return of_[kSp] = {};
  const Word back = load(*fp + 4);
  of_[kFp] = load(fp);
  of_[kSp] = *fp + 12;
  return back;
}

void Guess::execute(const Insn& insn) {
  Word& a = of_[insn.a];
  const Word b = of_[insn.b];
  switch (insn.op) {
    case Op::cmp:
    case Op::ssr:
    case Op::nop:
    case Op::sta_s:
    case Op::sta_b:
    case Op::st_s:
    case Op::st_b:
    case Op::sto_s:
    case Op::sto_b: return;
    case Op::ldi_l:
    case Op::ldi_b:
    case Op::ldi_s: a = insn.imm; return;
    case Op::mov: a = b; return;
    case Op::inc:
      if (a) *a += insn.imm;
      return;
    case Op::dec:
      if (a) *a -= insn.imm;
      return;
    case Op::add: a = a && b ? Word(*a + *b) : Word(); return;
    case Op::sub: a = a && b ? Word(*a - *b) : Word(); return;
    case Op::lda_l: a = load(insn.imm); return;
    case Op::ld_l: a = load(b); return;
    case Op::ldo_l: a = b ? load(*b + insn.imm) : Word(); return;
    case Op::sta_l: store(insn.imm, a); return;
    case Op::st_l: store(a, b); return;
    case Op::sto_l:
      if (a) store(*a + insn.imm, b);
      return;
    case Op::push:
      if (a) store(*a - 4, b), *a -= 4;
      return;
    case Op::pop: {
      const Word top = a;
      of_[insn.b] = load(top);
      a = top ? Word(*top + 4) : Word();
      return;
    }
    default: a = {}; return;
  }
}

}  // namespace moxie
