// What the interpreter and the translator have in common: time slices, the budget, interrupts, the code
// map and its invalidation, and the hand-over to the stepper for everything that is not plain progress.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>

#include "arch/moxie/cpu/codemap.h"
#include "arch/moxie/cpu/cpu.h"
#include "arch/moxie/cpu/stepper.h"

namespace moxie {

class BlockEngine : public Engine, private StoreWatcher {
 public:
  Stop run(Registers& regs, uint64_t& budget) final;
  void invalidate(uint32_t addr, size_t len) final { map().forget(addr, len); }
  void set_observer(Observer* observer) final { stepper_.set_observer(observer); }
  void interrupt() final { interrupted_.store(true, std::memory_order_relaxed); }

 protected:
  explicit BlockEngine(Memory& memory) : memory_(memory), stepper_(memory, *this) {}

  // Why execute() came back. regs and the slice are exact in every case.
  struct Leave {
    enum Why : uint8_t {
      look_up,  // regs.pc needs a block, or the slice is too short for the one that is there
      step,     // the stepper has to do the instruction at regs.pc
    } why = look_up;
    Way* way = nullptr;  // look_up: it may be chained to the block at regs.pc
  };

  virtual CodeMap& map() = 0;
  // The block that starts at regs.pc, entered into the map by the caller. nullptr: step instead.
  virtual std::unique_ptr<Block> translate(const Registers& regs) = 0;
  // Runs blocks from this one on, whose count is not above the slice, and takes what was executed off
  // the slice.
  virtual Leave execute(Block& block, Registers& regs, int64_t& slice) = 0;

  Memory& memory_;

 private:
  void stored(uint32_t address, unsigned bytes) final {
    const uint8_t* marks = memory_.marks() + address;
    if (std::any_of(marks, marks + bytes, [](uint8_t mark) { return mark != 0; }))
      map().forget(address, bytes);
  }
  // `last`: the budget ends with this slice, and every instruction of it counts.
  std::optional<Stop> run_slice(Registers& regs, int64_t& slice, bool last);
  Block* block_at(const Registers& regs);

  Stepper stepper_;
  std::atomic<bool> interrupted_ = false;
};

}  // namespace moxie
