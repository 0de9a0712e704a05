// What the rest of the kernel sees of the moxie guest architecture: the Isa and its kernel parameters.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "arch/arch.h"

const arch::Isa& moxie_isa();

namespace moxie {

inline constexpr unsigned kElfMachine = 223, kOldElfMachine = 0xFEED;

// What the instruction `swi` does besides stopping user code: it has had three definitions.
enum class Swi : uint8_t {
  user_stack,    // 2009: pushes a call frame on the current stack; the return goes through it
  kernel_stack,  // the change announced in 2012: pushes it on the stack that special register 4 names
  registers,     // what the hardware did in 2013: special register 5, nothing is pushed
};

struct Options {
  Swi swi = Swi::kernel_stack;
  uint64_t memory = 16ULL << 20;  // bytes of the flat memory (moxie-mem=)
  std::string engine;             // interp, jit; empty: the fastest there is
};
const Options& options();

// swi=, moxie-mem=, moxie-engine=.
void register_parameters();
void set_swi(Swi which);  // as swi= does; for tests

}  // namespace moxie
