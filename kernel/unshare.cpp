// unshare(2): take back what clone shared. Linux: kernel/fork.c, ksys_unshare. There are no namespaces
// but the one: asking for a new one answers EPERM, as in a container. Only a new time namespace for
// one's children can be had, for what vfork makes of it (row B39 of tests/eras/table.md); known difference: its clocks are
// those of the first, there is no /proc/PID/timens_offsets to set them apart.
#include "fs/fs.h"
#include "kernel/fork_syscalls.h"
#include "kernel/profile.h"
#include "kernel/sched.h"

// Its number is all there is of it; nobody counts who lives in it.
static Result<void> unshare_time() {
  static uint64_t last = 0xf1000000;  // Linux numbers what it makes from above its fixed ones
  if (!capable(CAP_SYS_ADMIN)) return Err(EPERM);
  current->time_ns_for_children = ++last;
  return {};
}

SyscallResult sys_unshare(clone_flags_t flags) {
  constexpr uint64_t kKnown = CLONE_THREAD | CLONE_FS | CLONE_NEWNS | CLONE_SIGHAND | CLONE_VM | CLONE_FILES |
                              CLONE_SYSVSEM | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWUSER |
                              CLONE_NEWPID | CLONE_NEWCGROUP | CLONE_NEWTIME;
  constexpr uint64_t kNamespaces = CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWUSER |
                                   CLONE_NEWPID | CLONE_NEWCGROUP;
  if ((flags & ~kKnown) != 0) return Err(EINVAL);
  // A kernel that knows no time namespaces (5.6) does not know the flag either.
  if ((flags & CLONE_NEWTIME & ~mechanisms().clone_flags) != 0) return Err(EINVAL);
  if ((flags & kNamespaces) != 0) return Err(EPERM);
  if ((flags & (CLONE_THREAD | CLONE_SIGHAND | CLONE_VM)) != 0 && current->signal->nr_threads > 1) return Err(EINVAL);
  if ((flags & CLONE_NEWTIME) != 0) TRY(unshare_time());
  if ((flags & CLONE_FS) != 0 && current->fs->use_count() > 1) current->fs = current->fs->dup();
  if ((flags & CLONE_FILES) != 0 && current->files->use_count() > 1) current->files = current->files->dup();
  return 0;
}

SyscallResult sys_setns(fd_t fd, int /*type*/) {
  TRY(fget(fd));
  return Err(EINVAL);
}
