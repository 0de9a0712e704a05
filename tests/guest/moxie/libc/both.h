// For programs that are built for moxie and for the host from one source and must say the same there. Numbers
// of errors are the same; their names come from two libraries and are not printed.
#ifndef BOTH_H
#define BOTH_H
#ifdef __moxie__
#include "linux.h"
#else
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#define kAuditArch 0x40000003U
__attribute__((constructor)) static void unbuffered(void) { setvbuf(stdout, NULL, _IONBF, 0); }
#endif

// R(close(99)): "close(99) = -1 (9)"; the value of the call.
#define R(call)                                     \
  __extension__({                                   \
    errno = 0;                                      \
    const long r_ = (long)(call);                   \
    if (r_ == -1)                                   \
      printf("%s = -1 (%d)\n", #call, errno);       \
    else                                            \
      printf("%s = %d\n", #call, (int)r_);          \
    r_;                                             \
  })
// T(x == 3): "x == 3: yes".
#define T(condition) printf("%s: %s\n", #condition, (condition) ? "yes" : "NO")

// Runs this program again with one argument; its wait status.
static inline int again(const char *self, char *word, char *more) {
  char *argv[] = {(char *)self, word, more, NULL};
  int status = -1;
  const pid_t pid = vfork();
  if (pid == 0) {
    execve(self, argv, environ);
    _exit(127);
  }
  waitpid(pid, &status, 0);
  return status;
}
#endif
