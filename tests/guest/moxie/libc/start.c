// From the entry to main, and errno.
#include "libc.h"

int errno;
char **environ;
int main(int argc, char **argv, char **envp);

noreturn void __start(int argc, char **argv, char **envp) {
  environ = envp;
  exit(main(argc, argv, envp));
}

long __result(long value) {
  if ((unsigned long)value <= -4096UL) return value;
  errno = -value;
  return -1;
}

noreturn void _exit(int status) {
  for (;;) __syscall(1, status, 0, 0, 0, 0, 0);
}

noreturn void exit(int status) { _exit(status); }  // nothing is buffered
