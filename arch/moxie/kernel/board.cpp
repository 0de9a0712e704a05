// See board.h. The kernel parameters of moxie stand here too: they are the jumpers of the board.
#include "arch/moxie/kernel/board.h"

#include <boost/endian/conversion.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "arch/moxie/kernel/space.h"
#include "arch/moxie/kernel/traps.h"
#include "arch/moxie/moxie.h"
#include "kernel/params.h"
#include "kernel/sched.h"
#include "kernel/trace.h"
#include "lib/uapi.h"
#include "mm/mm.h"

namespace moxie {

namespace {

constexpr uint64_t kLeastMemory = 256ULL << 10, kMostMemory = kMaxMemory;

Options chosen;
std::unique_ptr<Board> the_board;

std::string set_memory(std::string_view value) {
  uint64_t n = 0;
  const auto [rest, error] = std::from_chars(value.data(), value.data() + value.size(), n);
  const std::string_view unit(rest, static_cast<size_t>(value.data() + value.size() - rest));
  unsigned shift = 0;
  if (unit == "K" || unit == "k") shift = 10;
  if (unit == "M" || unit == "m") shift = 20;
  if (unit == "G" || unit == "g") shift = 30;
  const bool known = error == std::errc() && (unit.empty() || shift != 0);
  if (!known || n > kMostMemory >> shift || n << shift < kLeastMemory ||
      ((n << shift) & ~kPageMask) != 0)
    return "no memory size; give 256K to 1536M in whole pages, as in 16M";
  chosen.memory = n << shift;
  return {};
}

std::unique_ptr<Engine> make_engine(Memory& memory) {
  if (chosen.engine != "interp")
    if (auto jit = make_jit(memory)) return jit;
  return make_interpreter(memory);
}

// `slot190 trace --insn`.
struct InstructionTrace final : Observer {
  void instruction(const Registers& before) override {
    if (trace_sink == nullptr || !current->mm) return;
    trace_sink->instruction(*current, before.pc,
                            instruction_text(space_of(*current->mm->space), before.pc));
  }
  void store(const Registers&, uint32_t, unsigned) override {}
};
InstructionTrace instruction_trace;

}  // namespace

void Observers::add(Observer& o) {
  if (std::find(all_.begin(), all_.end(), &o) == all_.end()) all_.push_back(&o);
  hook_up();
}

void Observers::remove(Observer& o) {
  std::erase(all_, &o);
  hook_up();
}

void Observers::hook_up() {
  engine_.set_observer(all_.empty() ? nullptr : all_.size() == 1 ? all_.front() : this);
}

void Observers::instruction(const Registers& before) {
  for (Observer* o : all_) o->instruction(before);
}

void Observers::store(const Registers& before, uint32_t address, unsigned bytes) {
  for (Observer* o : all_) o->store(before, address, bytes);
}

const Options& options() { return chosen; }

void set_swi(Swi which) { chosen.swi = which; }

void register_parameters() {
  KernelParameter memory{
      "moxie-mem", "the flat memory that all moxie programs share", {}, "SIZE", {}};
  memory.set = [](const std::string& value) { return set_memory(value); };
  ::register_parameters({
      choice_parameter<Swi>(
          "swi", "what moxie's software interrupt does to the stacks",
          {{"user-stack", "pushes a call frame on the current stack (2009)", Swi::user_stack},
           {"kernel-stack", "pushes it on the kernel's stack (as announced in 2012)",
            Swi::kernel_stack},
           {"registers", "pushes nothing (the hardware of 2013)", Swi::registers}},
          set_swi),
      std::move(memory),
      choice_parameter<std::string_view>(
          "moxie-engine", "how moxie code is executed",
          {{"jit", "translated to the host's code, where there is a translator", "jit"},
           {"interp", "interpreted", "interp"}},
          [](std::string_view name) { chosen.engine = name; }),
  });
}

// Page 0 stays out: an access to it is a mistake, and bFLT takes a zero word for no pointer.
Board::Board(std::unique_ptr<Memory> m, std::unique_ptr<Engine> e)
    : memory(std::move(m)),
      engine(std::move(e)),
      pages(kPageSize, memory->size()),
      observers(*engine) {
  constexpr std::array<unsigned char, 12> kSigreturn{
      0x01, 0x80, 0x00, 0x00, 0x00, 0xad,   // ldi.l $r6, 173
      0x30, 0x00, 0xff, 0xff, 0xff, 0xff};  // swi 0xffffffff
  if (auto page = pages.alloc(kPageSize)) {
    sigreturn = static_cast<uint32_t>(*page);
    std::memcpy(memory->base() + sigreturn, kSigreturn.data(), kSigreturn.size());
    engine->invalidate(sigreturn, kSigreturn.size());
  }
}

Result<Board*> power_up() {
  if (!the_board) {
    auto memory = TRY(Memory::make(chosen.memory));
    auto engine = make_engine(*memory);
    if (!engine) return Err(ENOSYS);
    the_board = std::make_unique<Board>(std::move(memory), std::move(engine));
    if (trace_sink != nullptr && trace_sink->wants_instructions())
      the_board->observers.add(instruction_trace);
  }
  return the_board.get();
}

Board* board() { return the_board.get(); }
void power_down() { the_board.reset(); }

uint32_t load_be32(const std::byte* at) {
  return boost::endian::endian_load<uint32_t, 4, boost::endian::order::big>(
      reinterpret_cast<const unsigned char*>(at));
}
void store_be32(std::byte* at, uint32_t value) {
  boost::endian::endian_store<uint32_t, 4, boost::endian::order::big>(
      reinterpret_cast<unsigned char*>(at), value);
}

}  // namespace moxie
