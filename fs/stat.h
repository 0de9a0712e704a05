// Asking for attributes, in kernel form. Linux: fs/stat.c, fs/statfs.c.
#pragma once

#include "fs/fs.h"

Result<kstat> vfs_fstat(int fd);
Result<kstat> vfs_fstatat(int dirfd, std::string_view name, unsigned at_flags);
Result<kstatfs> vfs_statfs(const path& p);
Result<kstatfs> user_statfs(std::string_view name);
Result<kstatfs> fd_statfs(int fd);
// access(2): by the real ids unless AT_EACCESS.
Result<void> do_faccessat(int dirfd, std::string_view name, int mode, unsigned at_flags);
Result<std::string> do_readlinkat(int dirfd, std::string_view name);
// The kernel's form of struct statx.
Result<struct statx> do_statx(int dirfd, std::string_view name, unsigned at_flags, unsigned mask);
