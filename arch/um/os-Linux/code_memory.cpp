// arch/pages.h on the host's mmap().
#include <sys/mman.h>

#include "arch/pages.h"

namespace arch {

namespace {

std::span<std::byte> map(size_t bytes, int protection) {
  void* p = mmap(nullptr, bytes, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (p == MAP_FAILED) return {};
  return {static_cast<std::byte*>(p), bytes};
}

}  // namespace

std::span<std::byte> allocate_code_memory(size_t bytes) {
  return map(bytes, PROT_READ | PROT_WRITE | PROT_EXEC);
}

void free_code_memory(std::span<std::byte> memory) { release_memory(memory); }

std::span<std::byte> reserve_memory(size_t bytes) { return map(bytes, PROT_NONE); }

bool open_memory(std::span<std::byte> part) {
  return mprotect(part.data(), part.size(), PROT_READ | PROT_WRITE) == 0;
}

void release_memory(std::span<std::byte> reserved) {
  if (!reserved.empty()) munmap(reserved.data(), reserved.size());
}

}  // namespace arch
