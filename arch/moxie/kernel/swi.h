// What the instruction swi has meant: three definitions, one interface. The engine stops behind a swi
// and does nothing else; enter() does to the stacks what that definition did, leave() is the way back to
// user mode, which goes through whatever was pushed. Sources: GDB's sim/moxie (2009), the port's
// exception handler (2010), the note on vfork and swi (2012), MoxieLite (2013).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "arch/moxie/moxie.h"
#include "arch/moxie/ptrace.h"
#include "lib/result.h"

namespace moxie {

// A task's view of guest memory in words, as its own loads and stores have it. Nothing: outside.
class Bus {
 public:
  virtual ~Bus() = default;
  virtual std::optional<uint32_t> load(uint32_t addr) = 0;
  virtual bool store(uint32_t addr, uint32_t value) = 0;
};

class SwiDefinition {
 public:
  virtual ~SwiDefinition() = default;
  virtual std::string_view name() const = 0;
  virtual uint32_t frame_bytes() const { return 0; }
  // The swi with this number was executed. False: its frame cannot be written, the stack is nowhere.
  virtual bool enter(Bus& bus, pt_regs& regs, uint32_t number) const = 0;
  // Back to user mode: registers come from where enter() put them. False: the frame cannot be read.
  virtual bool leave(Bus& bus, pt_regs& regs) const = 0;
  // The kernel has changed $fp, $sp or pc of a task that is inside: into the frame with them.
  virtual void store_frame(Bus& bus, const pt_regs& regs) const = 0;
  // The child of a fork: `child` is a copy of the parent's registers, with a kernel stack of its own.
  // usp: a stack of its own, or 0.
  virtual void copy_frame(Bus& bus, pt_regs& child, uint32_t usp) const = 0;
};

const SwiDefinition& swi_definition(Swi which);
// The one in force.
inline const SwiDefinition& swi() { return swi_definition(options().swi); }

}  // namespace moxie
