// timerfd. Linux: fs/timerfd.c. Difference: nobody sets the guest's clock, so
// TFD_TIMER_CANCEL_ON_SET is accepted and never cancels; the _ALARM clocks run as their plain ones.
#include "fs/timerfd.h"

#include <algorithm>

#include "fs/poll.h"
#include "fs/timerfd_abi.h"
#include "kernel/sched.h"

namespace {

enum : int { kRealtime = 0, kMonotonic = 1, kBoottime = 7, kRealtimeAlarm = 8, kBoottimeAlarm = 9 };
constexpr unsigned kSetTicks = 0x40085400;  // TFD_IOC_SET_TICKS

}  // namespace

timerfd_ctx::timerfd_ctx(int clock, unsigned flags)
    : anon_file("[timerfd]", flags), clockid(clock) {
  timer_.function = [this] { expire(); };
}

timerfd_ctx::~timerfd_ctx() { del_timer(timer_); }

uint64_t timerfd_ctx::now() const {
  switch (clockid) {
    case kRealtime:
    case kRealtimeAlarm: return ktime_get_real();
    case kBoottime:
    case kBoottimeAlarm: return ktime_get_boottime();
    default: return ktime_get();
  }
}

// A periodic timer stops after an expiry that nobody has read; reading counts those that passed.
void timerfd_ctx::expire() {
  ++ticks_;
  wake_up_poll(wqh_, POLLIN);
}

itimer_ns timerfd_ctx::get() {
  const uint64_t t = ktime_get();
  if (ticks_ != 0 && interval_ != 0 && deadline_ <= t) {
    const uint64_t passed = (t - deadline_) / interval_ + 1;
    ticks_ += passed - 1;
    deadline_ += passed * interval_;
    add_timer(timer_, deadline_);
  }
  return {interval_, deadline_ > t ? deadline_ - t : 0};
}

void timerfd_ctx::set(const itimer_ns& to, bool absolute) {
  del_timer(timer_);
  ticks_ = 0;
  interval_ = to.interval;
  deadline_ = 0;
  if (to.value == 0) return;
  const uint64_t mono = ktime_get();
  if (absolute) {
    const uint64_t clock = now();
    deadline_ =
        to.value > clock ? mono + (to.value - clock) : mono - std::min(mono - 1, clock - to.value);
  } else {
    deadline_ = mono + to.value;
  }
  if (deadline_ > mono) {
    add_timer(timer_, deadline_);
  } else {
    expire();
  }
}

Result<size_t> timerfd_ctx::read_iter(iov_iter& to, uint64_t&) {
  if (to.count() < sizeof ticks_) return Err(EINVAL);
  if (ticks_ == 0) {
    if (nonblocking()) return Err(EAGAIN);
    TRY(wait_event_interruptible_exclusive(wqh_, [&] { return ticks_ != 0; }));
  }
  if (interval_ != 0)
    (void)get();  // counts and goes on
  else
    deadline_ = 0;
  const uint64_t ticks = in_user_order(std::exchange(ticks_, 0));
  if (to.copy_to(&ticks, sizeof ticks) != sizeof ticks) return Err(EFAULT);
  return sizeof ticks;
}

Result<long> timerfd_ctx::ioctl(unsigned cmd, uint64_t arg) {
  if (cmd != kSetTicks) return Err(ENOTTY);
  const uint64_t ticks = TRY(get_user(user_ptr<const uint64_t>(arg)));
  if (ticks == 0) return Err(EINVAL);
  ticks_ = ticks;
  wake_up_poll(wqh_, POLLIN);
  return 0;
}

unsigned timerfd_ctx::poll(poll_table* pt) {
  poll_wait(*this, wqh_, pt);
  return ticks_ != 0 ? POLLIN : 0;
}

Result<long> do_timerfd_create(int clockid, int flags) {
  if ((flags & ~(O_CLOEXEC | O_NONBLOCK)) != 0) return Err(EINVAL);
  switch (clockid) {
    case kRealtimeAlarm:
    case kBoottimeAlarm:
      if (!capable(CAP_WAKE_ALARM)) return Err(EPERM);
      break;
    case kRealtime:
    case kMonotonic:
    case kBoottime: break;
    default: return Err(EINVAL);
  }
  return TRY(fd_install_new(
      make_ref<timerfd_ctx>(clockid, O_RDWR | static_cast<unsigned>(flags & O_NONBLOCK)),
      (flags & O_CLOEXEC) != 0));
}

Result<Ref<file>> timerfd_fget(int fd) {
  Ref<file> f = TRY(fget_data(fd));
  if (dynamic_cast<timerfd_ctx*>(f.get()) == nullptr) return Err(EINVAL);
  return f;
}

SyscallResult sys_timerfd_create(clockid_arg clockid, open_flags_t flags) {
  return do_timerfd_create(clockid, flags.value);
}
