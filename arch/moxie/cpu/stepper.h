// One instruction at a time: the definition of what every moxie instruction does and of every way it
// can stop. The fast engines only do what surely succeeds and leave the rest to this one: each
// exception, stores into code, the end of the budget, and everything while an observer looks on. So
// there is one place that says which of two faults comes first.
//
// Choices where no moxie core gives an answer: an access must be aligned to its size; alignment is
// judged before the bounds; both are judged on the physical address (behind the data-relocation
// register), Stop::address is the program's own. A call frame is checked whole before any of it is
// written. Special registers from 16 on read as zero and ignore writes. Shift counts are taken modulo
// 32.
#pragma once

#include <optional>

#include "arch/moxie/cpu/cpu.h"
#include "arch/moxie/cpu/insn.h"

namespace moxie {

// Told of every store, after it has happened, with its physical address.
struct StoreWatcher {
  virtual ~StoreWatcher() = default;
  virtual void stored(uint32_t address, unsigned bytes) = 0;
};

// Where a data access of `regs` goes.
inline uint32_t physical(const Registers& regs, uint32_t address) {
  return address - regs.reloc_start < regs.reloc_len ? address + regs.reloc_delta : address;
}

class Stepper {
 public:
  Stepper(Memory& memory, StoreWatcher& watcher) : memory_(memory), watcher_(watcher) {}

  void set_observer(Observer* observer) { observer_ = observer; }
  bool observed() const { return observer_ != nullptr; }

  // Executes the instruction at regs.pc, or says why not. `executed` becomes true if it counts (it
  // does unless the result is an exception).
  std::optional<Stop> step(Registers& regs, bool& executed);

 private:
  // These are true if it was done; otherwise stop_ says why not, and nothing has changed.
  bool fetch(uint32_t pc, Insn& insn);
  bool execute(Registers& regs, const Insn& insn);
  bool load(Registers& regs, unsigned to, uint32_t address, unsigned bytes);
  bool store(const Registers& regs, uint32_t address, uint32_t value, unsigned bytes);
  bool check(const Registers& regs, uint32_t address, unsigned bytes, bool write);
  bool push(Registers& regs, const Insn& insn);
  bool pop(Registers& regs, const Insn& insn);
  bool call(Registers& regs, uint32_t target, uint32_t back);
  bool ret(Registers& regs);
  bool divide(Registers& regs, const Insn& insn);
  bool refuse(Stop::Kind kind, uint32_t address, bool write = false, uint32_t number = 0);
  uint32_t peek(const Registers& regs, uint32_t address, unsigned bytes) const;

  Memory& memory_;
  StoreWatcher& watcher_;
  Observer* observer_ = nullptr;
  Stop stop_{};
};

// Whether the relation of a conditional branch holds between the operands of the last cmp.
bool holds(Op branch, uint32_t a, uint32_t b);

// What div, udiv, mod and umod yield; b is not 0.
uint32_t quotient(Op op, uint32_t a, uint32_t b);

}  // namespace moxie
