// x86-64 code for one trace. What a guest register holds need not be in its place at once: while the
// code runs on it may be a known constant, or the place's contents plus a distance (pushes and pops add
// nothing to $sp then). Nor are the operands of a cmp stored, while the registers that it compared still
// hold them. Each way out of the block has a piece of code behind it that makes good for all of it.
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
#include "arch/moxie/cpu/jit_trace.h"

namespace moxie {

// Where indirect jumps find code: by pc, direct-mapped.
struct JumpEntry {
  static constexpr uint64_t kEmpty = ~uint64_t{0};
  uint64_t pc = kEmpty;
  const uint8_t* code = nullptr;
};
inline constexpr size_t kJumpEntries = 4096;

struct TranslatedBlock final : Block {
  const uint8_t* code_start = nullptr;
  std::vector<Way> own_ways;
};

// What generated code returns: one of these, or a Way* that may be chained.
inline constexpr uint64_t kLeaveLookUp = 0, kLeaveStep = 1;

// An access that may fault, and where the code goes on then.
struct FaultSite {
  const uint8_t* at = nullptr;
  const uint8_t* recovery = nullptr;
};

// Where the guest's registers and the operands of the last cmp are at one point of the code.
struct Place {
  bool constant = false;  // `add` is the value; else the usual place's contents plus it
  uint32_t add = 0;
};
struct Operand {
  Place place;
  uint8_t reg = 0;
  bool known = false;  // that is where it is
  bool stored = true;  // it is in the frame
};
struct Compared {
  Operand a, b;
};
struct State {
  std::array<Place, 16> regs;
  Compared compared;
};

class Emitter : private Xbyak::CodeGenerator {
 public:
  using Enter = uint64_t (*)(Registers* regs, int64_t* slice, const uint8_t* code);

  Emitter(std::span<std::byte> room, Memory& memory, const std::array<JumpEntry*, 2>& jumps,
          HostFeatures host);

  Enter enter() const { return enter_; }
  // Whether another block surely fits; if not, forget every block and call restart().
  bool has_room() const { return getSize() + kBlockRoom < room_; }
  void restart();
  void emit(TranslatedBlock& block, const Trace& trace);
  const uint8_t* recovery(const void* at) const;

  static void patch(uint8_t* jump, const uint8_t* target);

 private:
  static constexpr size_t kBlockRoom = 128 << 10;

  // Code out of the way, behind the block: makes the state good, gives back the rest of the budget, and
  // steps the instruction, or goes on by a way.
  struct Cold {
    Xbyak::Label label;
    State state;
    unsigned left = 0;  // instructions that were not executed
    uint32_t pc = 0;
    Way* way = nullptr;
  };
  struct PendingSite {
    const uint8_t* at;
    const Cold* cold;
  };

  // jit_emit.cpp
  void emit_enter();
  void emit_leave();
  void emit_cold();
  void emit_used_up(Xbyak::Label& label);
  void emit_unchained();
  Xbyak::Label& step_here();
  Xbyak::Label& side_exit(uint32_t pc);
  Way& new_way(uint32_t pc);
  void emit_jump(Way& way);
  void emit_indirect();
  void end_at(uint32_t pc);

  // jit_state.cpp
  const Xbyak::Operand& where(unsigned reg) const;
  Xbyak::Address slot(int offset) const { return dword[rsp + offset]; }
  void put_in_place(unsigned reg);
  void put_all_in_place();
  void store_operand(Operand& operand, int to);
  void store_compared();
  void before_write(unsigned reg);
  void written(unsigned reg, Place place = {});
  void write_from(unsigned reg, const Xbyak::Reg32& from);
  void add_to(unsigned reg, uint32_t distance);
  Xbyak::Reg32 value(unsigned reg, const Xbyak::Reg32& scratch);
  Xbyak::Reg32 destination(unsigned reg) const;
  bool compared_is_dead() const;
  void prepare_compare();
  void emit_compare();

  // jit_insns.cpp
  void emit_insn(const TraceInsn& t);
  void move(const TraceInsn& t);
  using Binary = void (Xbyak::CodeGenerator::*)(const Xbyak::Operand&, const Xbyak::Operand&);
  using Immediate = void (Xbyak::CodeGenerator::*)(const Xbyak::Operand&, uint32_t);
  void arithmetic(const TraceInsn& t, Binary binary, Immediate immediate);
  void shift(const TraceInsn& t);
  void multiply(const TraceInsn& t);
  void divide(const TraceInsn& t);
  void extend(const TraceInsn& t);
  void special(const TraceInsn& t);
  void branch(const TraceInsn& t);
  void optional(const TraceInsn& branch, const TraceInsn& t);

  // jit_memory.cpp
  Xbyak::RegExp address(const TraceInsn& t);
  void check_alignment(const Xbyak::Reg32& base, int32_t distance, unsigned alignment);
  void check_bounds(unsigned bytes);
  void relocate(unsigned bytes);
  void look_at_marks(const Xbyak::RegExp& at, std::span<const int32_t> where, unsigned bytes);
  void may_fault();
  void load(const Xbyak::Reg32& to, const Xbyak::RegExp& at, unsigned bytes);
  void store(const Xbyak::RegExp& at, unsigned reg, unsigned bytes);
  void load_insn(const TraceInsn& t);
  void store_insn(const TraceInsn& t);
  void push_insn(const TraceInsn& t);
  void pop_insn(const TraceInsn& t);
  void call_insn(const TraceInsn& t);
  void ret_insn(const TraceInsn& t);

  Memory& memory_;
  const int32_t marks_;  // their distance from the memory
  std::array<JumpEntry*, 2> jumps_;
  size_t room_, first_block_ = 0;
  HostFeatures host_;
  Enter enter_ = nullptr;
  const void* leave_ = nullptr;
  const void* miss_ = nullptr;
  std::vector<Xbyak::Reg32> regs_;
  std::vector<Xbyak::Address> slots_;
  std::vector<FaultSite> sites_;  // in the order of their addresses

  // The block in the making.
  TranslatedBlock* block_ = nullptr;
  const Trace* trace_ = nullptr;
  unsigned index_ = 0;
  State state_;
  Cold* step_ = nullptr;  // of the current instruction and state, once there is one
  std::deque<Cold> cold_;
  std::vector<PendingSite> pending_sites_;
  std::deque<Xbyak::Label> unchained_;
};

// The host's conditional jumps and moves for a branch.
struct Relation {
  void (Xbyak::CodeGenerator::*jump)(const Xbyak::Label&, Xbyak::CodeGenerator::LabelType);
  void (Xbyak::CodeGenerator::*move)(const Xbyak::Reg&, const Xbyak::Operand&);
};
const Relation& relation(Op branch);
Op opposite(Op branch);

}  // namespace moxie
