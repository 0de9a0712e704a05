// Locks on files: POSIX record locks, the same owned by an open file description (OFD), and flock.
// Linux: include/linux/filelock.h. The arithmetic of ranges is in record_locks and knows no tasks.
#pragma once

#include <cstdint>
#include <vector>

#include "fs/fs.h"

inline constexpr uint64_t OFFSET_MAX = INT64_MAX;

struct file_lock {
  uint64_t start = 0, end = OFFSET_MAX;  // both inclusive
  int type = F_UNLCK;                    // F_RDLCK, F_WRLCK; F_UNLCK only in requests
  const void* owner = nullptr;           // a files_struct, or the file for OFD locks
  int pid = 0;                           // -1 for OFD locks
};

// All record locks of one file.
class record_locks {
 public:
  // The first lock that keeps `request` from being set, or null.
  const file_lock* conflict(const file_lock& request) const;
  // Sets or clears; splits and joins what the owner had. The caller has checked for conflicts.
  // ENOLCK when a file has absurdly many locks.
  Result<void> set(file_lock request);
  bool remove_owner(const void* owner);
  const std::vector<file_lock>& all() const { return locks_; }

 private:
  std::vector<file_lock> locks_;
};

struct file_lock_context : RefCounted<file_lock_context> {
  struct whole_file_lock {
    const file* owner;
    int type;
  };
  record_locks records;
  std::vector<whole_file_lock> flocks;
  wait_queue wait;
};

// fcntl. May sleep if `wait`: EAGAIN, EDEADLK, ERESTARTSYS.
Result<void> posix_lock_file(file& f, const file_lock& request, bool wait);
// The lock that conflicts, or one of type F_UNLCK.
file_lock posix_test_lock(file& f, const file_lock& request);
Result<void> flock_lock_file(file& f, int type, bool wait);
void locks_remove_posix(file& f, const void* owner);  // a process closes any descriptor of the file
void locks_remove_file(file& f);                      // the open file description is gone
