// fcntl, flock and ioctl, in kernel form. Linux: fs/fcntl.c, fs/ioctl.c.
#pragma once

#include "fs/fs.h"

// struct flock without its ABI; l_start is relative to `whence`.
struct kernel_flock {
  int type = F_UNLCK;
  int whence = SEEK_SET;
  int64_t start = 0, len = 0;
  int pid = 0;
};

// Every command but the record locks.
Result<long> do_fcntl(int fd, unsigned cmd, uint64_t arg);
// F_GETLK and F_OFD_GETLK: `lock` becomes the answer.
Result<void> fcntl_getlk(int fd, bool ofd, kernel_flock& lock);
Result<void> fcntl_setlk(int fd, bool ofd, bool wait, const kernel_flock& lock);
Result<void> do_flock(int fd, unsigned operation);
Result<long> do_ioctl(int fd, unsigned cmd, uint64_t arg);
// dup3 with the flags 0 or O_CLOEXEC.
Result<int> do_dup3(int old_fd, int new_fd, unsigned flags);
Result<void> do_close_range(unsigned first, unsigned last, unsigned flags);
