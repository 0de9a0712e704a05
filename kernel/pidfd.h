// Descriptors of processes. Linux: kernel/pid.c, kernel/fork.c (pidfd_*). A pidfd names a thread
// group and stays with it through an exec by another thread.
#pragma once

#include "fs/anon_inode.h"
#include "kernel/sched.h"
#include "kernel/syscall.h"

struct pidfd_file final : anon_file {
  pidfd_file(task_struct& t, unsigned flags);
  unsigned poll(poll_table* pt) override;
  // The group's leader, a zombie perhaps; null when it has been waited for.
  task_struct* task() const { return signal->threads.empty() ? nullptr : signal->threads.front(); }

  Ref<signal_struct> signal;
  int pid;
};

// EBADF if it is no pidfd, ESRCH if the process has been waited for.
Result<task_struct*> pidfd_task(file& f);
Result<task_struct*> pidfd_get_task(int fd);
// An open /proc/PID, which pidfd_send_signal takes as well: its task, null for any other file. Set by
// procfs.
inline task_struct* (*proc_pid_dir_hook)(file& f) = nullptr;
Result<int> pidfd_create(task_struct& t, unsigned flags);
void pidfd_init();  // sets the hooks that clone and waitid use

SyscallResult sys_pidfd_open(kpid_t pid, open_flags_t flags);
SyscallResult sys_pidfd_getfd(fd_t pidfd, fd_t target, uint32_t flags);
// `info` null: as kill(2) sends it. EPERM, ESRCH.
SyscallResult do_pidfd_send_signal(int pidfd, int sig, const kernel_siginfo* info, unsigned flags);
