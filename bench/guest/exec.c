// exec alone: one child executes a tiny program again and again.
#include "bench.h"

static double run(long n) {
  char count[24];
  snprintf(count, sizeof count, "%ld", n);
  char* argv[] = {tiny_path, count, NULL};
  double start = now();
  pid_t child = vfork();
  if (child == 0) {
    execve(tiny_path, argv, environ);
    _exit(127);
  }
  if (child < 0) trouble("vfork");
  reap(child);
  return now() - start;
}
QUESTION(exec, .what = "exec of a tiny static program by itself", .run = run, .min_n = 64)
