// What the guest programs share. A program prints a transcript that is the same on every run and on
// every kernel: no addresses, no times, no process ids (pids print as the order in which they came).
#ifndef T_H
#define T_H
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

// Unbuffered, so that parent and child do not print a buffer twice.
__attribute__((constructor)) static void t_setup(void) { setvbuf(stdout, NULL, _IONBF, 0); }

static inline const char* t_errno(void) {
  const char* name = strerrorname_np(errno);
  return name != NULL ? name : "E?";
}

// R(close(99)): "close(99) = -1 EBADF"; the value of the call.
#define R(call)                                              \
  __extension__({                                            \
    errno = 0;                                               \
    long long r_ = (long long)(call);                        \
    if (r_ == -1)                                            \
      printf("%s = -1 %s\n", #call, t_errno());              \
    else                                                     \
      printf("%s = %lld\n", #call, r_);                      \
    r_;                                                      \
  })
// OK(open(...)): "open(...): ok" or the error, for values that differ between runs.
#define OK(call)                                             \
  __extension__({                                            \
    errno = 0;                                               \
    long long r_ = (long long)(call);                        \
    if (r_ == -1)                                            \
      printf("%s: %s\n", #call, t_errno());                  \
    else                                                     \
      printf("%s: ok\n", #call);                             \
    r_;                                                      \
  })
// T(x == 3): "x == 3: yes".
#define T(condition) printf("%s: %s\n", #condition, (condition) ? "yes" : "NO")

static inline void t_status(const char* who, int status) {
  if (WIFEXITED(status))
    printf("%s: exited %d\n", who, WEXITSTATUS(status));
  else if (WIFSIGNALED(status))
    printf("%s: killed by %s\n", who, sigabbrev_np(WTERMSIG(status)));
  else if (WIFSTOPPED(status))
    printf("%s: stopped by %s\n", who, sigabbrev_np(WSTOPSIG(status)));
  else if (WIFCONTINUED(status))
    printf("%s: continued\n", who);
}

// A directory of one's own, entered; t_leave removes it if it is empty.
static char t_dir[64];
static inline void t_enter(void) {
  strcpy(t_dir, "/tmp/slot190.XXXXXX");
  if (mkdtemp(t_dir) == NULL || chdir(t_dir) != 0) {
    printf("no scratch directory: %s\n", t_errno());
    exit(1);
  }
}
static inline void t_leave(void) {
  if (chdir("/") != 0 || rmdir(t_dir) != 0) printf("scratch directory not empty: %s\n", t_errno());
}

// One byte through a pipe: the way to wait for each other without time.
static inline void t_post(int fd) {
  char c = 'x';
  if (write(fd, &c, 1) != 1) printf("post: %s\n", t_errno());
}
static inline void t_await(int fd) {
  char c;
  ssize_t n;
  while ((n = read(fd, &c, 1)) < 0 && errno == EINTR) {
  }
  if (n != 1) printf("await: %zd\n", n);
}
#endif
