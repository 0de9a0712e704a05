// The functions of the host's vDSO: where they begin, and what they answer. Every process of the host has
// the same image at an address of its own.
#pragma once

#include <cstdint>

namespace um::os {

enum class VdsoFunction : uint8_t { none, clock_gettime, gettimeofday, time };

// Which one begins so many bytes behind the image's first.
VdsoFunction vdso_function(uint64_t offset);

// A clock that the vDSO reads without a system call, as struct timespec's words. False: another one.
bool vdso_clock(int id, int64_t& seconds, int64_t& nanoseconds);

}  // namespace um::os
