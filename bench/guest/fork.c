// fork, _exit in the child, wait in the parent.
#include "bench.h"

static double run(long n) {
  double start = now();
  for (long i = 0; i < n; ++i) {
    pid_t child = fork();
    if (child == 0) _exit(0);
    if (child < 0) trouble("fork");
    reap(child);
  }
  return now() - start;
}
QUESTION(fork, .what = "fork + _exit + wait", .takes_memory = 1, .run = run)

// How long fork itself keeps the parent; the child's end and its reaping are not counted.
static double run_call(long n) {
  double sum = 0;
  for (long i = 0; i < n; ++i) {
    double start = now();
    pid_t child = fork();
    if (child == 0) _exit(0);
    sum += now() - start;
    if (child < 0) trouble("fork");
    reap(child);
  }
  return sum;
}
QUESTION(fork_call, .what = "fork until it returns in the parent", .takes_memory = 1, .run = run_call)
