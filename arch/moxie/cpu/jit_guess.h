// What the guest's registers will be along a trace, as far as that is easy to tell from what they and
// memory are now: the trace is about to be executed. Only guesses at where an indirect jump goes depend
// on it, and the translated code checks those.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "arch/moxie/cpu/cpu.h"
#include "arch/moxie/cpu/insn.h"

namespace moxie {

class Guess {
 public:
  Guess(const Memory& memory, const Registers& regs);

  void execute(const Insn& insn);
  void call(uint32_t back);
  // Where the frame says that it goes.
  std::optional<uint32_t> ret();
  std::optional<uint32_t> operator[](unsigned reg) const { return of_[reg]; }

 private:
  using Word = std::optional<uint32_t>;
  Word load(Word address) const;
  void store(Word address, Word value);

  const Memory& memory_;
  std::array<Word, 16> of_;
  std::vector<std::pair<uint32_t, Word>> stored_;
};

}  // namespace moxie
