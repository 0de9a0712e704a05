// The outer loop of both engines; see block_engine.h.
#include "arch/moxie/cpu/block_engine.h"

#include <algorithm>

namespace moxie {

namespace {

// How many instructions may pass before interrupt() is noticed: some tens of microseconds. Looking only
// here keeps the check out of the fast loops.
constexpr uint64_t kSlice = 1 << 16;

}  // namespace

Stop BlockEngine::run(Registers& regs, uint64_t& budget) {
  while (budget > 0) {
    if (interrupted_.exchange(false, std::memory_order_relaxed)) return {.kind = Stop::interrupted};
    const auto whole = static_cast<int64_t>(std::min(budget, kSlice));
    int64_t left = whole;
    const std::optional<Stop> stop = run_slice(regs, left);
    budget -= static_cast<uint64_t>(whole - left);
    if (stop) return *stop;
  }
  return {.kind = Stop::budget};
}

std::optional<Stop> BlockEngine::run_slice(Registers& regs, int64_t& slice) {
  Leave leave;
  while (slice > 0) {
    Block* block = nullptr;
    const unsigned removals = map().removals();
    if (leave.why != Leave::step && !stepper_.observed()) block = block_at(regs);
    const bool still_there = map().removals() == removals;  // translating may make room
    if (block && leave.from && still_there && !leave.from->next[leave.way]) {
      map().chain(*leave.from, leave.way, *block);
      chained(*leave.from, leave.way);
    }
    if (block && block->count <= slice) {
      leave = execute(*block, regs, slice);
      continue;
    }
    leave = {};
    bool executed;
    const std::optional<Stop> stop = stepper_.step(regs, executed);
    slice -= executed;
    if (stop) return stop;
  }
  return std::nullopt;
}

Block* BlockEngine::block_at(const Registers& regs) {
  const bool relocating = regs.reloc_len != 0;
  if (Block* block = map().find(regs.pc, relocating)) return block;
  const std::vector<Insn> insns = scan_block(memory_, regs.pc);
  if (insns.empty()) return nullptr;
  Block frame;
  frame.start = frame.end = regs.pc;
  for (const Insn& insn : insns) frame.end += insn.length;
  frame.count = static_cast<uint16_t>(insns.size());
  frame.relocating = relocating;
  frame.next_pc = {frame.end, frame.end};
  const Insn& last = insns.back();
  if (is_branch(last.op)) frame.next_pc[0] = frame.end + last.imm;
  if (last.op == Op::jsra || last.op == Op::jmpa) frame.next_pc[0] = last.imm;
  std::unique_ptr<Block> block = translate(std::move(frame), insns);
  return block ? map().insert(std::move(block)) : nullptr;
}

}  // namespace moxie
