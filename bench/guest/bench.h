// What the benchmark programs share. A question is one thing to measure; each has a file of its own
// and registers itself here. All are linked into one static program per architecture (main.c), so
// that every launcher starts the same binary.
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct params {
  long mem;      // MiB that this process has touched before it measures
  long tasks;    // other tasks asleep
  int huge;      // ask for huge pages for that memory
  char dir[256]; // where files are made
};
extern struct params params;
extern char tiny_path[4096];  // a static program of one system call, beside this one
extern char self_path[4096];
extern char busybox_path[4096];

struct question {
  const char* name;
  const char* what;
  int takes_memory;
  // Called once before the batches and once after them; either may be missing.
  void (*setup)(void);
  void (*teardown)(void);
  // Does it `n` times; returns the nanoseconds that count.
  double (*run)(long n);
  long min_n;  // fewest repetitions that make sense, 0: 1
  struct question* next;
};
void ask(struct question* q);

#define QUESTION(id, ...)                                                  \
  static struct question question_##id = {.name = #id, __VA_ARGS__};       \
  __attribute__((constructor)) static void register_##id(void) { ask(&question_##id); }

double now(void);  // nanoseconds
double vforks(long n);  // nanoseconds of n rounds of vfork + _exit + wait (vfork.c)
// Ends the request with an error line; what went wrong is `what` and errno.
__attribute__((noreturn)) void trouble(const char* what);

#define CHECK(x)                 \
  ({                             \
    __typeof__(x) check_r = (x); \
    if (check_r < 0) trouble(#x); \
    check_r;                     \
  })

static inline void reap(pid_t child) {
  int status;
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR) trouble("waitpid");
  if (status != 0) errno = ECHILD, trouble("the child's exit status");
}
extern char** environ;

// Memory that was written a page at a time. PAGE is the granularity, whatever the host uses.
enum { PAGE = 4096 };
extern char* ballast;  // params.mem MiB
char* map_anonymous(size_t bytes);
