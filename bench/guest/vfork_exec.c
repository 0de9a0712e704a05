// vfork, exec, wait: of a tiny static program, and of this one with the C library's start-up.
#include "bench.h"

static double run_program(const char* path, char** argv, long n) {
  double start = now();
  for (long i = 0; i < n; ++i) {
    pid_t child = vfork();
    if (child == 0) {
      execve(path, argv, environ);
      _exit(127);
    }
    if (child < 0) trouble("vfork");
    reap(child);
  }
  return now() - start;
}

static double run_tiny(long n) {
  char* argv[] = {tiny_path, NULL};
  return run_program(tiny_path, argv, n);
}
QUESTION(vfork_exec, .what = "vfork + exec of a tiny static program + wait", .takes_memory = 1, .run = run_tiny)

static double run_libc(long n) {
  char* argv[] = {self_path, "nop", NULL};
  return run_program(self_path, argv, n);
}
QUESTION(vfork_exec_libc, .what = "vfork + exec of a static glibc program + wait", .takes_memory = 1, .run = run_libc)
