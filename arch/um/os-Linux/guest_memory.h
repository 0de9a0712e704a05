// Reading and writing a stub's memory from outside. All return the bytes NOT copied.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace um::os {

// These honour the pages' protection.
size_t read_memory(int pid, void* to, uint64_t from, size_t n);
size_t write_memory(int pid, uint64_t to, const void* from, size_t n);
// Several at once, one host call. At most 16. One that cannot be written is left out.
struct Piece {
  uint64_t to;
  const void* from;
  size_t n;
};
void write_pieces(int pid, std::span<const Piece> pieces);
// This one does not.
size_t force_write_memory(int pid, uint64_t to, const void* from, size_t n);

}  // namespace um::os
