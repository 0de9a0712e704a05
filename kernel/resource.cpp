// Limits and use of resources. Linux: kernel/sys.c (do_prlimit, getrusage). Difference: times are
// measured, not sampled, and a thread's own are those of its stops and resumptions.
#include "kernel/resource.h"

#include <algorithm>

#include "kernel/cred.h"
#include "mm/mm.h"

namespace {

constexpr uint64_t kNrOpen = 1048576;  // fs.nr_open

Result<task_struct*> limit_owner(int pid) {
  task_struct* t = pid == 0 ? current : find_task_by_pid(pid);
  if (t == nullptr) return Err(ESRCH);
  if (t->group_leader == current->group_leader || capable(CAP_SYS_RESOURCE)) return t;
  const cred &me = current->creds, &other = t->creds;
  const bool same = me.uid == other.euid && me.uid == other.suid && me.uid == other.uid &&
                    me.gid == other.egid && me.gid == other.sgid && me.gid == other.gid;
  if (!same) return Err(EPERM);
  return t;
}

void add(rusage_acct& sum, const rusage_acct& a) {
  sum.utime += a.utime;
  sum.stime += a.stime;
  sum.minflt += a.minflt;
  sum.majflt += a.majflt;
  sum.nvcsw += a.nvcsw;
  sum.nivcsw += a.nivcsw;
  sum.inblock += a.inblock;
  sum.oublock += a.oublock;
  sum.maxrss = std::max(sum.maxrss, a.maxrss);
}

void add_thread(rusage_acct& sum, task_struct& t) {
  rusage_acct a = t.acct;
  a.utime = task_utime(t);
  a.stime = task_stime(t);
  add(sum, a);
}

}  // namespace

Result<rlimit_pair> do_prlimit(int pid, unsigned resource, const rlimit_pair* wanted) {
  if (resource >= RLIM_NLIMITS) return Err(EINVAL);
  if (wanted != nullptr) {
    if (wanted->cur > wanted->max) return Err(EINVAL);
    if (resource == RLIMIT_NOFILE && wanted->max > kNrOpen) return Err(EPERM);
  }
  task_struct& t = *TRY(limit_owner(pid));
  rlimit_pair& limit = t.signal->rlim[resource];
  const rlimit_pair old = limit;
  if (wanted == nullptr) return old;
  if (wanted->max > limit.max && !capable(CAP_SYS_RESOURCE)) return Err(EPERM);
  limit = *wanted;
  // No CPU time at all would never be noticed by a limit that is checked as time passes.
  if (resource == RLIMIT_CPU && limit.cur == 0) limit.cur = 1;
  if (resource == RLIMIT_STACK && t.mm) t.mm->stack_limit = limit.cur;
  return old;
}

Result<rusage_acct> getrusage(int who) {
  account_kernel_time();
  rusage_acct sum;
  signal_struct& s = *current->signal;
  switch (who) {
    case RUSAGE_CHILDREN: return s.cacct;
    case RUSAGE_THREAD: add_thread(sum, *current); break;
    case RUSAGE_SELF:
      add(sum, s.acct);
      for (task_struct* t : s.threads) add_thread(sum, *t);
      break;
    default: return Err(EINVAL);
  }
  if (current->mm) sum.maxrss = std::max(sum.maxrss, current->mm->space->resident());
  return sum;
}
