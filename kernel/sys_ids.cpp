// Process ids, groups and sessions. Linux: kernel/sys.c (getpid ... setsid), kernel/fork.c
// (set_tid_address).
#include "kernel/sched.h"
#include "kernel/syscalls.h"

namespace {

task_struct* process_or_self(int pid) {
  return pid == 0 ? current->group_leader : find_task_by_pid(pid);
}

// The group must exist within the caller's session.
bool joinable(int pgid) {
  bool found = false;
  for_each_in_pgrp(pgid, [&](task_struct& t) {
    found = found || t.signal->session == current->signal->session;
  });
  return found;
}

}  // namespace

SyscallResult sys_getpid() { return current->tgid; }
SyscallResult sys_gettid() { return current->pid; }
// The parent is the process, not the thread that forked; a parent outside any pid is 0.
SyscallResult sys_getppid() {
  const task_struct* parent = current->group_leader->p_opptr;
  return parent != nullptr ? parent->tgid : 0;
}
SyscallResult sys_getpgrp() { return current->signal->pgrp; }

SyscallResult sys_getpgid(kpid_t pid) {
  const task_struct* t = process_or_self(pid);
  if (t == nullptr) return Err(ESRCH);
  return t->signal->pgrp;
}

SyscallResult sys_getsid(kpid_t pid) {
  const task_struct* t = process_or_self(pid);
  if (t == nullptr) return Err(ESRCH);
  return t->signal->session;
}

SyscallResult sys_setpgid(kpid_t pid_arg, kpid_t pgid_arg) {
  task_struct& leader = *current->group_leader;
  const int pid = pid_arg != 0 ? pid_arg.value : leader.pid;
  const int pgid = pgid_arg != 0 ? pgid_arg.value : pid;
  if (pgid < 0) return Err(EINVAL);
  task_struct* t = find_task_by_pid(pid);
  if (t == nullptr) return Err(ESRCH);
  if (!t->is_group_leader()) return Err(EINVAL);
  const task_struct* parent = t->p_opptr;
  if (parent != nullptr && t != &leader && parent->group_leader == &leader) {
    if (t->signal->session != leader.signal->session) return Err(EPERM);
    // A child that has become another program may no longer be moved.
    if ((t->flags & PF_FORKNOEXEC) == 0) return Err(EACCES);
  } else if (t != &leader) {
    return Err(ESRCH);
  }
  if (t->signal->leader) return Err(EPERM);
  if (pgid != pid && !joinable(pgid)) return Err(EPERM);
  t->signal->pgrp = pgid;
  return 0;
}

SyscallResult sys_setsid() {
  signal_struct& s = *current->signal;
  const int pid = current->tgid;
  if (s.leader || pgrp_exists(pid)) return Err(EPERM);
  s.leader = true;
  s.session = s.pgrp = pid;
  s.tty = nullptr;
  return pid;
}

SyscallResult sys_set_tid_address(user_ptr<int> tidptr) {
  current->clear_child_tid = tidptr.addr;
  return current->pid;
}
