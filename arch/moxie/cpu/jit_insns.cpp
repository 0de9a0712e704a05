// What each instruction becomes that does not touch memory. A guest register is changed only after
// everything that can fail in its instruction: the stepper may then do it from its beginning.
#include <bit>

#include "arch/moxie/cpu/jit_emit.h"
#include "arch/moxie/cpu/jit_frame.h"
#include "arch/moxie/cpu/scan.h"

namespace moxie {

using Xbyak::CodeGenerator;
using Xbyak::Reg32;

void Emitter::emit_insn(const TraceInsn& t) {
  const Insn& insn = t.insn;
  switch (insn.op) {
    case Op::nop: return;
    case Op::ldi_l:
    case Op::ldi_b:
    case Op::ldi_s: state_.regs[insn.a] = {.constant = true, .add = insn.imm}; return;
    case Op::mov: move(t); return;
    case Op::add: arithmetic(t, &CodeGenerator::add, &CodeGenerator::add); return;
    case Op::sub: arithmetic(t, &CodeGenerator::sub, &CodeGenerator::sub); return;
    case Op::and_: arithmetic(t, &CodeGenerator::and_, &CodeGenerator::and_); return;
    case Op::or_: arithmetic(t, &CodeGenerator::or_, &CodeGenerator::or_); return;
    case Op::xor_: arithmetic(t, &CodeGenerator::xor_, &CodeGenerator::xor_); return;
    case Op::inc: add_to(insn.a, insn.imm); return;
    case Op::dec: add_to(insn.a, 0u - insn.imm); return;
    case Op::neg:
    case Op::not_: {
      const Reg32 from = value(insn.b, eax), to = destination(insn.a);
      before_write(insn.a);
      if (from != to) mov(to, from);
      if (insn.op == Op::neg)
        neg(to);
      else
        not_(to);
      write_from(insn.a, to);
      return;
    }
    case Op::lshr:
    case Op::ashl:
    case Op::ashr: shift(t); return;
    case Op::mul:
    case Op::umul_x:
    case Op::mul_x: multiply(t); return;
    case Op::div:
    case Op::udiv:
    case Op::mod:
    case Op::umod: divide(t); return;
    case Op::sex_b:
    case Op::sex_s:
    case Op::zex_b:
    case Op::zex_s: extend(t); return;
    case Op::cmp:
      state_.compared = {.a = {state_.regs[insn.a], insn.a, true, false},
                         .b = {state_.regs[insn.b], insn.b, true, false}};
      return;
    case Op::gsr:
    case Op::ssr: special(t); return;
    case Op::push: push_insn(t); return;
    case Op::pop: pop_insn(t); return;
    case Op::jsr:
    case Op::jsra: call_insn(t); return;
    case Op::ret: ret_insn(t); return;
    case Op::jmpa:
      if (t.flow == TraceInsn::end) end_at(t.target);
      return;
    case Op::jmp:
      store_compared();
      put_all_in_place();
      mov(eax, where(insn.a));
      emit_indirect();
      return;
    default: break;
  }
  if (is_branch(insn.op))
    branch(t);
  else if (t.access.write)
    store_insn(t);
  else
    load_insn(t);
}

void Emitter::move(const TraceInsn& t) {
  const unsigned a = t.insn.a, b = t.insn.b;
  Place from = state_.regs[b];
  if (from.constant) {
    state_.regs[a] = from;
    step_ = nullptr;
  } else if (t.moves_by && !state_.regs[a].constant) {
    add_to(a, *t.moves_by);
  } else {
    before_write(a);
    Reg32 source = destination(b);
    if (!in_host_register(b)) {
      source = destination(a);
      mov(source, slots_[b]);
    }
    write_from(a, source);
    state_.regs[a] = from;
  }
}

void Emitter::arithmetic(const TraceInsn& t, Binary binary, Immediate immediate) {
  const unsigned a = t.insn.a, b = t.insn.b;
  if (t.constant_b && a != b && (t.insn.op == Op::add || t.insn.op == Op::sub))
    return add_to(a, t.insn.op == Op::add ? *t.constant_b : 0u - *t.constant_b);
  put_in_place(a);
  if (t.constant_b && a != b) {
    before_write(a);
    (this->*immediate)(where(a), *t.constant_b);
  } else {
    put_in_place(b);
    before_write(a);
    if (in_host_register(a))
      (this->*binary)(where(a), where(b));
    else
      (this->*binary)(where(a), value(b, eax));
  }
  written(a);
}

void Emitter::shift(const TraceInsn& t) {
  const unsigned a = t.insn.a, b = t.insn.b;
  const Op op = t.insn.op;
  put_in_place(a);
  if (t.constant_b && a != b) {
    before_write(a);
    const int count = static_cast<int>(*t.constant_b & 31);
    if (op == Op::lshr) shr(where(a), count);
    if (op == Op::ashl) shl(where(a), count);
    if (op == Op::ashr) sar(where(a), count);
    return written(a);
  }
  put_in_place(b);
  before_write(a);
  const Reg32 to = destination(a);
  if (host_.bmi2) {
    const Reg32 count = value(b, edx);
    if (op == Op::lshr) shrx(to, where(a), count);
    if (op == Op::ashl) shlx(to, where(a), count);
    if (op == Op::ashr) sarx(to, where(a), count);
    return write_from(a, to);
  }
  mov(eax, where(a));
  mov(edx, where(b));
  xchg(ecx, edx);
  if (op == Op::lshr) shr(eax, cl);
  if (op == Op::ashl) shl(eax, cl);
  if (op == Op::ashr) sar(eax, cl);
  xchg(ecx, edx);
  write_from(a, eax);
}

void Emitter::multiply(const TraceInsn& t) {
  const unsigned a = t.insn.a, b = t.insn.b;
  put_in_place(a);
  if (t.insn.op == Op::mul && t.constant_b && a != b) {
    before_write(a);
    imul(destination(a), where(a), static_cast<int>(*t.constant_b));
    return write_from(a, destination(a));
  }
  put_in_place(b);
  before_write(a);
  if (t.insn.op == Op::mul && in_host_register(a)) {
    imul(regs_[a], where(b));
    return written(a);
  }
  mov(eax, where(a));
  if (t.insn.op == Op::umul_x)
    mul(where(b));
  else
    imul(where(b));
  write_from(a, t.insn.op == Op::mul ? eax : edx);
}

void Emitter::divide(const TraceInsn& t) {
  const unsigned a = t.insn.a, b = t.insn.b;
  const bool is_signed = t.insn.op == Op::div || t.insn.op == Op::mod;
  const bool remainder = t.insn.op == Op::mod || t.insn.op == Op::umod;
  Xbyak::Label done, minus_one;
  put_in_place(a);
  put_in_place(b);
  before_write(a);
  cmp(where(b), 0);
  je(step_here(), T_NEAR);
  mov(eax, where(a));
  if (is_signed) {
    // The host traps where the guest's answer is INT_MIN or 0; by -1 it is a negation anyway.
    cmp(where(b), -1);
    je(minus_one);
    cdq();
    idiv(where(b));
    jmp(done);
    L(minus_one);
    neg(eax);
    xor_(edx, edx);
    L(done);
  } else {
    xor_(edx, edx);
    div(where(b));
  }
  write_from(a, remainder ? edx : eax);
}

void Emitter::extend(const TraceInsn& t) {
  const Reg32 from = value(t.insn.b, eax), to = destination(t.insn.a);
  before_write(t.insn.a);
  if (t.insn.op == Op::sex_b) movsx(to, from.cvt8());
  if (t.insn.op == Op::sex_s) movsx(to, from.cvt16());
  if (t.insn.op == Op::zex_b) movzx(to, from.cvt8());
  if (t.insn.op == Op::zex_s) movzx(to, from.cvt16());
  write_from(t.insn.a, to);
}

void Emitter::special(const TraceInsn& t) {
  const unsigned a = t.insn.a;
  const bool exists = t.insn.imm < std::tuple_size_v<decltype(Registers::sreg)>;
  const int offset = static_cast<int>(offsetof(Registers, sreg) + 4 * t.insn.imm);
  if (!exists) {  // reads as zero
    if (t.insn.op == Op::gsr) state_.regs[a] = {.constant = true, .add = 0};
    return;
  }
  if (t.insn.op == Op::gsr) {
    before_write(a);
    mov(rdx, qword[rsp + kRegs]);
    mov(eax, dword[rdx + offset]);
    write_from(a, eax);
  } else {
    const Reg32 from = value(a, eax);
    mov(rdx, qword[rsp + kRegs]);
    mov(dword[rdx + offset], from);
  }
}

const Relation& relation(Op branch) {
#define RELATION(j, c) \
  { static_cast<decltype(Relation::jump)>(&CodeGenerator::j), &CodeGenerator::c }
  static const Relation kRelations[] = {
      RELATION(je, cmove),   RELATION(jne, cmovne), RELATION(jl, cmovl),   RELATION(jg, cmovg),
      RELATION(jb, cmovb),   RELATION(ja, cmova),   RELATION(jge, cmovge), RELATION(jle, cmovle),
      RELATION(jae, cmovae), RELATION(jbe, cmovbe)};
#undef RELATION
  return kRelations[static_cast<unsigned>(branch) - static_cast<unsigned>(Op::beq)];
}

Op opposite(Op branch) {
  switch (branch) {
    case Op::beq: return Op::bne;
    case Op::bne: return Op::beq;
    case Op::blt: return Op::bge;
    case Op::bge: return Op::blt;
    case Op::bgt: return Op::ble;
    case Op::ble: return Op::bgt;
    case Op::bltu: return Op::bgeu;
    case Op::bgeu: return Op::bltu;
    case Op::bgtu: return Op::bleu;
    default: return Op::bgtu;
  }
}

void Emitter::branch(const TraceInsn& t) {
  const Op op = t.insn.op;
  prepare_compare();
  if (t.flow == TraceInsn::end) {
    store_compared();
    put_all_in_place();
    emit_compare();
    Way &taken = new_way(t.target), &untaken = new_way(t.next);
    (this->*relation(op).jump)(unchained_[static_cast<size_t>(&taken - block_->own_ways.data())],
                               T_NEAR);
    taken.jump = const_cast<uint8_t*>(getCurr()) - 4;
    emit_jump(untaken);
    return;
  }
  emit_compare();
  const bool leaves_if_taken = t.flow == TraceInsn::on_if_untaken;
  (this->*relation(leaves_if_taken ? op : opposite(op)).jump)(
      side_exit(leaves_if_taken ? t.target : t.next), T_NEAR);
}

// One instruction that counts only if the branch before it is not taken: computed in any case, and then
// selected, as is what it costs.
void Emitter::optional(const TraceInsn& branch, const TraceInsn& t) {
  const unsigned a = t.insn.a, b = t.insn.b;
  const Op op = t.insn.op;
  const bool has_b = info(op).syntax == Syntax::ab;
  put_in_place(a);
  if (has_b && !t.constant_b) put_in_place(b);
  prepare_compare();
  ++index_;
  before_write(a);
  if (op != Op::nop) {
    if (op != Op::mov && has_b) mov(edx, regs_[a]);
    const auto apply = [&](Binary binary, Immediate immediate) {
      if (t.constant_b)
        (this->*immediate)(edx, *t.constant_b);
      else
        (this->*binary)(edx, where(b));
    };
    switch (op) {
      case Op::mov:
        if (t.constant_b)
          mov(edx, *t.constant_b);
        else
          mov(edx, where(b));
        break;
      case Op::add: apply(&CodeGenerator::add, &CodeGenerator::add); break;
      case Op::sub: apply(&CodeGenerator::sub, &CodeGenerator::sub); break;
      case Op::and_: apply(&CodeGenerator::and_, &CodeGenerator::and_); break;
      case Op::or_: apply(&CodeGenerator::or_, &CodeGenerator::or_); break;
      case Op::xor_: apply(&CodeGenerator::xor_, &CodeGenerator::xor_); break;
      case Op::inc: lea(edx, dword[regs_[a].cvt64() + static_cast<int32_t>(t.insn.imm)]); break;
      case Op::dec: lea(edx, dword[regs_[a].cvt64() - static_cast<int32_t>(t.insn.imm)]); break;
      default: mov(edx, t.insn.imm); break;
    }
  }
  emit_compare();
  if (op != Op::nop) (this->*relation(opposite(branch.insn.op)).move)(regs_[a], edx);
  lea(rdx, qword[r14 + 1]);
  (this->*relation(branch.insn.op).move)(r14, rdx);
  if (op != Op::nop) written(a);
}

}  // namespace moxie
