// eventfd. Linux: fs/eventfd.c. Readers and writers share a queue as there; here a sleeper is only
// woken by the event that it waits for.
#include "fs/eventfd.h"

#include "fs/eventfd_syscalls.h"
#include "fs/poll.h"
#include "kernel/sched.h"
#include "mm/uaccess.h"

namespace {

constexpr uint64_t kMaxCount = ~0ULL - 1;
enum : unsigned { EFD_SEMAPHORE = 1 };

template <class Condition>
Result<void> wait_for(wait_queue& q, unsigned events, bool nonblock, Condition condition) {
  if (condition()) return {};
  if (nonblock) return Err(EAGAIN);
  keyed_wait_entry e(current, events);
  if (wait_event_with(q, e, TASK_INTERRUPTIBLE, {}, condition) == WaitEnd::signal)
    return Err(ERESTARTSYS);
  return {};
}

}  // namespace

Result<size_t> eventfd_ctx::read_iter(iov_iter& to, uint64_t&) {
  uint64_t value = 0;
  if (to.count() < sizeof value) return Err(EINVAL);
  TRY(wait_for(wqh, POLLIN, nonblocking(), [&] { return count != 0; }));
  value = semaphore_mode ? 1 : count;
  count -= value;
  wake_up_poll(wqh, POLLOUT);
  const uint64_t wire = in_user_order(value);
  if (to.copy_to(&wire, sizeof wire) != sizeof wire) return Err(EFAULT);
  return sizeof value;
}

Result<size_t> eventfd_ctx::write_iter(iov_iter& from, uint64_t&) {
  uint64_t value = 0;
  if (from.count() < sizeof value) return Err(EINVAL);
  if (from.copy_from(&value, sizeof value) != sizeof value) return Err(EFAULT);
  value = in_user_order(value);
  if (value == ~0ULL) return Err(EINVAL);
  TRY(wait_for(wqh, POLLOUT, nonblocking(), [&] { return kMaxCount - count >= value; }));
  count += value;
  wake_up_poll(wqh, POLLIN);
  return sizeof value;
}

unsigned eventfd_ctx::poll(poll_table* pt) {
  poll_wait(*this, wqh, pt);
  unsigned events = 0;
  if (count > 0) events |= POLLIN;
  if (count == ~0ULL) events |= POLLERR;
  if (count < kMaxCount) events |= POLLOUT;
  return events;
}

SyscallResult sys_eventfd(uint32_t count) { return sys_eventfd2(count, 0); }

SyscallResult sys_eventfd2(uint32_t count, open_flags_t flags) {
  const auto bits = static_cast<unsigned>(flags.value);
  if ((bits & ~(EFD_SEMAPHORE | O_CLOEXEC | O_NONBLOCK)) != 0) return Err(EINVAL);
  return TRY(fd_install_new(
      make_ref<eventfd_ctx>(count, O_RDWR | (bits & O_NONBLOCK), (bits & EFD_SEMAPHORE) != 0),
      (bits & O_CLOEXEC) != 0));
}
