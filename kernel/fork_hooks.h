// What fork and exit call in rooms that may not be linked into every test: set by their owners when
// the kernel starts. Null means nobody.
#pragma once

#include <cstdint>

#include "lib/result.h"

struct signal_struct;
struct task_struct;

inline Result<int> (*pidfd_install_hook)(task_struct& t) = nullptr;   // CLONE_PIDFD: a descriptor for t
inline void (*exit_robust_list_hook)(task_struct& t) = nullptr;       // kernel/futex.cpp
inline void (*futex_wake_hook)(uint64_t user_address) = nullptr;      // one waiter at current's address
inline void (*exit_sem_hook)(signal_struct& s) = nullptr;              // ipc/sem.cpp: SEM_UNDO
inline void (*proc_flush_pid_hook)(int pid) = nullptr;                // fs/proc: the task is released
