// signalfd: pending signals as a file. Linux: fs/signalfd.c. It takes the signals of whoever reads,
// not of whoever opened it.
#include <bit>
#include <cstring>

#include "fs/anon_inode.h"
#include "fs/eventfd_syscalls.h"
#include "fs/poll.h"
#include "kernel/sched.h"
#include "mm/user_order.h"

namespace {

// uapi/linux/signalfd.h; the same in every ABI.
struct signalfd_siginfo {
  uint32_t ssi_signo;
  int32_t ssi_errno, ssi_code;
  uint32_t ssi_pid, ssi_uid;
  int32_t ssi_fd;
  uint32_t ssi_tid, ssi_band, ssi_overrun, ssi_trapno;
  int32_t ssi_status, ssi_int;
  uint64_t ssi_ptr, ssi_utime, ssi_stime, ssi_addr;
  uint16_t ssi_addr_lsb, pad2;
  int32_t ssi_syscall;
  uint64_t ssi_call_addr;
  uint32_t ssi_arch;
  uint8_t pad[28];
};
static_assert(sizeof(signalfd_siginfo) == 128);

signalfd_siginfo to_wire(const kernel_siginfo& k) {
  signalfd_siginfo s{};
  s.ssi_signo = static_cast<uint32_t>(k.si_signo);
  s.ssi_errno = k.si_errno;
  s.ssi_code = k.si_code;
  switch (siginfo_layout(k.si_signo, k.si_code)) {
    case SigLayout::timer:
      s.ssi_tid = static_cast<uint32_t>(k.timerid);
      s.ssi_overrun = static_cast<uint32_t>(k.overrun);
      s.ssi_ptr = k.value;
      s.ssi_int = static_cast<int32_t>(k.value);
      break;
    case SigLayout::poll:
      s.ssi_band = static_cast<uint32_t>(k.band);
      s.ssi_fd = k.fd;
      break;
    case SigLayout::fault: s.ssi_addr = k.addr; break;
    case SigLayout::chld:
      s.ssi_pid = static_cast<uint32_t>(k.pid);
      s.ssi_uid = k.uid;
      s.ssi_status = k.status;
      s.ssi_utime = k.utime;
      s.ssi_stime = k.stime;
      break;
    case SigLayout::sys:
      s.ssi_call_addr = k.call_addr;
      s.ssi_syscall = k.syscall;
      s.ssi_arch = k.arch;
      break;
    case SigLayout::rt:
      s.ssi_ptr = k.value;
      s.ssi_int = static_cast<int32_t>(k.value);
      [[fallthrough]];
    case SigLayout::kill:
      s.ssi_pid = static_cast<uint32_t>(k.pid);
      s.ssi_uid = k.uid;
      break;
  }
  return s;
}

signalfd_siginfo in_user_order(const signalfd_siginfo& s) {
  using S = signalfd_siginfo;
  return fields_in_user_order(
      s, &S::ssi_signo, &S::ssi_errno, &S::ssi_code, &S::ssi_pid, &S::ssi_uid, &S::ssi_fd,
      &S::ssi_tid, &S::ssi_band, &S::ssi_overrun, &S::ssi_trapno, &S::ssi_status, &S::ssi_int,
      &S::ssi_ptr, &S::ssi_utime, &S::ssi_stime, &S::ssi_addr, &S::ssi_addr_lsb, &S::ssi_syscall,
      &S::ssi_call_addr, &S::ssi_arch);
}

struct signalfd_ctx final : anon_file {
  signalfd_ctx(sigset m, unsigned flags) : anon_file("[signalfd]", flags), mask(m) {}

  bool pending() const {
    return ((current->pending.signal | current->signal->shared_pending.signal) & mask) != 0;
  }

  Result<size_t> read_iter(iov_iter& to, uint64_t&) override {
    if (to.count() < sizeof(signalfd_siginfo)) return Err(EINVAL);
    size_t done = 0;
    while (to.count() >= sizeof(signalfd_siginfo)) {
      if (done == 0) TRY(wait());
      kernel_siginfo info;
      if (dequeue_signal(*current, ~mask, info) == 0) break;
      const signalfd_siginfo wire = in_user_order(to_wire(info));
      if (to.copy_to(&wire, sizeof wire) != sizeof wire) {
        if (done == 0) return Err(EFAULT);
        break;
      }
      done += sizeof wire;
    }
    return done;
  }

  unsigned poll(poll_table* pt) override {
    poll_wait(*this, current->sighand->signalfd_wqh, pt);
    return pending() ? POLLIN : 0;
  }

  sigset mask;

 private:
  Result<void> wait() {
    if (pending()) return {};
    if (nonblocking()) return Err(EAGAIN);
    return wait_event_interruptible(current->sighand->signalfd_wqh, [&] { return pending(); });
  }
};

}  // namespace

SyscallResult sys_signalfd(fd_t fd, user_ptr<const uint64_t> mask, size_arg size) {
  return sys_signalfd4(fd, mask, size, 0);
}

SyscallResult sys_signalfd4(fd_t fd, user_ptr<const uint64_t> mask, size_arg size,
                            open_flags_t flags) {
  const auto bits = static_cast<unsigned>(flags.value);
  if (size != sizeof(sigset)) return Err(EINVAL);
  const sigset set = TRY(get_user_sigset(mask.addr)) & ~kUnblockable;
  if ((bits & ~(O_CLOEXEC | O_NONBLOCK)) != 0) return Err(EINVAL);
  if (fd == -1)
    return TRY(fd_install_new(make_ref<signalfd_ctx>(set, O_RDWR | (bits & O_NONBLOCK)),
                              (bits & O_CLOEXEC) != 0));
  const Ref<file> f = TRY(fget_data(fd));
  auto* ctx = dynamic_cast<signalfd_ctx*>(f.get());
  if (ctx == nullptr) return Err(EINVAL);
  ctx->mask = set;
  current->sighand->signalfd_wqh.wake(TASK_NORMAL, 0);  // the new set may have something pending
  return fd.value;
}
