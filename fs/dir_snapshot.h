// An open directory whose entries are read once per pass: positions are indices and stay valid while
// the directory changes. Linux's hostfs, overlayfs and procfs each have their own readdir cache; ours
// share this one.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "fs/fs.h"

struct dir_snapshot final : file {
  struct entry {
    std::string name;
    uint64_t ino;
    unsigned type;  // DT_*
  };
  using fill_function = std::function<Result<void>(std::vector<entry>& entries)>;  // without . and ..

  // `parent_ino` is the inode number of "..", 0 to take it from the path.
  dir_snapshot(path p, unsigned flags, fill_function fill, uint64_t parent_ino = 0);

  Result<void> iterate(dir_context& ctx) override;
  Result<size_t> read_iter(iov_iter& to, uint64_t& pos) override;
  bool seekable() const override { return true; }
  Result<uint64_t> llseek(int64_t offset, int whence) override;

 private:
  Result<void> fill_again();

  fill_function fill_;
  uint64_t parent_ino_;
  std::vector<entry> entries_;
  bool filled_ = false;
};
