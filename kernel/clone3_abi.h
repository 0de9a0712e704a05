// clone3: the arguments of clone in a structure that may grow. Linux 5.3, kernel/fork.c. CloneArgs is
// its wire form, all of 64-bit words.
#pragma once

#include <algorithm>

#include "kernel/fork_syscalls.h"
#include "kernel/sched.h"
#include "mm/uaccess.h"

template <class CloneArgs>
SyscallResult sys_clone3(user_ptr<const CloneArgs> uargs, size_arg size) {
  if (size > kPageSize) return Err(E2BIG);
  if (size < 64) return Err(EINVAL);  // CLONE_ARGS_SIZE_VER0
  CloneArgs c{};
  TRY(copy_from_user(&c, uargs.addr, std::min<uint64_t>(size, sizeof c)));
  for (uint64_t at = sizeof c; at < size; ++at)
    if (TRY(get_user(user_ptr<const uint8_t>(uargs.addr + at))) != 0) return Err(E2BIG);
  if ((c.flags & (CLONE_DETACHED | CSIGNAL)) != 0 ||
      (c.exit_signal & ~static_cast<uint64_t>(CSIGNAL)) != 0)
    return Err(EINVAL);
  if (c.set_tid_size > 32 || (c.set_tid == 0) != (c.set_tid_size == 0)) return Err(EINVAL);
  if (c.set_tid != 0) return Err(EPERM);
  if ((c.flags & (CLONE_PARENT | CLONE_THREAD)) != 0 && c.exit_signal != 0) return Err(EINVAL);
  if ((c.stack == 0) != (c.stack_size == 0)) return Err(EINVAL);
  if (c.stack != 0 && !access_ok(c.stack, c.stack_size)) return Err(EINVAL);
  if ((c.flags & CLONE_INTO_CGROUP) != 0) return Err(EINVAL);
  kernel_clone_args args;
  args.flags = c.flags;
  args.exit_signal = static_cast<int>(static_cast<uint64_t>(c.exit_signal));
  args.usp = c.stack == 0 ? 0 : c.stack + c.stack_size;
  args.parent_tid = c.parent_tid;
  args.child_tid = c.child_tid;
  args.pidfd = c.pidfd;
  args.tls = c.tls;
  return fork_for_user(args);
}
