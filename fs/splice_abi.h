// vmsplice, for every layout of iovec. Linux: fs/splice.c.
#pragma once

#include "fs/iov_abi.h"
#include "kernel/syscall.h"

// Moves what a pipe holds or has room for; sleeps for the first byte only. EBADF if it is no pipe.
Result<size_t> do_vmsplice(int fd, iov_iter iter, unsigned flags);

template <class Abi>
SyscallResult sys_vmsplice(fd_t fd, user_ptr<const typename Abi::iovec> vec, ulong_t count,
                           uint32_t flags) {
  iov_iter iter = TRY(import_iovec(vec, count));
  return static_cast<long>(TRY(do_vmsplice(fd, std::move(iter), flags)));
}
