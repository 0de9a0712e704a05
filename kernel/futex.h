// Futexes in kernel form. Linux: kernel/futex/. The guest's word is always 32 bits in the guest's
// byte order; its address is checked at each access.
#pragma once

#include <cstdint>
#include <optional>

#include "kernel/syscall.h"

struct mm_struct;
struct task_struct;

// futex(2) with the time-out already in nanoseconds: relative for FUTEX_WAIT, a point in time for
// the others. `val2` is the fourth argument of the operations that take a number there.
SyscallResult do_futex(uint64_t uaddr, int op, uint32_t val, std::optional<uint64_t> timeout,
                       uint32_t val2, uint64_t uaddr2, uint32_t val3);
// Does `op` read its fourth argument as a time?
bool futex_has_timeout(int op);
// Wakes `n` waiters of the shared futex at current's address (CLONE_CHILD_CLEARTID).
void futex_wake_user(uint64_t uaddr, int n);
// A task leaves its memory (exec, exit): locks that it still holds become owner-died.
void exit_robust_list(task_struct& t);
// Sets the hooks of kernel/fork_hooks.h; at boot.
void futex_init();
