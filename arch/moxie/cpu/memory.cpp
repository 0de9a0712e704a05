// The flat memory. Pages appear when they are first touched: a big calloc() is a fresh host mapping.
#include <cerrno>
#include <cstdlib>

#include "arch/moxie/cpu/cpu.h"

namespace moxie {

namespace {

class HeapMemory final : public Memory {
 public:
  explicit HeapMemory(size_t bytes) {
    base_ = static_cast<std::byte*>(std::calloc(bytes, 1));
    size_ = base_ ? bytes : 0;
  }
  ~HeapMemory() override { std::free(base_); }
};

}  // namespace

Result<std::unique_ptr<Memory>> Memory::make(size_t bytes) {
  // An address is 32 bits; the limit keeps it and every length positive in the 32 signed bits of an
  // immediate operand, with room for an access that begins at the end.
  if (bytes < 2 * kPageSize || bytes % kPageSize != 0 || bytes > kMaxMemory) return Err(EINVAL);
  auto memory = std::make_unique<HeapMemory>(bytes);
  if (memory->size() == 0) return Err(ENOMEM);
  return memory;
}

std::span<std::byte> Memory::at(uint32_t addr, size_t len) {
  if (addr < kPageSize || addr > size_ || len > size_ - addr) return {};
  return {base_ + addr, len};
}

}  // namespace moxie
