// The questions of bench/guest that a machine without an MMU can be asked: vfork, vfork_exec, getpid, and fork where
// nommu-fork= gives one. Answers requests, one a line, in the words of bench/guest/main.c, so that `slot190
// bench` can put a nommu vfork beside the others. Built for the base-register ABI it has only fork and
// getpid. The memory that a fork copies is touched before.
#include "libc.h"

long __syscall(long number, long a, long b, long c, long d, long e, long f);

static const char *self;
static char *ballast;
static unsigned ballast_mib;

struct timespec32 {
  int sec, nsec;
};
static struct timespec32 now(void) {
  struct timespec32 t;
  __syscall(265, 1, (long)&t, 0, 0, 0, 0);  // clock_gettime(CLOCK_MONOTONIC)
  return t;
}

#ifdef __BASEREL__
static const char *const cases[] = {"fork", "getpid", NULL};
static char *more(unsigned n) { return malloc(n); }
static void less(char *p, unsigned n) { free(p); }
static int one_vfork(int exec) { return -1; }  // there is none
#else
static const char *const cases[] = {"vfork", "vfork_exec", "fork", "getpid", NULL};
// Not of malloc, whose blocks end at 256 MiB.
static char *more(unsigned n) {
  const long p = __syscall(192, 0, n, 3, 0x22, -1, 0);
  return (unsigned long)p > -4096UL ? NULL : (char *)p;
}
static void less(char *p, unsigned n) { __syscall(91, (long)p, n, 0, 0, 0, 0); }

// One child; no loop around it, whose counter vfork's second return could find changed.
static int one_vfork(int exec) {
  char *argv[] = {(char *)self, "nop", NULL};
  int status;
  pid_t child = vfork();
  if (child == 0) {
    if (exec) execve(self, argv, environ);
    _exit(exec);
  }
  return child < 0 || waitpid(child, &status, 0) != child || status != 0 ? -1 : 0;
}
#endif

static int one_fork(void) {
  int status;
  pid_t child = fork();
  if (child == 0) _exit(0);
  return child < 0 || waitpid(child, &status, 0) != child || status != 0 ? -1 : 0;
}

// Nanoseconds for n times the case, at most two seconds' worth; 0 if it failed.
static unsigned measure(const char *name, unsigned n) {
  struct timespec32 start = now();
  if (strcmp(name, "getpid") == 0) {
    for (unsigned i = 0; i < n; i++) getpid();
  } else if (strcmp(name, "fork") == 0) {
    for (unsigned i = 0; i < n; i++)
      if (one_fork() != 0) return 0;
  } else {
    const int exec = strcmp(name, "vfork_exec") == 0;
    for (unsigned i = 0; i < n; i++)
      if (one_vfork(exec) != 0) return 0;
  }
  struct timespec32 end = now();
  return (unsigned)((end.sec - start.sec) * 1000000000 + end.nsec - start.nsec);
}

static int touch(unsigned mib) {
  if (mib == ballast_mib) return 0;
  if (ballast) less(ballast, ballast_mib << 20);
  ballast = NULL;
  ballast_mib = 0;
  if (mib == 0) return 0;
  ballast = more(mib << 20);
  if (!ballast) return -1;
  for (unsigned i = 0; i < mib << 20; i += 4096) ballast[i] = 1;
  ballast_mib = mib;
  return 0;
}

static unsigned value_of(const char *line, const char *key, unsigned otherwise) {
  for (const char *p = line; (p = strchr(p, ' ')) != NULL;) {
    p++;
    if (strncmp(p, key, strlen(key)) == 0) return (unsigned)atoi(p + strlen(key));
  }
  return otherwise;
}

static void answer(char *line) {
  unsigned mib = value_of(line, "mem=", 0), batches = value_of(line, "batches=", 11);
  unsigned wanted = value_of(line, "ms=", 2) * 1000000;
  char *end = strchr(line, ' ');
  const char *name = line;
  const char *trouble = NULL;
  if (end) *end = 0;
  const char *const *known = cases;
  while (*known && strcmp(name, *known) != 0) known++;
  if (!*known)
    trouble = "not on a machine without an MMU";
  else if (touch(mib) != 0)
    trouble = "no memory";
  unsigned n = 1, ns = 1;
  if (!trouble)
    while ((ns = measure(name, n)) != 0 && ns < wanted) n *= 2;
  if (ns == 0) trouble = "no child";
  if (trouble) {
    printf("{\"case\":\"%s\",\"isa\":\"moxie\",\"error\":\"%s\"}\n", name, trouble);
    return;
  }
  char text[2048];
  int at = snprintf(text, sizeof text, "{\"case\":\"%s\",\"isa\":\"moxie\",\"mem_mib\":%u,\"n\":%u,\"ns\":[", name, mib, n);
  for (unsigned i = 0; i < batches && i < 100; i++)
    at += snprintf(text + at, sizeof text - at, "%s%u", i == 0 ? "" : ",", measure(name, n) / n);
  printf("%s]}\n", text);
}

int main(int argc, char **argv) {
  self = argv[0];
  if (argc > 1 && strcmp(argv[1], "nop") == 0) return 0;
  if (argc < 2 || strcmp(argv[1], "serve") != 0) {
    puts("usage: questions serve");
    return 2;
  }
  printf("{\"ready\":true,\"isa\":\"moxie\"}\n");
  char line[256], c;
  unsigned n = 0;
  while (read(0, &c, 1) == 1) {
    if (c != '\n') {
      if (n + 1 < sizeof line) line[n++] = c;
      continue;
    }
    line[n] = 0;
    n = 0;
    if (strcmp(line, "quit") == 0) break;
    answer(line);
  }
  return 0;
}
