// The moxie CPU (Anthony Green's, as GCC 12 and binutils 2.40 know it) in front of one flat physical
// memory: what arch/moxie's kernel side sees of it. Big-endian, no MMU. An Engine executes
// instructions until something needs the kernel; which engine (interpreter, block translator) never
// changes a result, only the speed. What `swi` does to a stack is not the engine's business: it stops,
// and the kernel side does what that definition of swi did (four existed).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "lib/result.h"

namespace moxie {

inline constexpr uint32_t kPageSize = 4096;
inline constexpr size_t kMaxMemory = size_t{3} << 29;

// Encoding numbers of the general registers.
inline constexpr unsigned kFp = 0, kSp = 1, kR0 = 2, kR6 = 8, kR12 = 14, kR13 = 15;
std::string_view register_name(unsigned n);  // "$fp", "$sp", "$r0" ... "$r13"

// The part of the CPU that belongs to a task. Fits arch::thread_struct::regs.
struct Registers {
  std::array<uint32_t, 16> r{};
  uint32_t pc = 0;
  uint32_t cmp_a = 0, cmp_b = 0;  // operands of the last cmp: all that branches look at
  // The machine variant with a data-relocation register: a data access (loads, stores, push, pop, call
  // frames; not instruction fetch) to [reloc_start, reloc_start + reloc_len) goes to address +
  // reloc_delta. reloc_len == 0: the plain machine.
  uint32_t reloc_start = 0, reloc_len = 0, reloc_delta = 0;
  std::array<uint32_t, 16> sreg{};  // special registers that user code may read and write (gsr, ssr)
};

// Why execution stopped. pc afterwards: of swi the instruction after it; of budget and interrupted the
// next instruction; of every exception the instruction that caused it, with no register changed by it.
struct Stop {
  enum Kind : uint8_t {
    swi,          // number = its immediate
    divide,       // by zero
    illegal,      // no such instruction
    bus_error,    // address is outside memory (write tells the direction); also instruction fetch
    misaligned,   // address is no multiple of the access size (loads and stores; pc is odd)
    brk,
    budget,       // the number of instructions is used up
    interrupted,  // interrupt() was called
  } kind;
  uint32_t number = 0;
  uint32_t address = 0;
  bool write = false;
};

// The flat physical memory, zero-filled, from address 0 to size(). Page 0 is never handed out by the
// page allocator, and an access to it is a bus error; not even the host may touch it. Below the memory
// lies one mark for each byte of it, for the engine (one at a time) to note which of them it decoded.
//
// A guarded memory lies in a reservation of address space so large that whatever 32-bit address plus or
// minus kGuardSlack is added to base() (or, for a mark that is to be read before the byte is written, to
// marks()) never touches anything but memory, marks and what faults.
class Memory {
 public:
  static constexpr uint32_t kGuardSlack = 64 << 10;

  // A multiple of 4096, at least two pages and at most kMaxMemory (else EINVAL); ENOMEM. Where the host
  // has no room for guards, or if they are not wanted, the memory has none.
  static Result<std::unique_ptr<Memory>> make(size_t bytes, bool guards = true);
  ~Memory();
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  size_t size() const { return size_; }
  std::byte* base() { return base_; }
  const std::byte* base() const { return base_; }
  uint8_t* marks() { return marks_; }
  bool guarded() const { return guarded_; }
  // [addr, addr + len) if it lies inside memory (and outside page 0), else empty.
  std::span<std::byte> at(uint32_t addr, size_t len);

 private:
  Memory() = default;
  bool lay_out(size_t bytes, bool guards);

  std::span<std::byte> reserved_;
  std::byte* base_ = nullptr;
  uint8_t* marks_ = nullptr;
  size_t size_ = 0;
  bool guarded_ = false;
};

// Told of every instruction and every store while it is set; engines then run one instruction at a
// time. For `trace --insn` and to find out who overwrote a frame.
struct Observer {
  virtual ~Observer() = default;
  virtual void instruction(const Registers& before) = 0;
  virtual void store(const Registers& before, uint32_t address, unsigned bytes) = 0;  // physical address
};

class Engine {
 public:
  virtual ~Engine() = default;
  virtual std::string_view name() const = 0;  // "interp", "jit"

  // Executes at most `budget` instructions and subtracts those that were executed (a swi counts, an
  // instruction that caused an exception does not). Exact, on every engine.
  virtual Stop run(Registers& regs, uint64_t& budget) = 0;
  // Memory was changed by somebody else than user code (loader, copy_to_user, ptrace): forget what
  // was decoded there. Stores by user code into code that was decoded are noticed by the engine itself
  // (at the latest at the next taken branch).
  virtual void invalidate(uint32_t addr, size_t len) = 0;
  virtual void set_observer(Observer* observer) = 0;  // nullptr: none
  virtual void interrupt() = 0;                       // async-signal-safe: run() stops soon
};

std::unique_ptr<Engine> make_interpreter(Memory& memory);
std::unique_ptr<Engine> make_jit(Memory& memory);  // nullptr where there is no translator (not x86-64)

// The same as on a host whose CPU lacks what is false here.
struct HostFeatures {
  bool movbe = true, bmi2 = true;
};
std::unique_ptr<Engine> make_jit_for(Memory& memory, HostFeatures host);

// One instruction as objdump -d prints it ("ldi.l\t$r0, 0x10"), without the address. `code` starts at
// the instruction; `length` is what it occupies (2, 4 or 6 bytes; 2 for what is none: "bad").
struct Disassembly {
  std::string text;
  unsigned length = 2;
  std::optional<uint32_t> target;  // of jumps, calls and branches with a fixed one, for a symbol
};
Disassembly disassemble(std::span<const std::byte> code, uint32_t pc);

}  // namespace moxie
