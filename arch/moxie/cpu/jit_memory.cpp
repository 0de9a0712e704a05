// Loads, stores, calls and returns in generated code. In a guarded memory an access that is out of bounds
// faults, and the handler of the host's signal goes on where the instruction is stepped; otherwise, and
// in programs with a data-relocation register, the bounds are checked before it. A store is preceded by
// a look at its marks, which faults first if it does: nothing is written by half.
#include <bit>

#include "arch/moxie/cpu/jit_emit.h"
#include "arch/moxie/cpu/jit_frame.h"

namespace moxie {

using Xbyak::Reg32;
using Xbyak::RegExp;

namespace {

// How far what is in a register's place may be from what the register holds in an address: with the
// offset of an instruction and the marks beside its own, the guards must reach.
constexpr int32_t kNear = static_cast<int32_t>(Memory::kGuardSlack) / 4;
static_assert(kNear - INT16_MIN + kMarksNear + 8 <= static_cast<int32_t>(Memory::kGuardSlack));

constexpr std::array<int32_t, 1> kHere = {0};

}  // namespace

// The instruction that comes next may fault.
void Emitter::may_fault() {
  step_here();
  pending_sites_.push_back({getCurr(), step_});
}

// May use edx.
void Emitter::check_alignment(const Reg32& base, int32_t distance, unsigned alignment) {
  if (alignment == 1) return;
  Reg32 checked = base;
  if (static_cast<uint32_t>(distance) % alignment != 0) {
    checked = edx;
    lea(edx, dword[base.cvt64() + distance]);
  }
  test(checked.cvt8(), static_cast<int>(alignment) - 1);
  jne(step_here(), T_NEAR);
}

// Of the address in eax; uses edx.
void Emitter::check_bounds(unsigned bytes) {
  lea(edx, dword[rax - static_cast<int32_t>(kPageSize)]);
  cmp(edx, static_cast<uint32_t>(memory_.size() - kPageSize - bytes));
  ja(step_here(), T_NEAR);
}

// The address in eax, if it lies in the relocated part; uses edx. The two words of a call frame must lie
// on the same side of its edges.
void Emitter::relocate(unsigned bytes) {
  Xbyak::Label plain, inside;
  mov(edx, eax);
  sub(edx, slot(kRelocStart));
  if (bytes == 8) {
    add(edx, 4);
    jc(step_here(), T_NEAR);
    cmp(edx, slot(kRelocLen));
    jb(inside);
    sub(edx, slot(kRelocLen));
    cmp(edx, 4);
    jb(step_here(), T_NEAR);
    jmp(plain);
  } else {
    cmp(edx, slot(kRelocLen));
    jae(plain);
  }
  L(inside);
  add(eax, slot(kRelocDelta));
  L(plain);
}

// Where the access goes, as a host address; checked unless it faults if it is bad, and with the look at
// the marks if it writes. Uses edx, and eax for the result.
RegExp Emitter::address(const TraceInsn& t) {
  const Access& access = t.access;
  const Place place = access.absolute ? Place{.constant = true} : state_.regs[access.reg];
  if (place.constant && !block_->relocating) {
    const uint32_t at = place.add + static_cast<uint32_t>(access.offset);
    if (at % access.alignment != 0 || at < kPageSize || at > memory_.size() - access.bytes) {
      jmp(step_here(), T_NEAR);  // what follows is never reached
      return r15;
    }
    if (access.write) look_at_marks(r15 + at, kHere, access.bytes);
    return r15 + at;
  }
  if (access.absolute) {
    mov(eax, static_cast<uint32_t>(access.offset));
  } else {
    const auto distance = static_cast<int32_t>(place.add);
    if (place.constant || distance > kNear || distance < -kNear) put_in_place(access.reg);
    const int32_t offset = access.offset + static_cast<int32_t>(state_.regs[access.reg].add);
    Reg32 base = regs_[access.reg];
    if (!in_host_register(access.reg)) {
      base = eax;
      mov(eax, slots_[access.reg]);
    }
    if (memory_.guarded() && !block_->relocating) {
      if (!t.aligned) check_alignment(base, offset, access.alignment);
      const RegExp at = r15 + base.cvt64() + offset;
      if (!t.marks.empty()) look_at_marks(at, t.marks, t.marks_bytes);
      return at;
    }
    if (offset != 0 || base != eax) lea(eax, dword[base.cvt64() + offset]);
  }
  if (block_->relocating) relocate(access.bytes);
  if (!t.aligned) check_alignment(eax, 0, access.alignment);
  check_bounds(access.bytes);
  const RegExp at = r15 + rax;
  if (access.write) look_at_marks(at, kHere, access.bytes);
  return at;
}

// At the marks of so many bytes at each of these distances; uses edx.
void Emitter::look_at_marks(const RegExp& at, std::span<const int32_t> where, unsigned bytes) {
  const RegExp marks = at + marks_ + where[0];
  may_fault();
  if (where.size() > 1) {
    mov(rdx, qword[marks]);
    for (const int32_t distance : where.subspan(1)) {
      may_fault();
      or_(rdx, qword[at + marks_ + distance]);
    }
  } else if (bytes == 1) {
    cmp(byte[marks], 0);
  } else if (bytes == 2) {
    cmp(word[marks], 0);
  } else if (bytes == 4) {
    cmp(dword[marks], 0);
  } else {
    cmp(qword[marks], 0);
  }
  jne(step_here(), T_NEAR);
}

void Emitter::load(const Reg32& to, const RegExp& at, unsigned bytes) {
  may_fault();
  if (bytes == 1) {
    movzx(to, byte[at]);
  } else if (bytes == 2) {
    movzx(to, word[at]);
    rol(to.cvt16(), 8);
  } else if (host_.movbe) {
    movbe(to, dword[at]);
  } else {
    mov(to, dword[at]);
    bswap(to);
  }
}

// May use edx. Whatever brings the register into its place was done before: an access that faults must
// be the one that was announced.
void Emitter::store(const RegExp& at, unsigned reg, unsigned bytes) {
  const Place place = state_.regs[reg];
  if (place.constant) {
    may_fault();
    if (bytes == 1)
      mov(byte[at], place.add & 0xff);
    else if (bytes == 2)
      mov(word[at], std::byteswap(static_cast<uint16_t>(place.add)));
    else
      mov(dword[at], std::byteswap(place.add));
    return;
  }
  Reg32 from = value(reg, edx);
  if (!host_.movbe && bytes != 1) {
    if (from != edx) mov(edx, from);
    bswap(edx);
    if (bytes == 2) shr(edx, 16);
    from = edx;
  }
  may_fault();
  if (bytes == 1)
    mov(byte[at], from.cvt8());
  else if (bytes == 2 && host_.movbe)
    movbe(word[at], from.cvt16());
  else if (bytes == 2)
    mov(word[at], from.cvt16());
  else if (host_.movbe)
    movbe(dword[at], from);
  else
    mov(dword[at], from);
}

void Emitter::load_insn(const TraceInsn& t) {
  before_write(t.insn.a);
  const RegExp at = address(t);
  load(destination(t.insn.a), at, t.access.bytes);
  write_from(t.insn.a, destination(t.insn.a));
}

void Emitter::store_insn(const TraceInsn& t) {
  const unsigned from = info(t.insn.op).syntax == Syntax::imm_a ? t.insn.a : t.insn.b;
  if (!state_.regs[from].constant) put_in_place(from);
  store(address(t), from, t.access.bytes);
}

void Emitter::push_insn(const TraceInsn& t) {
  if (!state_.regs[t.insn.b].constant) put_in_place(t.insn.b);
  store(address(t), t.insn.b, 4);
  add_to(t.insn.a, -4u);
}

void Emitter::pop_insn(const TraceInsn& t) {
  const unsigned top = t.insn.a, to = t.insn.b;
  if (top == to) {  // the new top wins
    load(edx, address(t), 4);
  } else {
    before_write(to);
    const RegExp at = address(t);
    load(destination(to), at, 4);
    write_from(to, destination(to));
  }
  add_to(top, 4);
}

void Emitter::call_insn(const TraceInsn& t) {
  const bool indirect = t.insn.op == Op::jsr && !t.constant_a;
  if (t.flow == TraceInsn::on_if_expected) {
    put_in_place(t.insn.a);
    cmp(where(t.insn.a), t.target);
    jne(side_exit(t.pc), T_NEAR);
  } else if (indirect) {
    mov(edx, value(t.insn.a, edx));
    mov(slot(kPc), edx);
  }
  if (!state_.regs[kFp].constant) put_in_place(kFp);
  before_write(kFp);
  const RegExp at = address(t);
  store(at, kFp, 4);
  may_fault();
  mov(dword[at + 4], std::byteswap(t.next));
  if (t.fp_moves_by && !state_.regs[kFp].constant) {
    add_to(kFp, *t.fp_moves_by);
  } else {
    const Place top = state_.regs[kSp];
    if (!top.constant) mov(regs_[kFp], regs_[kSp]);
    written(kFp, top);
    add_to(kFp, -12u);
  }
  add_to(kSp, -12u);
  if (t.flow != TraceInsn::end) return;
  if (!indirect) return end_at(t.insn.op == Op::jsra ? t.insn.imm : *t.constant_a);
  store_compared();
  put_all_in_place();
  mov(eax, slot(kPc));
  emit_indirect();
}

void Emitter::ret_insn(const TraceInsn& t) {
  const bool known = t.flow == TraceInsn::on && t.fp_moves_by && !state_.regs[kFp].constant;
  before_write(kSp);
  if (!known) {
    before_write(kFp);
    const RegExp at = address(t);
    if (t.flow == TraceInsn::on_if_expected) {
      may_fault();
      cmp(dword[at + 4], std::byteswap(t.target));
      jne(side_exit(t.pc), T_NEAR);
    }
    load(edx, at, 4);
    if (t.flow == TraceInsn::end) load(eax, at + 4, 4);
  }
  const Place fp = state_.regs[kFp];
  if (t.moves_by && !state_.regs[kSp].constant) {
    add_to(kSp, *t.moves_by);
  } else {
    if (!fp.constant) mov(regs_[kSp], regs_[kFp]);
    written(kSp, fp);
    add_to(kSp, 12);
  }
  if (known) return add_to(kFp, *t.fp_moves_by);
  mov(regs_[kFp], edx);
  written(kFp);
  if (t.flow != TraceInsn::end) return;
  store_compared();
  put_all_in_place();
  emit_indirect();
}

}  // namespace moxie
