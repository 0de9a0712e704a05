// What each instruction becomes. A guest register is changed only after everything that can fail in its
// instruction: the stepper may then do the instruction from its beginning.
#include <bit>

#include "arch/moxie/cpu/jit_emit.h"
#include "arch/moxie/cpu/jit_frame.h"

namespace moxie {

using Xbyak::Operand;
using Xbyak::Reg32;
using Xbyak::Reg64;
using Xbyak::RegExp;

const Operand& Emitter::where(unsigned reg) const {
  if (in_register(reg)) return regs_[reg];
  return slots_[reg];
}

Reg32 Emitter::value(unsigned reg, const Reg32& scratch) {
  if (in_register(reg)) return regs_[reg];
  mov(scratch, slots_[reg]);
  return scratch;
}

void Emitter::emit_insn(const PlannedInsn& p) {
  const Insn& insn = p.insn;
  switch (insn.op) {
    case Op::nop: return;
    case Op::ldi_l:
    case Op::ldi_b:
    case Op::ldi_s: mov(where(insn.a), insn.imm); return;
    case Op::mov: mov(where(insn.a), value(insn.b, eax)); return;
    case Op::add: arithmetic(p, &CodeGenerator::add, &CodeGenerator::add); return;
    case Op::sub: arithmetic(p, &CodeGenerator::sub, &CodeGenerator::sub); return;
    case Op::and_: arithmetic(p, &CodeGenerator::and_, &CodeGenerator::and_); return;
    case Op::or_: arithmetic(p, &CodeGenerator::or_, &CodeGenerator::or_); return;
    case Op::xor_: arithmetic(p, &CodeGenerator::xor_, &CodeGenerator::xor_); return;
    case Op::inc: add(where(insn.a), insn.imm); return;
    case Op::dec: sub(where(insn.a), insn.imm); return;
    case Op::neg:
    case Op::not_: {
      const Operand& to = where(insn.a);
      if (insn.a != insn.b) mov(to, value(insn.b, eax));
      if (insn.op == Op::neg)
        neg(to);
      else
        not_(to);
      return;
    }
    case Op::lshr:
    case Op::ashl:
    case Op::ashr: shift(p); return;
    case Op::mul:
    case Op::umul_x:
    case Op::mul_x: multiply(p); return;
    case Op::div:
    case Op::udiv:
    case Op::mod:
    case Op::umod: divide(p); return;
    case Op::sex_b:
    case Op::sex_s:
    case Op::zex_b:
    case Op::zex_s: extend(p); return;
    case Op::cmp: compare(p); return;
    case Op::gsr:
    case Op::ssr: special(p); return;
    case Op::push: push_insn(p); return;
    case Op::pop: pop_insn(p); return;
    case Op::jsr:
    case Op::jsra: call_insn(p); return;
    case Op::ret: ret_insn(p); return;
    case Op::jmpa: emit_jump(0); return;
    case Op::jmp:
      mov(eax, where(insn.a));
      emit_indirect();
      return;
    default: break;
  }
  if (is_branch(insn.op)) {
    if (!compared_) {
      mov(eax, dword[rsp + kCmpA]);
      cmp(eax, dword[rsp + kCmpB]);
    }
    emit_branch(insn.op);
  } else if (accesses(insn).of[0].write) {
    store_insn(p);
  } else {
    load_insn(p);
  }
}

void Emitter::arithmetic(const PlannedInsn& p, Binary binary, Immediate immediate) {
  const Operand& to = where(p.insn.a);
  if (p.constant_b && p.insn.a != p.insn.b)
    (this->*immediate)(to, *p.constant_b);
  else if (in_register(p.insn.a))
    (this->*binary)(to, where(p.insn.b));
  else
    (this->*binary)(to, value(p.insn.b, eax));
}

void Emitter::shift(const PlannedInsn& p) {
  const Operand& to = where(p.insn.a);
  const Op op = p.insn.op;
  if (p.constant_b && p.insn.a != p.insn.b) {
    const int count = static_cast<int>(*p.constant_b & 31);
    if (op == Op::lshr) shr(to, count);
    if (op == Op::ashl) shl(to, count);
    if (op == Op::ashr) sar(to, count);
  } else if (bmi2_ && in_register(p.insn.a)) {
    const Reg32& reg = regs_[p.insn.a];
    const Reg32 count = value(p.insn.b, ecx);
    if (op == Op::lshr) shrx(reg, reg, count);
    if (op == Op::ashl) shlx(reg, reg, count);
    if (op == Op::ashr) sarx(reg, reg, count);
  } else {
    mov(ecx, where(p.insn.b));
    if (op == Op::lshr) shr(to, cl);
    if (op == Op::ashl) shl(to, cl);
    if (op == Op::ashr) sar(to, cl);
  }
}

void Emitter::multiply(const PlannedInsn& p) {
  const Operand& to = where(p.insn.a);
  if (p.insn.op != Op::mul) {
    mov(eax, to);
    if (p.insn.op == Op::umul_x)
      mul(where(p.insn.b));
    else
      imul(where(p.insn.b));
    mov(to, edx);
  } else if (in_register(p.insn.a)) {
    imul(regs_[p.insn.a], where(p.insn.b));
  } else {
    mov(eax, to);
    imul(eax, where(p.insn.b));
    mov(to, eax);
  }
}

void Emitter::divide(const PlannedInsn& p) {
  const Operand& to = where(p.insn.a);
  const bool is_signed = p.insn.op == Op::div || p.insn.op == Op::mod;
  const bool remainder = p.insn.op == Op::mod || p.insn.op == Op::umod;
  Xbyak::Label done, minus_one;
  const Reg32 divisor = value(p.insn.b, ecx);
  test(divisor, divisor);
  je(step_here(), T_NEAR);
  mov(eax, to);
  if (is_signed) {
    // The host traps where the guest's answer is INT_MIN or 0; by -1 it is a negation anyway.
    cmp(divisor, 0xffffffff);
    je(minus_one);
    cdq();
    idiv(divisor);
    jmp(done);
    L(minus_one);
    neg(eax);
    xor_(edx, edx);
    L(done);
  } else {
    xor_(edx, edx);
    div(divisor);
  }
  mov(to, remainder ? edx : eax);
}

void Emitter::extend(const PlannedInsn& p) {
  const Reg32 to = in_register(p.insn.a) ? regs_[p.insn.a] : eax;
  const Reg32 from = value(p.insn.b, eax);
  if (p.insn.op == Op::sex_b) movsx(to, from.cvt8());
  if (p.insn.op == Op::sex_s) movsx(to, from.cvt16());
  if (p.insn.op == Op::zex_b) movzx(to, from.cvt8());
  if (p.insn.op == Op::zex_s) movzx(to, from.cvt16());
  if (!in_register(p.insn.a)) mov(slots_[p.insn.a], to);
}

// The operands are state that any later branch may look at; a branch that follows finds the flags too.
void Emitter::compare(const PlannedInsn& p) {
  const Reg32 a = value(p.insn.a, eax);
  mov(dword[rsp + kCmpA], a);
  if (p.constant_b) {
    mov(dword[rsp + kCmpB], *p.constant_b);
    cmp(a, *p.constant_b);
  } else {
    const Reg32 b = value(p.insn.b, ecx);
    mov(dword[rsp + kCmpB], b);
    cmp(a, b);
  }
}

void Emitter::special(const PlannedInsn& p) {
  const bool exists = p.insn.imm < std::tuple_size_v<decltype(Registers::sreg)>;
  const int offset = static_cast<int>(offsetof(Registers, sreg) + 4 * p.insn.imm);
  if (!exists) {  // reads as zero
    if (p.insn.op == Op::gsr) mov(where(p.insn.a), 0);
    return;
  }
  mov(rdx, qword[rsp + kRegs]);
  if (p.insn.op == Op::gsr) {
    mov(eax, dword[rdx + offset]);
    mov(where(p.insn.a), eax);
  } else {
    mov(dword[rdx + offset], value(p.insn.a, eax));
  }
}

}  // namespace moxie
