// epoll in kernel form. Linux: include/linux/eventpoll.h. The system calls are in
// fs/eventpoll_abi.h.
#pragma once

#include <functional>
#include <vector>

#include "fs/poll.h"

// Bits of epoll_event::events beyond poll's.
enum : uint32_t {
  EPOLLEXCLUSIVE = 1U << 28,
  EPOLLWAKEUP = 1U << 29,
  EPOLLONESHOT = 1U << 30,
  EPOLLET = 1U << 31,
};
enum : int { EPOLL_CTL_ADD = 1, EPOLL_CTL_DEL = 2, EPOLL_CTL_MOD = 3 };

struct kernel_epoll_event {
  uint32_t events;
  uint64_t data;
};

Result<long> do_epoll_create(int flags);
Result<long> do_epoll_ctl(int epfd, int op, int fd, const kernel_epoll_event* event);
// Stores event number `index` with the guest; false if it cannot (EFAULT).
using epoll_store = std::function<bool(size_t index, const kernel_epoll_event& event)>;
// Waits for at most `max` events. EBADF, EINVAL, EINTR.
Result<long> do_epoll_wait(int epfd, size_t max, const poll_deadline& deadline,
                           const epoll_store& store);
