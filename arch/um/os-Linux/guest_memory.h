// Reading and writing a stub's memory from outside. All return the bytes NOT copied.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace um::os {

// These honour the pages' protection.
size_t read_memory(int pid, void* to, uint64_t from, size_t n);
size_t write_memory(int pid, uint64_t to, const void* from, size_t n);
// Several at once, one host call. One that cannot be written is left out.
inline constexpr size_t kMostPieces = 48;
struct Piece {
  uint64_t to;
  const void* from;
  size_t n;
};
void write_pieces(int pid, std::span<const Piece> pieces);
// This one does not.
size_t force_write_memory(int pid, uint64_t to, const void* from, size_t n);

// The kernel's own view of `n` bytes of a file, from `offset` on, to be read and written; nullptr if the
// host refuses. What lies behind the file's end must not be touched.
uint8_t* map_view(int fd, uint64_t offset, size_t n);
void unmap_view(uint8_t* view, size_t n);
// `n` zeros, all of them there already: 128 faults cost four times as much. nullptr: no memory.
void* zeros(size_t n);

}  // namespace um::os
