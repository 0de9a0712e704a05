// struct iovec from a guest: for readv, preadv, sendmsg, vmsplice. Linux: import_iovec of
// lib/iov_iter.c.
#pragma once

#include <vector>

#include "fs/read_write.h"
#include "kernel/syscall.h"

// Checks counts, lengths and addresses; the total is cut to MAX_RW_COUNT. EINVAL, EFAULT.
template <class Iovec>
Result<std::vector<iov_iter::segment>> import_segments(user_ptr<const Iovec> vec, uint64_t count) {
  if (count > UIO_MAXIOV) return Err(EINVAL);
  const std::vector<Iovec> wire = TRY(get_user_array(vec, static_cast<size_t>(count)));
  std::vector<iov_iter::segment> out;
  out.reserve(wire.size());
  uint64_t total = 0;
  for (const Iovec& w : wire) {
    using sword = std::make_signed_t<decltype(w.iov_len + 0U)>;
    const uint64_t base = w.iov_base;
    uint64_t len = w.iov_len;
    if (static_cast<sword>(len) < 0) return Err(EINVAL);
    if (!access_ok(base, len)) return Err(EFAULT);
    len = std::min(len, MAX_RW_COUNT - total);
    total += len;
    out.push_back({base, len});
  }
  return out;
}
template <class Iovec>
Result<iov_iter> import_iovec(user_ptr<const Iovec> vec, uint64_t count) {
  return iov_iter::user(TRY(import_segments(vec, count)));
}
