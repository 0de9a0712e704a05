// Waiting for readiness. Linux: include/linux/poll.h. A file's poll() calls poll_wait() for each
// queue that will be woken when its answer may change, and returns what is ready now. The table
// decides what waiting means: poll and select sleep, epoll leaves a callback, null asks only.
#pragma once

#include <cstdint>

#include "fs/fs.h"

class poll_table {
 public:
  explicit poll_table(unsigned k) : key(k) {}
  virtual ~poll_table() = default;
  virtual void queue(file& f, wait_queue& q) = 0;
  unsigned key;  // events of interest; a file may leave out queues of others
};

// A sleeper that wake-ups for other events do not end: readers and writers that share a queue.
struct keyed_wait_entry : wait_queue_entry {
  keyed_wait_entry(task_struct* t, unsigned e) : wait_queue_entry(t), events(e) {}
  bool wake(unsigned mode, unsigned key) override {
    if (key != 0 && (key & events) == 0) return false;
    return wait_queue_entry::wake(mode, key);
  }
  unsigned events;
};

// fs/poll.cpp, for the forms in fs/poll_abi.h.
struct kernel_pollfd {
  int fd;
  unsigned events, revents;
};
// A deadline in monotonic ns; nothing waits for ever, 0 asks only.
using poll_deadline = std::optional<uint64_t>;
