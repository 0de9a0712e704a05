// Where the guest's registers are while a block runs, and bringing them where they belong; see
// jit_emit.h. Nothing here changes rax unless it says so, so that an address or a target may wait there.
#include "arch/moxie/cpu/jit_emit.h"
#include "arch/moxie/cpu/jit_frame.h"
#include "arch/moxie/cpu/scan.h"

namespace moxie {

using Xbyak::Reg32;

const Xbyak::Operand& Emitter::where(unsigned reg) const {
  if (in_host_register(reg)) return regs_[reg];
  return slots_[reg];
}

void Emitter::put_in_place(unsigned reg) {
  const Place place = state_.regs[reg];
  if (!place.constant && place.add == 0) return;
  Compared& compared = state_.compared;
  if (place.constant) {
    before_write(reg);
    if (place.add == 0 && in_host_register(reg))
      xor_(regs_[reg], regs_[reg]);
    else
      mov(where(reg), place.add);
    written(reg);
    return;
  }
  add(where(reg), place.add);
  state_.regs[reg] = {};
  for (Operand* operand : {&compared.a, &compared.b})
    if (operand->reg == reg && !operand->place.constant) operand->place.add -= place.add;
  step_ = nullptr;
}

void Emitter::put_all_in_place() {
  for (unsigned reg = 0; reg < 16; ++reg) put_in_place(reg);
}

// In its place, as an operand; or in the scratch register, if the place is in the frame.
Reg32 Emitter::value(unsigned reg, const Reg32& scratch) {
  put_in_place(reg);
  if (in_host_register(reg)) return regs_[reg];
  mov(scratch, slots_[reg]);
  return scratch;
}

// Where to compute what write_from() then puts in its place.
Reg32 Emitter::destination(unsigned reg) const {
  return in_host_register(reg) ? regs_[reg] : Reg32(Xbyak::Operand::EAX);
}

void Emitter::write_from(unsigned reg, const Reg32& from) {
  if (!in_host_register(reg))
    mov(slots_[reg], from);
  else if (from != regs_[reg])
    mov(regs_[reg], from);
  written(reg);
}

void Emitter::add_to(unsigned reg, uint32_t distance) {
  state_.regs[reg].add += distance;
  step_ = nullptr;
}

// Of what is in the register's place the operands of the last cmp may need a copy. Uses edx.
void Emitter::before_write(unsigned reg) {
  Compared& compared = state_.compared;
  const auto needed = [reg](const Operand& o) {
    return o.known && !o.stored && !o.place.constant && o.reg == reg;
  };
  const bool a = needed(compared.a), b = needed(compared.b);
  if (!(a || b) || compared_is_dead()) return;
  if (a) store_operand(compared.a, kCmpA);
  if (b) store_operand(compared.b, kCmpB);
}

void Emitter::written(unsigned reg, Place place) {
  for (Operand* operand : {&state_.compared.a, &state_.compared.b})
    if (!operand->place.constant && operand->reg == reg) operand->known = false;
  state_.regs[reg] = place;
  step_ = nullptr;
}

// Into the frame; uses edx.
void Emitter::store_operand(Operand& operand, int to) {
  if (!operand.known || operand.stored) return;
  operand.stored = true;
  step_ = nullptr;
  if (operand.place.constant) return mov(slot(to), operand.place.add);
  Reg32 from = regs_[operand.reg];
  if (!in_host_register(operand.reg)) {
    mov(edx, slots_[operand.reg]);
    from = edx;
  }
  if (operand.place.add != 0) {
    lea(edx, dword[from.cvt64() + static_cast<int32_t>(operand.place.add)]);
    from = edx;
  }
  mov(slot(to), from);
}

void Emitter::store_compared() {
  store_operand(state_.compared.a, kCmpA);
  store_operand(state_.compared.b, kCmpB);
}

// Whether another cmp comes before anything that could look at this one.
bool Emitter::compared_is_dead() const {
  for (size_t i = index_; i < trace_->insns.size(); ++i) {
    const TraceInsn& t = trace_->insns[i];
    if (t.insn.op == Op::cmp && i != index_) return true;
    const bool divides = t.insn.op == Op::div || t.insn.op == Op::udiv || t.insn.op == Op::mod ||
                         t.insn.op == Op::umod;
    if (t.access.bytes != 0 || divides || is_branch(t.insn.op) || t.flow != TraceInsn::on)
      return false;
  }
  return false;
}

// Afterwards emit_compare() changes nothing but eax.
void Emitter::prepare_compare() {
  for (const Operand& operand : {state_.compared.a, state_.compared.b}) {
    const Place& now = state_.regs[operand.reg];
    const bool late = operand.known && !operand.place.constant && operand.place.add != 0;
    if (late && !now.constant && now.add == operand.place.add) put_in_place(operand.reg);
  }
  Operand& b = state_.compared.b;
  if (b.known && !b.place.constant && b.place.add != 0) store_operand(b, kCmpB);
}

// Sets the host's flags.
void Emitter::emit_compare() {
  const Operand &a = state_.compared.a, &b = state_.compared.b;
  Reg32 left = eax;
  if (!a.known) {
    mov(eax, slot(kCmpA));
  } else if (a.place.constant) {
    mov(eax, a.place.add);
  } else if (a.place.add != 0) {
    mov(eax, where(a.reg));
    add(eax, a.place.add);
  } else if (in_host_register(a.reg)) {
    left = regs_[a.reg];
  } else {
    mov(eax, slots_[a.reg]);
  }
  if (!b.known || (!b.place.constant && b.place.add != 0))
    cmp(left, slot(kCmpB));
  else if (!b.place.constant)
    cmp(left, where(b.reg));
  else if (b.place.add == 0)
    test(left, left);
  else
    cmp(left, b.place.add);
}

}  // namespace moxie
