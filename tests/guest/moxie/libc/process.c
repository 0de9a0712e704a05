// Processes: making, replacing, waiting for them. The vfork here is the naive one.
#include "libc.h"

#define CALL(number, a, b, c) __result(__syscall(number, (long)(a), (long)(b), (long)(c), 0, 0, 0))

pid_t getpid(void) { return CALL(20, 0, 0, 0); }
pid_t getppid(void) { return CALL(64, 0, 0, 0); }
pid_t fork(void) { return CALL(2, 0, 0, 0); }

// The child returns through the frames of this function and of __syscall and then writes its own over them.
// When the parent wakes up, it returns through what is there.
pid_t naive_vfork(void) { return CALL(190, 0, 0, 0); }

int execve(const char *name, char *const argv[], char *const envp[]) { return CALL(11, name, argv, envp); }
int execveat(int dir, const char *name, char *const argv[], char *const envp[], int flags) {
  return __result(__syscall(388, dir, (long)name, (long)argv, (long)envp, flags, 0));
}

char *getenv(const char *name) {
  const size_t n = strlen(name);
  for (char **e = environ; *e; e++)
    if (!strncmp(*e, name, n) && (*e)[n] == '=') return *e + n + 1;
  return NULL;
}

int execvpe(const char *name, char *const argv[], char *const envp[]) {
  if (strchr(name, '/')) return execve(name, argv, envp);
  const char *path = getenv("PATH");
  int error = ENOENT;
  if (!path) path = "/bin:/usr/bin";
  for (;;) {
    const char *end = path;
    while (*end && *end != ':') end++;
    char full[256];
    snprintf(full, sizeof full, "%.*s%s%s", (int)(end - path), path, end == path ? "" : "/", name);
    execve(full, argv, envp);
    if (errno != ENOENT && errno != ENOTDIR) error = errno;
    if (!*end) break;
    path = end + 1;
  }
  errno = error;
  return -1;
}

pid_t waitpid(pid_t pid, int *status, int options) { return CALL(7, pid, status, options); }
pid_t wait(int *status) { return waitpid(-1, status, 0); }
