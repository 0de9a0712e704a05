// Policies, priorities and CPU masks in kernel form. Linux: include/linux/sched.h. The scheduler is
// the same for everybody (kernel/sched_fair.cpp); what is set here is kept, inherited and reported.
#pragma once

#include "kernel/sched.h"

struct sched_state {
  int policy = 0, priority = 0, nice = 0;
  bool reset_on_fork = false;
};
struct sched_attr_values {
  uint32_t policy = 0;
  uint64_t flags = 0;
  int32_t nice = 0;
  uint32_t priority = 0;
};
Result<sched_state> get_scheduler(int pid);                     // EINVAL, ESRCH
Result<void> set_scheduler(int pid, int policy, int priority);  // policy -1: keep it
Result<void> set_sched_attr(int pid, const sched_attr_values& a);
Result<uint64_t> rr_interval(int pid);  // ns
Result<void> set_affinity(int pid, uint64_t cpus);
Result<uint64_t> get_affinity(int pid);
uint64_t cpu_online_mask();
// fork: a child of a task with SCHED_RESET_ON_FORK (a bit of task_struct::policy) starts ordinary.
void sched_fork(task_struct& child);
// May the current task change t's priorities (same user or CAP_SYS_NICE)?
bool may_renice(const task_struct& t);
