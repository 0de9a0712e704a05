// Small pieces that the handlers of this folder share.
#pragma once

#include <cstdint>

#include "lib/result.h"

// A 64-bit value that a 32-bit ABI passes in two registers.
constexpr int64_t join64(uint32_t lo, uint32_t hi) {
  return static_cast<int64_t>(static_cast<uint64_t>(hi) << 32 | lo);
}

template <class T>
SyscallResult as_long(const Result<T>& r) {
  if (!r) return std::unexpected(r.error());
  return static_cast<long>(*r);
}

inline SyscallResult as_zero(const Result<void>& r) {
  if (!r) return std::unexpected(r.error());
  return 0;
}
