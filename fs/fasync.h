// Signals instead of polling: O_ASYNC, F_SETOWN, F_SETSIG. Linux: fasync_struct and kill_fasync of
// fs/fcntl.c. A file class that supports it keeps one list, calls fasync_helper() from
// fasync_changed() and kill_fasync() where it wakes its pollers. Difference: the owner is signalled
// without a check of who set it.
#pragma once

#include <vector>

struct file;

// si_code of SIGIO and of what F_SETSIG chose (uapi/asm-generic/siginfo.h).
enum : int { POLL_IN = 1, POLL_OUT = 2, POLL_MSG = 3, POLL_ERR = 4, POLL_PRI = 5, POLL_HUP = 6 };

struct fasync_struct {
  struct entry {
    file* fa_file;
    int fa_fd;  // the descriptor that asked, for si_fd
  };
  std::vector<entry> list;
};

// Enters `f` or takes it out, as its O_ASYNC says.
void fasync_helper(file& f, fasync_struct& fa);
void fasync_remove(file& f, fasync_struct& fa);
// Tells the owners; `reason` is POLL_IN ...
void kill_fasync_slow(fasync_struct& fa, int reason);
inline void kill_fasync(fasync_struct& fa, int reason) {
  if (!fa.list.empty()) kill_fasync_slow(fa, reason);
}
// One owner, one event (F_SETOWN's pid or group); for classes with a list of their own.
void send_sigio(file& f, int fd, int reason);
