// Loads, stores, calls and returns in generated code. Host memory is only touched behind a check that
// the address is aligned and inside the flat memory. The comparison is made on the 64-bit sum of the
// register and the distance, rotated so that misalignment shows in the uppermost bits: what wraps around
// at 32 bits fails it as well and is left to the stepper.
#include <bit>

#include "arch/moxie/cpu/jit_emit.h"
#include "arch/moxie/cpu/jit_frame.h"

namespace moxie {

using Xbyak::Reg32;
using Xbyak::Reg64;
using Xbyak::RegExp;

// Behind a bounds check, which leaves the checked address in rcx, less kPageSize and shifted: leaves for
// the stepper if a store to [base + low, + length) would hit code. One byte for each line; up to eight
// lines, all that `span` bytes can touch, are looked at with one compare.
void Emitter::look_at_lines(int shift, int32_t span, const Reg64& base, int32_t low,
                            int32_t length) {
  constexpr int32_t kLine = 1 << CodeMap::kLineShift;
  const RegExp line = rdx + rcx + (kPageSize >> CodeMap::kLineShift);
  shr(ecx, static_cast<int>(CodeMap::kLineShift) - shift);
  mov(rdx, qword[rsp + kLines]);
  if (span <= 1 << shift)  // one aligned access
    movzx(edx, byte[line]);
  else if (span <= kLine + 1)
    movzx(edx, word[line]);
  else if (span <= 3 * kLine + 1)
    mov(edx, dword[line]);
  else
    mov(rdx, qword[line]);
  test(rdx, rdx);
  const Xbyak::Label& step = step_here();
  Cold& cold = cold_.emplace_back();
  cold.question = true;
  cold.step = &step;
  cold.base = base;
  cold.low = low;
  cold.length = length;
  jne(cold.label, T_NEAR);
  L(cold.back);
}

void Emitter::check_window(const Check& check, unsigned reg) {
  const Reg64 base = value(reg, eax).cvt64();
  const int shift = std::countr_zero(unsigned{check.alignment});
  const auto last =
      static_cast<int32_t>(memory_.size()) - static_cast<int32_t>(kPageSize) - check.length;
  lea(rcx, qword[base + (check.low - static_cast<int32_t>(kPageSize))]);
  if (shift) ror(rcx, shift);
  cmp(rcx, static_cast<uint32_t>(last >> shift));
  ja(step_here(), T_NEAR);
  if (check.write_length == 0) return;
  look_at_lines(shift, check.length, base, check.write_low, check.write_length);
}

// The address in eax, on its own.
void Emitter::check_address(const Access& access) {
  const int shift = std::countr_zero(unsigned{access.bytes});
  lea(rcx, qword[rax - static_cast<int32_t>(kPageSize)]);
  if (shift) ror(rcx, shift);
  cmp(rcx, static_cast<uint32_t>(memory_.size() - kPageSize - access.bytes) >> shift);
  ja(step_here(), T_NEAR);
  if (access.write) look_at_lines(shift, access.bytes, rax, 0, access.bytes);
}

RegExp Emitter::absolute(uint32_t at, const Access& access) {
  const bool good =
      at % access.bytes == 0 && at >= kPageSize && at <= memory_.size() - access.bytes;
  if (!good) {
    jmp(step_here(), T_NEAR);  // what follows is never reached
    return r15;
  }
  if (access.write) {
    mov(eax, at);  // for the question
    mov(ecx, at - kPageSize);
    look_at_lines(0, 1, rax, 0, access.bytes);
  }
  return r15 + at;
}

// Where the access goes, checked. May use rax for it; rcx and rdx are free afterwards.
RegExp Emitter::address(const PlannedInsn& p, unsigned which) {
  const Access access = accesses(p.insn).of[which];
  const Check& check = p.check[which];
  const auto distance = static_cast<uint32_t>(access.offset);
  const auto& constant = access.reg == p.insn.b ? p.constant_b : p.constant_a;
  const bool operand = access.reg == p.insn.a || access.reg == p.insn.b;
  if (!block_->relocating && access.absolute) return absolute(distance, access);
  if (!block_->relocating && operand && constant && !check.windowed && accesses(p.insn).count == 1)
    return absolute(*constant + distance, access);
  if (check.windowed) {
    if (check.first) check_window(check, access.reg);
    // Inside the window the 32-bit sum is right; so is the 64-bit sum unless the register itself is
    // "below zero", which takes a distance above the first page.
    const Reg64 base = value(access.reg, eax).cvt64();
    if (access.offset <= static_cast<int32_t>(kPageSize)) return r15 + base + access.offset;
    lea(eax, dword[base + access.offset]);
    return r15 + rax;
  }
  if (access.absolute)
    mov(eax, distance);
  else
    lea(eax, dword[value(access.reg, eax).cvt64() + access.offset]);
  if (block_->relocating) {
    Xbyak::Label plain;
    mov(ecx, eax);
    sub(ecx, dword[rsp + kRelocStart]);
    cmp(ecx, dword[rsp + kRelocLen]);
    jae(plain);
    add(eax, dword[rsp + kRelocDelta]);
    L(plain);
  }
  check_address(access);
  return r15 + rax;
}

void Emitter::load(const Reg32& to, const RegExp& at, unsigned bytes) {
  if (bytes == 1) {
    movzx(to, byte[at]);
  } else if (bytes == 2) {
    movzx(to, word[at]);
    bswap(to);
    shr(to, 16);
  } else if (movbe_) {
    movbe(to, dword[at]);
  } else {
    mov(to, dword[at]);
    bswap(to);
  }
}

void Emitter::store(const RegExp& at, unsigned reg, unsigned bytes) {
  const Reg32 from = value(reg, edx);
  if (bytes == 1) {
    mov(byte[at], from.cvt8());
  } else if (movbe_) {
    if (bytes == 2)
      movbe(word[at], from.cvt16());
    else
      movbe(dword[at], from);
  } else {
    if (from != edx) mov(edx, from);
    bswap(edx);
    if (bytes == 2) shr(edx, 16);
    if (bytes == 2)
      mov(word[at], dx);
    else
      mov(dword[at], edx);
  }
}

void Emitter::load_insn(const PlannedInsn& p) {
  const unsigned bytes = accesses(p.insn).of[0].bytes;
  const RegExp at = address(p, 0);
  const Reg32 to = in_register(p.insn.a) ? regs_[p.insn.a] : eax;
  load(to, at, bytes);
  if (!in_register(p.insn.a)) mov(slots_[p.insn.a], to);
}

void Emitter::store_insn(const PlannedInsn& p) {
  const Access access = accesses(p.insn).of[0];
  const bool from_a = info(p.insn.op).syntax == Syntax::imm_a;
  store(address(p, 0), from_a ? p.insn.a : p.insn.b, access.bytes);
}

void Emitter::push_insn(const PlannedInsn& p) {
  store(address(p, 0), p.insn.b, 4);
  sub(where(p.insn.a), 4);
}

void Emitter::pop_insn(const PlannedInsn& p) {
  const RegExp at = address(p, 0);
  if (p.insn.a != p.insn.b) {  // else the new top wins
    const Reg32 to = in_register(p.insn.b) ? regs_[p.insn.b] : edx;
    load(to, at, 4);
    if (!in_register(p.insn.b)) mov(slots_[p.insn.b], to);
  }
  add(where(p.insn.a), 4);
}

// Both words of the frame are checked before one is written. Without a window the first address has to
// wait in the frame.
void Emitter::call_insn(const PlannedInsn& p) {
  const bool direct = p.insn.op == Op::jsra;
  if (!direct) {
    mov(eax, where(p.insn.a));
    mov(dword[rsp + kPc], eax);
  }
  const uint32_t back = std::byteswap(block_->end);
  if (p.check[0].windowed) {
    mov(dword[address(p, 0)], back);
    store(address(p, 1), kFp, 4);
  } else {
    address(p, 0);
    mov(dword[rsp + kScratch], eax);
    store(address(p, 1), kFp, 4);
    mov(eax, dword[rsp + kScratch]);
    mov(dword[r15 + rax], back);
  }
  sub(regs_[kSp], 12);
  mov(regs_[kFp], regs_[kSp]);
  if (direct) {
    emit_jump(0);
  } else {
    mov(eax, dword[rsp + kPc]);
    emit_indirect();
  }
}

void Emitter::ret_insn(const PlannedInsn& p) {
  if (p.check[0].windowed) {
    load(eax, address(p, 0), 4);
    load(edx, address(p, 1), 4);
  } else {
    load(eax, address(p, 0), 4);
    mov(dword[rsp + kScratch], eax);
    load(edx, address(p, 1), 4);
    mov(eax, dword[rsp + kScratch]);
  }
  lea(regs_[kSp], dword[regs_[kFp].cvt64() + 12]);
  mov(regs_[kFp], edx);
  emit_indirect();
}

}  // namespace moxie
