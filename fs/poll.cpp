// poll and select in kernel form: the loop that asks, sleeps and asks again. Linux: fs/select.c.
// The wire forms (pollfd, fd_set, timespec) are templates in fs/poll_abi.h. Difference: no busy
// polling and no timer slack.
#include "fs/poll.h"

#include <algorithm>
#include <array>
#include <bit>
#include <list>

#include "fs/poll_abi.h"
#include "kernel/sched.h"
#include "kernel/signal_syscalls.h"

void poll_wait(file& f, wait_queue& q, poll_table* pt) {
  if (pt != nullptr) pt->queue(f, q);
}

namespace {

class poll_wqueues;

struct poll_entry : wait_queue_entry {
  bool wake(unsigned mode, unsigned wake_key) override;
  poll_wqueues* pwq = nullptr;
  unsigned key = 0;
  Ref<file> filp;  // keeps the queue alive
};

// What one poll or select waits on. The first entries are in place: most calls watch few files.
class poll_wqueues final : public poll_table {
 public:
  poll_wqueues() : poll_table(0) {}

  void queue(file& f, wait_queue& q) override {
    poll_entry& e = used_ < kInline ? inline_[used_] : more_.emplace_back();
    ++used_;
    e.task = current;
    e.pwq = this;
    e.key = key;
    e.filp = &f;
    q.add(e);
  }

  // Sleeps until an entry is woken; false when the deadline has passed.
  bool sleep(const poll_deadline& deadline) {
    bool in_time = true;
    current->state = TASK_INTERRUPTIBLE;
    if (!triggered) {
      if (deadline)
        in_time = schedule_until(*deadline);
      else
        schedule();
    }
    current->state = TASK_RUNNING;
    triggered = false;
    return in_time;
  }

  bool triggered = false;

 private:
  static constexpr size_t kInline = 6;
  std::array<poll_entry, kInline> inline_;
  std::list<poll_entry> more_;
  size_t used_ = 0;
};

bool poll_entry::wake(unsigned mode, unsigned wake_key) {
  if (wake_key != 0 && (wake_key & key) == 0) return false;
  pwq->triggered = true;
  return wait_queue_entry::wake(mode, wake_key);
}

// Calls scan(table) until it counts something, a signal comes (EINTR) or the time is over. After
// the first count and after the first round nothing more is queued: the table becomes null.
template <class Scan>
Result<long> poll_loop(const poll_deadline& deadline, Scan scan) {
  poll_wqueues wqueues;
  const bool once = deadline && *deadline == 0;
  poll_table* table = once ? nullptr : &wqueues;
  bool timed_out = once;
  for (;;) {
    const long count = scan(wqueues, table);
    table = nullptr;
    if (count != 0) return count;
    if (signal_pending(*current)) return Err(EINTR);
    if (timed_out) return 0;
    if (!wqueues.sleep(deadline)) timed_out = true;
  }
}

unsigned do_pollfd(kernel_pollfd& p, poll_wqueues& wqueues, poll_table* table) {
  p.revents = 0;
  if (p.fd < 0) return 0;
  const Result<Ref<file>> f = fget_data(p.fd);
  if (!f) return p.revents = POLLNVAL;
  wqueues.key = p.events | POLLERR | POLLHUP;
  return p.revents = (*f)->poll(table) & wqueues.key;
}

constexpr unsigned kSelectIn = POLLRDNORM | POLLRDBAND | POLLIN | POLLHUP | POLLERR;
constexpr unsigned kSelectOut = POLLWRBAND | POLLWRNORM | POLLOUT | POLLERR;
constexpr unsigned kSelectEx = POLLPRI;

bool bit(const std::vector<uint64_t>& v, size_t i) { return (v[i / 64] >> (i % 64) & 1) != 0; }
void set_bit(std::vector<uint64_t>& v, size_t i) { v[i / 64] |= 1ULL << (i % 64); }

// One descriptor of a select; the number of sets that it is ready in.
long select_one(fd_set_bits& s, size_t i, poll_wqueues& wqueues, poll_table*& table) {
  const bool in = bit(s.in, i), out = bit(s.out, i), ex = bit(s.ex, i);
  const Result<Ref<file>> f = fget_data(static_cast<int>(i));
  if (!f) return 0;  // closed by another thread after the first look
  wqueues.key = POLLERR | POLLHUP | POLLNVAL | (in ? kSelectIn : 0) | (out ? kSelectOut : 0) |
                (ex ? kSelectEx : 0);
  const unsigned mask = (*f)->poll(table);
  long count = 0;
  auto note = [&](bool wanted, unsigned events, std::vector<uint64_t>& result) {
    if (!wanted || (mask & events) == 0) return;
    set_bit(result, i);
    ++count;
    table = nullptr;
  };
  note(in, kSelectIn, s.res_in);
  note(out, kSelectOut, s.res_out);
  note(ex, kSelectEx, s.res_ex);
  return count;
}

}  // namespace

Result<long> do_poll(std::span<kernel_pollfd> fds, const poll_deadline& deadline) {
  return poll_loop(deadline, [&](poll_wqueues& wqueues, poll_table* table) {
    long count = 0;
    for (kernel_pollfd& p : fds) {
      if (do_pollfd(p, wqueues, table) == 0) continue;
      ++count;
      table = nullptr;
    }
    return count;
  });
}

size_t select_max_fds() {
  const size_t n = current->files->fd.size();
  return n <= 64 ? 64 : std::bit_ceil(std::max<size_t>(n, 256));
}

Result<long> do_select(size_t n, fd_set_bits& s, const poll_deadline& deadline) {
  for (size_t i = 0; i < n; ++i)
    if ((bit(s.in, i) || bit(s.out, i) || bit(s.ex, i)) && !fget_data(static_cast<int>(i)))
      return Err(EBADF);
  const Result<long> r = poll_loop(deadline, [&](poll_wqueues& wqueues, poll_table* table) {
    long count = 0;
    for (size_t w = 0; w * 64 < n; ++w) {
      uint64_t all = s.in[w] | s.out[w] | s.ex[w];
      for (; all != 0; all &= all - 1) {
        const size_t i = w * 64 + static_cast<size_t>(std::countr_zero(all));
        if (i >= n) break;
        count += select_one(s, i, wqueues, table);
      }
    }
    return count;
  });
  if (!r && r.error() == EINTR) return Err(ERESTARTNOHAND);
  return r;
}

Result<void> poll_check_nfds(uint64_t nfds) {
  constexpr uint64_t kNrOpen = 1 << 20;  // fs.nr_open, which bounds the limit too
  if (nfds > std::min(current->signal->rlim[RLIMIT_NOFILE].cur, kNrOpen)) return Err(EINVAL);
  return {};
}

Result<poll_deadline> poll_timespec_deadline(int64_t sec, int64_t nsec) {
  if (sec < 0 || nsec < 0 || nsec >= static_cast<int64_t>(kNsec)) return Err(EINVAL);
  if (sec == 0 && nsec == 0) return poll_deadline(0);
  constexpr uint64_t kForever = 1ULL << 62;  // a century and more
  const uint64_t ns = static_cast<uint64_t>(sec) > kForever / kNsec
                          ? kForever
                          : static_cast<uint64_t>(sec) * kNsec + static_cast<uint64_t>(nsec);
  return poll_deadline(ktime_get() + ns);
}

poll_deadline poll_ms_deadline(int ms) {
  if (ms < 0) return {};
  if (ms == 0) return 0;
  return ktime_get() + static_cast<uint64_t>(ms) * 1'000'000;
}

uint64_t poll_time_left(const poll_deadline& deadline) {
  const uint64_t now = ktime_get();
  return *deadline > now ? *deadline - now : 0;
}

Result<void> set_user_sigmask(user_ptr<const uint64_t> mask, uint64_t size) {
  if (!mask) return {};
  if (size != sizeof(sigset)) return Err(EINVAL);
  const sigset set = TRY(get_user_sigset(mask.addr));
  set_user_sigmask(set & ~kUnblockable);
  return {};
}

void restore_saved_sigmask_unless(bool interrupted) {
  if (!interrupted && current->restore_sigmask) restore_saved_sigmask();
}
