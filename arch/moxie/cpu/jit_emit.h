// x86-64 code for one block. Ten of the guest's registers live in host registers all the time, the
// others, and the operands of the last cmp, in the frame that enter() makes on the host stack; so blocks
// can jump to each other without saving anything. r15 is the flat memory, r14 what is left of the
// budget; rax, rcx and rdx are scratch.
#pragma once

// The library would otherwise name methods `and` and `or`.
#define XBYAK_NO_OP_NAMES
#include <xbyak/xbyak.h>
#include <xbyak/xbyak_util.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "arch/moxie/cpu/codemap.h"
#include "arch/moxie/cpu/cpu.h"
#include "arch/moxie/cpu/jit_plan.h"

namespace moxie {

// Where indirect jumps find code: by pc, direct-mapped.
struct JumpEntry {
  static constexpr uint64_t kEmpty = ~uint64_t{0};
  uint64_t pc = kEmpty;
  const uint8_t* code = nullptr;
};
inline constexpr size_t kJumpEntries = 4096;

struct TranslatedBlock final : Block {
  explicit TranslatedBlock(Block&& frame) : Block(std::move(frame)) {}
  const uint8_t* code = nullptr;
  // For each way on: the 32-bit distance to patch, and where it leads while the way is unchained.
  std::array<uint8_t*, 2> jump{};
  std::array<const uint8_t*, 2> unchained{};
};

// What generated code returns: why it left, and for kLeaveChain + way also the Block* in the other bits.
inline constexpr uint64_t kLeaveLookUp = 0, kLeaveStep = 1, kLeaveChain = 2, kLeaveMask = 3;

class Emitter : private Xbyak::CodeGenerator {
 public:
  using Enter = uint64_t (*)(Registers* regs, int64_t* slice, const uint8_t* code);

  Emitter(std::span<std::byte> room, Memory& memory, const CodeMap& map,
          const std::array<JumpEntry*, 2>& jumps);

  Enter enter() const { return enter_; }
  // Whether another block surely fits; if not, forget every block and call restart().
  bool has_room() const { return getSize() + kBlockRoom < room_; }
  void restart() { setSize(first_block_); }
  void emit(TranslatedBlock& block, const std::vector<Insn>& insns);

  static void patch(uint8_t* jump, const uint8_t* target);

 private:
  static constexpr size_t kBlockRoom = 64 << 10;

  // Code out of the way, behind the block. Of a step: it goes back to the stepper. Of a question: a store
  // came near code; it asks whether [base + low, + length) really holds any and goes back or steps.
  struct Cold {
    bool question = false;
    Xbyak::Label label, back;
    const Xbyak::Label* step = nullptr;
    unsigned index = 0;
    uint32_t pc = 0;
    Xbyak::Reg64 base;
    int32_t low = 0, length = 0;
  };

  void emit_enter();
  void emit_leave();
  void emit_question();
  void emit_insn(const PlannedInsn& p);
  void emit_branch(Op relation);
  void emit_jump(unsigned way);
  void emit_indirect();
  void emit_cold();

  const Xbyak::Operand& where(unsigned reg) const;
  bool in_register(unsigned reg) const { return kHost[reg] >= 0; }
  Xbyak::Reg32 value(unsigned reg, const Xbyak::Reg32& scratch);
  Xbyak::Address slot(unsigned offset) const { return dword[rsp + static_cast<int>(offset)]; }

  using Binary = void (Xbyak::CodeGenerator::*)(const Xbyak::Operand&, const Xbyak::Operand&);
  using Immediate = void (Xbyak::CodeGenerator::*)(const Xbyak::Operand&, uint32_t);
  void arithmetic(const PlannedInsn& p, Binary binary, Immediate immediate);
  void shift(const PlannedInsn& p);
  void multiply(const PlannedInsn& p);
  void divide(const PlannedInsn& p);
  void extend(const PlannedInsn& p);
  void compare(const PlannedInsn& p);
  void special(const PlannedInsn& p);

  Xbyak::RegExp address(const PlannedInsn& p, unsigned which);
  Xbyak::RegExp absolute(uint32_t at, const Access& access);
  void check_window(const Check& check, unsigned reg);
  void check_address(const Access& access);
  void look_at_lines(int shift, int32_t span, const Xbyak::Reg64& base, int32_t low,
                     int32_t length);
  void load(const Xbyak::Reg32& to, const Xbyak::RegExp& at, unsigned bytes);
  void store(const Xbyak::RegExp& at, unsigned reg, unsigned bytes);
  void load_insn(const PlannedInsn& p);
  void store_insn(const PlannedInsn& p);
  void push_insn(const PlannedInsn& p);
  void pop_insn(const PlannedInsn& p);
  void call_insn(const PlannedInsn& p);
  void ret_insn(const PlannedInsn& p);
  const Xbyak::Label& step_here();

  static const std::array<int, 16> kHost;

  Memory& memory_;
  const CodeMap& map_;
  std::array<JumpEntry*, 2> jumps_;
  size_t room_, first_block_ = 0;
  bool movbe_, bmi2_;
  Enter enter_ = nullptr;
  const void* leave_ = nullptr;
  const void* miss_ = nullptr;
  const void* question_ = nullptr;
  std::vector<Xbyak::Reg32> regs_;
  std::vector<Xbyak::Address> slots_;

  TranslatedBlock* block_ = nullptr;  // the one in the making
  unsigned index_ = 0;
  uint32_t pc_ = 0;
  bool compared_ = false;  // the flags are those of the last cmp
  Cold* step_ = nullptr;   // of the current instruction, once it has one
  std::deque<Cold> cold_;
  std::deque<Xbyak::Label> ways_;  // two: where the block goes on while it is unchained
};

}  // namespace moxie
