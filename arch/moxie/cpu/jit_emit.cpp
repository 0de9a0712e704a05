// The frame of generated code, the ways in and out of it, and a block's outline; what single
// instructions become is in jit_insns.cpp and jit_memory.cpp.
#include "arch/moxie/cpu/jit_emit.h"

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "arch/moxie/cpu/jit_frame.h"
#include "arch/moxie/cpu/scan.h"

namespace moxie {

namespace {

constexpr int offset_of_register(unsigned reg) {
  return static_cast<int>(offsetof(Registers, r) + reg * sizeof(uint32_t));
}

}  // namespace

Emitter::Emitter(std::span<std::byte> room, Memory& memory, const std::array<JumpEntry*, 2>& jumps,
                 HostFeatures host)
    : CodeGenerator(room.size(), room.data()),
      memory_(memory),
      marks_(static_cast<int32_t>(memory.marks() - reinterpret_cast<uint8_t*>(memory.base()))),
      jumps_(jumps),
      room_(room.size()),
      host_(host) {
  for (unsigned reg = 0; reg < 16; ++reg) {
    regs_.emplace_back(in_host_register(reg) ? kHost[reg] : 0);
    slots_.push_back(slot(kSlots + 4 * static_cast<int>(reg)));
  }
  emit_enter();
  emit_leave();
  align(64);
  first_block_ = getSize();
}

void Emitter::restart() {
  setSize(first_block_);
  sites_.clear();
}

void Emitter::emit_enter() {
  enter_ = getCurr<Enter>();
  for (const Xbyak::Reg64& saved : {rbx, rbp, r12, r13, r14, r15}) push(saved);
  sub(rsp, kFrame);
  mov(qword[rsp + kRegs], rdi);
  mov(qword[rsp + kSlice], rsi);
  for (unsigned relocating : {0u, 1u}) {
    mov(rax, reinterpret_cast<uint64_t>(jumps_[relocating]));
    mov(qword[rsp + kJumps[relocating]], rax);
  }
  mov(r14, qword[rsi]);
  mov(r15, reinterpret_cast<uint64_t>(memory_.base()));
  mov(rax, rdx);
  mov(rdx, rdi);
  const auto copy = [this](size_t from, int to) {
    mov(ecx, dword[rdx + static_cast<int>(from)]);
    mov(slot(to), ecx);
  };
  copy(offsetof(Registers, cmp_a), kCmpA);
  copy(offsetof(Registers, cmp_b), kCmpB);
  copy(offsetof(Registers, reloc_start), kRelocStart);
  copy(offsetof(Registers, reloc_len), kRelocLen);
  copy(offsetof(Registers, reloc_delta), kRelocDelta);
  for (unsigned reg = 0; reg < 16; ++reg)
    if (!in_host_register(reg))
      copy(static_cast<size_t>(offset_of_register(reg)), kSlots + 4 * static_cast<int>(reg));
  for (unsigned reg = 0; reg < 16; ++reg)
    if (in_host_register(reg)) mov(regs_[reg], dword[rdx + offset_of_register(reg)]);
  jmp(rax);
}

// rax is the answer; the pc is in the frame. miss_: eax is a pc that an indirect jump did not find.
void Emitter::emit_leave() {
  miss_ = getCurr();
  mov(slot(kPc), eax);
  xor_(eax, eax);
  leave_ = getCurr();
  mov(rdx, qword[rsp + kRegs]);
  for (unsigned reg = 0; reg < 16; ++reg)
    if (in_host_register(reg)) mov(dword[rdx + offset_of_register(reg)], regs_[reg]);
  const auto copy = [this](int from, size_t to) {
    mov(ecx, slot(from));
    mov(dword[rdx + static_cast<int>(to)], ecx);
  };
  for (unsigned reg = 0; reg < 16; ++reg)
    if (!in_host_register(reg))
      copy(kSlots + 4 * static_cast<int>(reg), static_cast<size_t>(offset_of_register(reg)));
  copy(kCmpA, offsetof(Registers, cmp_a));
  copy(kCmpB, offsetof(Registers, cmp_b));
  copy(kPc, offsetof(Registers, pc));
  mov(rcx, qword[rsp + kSlice]);
  mov(qword[rcx], r14);
  add(rsp, kFrame);
  for (const Xbyak::Reg64& saved : {r15, r14, r13, r12, rbp, rbx}) pop(saved);
  ret();
}

void Emitter::emit(TranslatedBlock& block, const Trace& trace) {
  block_ = &block;
  trace_ = &trace;
  block.own_ways.reserve(trace.insns.size() + 2);
  state_ = {};
  align(16);
  block.code_start = getCurr();
  Xbyak::Label used_up;
  sub(r14, block.count);
  jl(used_up, T_NEAR);  // fuses with the subtraction, js would not
  for (index_ = 0; index_ < trace.insns.size(); ++index_) {
    const TraceInsn& t = trace.insns[index_];
    step_ = nullptr;
    if (t.flow == TraceInsn::skip_if_taken) {
      optional(t, trace.insns[index_ + 1]);
    } else {
      emit_insn(t);
    }
  }
  if (trace.falls_to) end_at(*trace.falls_to);
  emit_cold();
  emit_used_up(used_up);
  emit_unchained();
  block.ways = block.own_ways;
}

void Emitter::end_at(uint32_t pc) {
  store_compared();
  put_all_in_place();
  emit_jump(new_way(pc));
}

void Emitter::emit_used_up(Xbyak::Label& label) {
  L(label);
  add(r14, block_->count);
  mov(slot(kPc), block_->start);
  xor_(eax, eax);
  jmp(leave_, T_NEAR);
}

// Where each way leads while it is not chained.
void Emitter::emit_unchained() {
  for (size_t i = 0; i < block_->own_ways.size(); ++i) {
    Way& way = block_->own_ways[i];
    L(unchained_[i]);
    way.unchained = getCurr();
    mov(slot(kPc), way.pc);
    mov(rax, reinterpret_cast<uint64_t>(&way));
    jmp(leave_, T_NEAR);
  }
  unchained_.clear();
}

void Emitter::emit_cold() {
  for (Cold& cold : cold_) {
    for (PendingSite& site : pending_sites_)
      if (site.cold == &cold) sites_.push_back({site.at, getCurr()});
    L(cold.label);
    state_ = cold.state;
    store_compared();
    put_all_in_place();
    if (cold.left) add(r14, cold.left);
    if (cold.way) {
      emit_jump(*cold.way);
    } else {
      mov(slot(kPc), cold.pc);
      mov(eax, kLeaveStep);
      jmp(leave_, T_NEAR);
    }
  }
  cold_.clear();
  pending_sites_.clear();
}

Xbyak::Label& Emitter::step_here() {
  if (!step_) {
    step_ = &cold_.emplace_back();
    step_->state = state_;
    step_->left = block_->count - index_;
    step_->pc = trace_->insns[index_].pc;
  }
  return step_->label;
}

// Behind the current instruction, or before it to do it again.
Xbyak::Label& Emitter::side_exit(uint32_t pc) {
  Cold& cold = cold_.emplace_back();
  cold.state = state_;
  const bool again = pc == trace_->insns[index_].pc;
  cold.left = block_->count - index_ - (again ? 0 : 1);
  cold.way = &new_way(pc);
  return cold.label;
}

Way& Emitter::new_way(uint32_t pc) {
  unchained_.emplace_back();
  return block_->own_ways.emplace_back(Way{.pc = pc, .from = block_});
}

void Emitter::emit_jump(Way& way) {
  jmp(unchained_[static_cast<size_t>(&way - block_->own_ways.data())], T_NEAR);
  way.jump = const_cast<uint8_t*>(getCurr()) - 4;
}

// To the pc in eax.
void Emitter::emit_indirect() {
  static_assert(sizeof(JumpEntry) == 16 && kJumpEntries == 4096);
  mov(edx, eax);
  and_(edx, (kJumpEntries - 1) * 2);
  shl(edx, 3);
  add(rdx, qword[rsp + kJumps[block_->relocating]]);
  cmp(qword[rdx], rax);
  jne(miss_);
  jmp(qword[rdx + 8]);
}

const uint8_t* Emitter::recovery(const void* at) const {
  const auto* code = static_cast<const uint8_t*>(at);
  const auto site = std::ranges::lower_bound(sites_, code, {}, &FaultSite::at);
  return site != sites_.end() && site->at == code ? site->recovery : nullptr;
}

void Emitter::patch(uint8_t* jump, const uint8_t* target) {
  const auto distance = static_cast<int32_t>(target - (jump + 4));
  std::memcpy(jump, &distance, sizeof distance);
}

}  // namespace moxie
