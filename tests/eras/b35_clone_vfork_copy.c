// B35: the memory is copied, the parent waits all the same.
#include "eras.h"

static void subject(void) {
  const long v = syscall(SYS_clone, (unsigned long)(CLONE_VFORK | SIGCHLD), 0, 0, 0, 0);
  if (v == 0) {
    nap_until(200);
    _exit(0);
  }
  say("%ld", grid(now()));
  wait_for((pid_t)v);
}

ROW(35, "CLONE_VFORK without CLONE_VM", .subject = subject)
