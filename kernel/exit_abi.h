// exit and wait as system calls: templates over the wire form of rusage and siginfo.
#pragma once

#include "kernel/syscall.h"
#include "kernel/wait4.h"

SyscallResult sys_exit(exit_code_t code);
SyscallResult sys_exit_group(exit_code_t code);

namespace detail {
template <class Abi>
typename Abi::rusage to_wire(const rusage_acct& a) {
  typename Abi::rusage u{};
  using S = typename Abi::sword;
  u.ru_utime = {static_cast<S>(a.utime / 1'000'000'000), static_cast<S>(a.utime % 1'000'000'000 / 1000)};
  u.ru_stime = {static_cast<S>(a.stime / 1'000'000'000), static_cast<S>(a.stime % 1'000'000'000 / 1000)};
  u.ru_maxrss = static_cast<S>(a.maxrss / 1024);
  u.ru_minflt = static_cast<S>(a.minflt);
  u.ru_majflt = static_cast<S>(a.majflt);
  u.ru_nvcsw = static_cast<S>(a.nvcsw);
  u.ru_nivcsw = static_cast<S>(a.nivcsw);
  return u;
}
struct wait_target {
  wait_for which;
  int id;
  bool nonblock = false;  // EAGAIN instead of waiting
};
constexpr wait_target wait4_target(int pid, int own_pgrp) {
  if (pid == -1) return {wait_for::any, 0};
  if (pid == 0) return {wait_for::pgrp, own_pgrp};
  if (pid < 0) return {wait_for::pgrp, -pid};
  return {wait_for::pid, pid};
}
Result<wait_target> waitid_target(int idtype, int id);
}  // namespace detail

template <class Abi>
SyscallResult sys_wait4(kpid_t pid, user_ptr<int> status, wait_options_t options,
                        user_ptr<typename Abi::rusage> usage) {
  constexpr unsigned kAllowed = WNOHANG | WUNTRACED | WCONTINUED | __WNOTHREAD | __WCLONE | __WALL;
  const unsigned opts = static_cast<unsigned>(options.value);
  if ((opts & ~kAllowed) != 0) return Err(EINVAL);
  if (pid == INT32_MIN) return Err(ESRCH);
  const detail::wait_target target = detail::wait4_target(pid, current->signal->pgrp);
  const wait_result r = TRY(do_wait(target.which, target.id, opts | WEXITED));
  if (r.pid != 0) {
    if (status) TRY(put_user(status, r.status));
    if (usage) TRY(put_user(usage, detail::to_wire<Abi>(r.usage)));
  }
  return r.pid;
}

template <class Abi>
SyscallResult sys_waitpid(kpid_t pid, user_ptr<int> status, wait_options_t options) {
  return sys_wait4<Abi>(pid, status, options, user_ptr<typename Abi::rusage>());
}

template <class Abi>
SyscallResult sys_waitid(idtype_t idtype, kpid_t id, user_ptr<typename Abi::siginfo> infop, wait_options_t options,
                         user_ptr<typename Abi::rusage> usage) {
  constexpr unsigned kAllowed = WNOHANG | WNOWAIT | WEXITED | WSTOPPED | WCONTINUED | __WNOTHREAD | __WCLONE | __WALL;
  const unsigned opts = static_cast<unsigned>(options.value);
  if ((opts & ~kAllowed) != 0 || (opts & (WEXITED | WSTOPPED | WCONTINUED)) == 0) return Err(EINVAL);
  const detail::wait_target target = TRY(detail::waitid_target(idtype, id));
  const wait_result r = TRY(do_wait(target.which, target.id, opts | (target.nonblock ? WNOHANG : 0)));
  if (r.pid == 0 && target.nonblock && (opts & WNOHANG) == 0) return Err(EAGAIN);
  if (usage && r.pid != 0) TRY(put_user(usage, detail::to_wire<Abi>(r.usage)));
  if (infop) {
    typename Abi::siginfo si{};
    if (r.pid != 0) {
      si.si_signo = SIGCHLD;
      si.si_code = r.si_code;
      si.chld.pid = r.pid;
      si.chld.uid = r.uid;
      si.chld.status = r.si_status;
    }
    TRY(put_user(infop, si));
  }
  return 0;
}
