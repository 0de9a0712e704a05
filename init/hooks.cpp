// Connects the rooms of the kernel that know each other only through hooks.
#include "init/boot.h"
#include "ipc/sem.h"
#include "kernel/futex.h"
#include "kernel/pidfd.h"
#include "kernel/ptrace.h"

void kernel_hooks_init() {
  futex_init();
  ptrace_init();
  pidfd_init();
  sem_init();
}
