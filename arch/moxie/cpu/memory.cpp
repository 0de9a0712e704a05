// The flat memory and where it lies in the host's address space; its pages appear when they are first
// touched. With guards:
//
//   slack | marks ... 2 GiB | memory ............ 4 GiB | slack
//
// Both are at most kMaxMemory long and the rest faults. An address of 2 GiB or more reads as its mark what is
// memory, or faults; the access itself surely does. Without guards the two lie side by side.
#include <cerrno>

#include "arch/moxie/cpu/cpu.h"
#include "arch/pages.h"

namespace moxie {

namespace {

constexpr size_t kGiB = size_t{1} << 30;
constexpr size_t kBelow = 2 * kGiB, kAbove = 4 * kGiB + Memory::kGuardSlack;  // with guards

// In the 32 signed bits of a displacement must fit every address of the memory, and the distance to the
// marks: kBelow or the memory's own length, less or more the slack. And the marks must not reach the memory.
static_assert(kBelow <= size_t{1} << 31);
static_assert(kMaxMemory + 2 * Memory::kGuardSlack <= kBelow);

}  // namespace

bool Memory::lay_out(size_t bytes, bool guards) {
  const size_t below = guards ? kBelow : bytes + 2 * kGuardSlack;
  const size_t above = guards ? kAbove : bytes + kGuardSlack;
  reserved_ = arch::reserve_memory(below + above);
  if (reserved_.empty()) return false;
  base_ = reserved_.data() + below;
  std::byte* const marks = reserved_.data() + kGuardSlack;
  marks_ = reinterpret_cast<uint8_t*>(marks);
  size_ = bytes;
  guarded_ = guards;
  if (!guards) return arch::open_memory(reserved_);
  const size_t usable = bytes - kPageSize;
  return arch::open_memory({base_ + kPageSize, usable}) &&
         arch::open_memory({marks + kPageSize, usable});
}

Memory::~Memory() { arch::release_memory(reserved_); }

Result<std::unique_ptr<Memory>> Memory::make(size_t bytes, bool guards) {
  // An address is 32 bits; the limit keeps it and every length positive in the 32 signed bits of an
  // immediate operand, with room for an access that begins at the end.
  if (bytes < 2 * kPageSize || bytes % kPageSize != 0 || bytes > kMaxMemory) return Err(EINVAL);
  for (const bool guarded : {true, false}) {
    if (guarded && !guards) continue;
    std::unique_ptr<Memory> memory(new Memory);
    if (memory->lay_out(bytes, guarded)) return memory;
  }
  return Err(ENOMEM);
}

std::span<std::byte> Memory::at(uint32_t addr, size_t len) {
  if (addr < kPageSize || addr > size_ || len > size_ - addr) return {};
  return {base_ + addr, len};
}

}  // namespace moxie
