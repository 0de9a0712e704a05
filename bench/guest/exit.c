// exit alone: from a fork child's last statement to the return of the parent's wait.
#include "bench.h"

static double run(long n) {
  double* stamp = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (stamp == MAP_FAILED) trouble("mmap");
  double sum = 0;
  for (long i = 0; i < n; ++i) {
    pid_t child = fork();
    if (child == 0) {
      *stamp = now();
      _exit(0);
    }
    if (child < 0) trouble("fork");
    reap(child);
    sum += now() - *stamp;
  }
  munmap(stamp, PAGE);
  return sum;
}
QUESTION(exit, .what = "_exit of a fork child until wait returns", .takes_memory = 1, .run = run)
