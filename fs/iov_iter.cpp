// iov_iter: a walk over the pieces of memory that a read fills or a write empties. Linux:
// lib/iov_iter.c. Ours knows two kinds, guest memory and kernel memory.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>

#include "fs/fs.h"
#include "mm/uaccess.h"

iov_iter iov_iter::user(std::vector<segment> segments) {
  iov_iter i;
  for (const segment& s : segments) i.count_ += s.len;
  if (segments.size() == 1) {
    i.one_ = segments[0];
  } else {
    i.segments_ = std::move(segments);
  }
  return i;
}

iov_iter iov_iter::user(uint64_t base, uint64_t len) {
  iov_iter i;
  i.one_ = {base, len};
  i.count_ = len;
  return i;
}

iov_iter iov_iter::kernel(void* base, size_t len) {
  iov_iter i = user(reinterpret_cast<uint64_t>(base), len);
  i.kernel_ = true;
  return i;
}

// Calls move(address, bytes) for each contiguous piece of the next n bytes until one comes up
// short.
template <class Move>
size_t iov_iter::step(size_t n, Move move) {
  n = std::min(n, count_);
  size_t done = 0;
  while (done < n) {
    const segment& s = at(index_);
    const size_t piece = std::min<size_t>(n - done, s.len - offset_);
    const size_t moved = piece == 0 ? 0 : move(s.base + offset_, done, piece);
    done += moved;
    offset_ += moved;
    count_ -= moved;
    if (moved < piece) break;
    if (offset_ == s.len && count_ != 0) {
      ++index_;
      offset_ = 0;
    }
  }
  return done;
}

size_t iov_iter::copy_to(const void* from, size_t n) {
  const auto* source = static_cast<const std::byte*>(from);
  return step(n, [&](uint64_t address, size_t done, size_t piece) {
    if (!kernel_) return copy_to_user_partial(address, source + done, piece);
    std::memcpy(reinterpret_cast<void*>(address), source + done, piece);
    return piece;
  });
}

size_t iov_iter::copy_from(void* to, size_t n) {
  auto* target = static_cast<std::byte*>(to);
  return step(n, [&](uint64_t address, size_t done, size_t piece) {
    if (!kernel_) return copy_from_user_partial(target + done, address, piece);
    std::memcpy(target + done, reinterpret_cast<const void*>(address), piece);
    return piece;
  });
}

size_t iov_iter::zero(size_t n) {
  static const std::array<std::byte, 16 * kPageSize> zeros{};
  size_t done = 0;
  while (done < n && count_ != 0) {
    const size_t piece = std::min({n - done, zeros.size(), count_});
    const size_t moved = copy_to(zeros.data(), piece);
    done += moved;
    if (moved < piece) break;
  }
  return done;
}

void iov_iter::truncate(size_t n) { count_ = std::min(count_, n); }

void iov_iter::advance(size_t n) {
  step(n, [](uint64_t, size_t, size_t piece) { return piece; });
}

void iov_iter::revert(size_t n) {
  count_ += n;
  while (n > offset_) {
    n -= offset_;
    --index_;
    offset_ = at(index_).len;
  }
  offset_ -= n;
}
