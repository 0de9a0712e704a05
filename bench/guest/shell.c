// A busybox shell that executes a program again and again: fork, exec and wait as scripts do it.
#include "bench.h"

static double run(long n) {
  if (busybox_path[0] == 0) errno = ENOENT, trouble("busybox");
  char script[4200];
  snprintf(script, sizeof script, "i=0; while [ $i -lt %ld ]; do %s true; i=$((i+1)); done", n, busybox_path);
  char* argv[] = {busybox_path, "sh", "-c", script, NULL};
  double start = now();
  pid_t child = vfork();
  if (child == 0) {
    execve(busybox_path, argv, environ);
    _exit(127);
  }
  if (child < 0) trouble("vfork");
  reap(child);
  return now() - start;
}
QUESTION(shell, .what = "fork + exec of busybox in a shell loop", .run = run, .min_n = 100)
