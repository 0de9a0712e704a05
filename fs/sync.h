// Flushing, preallocating and advice, in kernel form. Linux: fs/sync.c, mm/fadvise.c,
// mm/readahead.c, vfs_fallocate of fs/open.c.
#pragma once

#include "fs/fs.h"

void ksys_sync();
Result<void> do_fsync(int fd);
Result<void> do_syncfs(int fd);
Result<void> do_sync_file_range(int fd, int64_t offset, int64_t bytes, unsigned flags);
Result<void> do_fallocate(int fd, int mode, int64_t offset, int64_t len);
Result<void> do_fadvise(int fd, int64_t offset, int64_t len, int advice);
Result<void> do_readahead(int fd, int64_t offset, uint64_t count);
