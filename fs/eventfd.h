// A counter as a file. Linux: fs/eventfd.c, include/linux/eventfd.h.
#pragma once

#include "fs/anon_inode.h"

struct eventfd_ctx final : anon_file {
  eventfd_ctx(uint64_t initial, unsigned flags, bool semaphore)
      : anon_file("[eventfd]", flags), count(initial), semaphore_mode(semaphore) {}
  Result<size_t> read_iter(iov_iter& to, uint64_t& pos) override;
  Result<size_t> write_iter(iov_iter& from, uint64_t& pos) override;
  unsigned poll(poll_table* pt) override;

  uint64_t count;
  bool semaphore_mode;
  wait_queue wqh;  // readers and writers
};
