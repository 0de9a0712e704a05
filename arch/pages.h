// Host memory for translators: code that the host lets us execute, address space that faults until it is
// opened, and faults of generated code that are expected. arch/um/os-Linux implements it.
#pragma once

#include <cstddef>
#include <span>

namespace arch {

// Zero-filled, readable, writable and executable; pages appear when touched. Empty where the host
// refuses that (a hardened one may).
std::span<std::byte> allocate_code_memory(size_t bytes);
void free_code_memory(std::span<std::byte> memory);

// Address space that nobody else gets and every access to which faults; empty if there is not as much (or
// RLIMIT_AS forbids it). Opened parts are zero-filled, readable and writable.
std::span<std::byte> reserve_memory(size_t bytes);
bool open_memory(std::span<std::byte> part);
void release_memory(std::span<std::byte> reserved);

// Generated code some of whose accesses may fault. recover() is called by the host's signal handler with
// the address of the instruction that did and says where the code goes on, its registers unchanged;
// nullptr: that was none of those, and the fault is handled as if nobody watched.
struct FaultingCode {
  std::span<const std::byte> code;
  virtual const void* recover(const void* at) const = 0;

 protected:
  ~FaultingCode() = default;
};
bool watch_faults(const FaultingCode& code);
void unwatch_faults(const FaultingCode& code);

}  // namespace arch
