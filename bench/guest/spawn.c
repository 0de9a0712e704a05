// posix_spawn of a tiny static program, and wait.
#include "bench.h"

static double run(long n) {
  char* argv[] = {tiny_path, NULL};
  double start = now();
  for (long i = 0; i < n; ++i) {
    pid_t child;
    errno = posix_spawn(&child, tiny_path, NULL, NULL, argv, environ);
    if (errno != 0) trouble("posix_spawn");
    reap(child);
  }
  return now() - start;
}
QUESTION(spawn, .what = "posix_spawn of a tiny static program + wait", .takes_memory = 1, .run = run)
