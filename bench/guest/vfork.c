// vfork, _exit in the child, wait in the parent.
#include "bench.h"

double vforks(long n) {
  double start = now();
  for (long i = 0; i < n; ++i) {
    pid_t child = vfork();
    if (child == 0) _exit(0);
    if (child < 0) trouble("vfork");
    reap(child);
  }
  return now() - start;
}
QUESTION(vfork, .what = "vfork + _exit + wait", .takes_memory = 1, .run = vforks)
