// Nice values and I/O priorities of processes, groups and users. Linux: kernel/sys.c (setpriority,
// getpriority), kernel/sched/core.c (nice), block/ioprio.c. Differences: both are kept and
// reported; the scheduler gives everybody the same weight, and files are the host's.
#include <algorithm>
#include <vector>

#include "kernel/sched_policy.h"
#include "kernel/syscalls.h"

namespace {

constexpr int kPrioProcess = 0, kPrioPgrp = 1, kPrioUser = 2;

// The tasks that {which, who} names; `which` in setpriority's numbering.
std::vector<task_struct*> selected(int which, int who) {
  std::vector<task_struct*> out;
  if (which == kPrioProcess) {
    if (task_struct* t = who == 0 ? current : find_task_by_pid(who)) out.push_back(t);
    return out;
  }
  if (which == kPrioPgrp) {
    for_each_in_pgrp(who != 0 ? who : int{current->signal->pgrp}, [&](task_struct& t) {
      out.insert(out.end(), t.signal->threads.begin(), t.signal->threads.end());
    });
    return out;
  }
  const uint32_t uid = who != 0 ? static_cast<uint32_t>(who) : current->creds.uid;
  for_each_task([&](task_struct& t) {
    if (t.creds.uid == uid) out.push_back(&t);
  });
  return out;
}

bool can_nice(const task_struct& t, int nice) {
  return static_cast<uint64_t>(20 - nice) <= t.signal->rlim[RLIMIT_NICE].cur ||
         capable(CAP_SYS_NICE);
}

Result<void> set_one(task_struct& t, int nice) {
  const cred &me = current->creds, &other = t.creds;
  if (me.euid != other.uid && me.euid != other.euid && !capable(CAP_SYS_NICE)) return Err(EPERM);
  if (nice < t.nice && !can_nice(t, nice)) return Err(EACCES);
  t.nice = nice;
  return {};
}

// ---- I/O priorities: a class in the top three bits, a level below
// --------------------------------
constexpr int kIoClassShift = 13, kIoNone = 0, kIoRealtime = 1, kIoBestEffort = 2, kIoIdle = 3;
constexpr int kIoLevels = 8;

int io_class(int ioprio) { return ioprio >> kIoClassShift & 7; }
int io_level(int ioprio) { return ioprio & (kIoLevels - 1); }

// What a task that never set one counts as: its nice value says.
int effective_ioprio(const task_struct& t) {
  if (io_class(t.ioprio) != kIoNone) return t.ioprio;
  return kIoBestEffort << kIoClassShift | (t.nice + 20) / 5;
}

Result<void> check_ioprio(int ioprio) {
  switch (io_class(ioprio)) {
    case kIoRealtime:
      if (!capable(CAP_SYS_ADMIN) && !capable(CAP_SYS_NICE)) return Err(EPERM);
      return {};
    case kIoBestEffort:
    case kIoIdle: return {};
    case kIoNone:
      if (io_level(ioprio) != 0) return Err(EINVAL);
      return {};
    default: return Err(EINVAL);
  }
}

}  // namespace

// The raw result is 20 - nice, so that it is never negative; the C library turns it round.
SyscallResult sys_getpriority(int which, int who) {
  if (which < kPrioProcess || which > kPrioUser) return Err(EINVAL);
  const auto tasks = selected(which, who);
  if (tasks.empty()) return Err(ESRCH);
  int best = 19;
  for (const task_struct* t : tasks) best = std::min(best, t->nice);
  return 20 - best;
}

SyscallResult sys_setpriority(int which, int who, int nice) {
  if (which < kPrioProcess || which > kPrioUser) return Err(EINVAL);
  nice = std::clamp(nice, -20, 19);
  int error = ESRCH;
  for (task_struct* t : selected(which, who)) {
    if (auto one = set_one(*t, nice); !one)
      error = one.error().value;
    else if (error == ESRCH)
      error = 0;
  }
  if (error != 0) return Err(error);
  return 0;
}

SyscallResult sys_nice(int increment) {
  increment = std::clamp(increment, -40, 40);
  const int nice = std::clamp(current->nice + increment, -20, 19);
  if (increment < 0 && !can_nice(*current, nice)) return Err(EPERM);
  current->nice = nice;
  return 0;
}

SyscallResult sys_ioprio_get(int which, int who) {
  // Numbered from 1 here.
  if (which < 1 || which > 3) return Err(EINVAL);
  const auto tasks = selected(which - 1, who);
  if (tasks.empty()) return Err(ESRCH);
  int best = effective_ioprio(*tasks.front());
  for (const task_struct* t : tasks) best = std::min(best, effective_ioprio(*t));
  return best;
}

SyscallResult sys_ioprio_set(int which, int who, int ioprio) {
  TRY(check_ioprio(ioprio));
  if (which < 1 || which > 3) return Err(EINVAL);
  const auto tasks = selected(which - 1, who);
  if (tasks.empty()) return Err(ESRCH);
  for (task_struct* t : tasks) {
    if (!may_renice(*t)) return Err(EPERM);
    t->ioprio = ioprio;
  }
  return 0;
}
