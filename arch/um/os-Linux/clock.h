// The host's clocks, random numbers, sizes and kernel stacks in plain types.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace um::os {

uint64_t now_monotonic();  // ns, all of them
uint64_t now_realtime();
uint64_t now_boottime();
uint64_t now_tai();
uint64_t now_monotonic_raw();
uint64_t now_realtime_coarse();
uint64_t now_monotonic_coarse();

void random_bytes(std::span<std::byte> out);
uint64_t memory_bytes();
// Resident bytes of a host process, or 0. `file` keeps /proc's answer open between calls (5 us the
// first time, 1 us then) if it is not negative or `keep`; close_file() it when the process goes.
uint64_t resident_bytes(int pid, int& file, bool keep);
void close_file(int& file);

// What `int $0x80` costs in this process, ns. Only where the host has the i386 entry.
uint64_t int80_cost();

// A kernel stack with an inaccessible page below; nullptr if there is no memory.
void* allocate_stack(size_t size);
void release_stack(void* base, size_t size);

}  // namespace um::os
