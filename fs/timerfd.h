// Timers as files. Linux: fs/timerfd.c. The system calls are in fs/timerfd_abi.h.
#pragma once

#include "fs/anon_inode.h"
#include "kernel/timer.h"

struct itimer_ns {
  uint64_t interval = 0, value = 0;  // ns
};

struct timerfd_ctx final : anon_file {
  timerfd_ctx(int clock, unsigned flags);
  ~timerfd_ctx() override;
  Result<size_t> read_iter(iov_iter& to, uint64_t& pos) override;
  Result<long> ioctl(unsigned cmd, uint64_t arg) override;
  unsigned poll(poll_table* pt) override;

  itimer_ns get();
  // `absolute`: value is a time of the timer's clock.
  void set(const itimer_ns& to, bool absolute);

  int clockid;

 private:
  void expire();
  uint64_t now() const;

  timer_list timer_;
  uint64_t deadline_ = 0;  // monotonic ns of the next expiry; 0 disarmed
  uint64_t interval_ = 0;
  uint64_t ticks_ = 0;  // expiries not yet read
  wait_queue wqh_;
};

Result<long> do_timerfd_create(int clockid, int flags);
Result<Ref<file>> timerfd_fget(int fd);  // EBADF, EINVAL if it is no timerfd
