// seccomp(2): strict mode and filters. Linux: kernel/seccomp.c. Known differences: there are no user
// notifications (a filter that answers USER_NOTIF makes the call fail with ENOSYS, as Linux does
// without a listener), nothing is audited, and LOG only allows.
#include "kernel/seccomp.h"

#include <algorithm>
#include <bit>

#include "kernel/ptrace.h"
#include "kernel/trace.h"
#include "mm/user_order.h"

namespace {

enum : uint32_t { SET_MODE_STRICT = 0, SET_MODE_FILTER = 1, GET_ACTION_AVAIL = 2, GET_NOTIF_SIZES = 3 };
enum : uint32_t { FLAG_TSYNC = 1, FLAG_LOG = 2, FLAG_SPEC_ALLOW = 4, FLAG_TSYNC_ESRCH = 16 };
enum : uint32_t {
  RET_KILL_PROCESS = 0x80000000, RET_KILL_THREAD = 0, RET_TRAP = 0x30000, RET_ERRNO = 0x50000,
  RET_USER_NOTIF = 0x7fc00000, RET_TRACE = 0x7ff00000, RET_LOG = 0x7ffc0000, RET_ALLOW = 0x7fff0000,
  RET_ACTION = 0xffff0000, RET_DATA = 0xffff,
};
constexpr int SYS_SECCOMP = 1;        // si_code of the SIGSYS
constexpr size_t kMaxChainCost = 32768, kFilterPenalty = 4;
constexpr uint32_t kMaxErrno = 4095;

seccomp_data describe(const task_struct& t) {
  const arch::SyscallArgs args = t.isa->syscall_args(t.thread);
  seccomp_data d{};
  d.nr = static_cast<int32_t>(args.nr);
  d.arch = t.isa->audit_arch(args.word);
  d.instruction_pointer = t.isa->pc(t.thread);
  std::ranges::copy(args.a, d.args);
  return d;
}

// A filter's loads have 32 bits: of a 64-bit field they reach the half that lies there in memory.
seccomp_data as_loaded(const task_struct& t, seccomp_data d) {
  if (!t.isa->big_endian()) return d;
  d.instruction_pointer = std::rotl(d.instruction_pointer, 32);
  for (uint64_t& a : d.args) a = std::rotl(a, 32);
  return d;
}

// The strictest answer of all filters; among equals the newest filter's.
uint32_t run_filters(const task_struct& t, const seccomp_data& d) {
  uint32_t best = RET_ALLOW;
  for (const seccomp_filter* f = t.seccomp.get(); f != nullptr; f = f->prev.get()) {
    const uint32_t r = seccomp_run_program(f->program, d);
    if (static_cast<int32_t>(r & RET_ACTION) < static_cast<int32_t>(best & RET_ACTION)) best = r;
  }
  return best;
}

[[noreturn]] void kill(task_struct& t, bool whole_process) {
  t.flags |= PF_SIGNALED;
  if (whole_process || t.signal->nr_threads == 1) do_group_exit(SIGSYS);
  do_exit(SIGSYS);
}

void trap(task_struct& t, const seccomp_data& d, uint32_t data) {
  t.isa->set_return(t.thread, d.nr);  // as if the call had not begun
  kernel_siginfo info;
  info.si_signo = SIGSYS;
  info.si_code = SYS_SECCOMP;
  info.si_errno = static_cast<int>(data);
  info.call_addr = d.instruction_pointer;
  info.syscall = d.nr;
  info.arch = d.arch;
  (void)force_sig(t, info);
}

bool filter_call(task_struct& t, bool may_trace);

// The tracer may change the call; the changed one is asked about again, but goes to no tracer.
bool trace(task_struct& t, uint32_t data) {
  if (!ptrace_event_enabled(t, PTRACE_EVENT_SECCOMP)) {
    t.isa->set_return(t.thread, -ENOSYS);
    return false;
  }
  ptrace_event(PTRACE_EVENT_SECCOMP, data);
  if (fatal_signal_pending(t) || !t.isa->in_syscall(t.thread)) return false;
  return filter_call(t, false);
}

bool filter_call(task_struct& t, bool may_trace) {
  const seccomp_data d = describe(t);
  const uint32_t r = run_filters(t, as_loaded(t, d));
  const uint32_t data = r & RET_DATA;
  switch (r & RET_ACTION) {
    case RET_ALLOW:
    case RET_LOG: return true;
    case RET_TRACE: return !may_trace || trace(t, data);
    case RET_ERRNO: t.isa->set_return(t.thread, -static_cast<long>(std::min(data, kMaxErrno))); return false;
    case RET_TRAP: trap(t, d, data); return false;
    case RET_USER_NOTIF: t.isa->set_return(t.thread, -ENOSYS); return false;
    case RET_KILL_THREAD: kill(t, false);
    default: kill(t, true);
  }
}

// The four calls of strict mode, by name: each gate has its own numbers.
bool strict_call(task_struct& t) {
  constexpr std::array<std::string_view, 5> kAllowed{"sys_read", "sys_write", "sys_exit", "sys_rt_sigreturn",
                                                     "sys_sigreturn"};
  const arch::SyscallArgs args = t.isa->syscall_args(t.thread);
  const std::string_view name = t.isa->syscall(args).name;
  // The old sigreturn is i386's; its new one is not on the list.
  if (args.word == 4 && name == "sys_rt_sigreturn") return false;
  return std::ranges::find(kAllowed, name) != kAllowed.end();
}

bool may_assign_mode(int mode) { return current->seccomp_mode == SECCOMP_MODE_DISABLED || current->seccomp_mode == mode; }

SyscallResult set_mode_strict() {
  if (!may_assign_mode(SECCOMP_MODE_STRICT)) return Err(EINVAL);
  current->seccomp_mode = SECCOMP_MODE_STRICT;
  return 0;
}

// struct sock_fprog: a 16-bit length and, one word further, a pointer.
Result<Ref<seccomp_filter>> read_filter(uint64_t fprog) {
  const unsigned word = current->isa->word_bytes();
  const uint16_t len = TRY(get_user(user_ptr<const uint16_t>(fprog)));
  const uint64_t from = TRY(get_user_word(fprog + word));
  if (len == 0 || len > 4096) return Err(EINVAL);
  // A filter could trick a setuid program, unless there is no such thing for this task any more.
  if (!current->no_new_privs && !capable(CAP_SYS_ADMIN)) return Err(EACCES);
  auto filter = make_ref<seccomp_filter>();
  filter->program.resize(len);
  TRY(copy_from_user(filter->program.data(), from, len * sizeof(sock_filter)));
  for (sock_filter& f : filter->program)
    f = fields_in_user_order(f, &sock_filter::code, &sock_filter::k);
  TRY(seccomp_check_filter(filter->program));
  return filter;
}

bool is_ancestor(const seccomp_filter* old, const seccomp_filter* f) {
  for (; f != nullptr; f = f->prev.get())
    if (f == old) return true;
  return old == nullptr;
}

// A living sibling whose filters are not a part of the caller's, or nullptr.
task_struct* cannot_sync() {
  for (task_struct* t : current->signal->threads) {
    if (t == current || t->exit_state != 0) continue;
    const bool fits = t->seccomp_mode == SECCOMP_MODE_DISABLED ||
                      (t->seccomp_mode == SECCOMP_MODE_FILTER && is_ancestor(t->seccomp.get(), current->seccomp.get()));
    if (!fits) return t;
  }
  return nullptr;
}

void sync_threads() {
  for (task_struct* t : current->signal->threads) {
    if (t == current || t->exit_state != 0) continue;
    t->seccomp = current->seccomp;
    t->seccomp_mode = SECCOMP_MODE_FILTER;
    t->no_new_privs = t->no_new_privs || current->no_new_privs;
  }
}

SyscallResult set_mode_filter(uint32_t flags, uint64_t fprog) {
  constexpr uint32_t kKnown = FLAG_TSYNC | FLAG_LOG | FLAG_SPEC_ALLOW | FLAG_TSYNC_ESRCH;
  if ((flags & ~kKnown) != 0) return Err(EINVAL);
  Ref<seccomp_filter> filter = TRY(read_filter(fprog));
  if (!may_assign_mode(SECCOMP_MODE_FILTER)) return Err(EINVAL);
  const seccomp_filter* old = current->seccomp.get();
  filter->cost = filter->program.size() + (old != nullptr ? old->cost + kFilterPenalty : 0);
  filter->chain = old != nullptr ? old->chain + 1 : 1;
  if (filter->cost > kMaxChainCost) return Err(ENOMEM);
  if ((flags & FLAG_TSYNC) != 0)
    if (const task_struct* t = cannot_sync())
      return (flags & FLAG_TSYNC_ESRCH) != 0 ? SyscallResult(Err(ESRCH)) : SyscallResult(t->pid);
  filter->prev = current->seccomp;
  current->seccomp = std::move(filter);
  current->seccomp_mode = SECCOMP_MODE_FILTER;
  if ((flags & FLAG_TSYNC) != 0) sync_threads();
  return 0;
}

SyscallResult get_action_avail(uint64_t from) {
  switch (TRY(get_user(user_ptr<const uint32_t>(from)))) {
    case RET_KILL_PROCESS: case RET_KILL_THREAD: case RET_TRAP: case RET_ERRNO: case RET_TRACE:
    case RET_LOG: case RET_ALLOW: return 0;
    default: return Err(EOPNOTSUPP);
  }
}

}  // namespace

// A long chain must not be freed by recursion.
seccomp_filter::~seccomp_filter() {
  while (prev && prev->use_count() == 1) {
    Ref<seccomp_filter> next = std::move(prev->prev);
    prev = std::move(next);
  }
}

bool secure_computing() {
  task_struct& t = *current;
  if (ptrace_seccomp_suspended(t)) return true;
  if (t.seccomp_mode == SECCOMP_MODE_FILTER) return filter_call(t, true);
  if (strict_call(t)) return true;
  t.flags |= PF_SIGNALED;
  if (t.signal->nr_threads == 1) do_group_exit(SIGKILL);
  do_exit(SIGKILL);
}

SyscallResult prctl_set_seccomp(uint64_t mode, uint64_t filter) {
  switch (mode) {
    case SECCOMP_MODE_STRICT: return set_mode_strict();
    case SECCOMP_MODE_FILTER: return set_mode_filter(0, filter);
    default: return Err(EINVAL);
  }
}

SyscallResult sys_seccomp(uint32_t op, uint32_t flags, ulong_t uargs) {
  switch (op) {
    case SET_MODE_STRICT: return flags != 0 || uargs != 0 ? SyscallResult(Err(EINVAL)) : set_mode_strict();
    case SET_MODE_FILTER: return set_mode_filter(flags, uargs);
    case GET_ACTION_AVAIL: return flags != 0 ? SyscallResult(Err(EINVAL)) : get_action_avail(uargs);
    default: return Err(EINVAL);  // GET_NOTIF_SIZES: there are no notifications
  }
}
