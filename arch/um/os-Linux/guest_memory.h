// Reading and writing a stub's memory from outside. All return the bytes NOT copied.
#pragma once

#include <cstddef>
#include <cstdint>

namespace um::os {

// These honour the pages' protection.
size_t read_memory(int pid, void* to, uint64_t from, size_t n);
size_t write_memory(int pid, uint64_t to, const void* from, size_t n);
// This one does not.
size_t force_write_memory(int pid, uint64_t to, const void* from, size_t n);

}  // namespace um::os
