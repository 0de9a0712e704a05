// poll, ppoll, select, pselect6 as system calls: templates over the wire forms of pollfd, fd_set
// words, timeval and timespec. Linux: fs/select.c. The kernel forms are in fs/poll.cpp.
#pragma once

#include <algorithm>
#include <functional>
#include <span>
#include <vector>

#include "fs/poll.h"
#include "kernel/sched.h"
#include "kernel/syscall.h"

// ---- kernel forms (fs/poll.cpp) -------------------------------------------------------
Result<long> do_poll(std::span<kernel_pollfd> fds, const poll_deadline& deadline);  // EINTR
struct fd_set_bits {
  std::vector<uint64_t> in, out, ex, res_in, res_out, res_ex;
};
Result<long> do_select(size_t n, fd_set_bits& sets,
                       const poll_deadline& deadline);  // EBADF, ERESTARTNOHAND
size_t select_max_fds();                      // descriptors beyond the table are not looked at
Result<void> poll_check_nfds(uint64_t nfds);  // EINVAL above RLIMIT_NOFILE
Result<poll_deadline> poll_timespec_deadline(int64_t sec, int64_t nsec);  // relative; EINVAL
poll_deadline poll_ms_deadline(int ms);
uint64_t poll_time_left(const poll_deadline& deadline);  // ns
// The mask of ppoll, pselect6 and epoll_pwait for the time of the call. A call that a signal
// interrupts leaves it in place for the handler.
Result<void> set_user_sigmask(user_ptr<const uint64_t> mask, uint64_t size);
void restore_saved_sigmask_unless(bool interrupted);

namespace detail {

inline bool is_errno(const Result<long>& r, int error) { return !r && r.error() == error; }

// A time-out that the guest named is told what is left of it. If that cannot be stored (a timeval
// in read-only memory), an interrupted call must not run again with the full time.
template <class Time>
Result<long> poll_select_finish(user_ptr<Time> to, const poll_deadline& deadline, Result<long> r) {
  restore_saved_sigmask_unless(is_errno(r, ERESTARTNOHAND));
  if (!to || !deadline) return r;
  bool stored = false;
  if ((current->personality & STICKY_TIMEOUTS) == 0) {
    const uint64_t left = *deadline == 0 ? 0 : poll_time_left(deadline);
    Time t{};
    t.tv_sec = static_cast<decltype(t.tv_sec)>(left / kNsec);
    if constexpr (requires { t.tv_usec; })
      t.tv_usec = static_cast<decltype(t.tv_usec)>(left % kNsec / 1000);
    else
      t.tv_nsec = static_cast<decltype(t.tv_nsec)>(left % kNsec);
    // A poll that did not wait has nothing to tell.
    stored = *deadline == 0 || put_user(to, t).has_value();
  }
  return !stored && is_errno(r, ERESTARTNOHAND) ? Err(EINTR) : r;
}

template <class Pollfd>
Result<long> poll_user(user_ptr<Pollfd> ufds, uint32_t nfds, const poll_deadline& deadline) {
  TRY(poll_check_nfds(nfds));
  std::vector<Pollfd> wire = TRY(get_user_array(ufds, nfds));
  std::vector<kernel_pollfd> fds(nfds);
  for (size_t i = 0; i < nfds; ++i)
    fds[i] = {static_cast<int>(wire[i].fd), static_cast<uint16_t>(wire[i].events), 0};
  const Result<long> r = do_poll(fds, deadline);
  for (size_t i = 0; i < nfds; ++i) wire[i].revents = static_cast<int16_t>(fds[i].revents);
  if (nfds != 0) TRY(put_user_array<Pollfd>(ufds, wire));
  return r;
}

template <class Pollfd>
SyscallResult poll_restartable(user_ptr<Pollfd> ufds, uint32_t nfds, poll_deadline deadline) {
  const Result<long> r = poll_user(ufds, nfds, deadline);
  if (!is_errno(r, EINTR)) return r;
  current->restart_block = [=] { return poll_restartable(ufds, nfds, deadline); };
  return Err(ERESTART_RESTARTBLOCK);
}

// A guest fd_set of n bits to and from the kernel's: the bit order is that of the guest's long.
template <class W>
Result<std::vector<uint64_t>> get_fd_set(user_ptr<W> from, size_t n) {
  constexpr size_t kBits = 8 * sizeof(W);
  std::vector<uint64_t> set((n + 63) / 64);
  if (!from) return set;
  const std::vector<W> words = TRY(get_user_array(from, (n + kBits - 1) / kBits));
  for (size_t i = 0; i < words.size(); ++i)
    set[i * kBits / 64] |= static_cast<uint64_t>(words[i]) << (i * kBits % 64);
  return set;
}
template <class W>
Result<void> put_fd_set(user_ptr<W> to, size_t n, const std::vector<uint64_t>& set) {
  constexpr size_t kBits = 8 * sizeof(W);
  if (!to || n == 0) return {};
  std::vector<W> words((n + kBits - 1) / kBits);
  for (size_t i = 0; i < words.size(); ++i)
    words[i] = static_cast<W>(set[i * kBits / 64] >> (i * kBits % 64));
  return put_user_array<W>(to, words);
}

template <class W>
Result<long> core_sys_select(int nfds, user_ptr<W> inp, user_ptr<W> outp, user_ptr<W> exp,
                             const poll_deadline& deadline) {
  if (nfds < 0) return Err(EINVAL);
  const size_t n = std::min<size_t>(static_cast<size_t>(nfds), select_max_fds());
  fd_set_bits s;
  s.in = TRY(get_fd_set(inp, n));
  s.out = TRY(get_fd_set(outp, n));
  s.ex = TRY(get_fd_set(exp, n));
  s.res_in.resize(s.in.size());
  s.res_out.resize(s.in.size());
  s.res_ex.resize(s.in.size());
  const long count = TRY(do_select(n, s, deadline));
  TRY(put_fd_set(inp, n, s.res_in));
  TRY(put_fd_set(outp, n, s.res_out));
  TRY(put_fd_set(exp, n, s.res_ex));
  return count;
}

template <class Timespec>
Result<poll_deadline> timespec_deadline(user_ptr<Timespec> to) {
  if (!to) return poll_deadline();
  const Timespec t = TRY(get_user(to));
  return poll_timespec_deadline(t.tv_sec, t.tv_nsec);
}

}  // namespace detail

template <class Pollfd>
SyscallResult sys_poll(user_ptr<Pollfd> ufds, uint32_t nfds, int timeout_ms) {
  return detail::poll_restartable(ufds, nfds, poll_ms_deadline(timeout_ms));
}

// Timespec also names the _time64 form of a 32-bit ABI.
template <class Pollfd, class Timespec>
SyscallResult sys_ppoll(user_ptr<Pollfd> ufds, uint32_t nfds, user_ptr<Timespec> timeout,
                        user_ptr<const uint64_t> mask, size_arg size) {
  const poll_deadline deadline = TRY(detail::timespec_deadline(timeout));
  TRY(set_user_sigmask(mask, size));
  Result<long> r = detail::poll_user(ufds, nfds, deadline);
  if (detail::is_errno(r, EINTR)) r = Err(ERESTARTNOHAND);
  return detail::poll_select_finish(timeout, deadline, r);
}

template <class Abi>
SyscallResult sys_select(int n, user_ptr<typename Abi::uword> inp,
                         user_ptr<typename Abi::uword> outp, user_ptr<typename Abi::uword> exp,
                         user_ptr<typename Abi::timeval> timeout) {
  poll_deadline deadline;
  if (timeout) {
    constexpr int64_t kUsec = 1'000'000;
    const auto t = TRY(get_user(timeout));
    int64_t sec = t.tv_sec;
    const int64_t usec = t.tv_usec;
    if (__builtin_add_overflow(sec, usec / kUsec, &sec)) return Err(EINVAL);
    deadline = TRY(poll_timespec_deadline(sec, usec % kUsec * 1000));
  }
  return detail::poll_select_finish(timeout, deadline,
                                    detail::core_sys_select(n, inp, outp, exp, deadline));
}

// i386's first select, which takes its arguments from memory.
template <class Abi>
SyscallResult sys_old_select(user_ptr<const typename Abi::sel_arg_struct> arg) {
  using W = typename Abi::uword;
  const auto a = TRY(get_user(arg));
  return sys_select<Abi>(static_cast<int>(a.n), user_ptr<W>(a.inp), user_ptr<W>(a.outp),
                         user_ptr<W>(a.exp), user_ptr<typename Abi::timeval>(a.tvp));
}

template <class Abi, class Timespec = typename Abi::timespec>
SyscallResult sys_pselect6(int n, user_ptr<typename Abi::uword> inp,
                           user_ptr<typename Abi::uword> outp, user_ptr<typename Abi::uword> exp,
                           user_ptr<Timespec> timeout,
                           user_ptr<const typename Abi::sigset_argpack> sig) {
  typename Abi::sigset_argpack pack{};
  if (sig) pack = TRY(get_user(sig));
  const poll_deadline deadline = TRY(detail::timespec_deadline(timeout));
  TRY(set_user_sigmask(user_ptr<const uint64_t>(pack.p), pack.size));
  return detail::poll_select_finish(timeout, deadline,
                                    detail::core_sys_select(n, inp, outp, exp, deadline));
}
