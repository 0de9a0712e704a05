// The frame of generated code, the ways in and out of it, and a block's outline; what single
// instructions become is in jit_insns.cpp.
#include "arch/moxie/cpu/jit_emit.h"

#include <cstddef>
#include <cstring>

#include "arch/moxie/cpu/jit_frame.h"

namespace moxie {

namespace {

// Called by generated code.
bool covers(const CodeMap* map, uint32_t address, uint32_t length) {
  return map->covers(address, length);
}

constexpr int offset_of_register(unsigned reg) {
  return static_cast<int>(offsetof(Registers, r) + reg * sizeof(uint32_t));
}

}  // namespace

// The frame pointers, the arguments and the prologue's scratch register: what compiled code uses most.
// -1: in the frame.
const std::array<int, 16> Emitter::kHost = {Xbyak::Operand::EBP,
                                            Xbyak::Operand::EBX,
                                            Xbyak::Operand::ESI,
                                            Xbyak::Operand::EDI,
                                            Xbyak::Operand::R8D,
                                            Xbyak::Operand::R9D,
                                            Xbyak::Operand::R10D,
                                            Xbyak::Operand::R11D,
                                            Xbyak::Operand::R12D,
                                            -1,
                                            -1,
                                            -1,
                                            -1,
                                            -1,
                                            Xbyak::Operand::R13D,
                                            -1};

Emitter::Emitter(std::span<std::byte> room, Memory& memory, const CodeMap& map,
                 const std::array<JumpEntry*, 2>& jumps)
    : CodeGenerator(room.size(), room.data()),
      memory_(memory),
      map_(map),
      jumps_(jumps),
      room_(room.size()) {
  const Xbyak::util::Cpu cpu;
  movbe_ = cpu.has(Xbyak::util::Cpu::tMOVBE);
  bmi2_ = cpu.has(Xbyak::util::Cpu::tBMI2);
  for (unsigned reg = 0; reg < 16; ++reg) {
    regs_.emplace_back(in_register(reg) ? kHost[reg] : 0);
    slots_.push_back(dword[rsp + static_cast<int>(kSlots + 4 * reg)]);
  }
  emit_enter();
  emit_leave();
  emit_question();
  align(64);
  first_block_ = getSize();
}

void Emitter::emit_enter() {
  enter_ = getCurr<Enter>();
  for (const Xbyak::Reg64& saved : {rbx, rbp, r12, r13, r14, r15}) push(saved);
  sub(rsp, kFrame);
  mov(qword[rsp + kRegs], rdi);
  mov(qword[rsp + kSlice], rsi);
  mov(rax, reinterpret_cast<uint64_t>(map_.lines()));
  mov(qword[rsp + kLines], rax);
  mov(r14, qword[rsi]);
  mov(r15, reinterpret_cast<uint64_t>(memory_.base()));
  mov(rax, rdx);
  mov(rdx, rdi);
  const auto copy = [this](size_t from, int to) {
    mov(ecx, dword[rdx + static_cast<int>(from)]);
    mov(dword[rsp + to], ecx);
  };
  for (unsigned reg = 0; reg < 16; ++reg) {
    if (in_register(reg))
      mov(regs_[reg], dword[rdx + offset_of_register(reg)]);
    else
      copy(offset_of_register(reg), kSlots + 4 * static_cast<int>(reg));
  }
  copy(offsetof(Registers, cmp_a), kCmpA);
  copy(offsetof(Registers, cmp_b), kCmpB);
  copy(offsetof(Registers, reloc_start), kRelocStart);
  copy(offsetof(Registers, reloc_len), kRelocLen);
  copy(offsetof(Registers, reloc_delta), kRelocDelta);
  jmp(rax);
}

// rax is the answer; the pc is in the frame. miss_: eax is a pc that an indirect jump did not find.
void Emitter::emit_leave() {
  miss_ = getCurr();
  mov(dword[rsp + kPc], eax);
  xor_(eax, eax);
  leave_ = getCurr();
  mov(rdx, qword[rsp + kRegs]);
  const auto copy = [this](int from, size_t to) {
    mov(ecx, dword[rsp + from]);
    mov(dword[rdx + static_cast<int>(to)], ecx);
  };
  for (unsigned reg = 0; reg < 16; ++reg) {
    if (in_register(reg))
      mov(dword[rdx + offset_of_register(reg)], regs_[reg]);
    else
      copy(kSlots + 4 * static_cast<int>(reg), offset_of_register(reg));
  }
  copy(kCmpA, offsetof(Registers, cmp_a));
  copy(kCmpB, offsetof(Registers, cmp_b));
  copy(kPc, offsetof(Registers, pc));
  mov(rcx, qword[rsp + kSlice]);
  mov(qword[rcx], r14);
  add(rsp, kFrame);
  for (const Xbyak::Reg64& saved : {r15, r14, r13, r12, rbp, rbx}) pop(saved);
  ret();
}

// Whether [rdx, + rcx) holds code, as the zero flag (set: none). Keeps rax and the guest's registers.
void Emitter::emit_question() {
  question_ = getCurr();
  const auto saved = {rax, rsi, rdi, r8,
                      r9,  r10, r11};  // with the return address 64 bytes: aligned
  for (const Xbyak::Reg64& reg : saved) push(reg);
  mov(esi, edx);
  mov(edx, ecx);
  mov(rdi, reinterpret_cast<uint64_t>(&map_));
  mov(rax, reinterpret_cast<uint64_t>(&covers));
  call(rax);
  test(al, al);
  for (auto reg = saved.end(); reg != saved.begin();) pop(*--reg);
  ret();
}

void Emitter::emit(TranslatedBlock& block, const std::vector<Insn>& insns) {
  block_ = &block;
  align(16);
  block.code = getCurr();
  Xbyak::Label used_up;
  sub(r14, block.count);
  jl(used_up, T_NEAR);  // fuses with the subtraction, js would not
  ways_.resize(2);
  index_ = 0;
  compared_ = false;
  for (const PlannedInsn& p : plan(insns, block.start, block.relocating)) {
    pc_ = p.pc;
    step_ = nullptr;
    emit_insn(p);
    compared_ = p.insn.op == Op::cmp;
    ++index_;
  }
  if (!ends_block(insns.back().op)) emit_jump(0);

  emit_cold();
  L(used_up);
  add(r14, block.count);
  mov(dword[rsp + kPc], block.start);
  xor_(eax, eax);
  jmp(leave_, T_NEAR);
  for (unsigned way = 0; way < 2; ++way) {
    if (!block.jump[way]) continue;
    L(ways_[way]);
    block.unchained[way] = getCurr();
    mov(dword[rsp + kPc], block.next_pc[way]);
    mov(rax, reinterpret_cast<uint64_t>(static_cast<Block*>(&block)) | kLeaveChain | way);
    jmp(leave_, T_NEAR);
  }
  ways_.clear();
  cold_.clear();
}

void Emitter::emit_jump(unsigned way) {
  jmp(ways_[way], T_NEAR);
  block_->jump[way] = const_cast<uint8_t*>(getCurr()) - 4;
}

void Emitter::emit_branch(Op relation) {
  Xbyak::Label& taken = ways_[0];
  switch (relation) {
    case Op::beq: je(taken, T_NEAR); break;
    case Op::bne: jne(taken, T_NEAR); break;
    case Op::blt: jl(taken, T_NEAR); break;
    case Op::bgt: jg(taken, T_NEAR); break;
    case Op::bltu: jb(taken, T_NEAR); break;
    case Op::bgtu: ja(taken, T_NEAR); break;
    case Op::bge: jge(taken, T_NEAR); break;
    case Op::ble: jle(taken, T_NEAR); break;
    case Op::bgeu: jae(taken, T_NEAR); break;
    default: jbe(taken, T_NEAR); break;
  }
  block_->jump[0] = const_cast<uint8_t*>(getCurr()) - 4;
  emit_jump(1);
}

// To the pc in eax.
void Emitter::emit_indirect() {
  static_assert(sizeof(JumpEntry) == 16 && kJumpEntries == 4096);
  mov(ecx, eax);
  and_(ecx, (kJumpEntries - 1) * 2);
  mov(rdx, reinterpret_cast<uint64_t>(jumps_[block_->relocating]));
  cmp(qword[rdx + rcx * 8], rax);
  jne(miss_);
  jmp(qword[rdx + rcx * 8 + 8]);
}

const Xbyak::Label& Emitter::step_here() {
  if (!step_) {
    step_ = &cold_.emplace_back();
    step_->index = index_;
    step_->pc = pc_;
  }
  return step_->label;
}

void Emitter::emit_cold() {
  for (Cold& cold : cold_) {
    L(cold.label);
    if (cold.question) {
      lea(edx, dword[cold.base + cold.low]);
      mov(ecx, cold.length);
      call(question_);
      je(cold.back, T_NEAR);
      jmp(*cold.step, T_NEAR);
    } else {
      add(r14, block_->count - cold.index);
      mov(dword[rsp + kPc], cold.pc);
      mov(eax, kLeaveStep);
      jmp(leave_, T_NEAR);
    }
  }
}

void Emitter::patch(uint8_t* jump, const uint8_t* target) {
  const auto distance = static_cast<int32_t>(target - (jump + 4));
  std::memcpy(jump, &distance, sizeof distance);
}

}  // namespace moxie
