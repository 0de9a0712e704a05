// fork, exec of a tiny static program, wait.
#include "bench.h"

static double run(long n) {
  char* argv[] = {tiny_path, NULL};
  double start = now();
  for (long i = 0; i < n; ++i) {
    pid_t child = fork();
    if (child == 0) {
      execve(tiny_path, argv, environ);
      _exit(127);
    }
    if (child < 0) trouble("fork");
    reap(child);
  }
  return now() - start;
}
QUESTION(fork_exec, .what = "fork + exec of a tiny static program + wait", .takes_memory = 1, .run = run)
