// arch/pages.h on the host's mmap().
#include <sys/mman.h>

#include "arch/pages.h"

namespace arch {

std::span<std::byte> allocate_code_memory(size_t bytes) {
  void* p = mmap(nullptr, bytes, PROT_READ | PROT_WRITE | PROT_EXEC,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (p == MAP_FAILED) return {};
  return {static_cast<std::byte*>(p), bytes};
}

void free_code_memory(std::span<std::byte> memory) {
  if (!memory.empty()) munmap(memory.data(), memory.size());
}

}  // namespace arch
