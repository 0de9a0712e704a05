// wait alone: children that are dead already.
#include "bench.h"

enum { AT_ONCE = 64 };

static double run(long n) {
  double sum = 0;
  while (n > 0) {
    pid_t child[AT_ONCE];
    int k = n < AT_ONCE ? (int)n : AT_ONCE;
    for (int i = 0; i < k; ++i) {
      child[i] = vfork();
      if (child[i] == 0) _exit(0);
      if (child[i] < 0) trouble("vfork");
      siginfo_t info;
      CHECK(waitid(P_PID, child[i], &info, WEXITED | WNOWAIT));
    }
    double start = now();
    for (int i = 0; i < k; ++i) reap(child[i]);
    sum += now() - start;
    n -= k;
  }
  return sum;
}
QUESTION(wait, .what = "wait for a child that is dead already", .run = run)
