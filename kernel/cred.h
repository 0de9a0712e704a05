// Rules about credentials that several rooms need. Linux: include/linux/cred.h,
// security/commoncap.c.
#pragma once

#include <cstdint>

#include "kernel/sched.h"

inline constexpr uint64_t kAllCaps = (1ULL << 41) - 1;  // CAP_LAST_CAP is 40

// May the current task look into t or change it (PTRACE_MODE_ATTACH with real credentials)?
bool ptrace_may_access(const task_struct& t);
// After a change of user ids from `old`: root that lets go of all its 0 ids lets go of its
// capabilities, an effective 0 switches them on and off (cap_task_fix_setuid).
void cap_emulate_setxuid(task_struct& t, const cred& old);
