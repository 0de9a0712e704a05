// Scheduling policies and CPU masks. Linux: kernel/sched/core.c (6.1). Differences: policies are
// kept, checked and reported, yet everybody is scheduled alike; SCHED_DEADLINE is not offered
// (EINVAL); affinity decides which CPU number a task is told, not where the host runs it.
#include <bit>

#include "kernel/cred.h"
#include "kernel/rseq.h"
#include "kernel/sched_policy.h"
#include "kernel/syscalls.h"

namespace {

constexpr int kMaxRtPriority = 99;
constexpr uint64_t kSlice = 60'000'000;  // ns; the quantum of kernel/sched.cpp

bool is_rt(int policy) { return policy == SCHED_FIFO || policy == SCHED_RR; }
int policy_of(const task_struct& t) { return t.policy & ~SCHED_RESET_ON_FORK; }

Result<task_struct*> target(int pid) {
  if (pid < 0) return Err(EINVAL);
  task_struct* t = pid == 0 ? current : find_task_by_pid(pid);
  if (t == nullptr) return Err(ESRCH);
  return t;
}

Result<void> check_priority(int policy, int priority) {
  switch (policy) {
    case SCHED_FIFO:
    case SCHED_RR:
      if (priority < 1 || priority > kMaxRtPriority) return Err(EINVAL);
      return {};
    case SCHED_NORMAL:
    case SCHED_BATCH:
    case SCHED_IDLE:
      if (priority != 0) return Err(EINVAL);
      return {};
    default: return Err(EINVAL);
  }
}

Result<void> check_permission(const task_struct& t, int policy, int priority, bool reset_on_fork) {
  if (capable(CAP_SYS_NICE)) return {};
  if (!may_renice(t)) return Err(EPERM);
  const uint64_t most = t.signal->rlim[RLIMIT_RTPRIO].cur;
  if (is_rt(policy)) {
    if (policy != policy_of(t) && most == 0) return Err(EPERM);
    if (priority > t.rt_priority && static_cast<uint64_t>(priority) > most) return Err(EPERM);
  }
  if ((t.policy & SCHED_RESET_ON_FORK) != 0 && !reset_on_fork) return Err(EPERM);
  return {};
}

Result<void> change(task_struct& t, int policy, int priority, bool reset_on_fork) {
  TRY(check_priority(policy, priority));
  TRY(check_permission(t, policy, priority, reset_on_fork));
  t.policy = policy | (reset_on_fork ? SCHED_RESET_ON_FORK : 0);
  t.rt_priority = priority;
  return {};
}

}  // namespace

bool may_renice(const task_struct& t) {
  const cred &me = current->creds, &other = t.creds;
  return me.euid == other.euid || me.euid == other.uid || capable(CAP_SYS_NICE);
}

void sched_fork(task_struct& child) {
  if ((child.policy & SCHED_RESET_ON_FORK) == 0) return;
  if (is_rt(policy_of(child)) || child.nice < 0) child.nice = 0;
  if (is_rt(policy_of(child))) child.policy = SCHED_NORMAL;
  child.policy &= ~SCHED_RESET_ON_FORK;
  child.rt_priority = 0;
}

Result<sched_state> get_scheduler(int pid) {
  const task_struct& t = *TRY(target(pid));
  return sched_state{policy_of(t), t.rt_priority, t.nice, (t.policy & SCHED_RESET_ON_FORK) != 0};
}

Result<void> set_scheduler(int pid, int policy, int priority) {
  task_struct& t = *TRY(target(pid));
  const int full = policy == -1 ? t.policy : policy;
  return change(t, full & ~SCHED_RESET_ON_FORK, priority, (full & SCHED_RESET_ON_FORK) != 0);
}

Result<void> set_sched_attr(int pid, const sched_attr_values& a) {
  constexpr uint64_t kKnown = SCHED_FLAG_RESET_ON_FORK | SCHED_FLAG_KEEP_ALL;
  if ((a.flags & ~kKnown) != 0 || a.policy > INT32_MAX || a.priority > INT32_MAX)
    return Err(EINVAL);
  task_struct& t = *TRY(target(pid));
  const bool keep_policy = (a.flags & SCHED_FLAG_KEEP_POLICY) != 0;
  const bool keep_params = (a.flags & SCHED_FLAG_KEEP_PARAMS) != 0;
  const int policy = keep_policy ? policy_of(t) : static_cast<int>(a.policy);
  const int priority = keep_params ? t.rt_priority : static_cast<int>(a.priority);
  const bool reset = keep_policy ? (t.policy & SCHED_RESET_ON_FORK) != 0
                                 : (a.flags & SCHED_FLAG_RESET_ON_FORK) != 0;
  const bool fair = policy == SCHED_NORMAL || policy == SCHED_BATCH;
  if (fair && !keep_params) {
    if (a.nice < -20 || a.nice > 19) return Err(EINVAL);
    const uint64_t most = t.signal->rlim[RLIMIT_NICE].cur;
    if (a.nice < t.nice && !capable(CAP_SYS_NICE) && static_cast<uint64_t>(20 - a.nice) > most)
      return Err(EPERM);
  }
  TRY(change(t, policy, priority, reset));
  if (fair && !keep_params) t.nice = a.nice;
  return {};
}

Result<uint64_t> rr_interval(int pid) {
  const task_struct& t = *TRY(target(pid));
  return policy_of(t) == SCHED_FIFO ? 0 : kSlice;
}

uint64_t cpu_online_mask() {
  const unsigned n = arch::machine().cpus();
  return n >= 64 ? ~0ULL : (1ULL << n) - 1;
}

Result<void> set_affinity(int pid, uint64_t cpus) {
  task_struct& t = *TRY(target(pid));
  if (!may_renice(t)) return Err(EPERM);
  cpus &= cpu_online_mask();
  if (cpus == 0) return Err(EINVAL);
  t.cpus_allowed = cpus;
  if (t.cpu >= 64 || (cpus >> t.cpu & 1) == 0)
    t.cpu = static_cast<unsigned>(std::countr_zero(cpus));
  if (&t == current) rseq_handle_notify_resume(t);
  return {};
}

Result<uint64_t> get_affinity(int pid) {
  return TRY(target(pid))->cpus_allowed & cpu_online_mask();
}

SyscallResult sys_sched_yield() {
  schedule();
  return 0;
}

SyscallResult sys_sched_getscheduler(kpid_t pid) { return TRY(target(pid))->policy; }

SyscallResult sys_sched_get_priority_max(int policy) {
  switch (policy) {
    case SCHED_FIFO:
    case SCHED_RR: return kMaxRtPriority;
    case SCHED_NORMAL:
    case SCHED_BATCH:
    case SCHED_IDLE:
    case SCHED_DEADLINE: return 0;
    default: return Err(EINVAL);
  }
}

SyscallResult sys_sched_get_priority_min(int policy) {
  return TRY(sys_sched_get_priority_max(policy)) == 0 ? 0 : 1;
}
