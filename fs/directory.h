// An open directory whose inode answers iterate(). Linux: the dir_operations of libfs.
#pragma once

#include "fs/fs.h"

struct directory_file : file {
  using file::file;
  Result<size_t> read_iter(iov_iter&, uint64_t&) override { return Err(EISDIR); }
  bool seekable() const override { return true; }
  // Positions are the file system's own cookies, so there is no end to seek from.
  Result<uint64_t> llseek(int64_t offset, int whence) override {
    if (whence != SEEK_SET && whence != SEEK_CUR) return Err(EINVAL);
    const int64_t base = whence == SEEK_CUR ? static_cast<int64_t>(f_pos) : 0;
    int64_t to = 0;
    if (__builtin_add_overflow(base, offset, &to) || to < 0) return Err(EINVAL);
    return f_pos = static_cast<uint64_t>(to);
  }
};
