// The parts of the descriptor table that dup2, fcntl and ioctl need. Linux:
// include/linux/fdtable.h.
#pragma once

#include "fs/fs.h"

files_struct::slot* fd_slot(int fd);  // of the current task; null: no such descriptor
// Puts `f` at exactly `fd` and closes what was there. EBADF beyond RLIMIT_NOFILE.
Result<void> replace_fd(int fd, Ref<file> f, bool cloexec);
uint64_t nofile_limit();  // RLIMIT_NOFILE, at most fs.nr_open
