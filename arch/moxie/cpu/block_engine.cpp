// The outer loop of both engines; see block_engine.h.
#include "arch/moxie/cpu/block_engine.h"

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
    const std::optional<Stop> stop = run_slice(regs, left, budget <= kSlice);
    budget -= static_cast<uint64_t>(whole - left);
    if (stop) return *stop;
  }
  return {.kind = Stop::budget};
}

std::optional<Stop> BlockEngine::run_slice(Registers& regs, int64_t& slice, bool last) {
  Leave leave;
  while (slice > 0) {
    Block* block = nullptr;
    const unsigned removals = map().removals();
    if (leave.why != Leave::step && !stepper_.observed()) block = block_at(regs);
    const bool still_there = map().removals() == removals;  // translating may make room
    if (block && leave.way && still_there && !leave.way->to) map().chain(*leave.way, *block);
    if (block && block->count <= slice) {
      leave = execute(*block, regs, slice);
      continue;
    }
    if (block && !last) break;  // the next slice is long enough
    leave = {};
    bool executed;
    const std::optional<Stop> stop = stepper_.step(regs, executed);
    slice -= executed;
    if (stop) return stop;
  }
  return std::nullopt;
}

Block* BlockEngine::block_at(const Registers& regs) {
  if (Block* block = map().find(regs.pc, regs.reloc_len != 0)) return block;
  std::unique_ptr<Block> block = translate(regs);
  return block ? map().insert(std::move(block)) : nullptr;
}

}  // namespace moxie
