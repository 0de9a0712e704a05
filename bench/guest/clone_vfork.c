// clone(CLONE_VM | CLONE_VFORK) with a stack of the child's own, as posix_spawn uses it.
#include "bench.h"

static int child_main(void* unused) {
  (void)unused;
  _exit(0);
}

static double run(long n) {
  static char stack[65536] __attribute__((aligned(64)));
  double start = now();
  for (long i = 0; i < n; ++i)
    reap(CHECK(clone(child_main, stack + sizeof stack, CLONE_VM | CLONE_VFORK | SIGCHLD, NULL)));
  return now() - start;
}
QUESTION(clone_vfork, .what = "clone(CLONE_VM|CLONE_VFORK) + _exit + wait", .takes_memory = 1, .run = run)
