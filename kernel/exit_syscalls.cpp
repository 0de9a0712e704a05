// The plain halves of exit and wait system calls (kernel/exit.c).
#include "kernel/exit_abi.h"

SyscallResult sys_exit(exit_code_t code) { do_exit((code.value & 0xff) << 8); }
SyscallResult sys_exit_group(exit_code_t code) { do_group_exit((code.value & 0xff) << 8); }

namespace detail {

Result<wait_target> waitid_target(int idtype, int id) {
  switch (idtype) {
    case kP_ALL: return wait_target{wait_for::any, 0};
    case kP_PID:
      if (id <= 0) return Err(EINVAL);
      return wait_target{wait_for::pid, id};
    case kP_PGID:
      if (id < 0) return Err(EINVAL);
      return wait_target{wait_for::pgrp, id != 0 ? id : current->signal->pgrp};
    case kP_PIDFD: {
      if (id < 0 || pidfd_pid_hook == nullptr) return Err(EINVAL);
      bool nonblock = false;
      const int pid = TRY(pidfd_pid_hook(id, nonblock));
      return wait_target{wait_for::pid, pid, nonblock};
    }
    default: return Err(EINVAL);
  }
}

}  // namespace detail
