// prctl and personality: what a task may say about itself. Linux: kernel/sys.c (prctl),
// security/commoncap.c (cap_task_prctl), kernel/exec_domain.c (personality). Options of features
// that are not here (shadow stacks, core scheduling ...) answer EINVAL, as a kernel
// configured without them does.
#include "kernel/cred.h"
#include "kernel/preempt.h"
#include "kernel/profile.h"
#include "kernel/seccomp.h"
#include "kernel/syscalls.h"
#include "mm/mm.h"

namespace {

constexpr unsigned kSecbitKeepCaps = 1U << 4;

bool all_zero(std::initializer_list<ulong_t> args) {
  for (ulong_t a : args)
    if (a != 0) return false;
  return true;
}

Result<void> set_name(user_ptr<const char> from) {
  // Longer names are cut, not refused.
  auto name = strncpy_from_user(from, 15);
  if (!name && name.error() == ENAMETOOLONG) {
    std::string cut(15, '\0');
    TRY(copy_from_user(cut.data(), from.addr, cut.size()));
    name = cut;
  }
  current->comm = TRY(std::move(name));
  return {};
}

Result<void> get_name(uint64_t to) {
  char name[16] = {};
  current->comm.copy(name, sizeof name - 1);
  return copy_to_user(to, name, sizeof name);
}

SyscallResult set_dumpable(uint64_t value) {
  if (value > 1) return Err(EINVAL);
  current->mm->dumpable = value != 0;
  return 0;
}

bool valid_cap(uint64_t cap) { return cap <= CAP_LAST_CAP; }

SyscallResult drop_bounding(uint64_t cap) {
  if (!capable(CAP_SETPCAP)) return Err(EPERM);
  if (!valid_cap(cap)) return Err(EINVAL);
  current->creds.cap_bset &= ~(1ULL << cap);
  return 0;
}

SyscallResult set_securebits(uint64_t wanted) {
  constexpr unsigned kAll = 0xff, kLocks = 0xaa;
  unsigned& bits = current->creds.securebits;
  // A lock guards the bit below it and itself.
  const unsigned locked = (bits & kLocks) | (bits & kLocks) >> 1;
  if ((wanted & ~static_cast<uint64_t>(kAll)) != 0 || ((bits ^ wanted) & locked) != 0 ||
      !capable(CAP_SETPCAP))
    return Err(EPERM);
  bits = static_cast<unsigned>(wanted);
  current->keep_caps = (bits & kSecbitKeepCaps) != 0;
  return 0;
}

// The flag is kept and reported; rdtsc is not made to fault. With racy-flags=on the bit shares a word
// with the one that says a signal is pending, and is set as alpha's prctl set its own: load the word,
// change it, store it back. A signal that arrives in between is lost until the next one.
SyscallResult set_tsc_mode(uint64_t mode) {
  if (mode != PR_TSC_ENABLE && mode != PR_TSC_SIGSEGV) return Err(EINVAL);
  const bool pending_as_loaded = current->sigpending_flag;
  preemption_point("prctl: flag word loaded, not yet stored");
  current->tsc_mode = static_cast<int>(mode);
  if (mechanisms().racy_flags) current->sigpending_flag = pending_as_loaded;
  return 0;
}

SyscallResult set_keep_caps(uint64_t value) {
  if (value > 1) return Err(EINVAL);
  cred& c = current->creds;
  if ((c.securebits & kSecbitKeepCaps << 1) != 0) return Err(EPERM);
  current->keep_caps = value != 0;
  c.securebits = value != 0 ? c.securebits | kSecbitKeepCaps : c.securebits & ~kSecbitKeepCaps;
  return 0;
}

SyscallResult ambient(uint64_t op, uint64_t cap, ulong_t arg4, ulong_t arg5) {
  constexpr unsigned kNoAmbientRaise = 1U << 6;
  cred& c = current->creds;
  if (op == PR_CAP_AMBIENT_CLEAR_ALL) {
    if (cap != 0 || !all_zero({arg4, arg5})) return Err(EINVAL);
    c.cap_ambient = 0;
    return 0;
  }
  if (!all_zero({arg4, arg5}) || !valid_cap(cap)) return Err(EINVAL);
  const uint64_t bit = 1ULL << cap;
  switch (op) {
    case PR_CAP_AMBIENT_IS_SET: return (c.cap_ambient & bit) != 0;
    case PR_CAP_AMBIENT_LOWER: c.cap_ambient &= ~bit; return 0;
    case PR_CAP_AMBIENT_RAISE:
      if ((c.cap_permitted & bit) == 0 || (c.cap_inheritable & bit) == 0 ||
          (c.securebits & kNoAmbientRaise) != 0)
        return Err(EPERM);
      c.cap_ambient |= bit;
      return 0;
    default: return Err(EINVAL);
  }
}

SyscallResult put_int(uint64_t to, int value) {
  TRY(put_user(user_ptr<int>(to), value));
  return 0;
}

// Yama's declared tracer. ptrace_scope is 0: everybody of the same user may trace anyway.
SyscallResult set_ptracer(uint64_t pid) {
  const bool any_or_none = pid == 0 || static_cast<int>(pid) == -1;
  return any_or_none || find_task_by_pid(static_cast<int>(pid)) != nullptr ? SyscallResult(0) : Err(EINVAL);
}

SyscallResult set_timer_slack(uint64_t ns) {
  constexpr uint64_t kDefaultSlack = 50'000;
  current->timer_slack_ns = static_cast<int64_t>(ns) <= 0 ? kDefaultSlack : ns;
  return 0;
}

SyscallResult set_pdeathsig(uint64_t sig) {
  if (sig > static_cast<uint64_t>(NSIG)) return Err(EINVAL);
  current->pdeath_signal = static_cast<int>(sig);
  return 0;
}

// Speculation controls exist for two known misfeatures and for indirect branches; guests run on the
// host's CPU as the host has set it up, so nothing can be chosen.
SyscallResult speculation(uint64_t which) { return which <= 2 ? SyscallResult(0) : Err(ENODEV); }

SyscallResult capability_prctl(int option, ulong_t arg2, ulong_t arg3, ulong_t arg4, ulong_t arg5) {
  switch (option) {
    case PR_CAPBSET_READ:
      if (!valid_cap(arg2)) return Err(EINVAL);
      return static_cast<long>(current->creds.cap_bset >> arg2 & 1);
    case PR_CAPBSET_DROP: return drop_bounding(arg2);
    case PR_SET_SECUREBITS: return set_securebits(arg2);
    case PR_GET_SECUREBITS: return static_cast<long>(current->creds.securebits);
    case PR_GET_KEEPCAPS: return current->keep_caps;
    case PR_SET_KEEPCAPS: return set_keep_caps(arg2);
    case PR_CAP_AMBIENT: return ambient(arg2, arg3, arg4, arg5);
    default: return Err(EINVAL);
  }
}

}  // namespace

SyscallResult sys_prctl(prctl_op_t option, ulong_t arg2, ulong_t arg3, ulong_t arg4, ulong_t arg5) {
  switch (option) {
    case PR_SET_NAME: TRY(set_name(user_str(arg2))); return 0;
    case PR_GET_NAME: TRY(get_name(arg2)); return 0;
    case PR_SET_PDEATHSIG: return set_pdeathsig(arg2);
    case PR_GET_PDEATHSIG: return put_int(arg2, current->pdeath_signal);
    case PR_SET_DUMPABLE: return set_dumpable(arg2);
    case PR_GET_DUMPABLE: return current->mm->dumpable;
    case PR_GET_UNALIGN:
    case PR_SET_UNALIGN: return Err(EINVAL);
    case PR_SET_TIMING: return arg2 == PR_TIMING_STATISTICAL ? SyscallResult(0) : Err(EINVAL);
    case PR_GET_TIMING: return PR_TIMING_STATISTICAL;
    case PR_GET_TSC: return put_int(arg2, current->tsc_mode);
    case PR_SET_TSC: return set_tsc_mode(arg2);
    case PR_TASK_PERF_EVENTS_DISABLE:
    case PR_TASK_PERF_EVENTS_ENABLE: return 0;
    case PR_GET_TIMERSLACK: return static_cast<long>(current->timer_slack_ns);
    case PR_SET_TIMERSLACK: return set_timer_slack(arg2);
    case PR_SET_CHILD_SUBREAPER: current->signal->is_child_subreaper = arg2 != 0; return 0;
    case PR_GET_CHILD_SUBREAPER: return put_int(arg2, current->signal->is_child_subreaper);
    case PR_SET_NO_NEW_PRIVS:
      if (arg2 != 1 || !all_zero({arg3, arg4, arg5})) return Err(EINVAL);
      current->no_new_privs = true;
      return 0;
    case PR_GET_NO_NEW_PRIVS:
      if (!all_zero({arg2, arg3, arg4, arg5})) return Err(EINVAL);
      return current->no_new_privs;
    case PR_GET_SECCOMP: return current->seccomp_mode;
    case PR_SET_SECCOMP: return prctl_set_seccomp(arg2, arg3);
    case PR_SET_PTRACER: return set_ptracer(arg2);
    case PR_GET_THP_DISABLE:
      return all_zero({arg2, arg3, arg4, arg5}) ? SyscallResult(0) : Err(EINVAL);
    case PR_GET_SPECULATION_CTRL:
      return all_zero({arg3, arg4, arg5}) ? speculation(arg2) : Err(EINVAL);
    default: return capability_prctl(option, arg2, arg3, arg4, arg5);
  }
}

SyscallResult sys_personality(uint32_t persona) {
  const unsigned old = current->personality;
  if (persona != 0xffffffff) current->personality = persona;
  return static_cast<long>(old);
}
