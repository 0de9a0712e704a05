// System calls about files. stat is stat64, slot 195: the port's other two had 32-bit sizes.
#include "libc.h"

#define CALL(number, a, b, c) __result(__syscall(number, (long)(a), (long)(b), (long)(c), 0, 0, 0))

ssize_t read(int fd, void *to, size_t n) { return CALL(3, fd, to, n); }
ssize_t write(int fd, const void *from, size_t n) { return CALL(4, fd, from, n); }
int open(const char *name, int flags, ...) {
  va_list ap;
  va_start(ap, flags);
  const int mode = flags & O_CREAT ? va_arg(ap, int) : 0;
  va_end(ap);
  return CALL(5, name, flags, mode);
}
int close(int fd) { return CALL(6, fd, 0, 0); }
off_t lseek(int fd, off_t at, int whence) { return CALL(19, fd, at, whence); }
int dup2(int from, int to) { return CALL(63, from, to, 0); }
int pipe(int fd[2]) { return CALL(42, fd, 0, 0); }
int unlink(const char *name) { return CALL(10, name, 0, 0); }
int mkdir(const char *name, mode_t mode) { return CALL(39, name, mode, 0); }
int rmdir(const char *name) { return CALL(40, name, 0, 0); }
int chdir(const char *name) { return CALL(12, name, 0, 0); }
int chroot(const char *name) { return CALL(61, name, 0, 0); }
char *getcwd(char *to, size_t n) { return CALL(183, to, n, 0) < 0 ? NULL : to; }
int isatty(int fd) {
  enum { TCGETS = 0x5401 };
  char termios[64];
  return CALL(54, fd, TCGETS, termios) == 0;
}
int stat(const char *name, struct stat *to) { return CALL(195, name, to, 0); }
int lstat(const char *name, struct stat *to) { return CALL(196, name, to, 0); }
int fstat(int fd, struct stat *to) { return CALL(197, fd, to, 0); }
