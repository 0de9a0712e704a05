// Waiting for children. Linux: kernel/exit.c, do_wait. The ABI forms (rusage, siginfo) are templates in
// kernel/exit_abi.h.
#pragma once

#include "kernel/sched.h"
#include "kernel/syscall.h"

struct wait_result {
  int pid = 0;              // 0: WNOHANG and nobody is ready
  int status = 0;           // as wait4 stores it
  int si_code = 0, si_status = 0;
  uint32_t uid = 0;
  rusage_acct usage;        // the child and its own waited-for children
};
enum class wait_for : uint8_t { any, pid, pgrp };
// `options`: W* bits, __WALL, __WCLONE, __WNOTHREAD. ECHILD, ERESTARTSYS.
Result<wait_result> do_wait(wait_for which, int id, unsigned options);
// pidfd_open's descriptor -> pid for waitid(P_PIDFD), and whether it is O_NONBLOCK; set by its owner.
inline Result<int> (*pidfd_pid_hook)(int fd, bool& nonblock) = nullptr;
