// Record locks between processes, OFD locks, flock; what closing and exiting releases.
#include <sys/file.h>
#include "t.h"
static struct flock lock(int type, long start, long len) {
  return (struct flock){.l_type = (short)type, .l_whence = SEEK_SET, .l_start = start, .l_len = len};
}
static void in_child(const char* title, int fd, int cmd, struct flock f) {
  pid_t child = fork();
  if (child == 0) {
    errno = 0;
    int r = fcntl(fd, cmd, &f);
    printf("%s: %d %s type %d start %ld len %ld owner %s\n", title, r, r < 0 ? t_errno() : "-", f.l_type, (long)f.l_start,
           (long)f.l_len, cmd != F_GETLK ? "-" : f.l_pid == getppid() ? "parent" : "other");
    _exit(0);
  }
  waitpid(child, NULL, 0);
}
int main(void) {
  t_enter();
  int fd = open("f", O_RDWR | O_CREAT, 0600);
  struct flock f = lock(F_WRLCK, 10, 10);
  R(fcntl(fd, F_SETLK, &f));
  in_child("write overlaps", fd, F_SETLK, lock(F_WRLCK, 15, 1));
  in_child("read overlaps", fd, F_SETLK, lock(F_RDLCK, 0, 0));
  in_child("beside", fd, F_SETLK, lock(F_WRLCK, 20, 5));
  in_child("who", fd, F_GETLK, lock(F_RDLCK, 0, 0));
  in_child("nobody", fd, F_GETLK, lock(F_WRLCK, 0, 10));
  f = lock(F_RDLCK, 12, 2);
  R(fcntl(fd, F_SETLK, &f));
  in_child("read in the middle", fd, F_SETLK, lock(F_RDLCK, 12, 2));
  in_child("write in the middle", fd, F_SETLK, lock(F_WRLCK, 12, 2));
  in_child("before", fd, F_GETLK, lock(F_WRLCK, 0, 12));
  f = lock(F_UNLCK, 0, 0);
  R(fcntl(fd, F_SETLK, &f));
  in_child("all free", fd, F_SETLK, lock(F_WRLCK, 0, 0));
  f = lock(F_WRLCK, 0, 0);
  R(fcntl(fd, F_SETLK, &f));
  close(dup(fd));  // any close of the file drops the process's locks
  in_child("after a close", fd, F_SETLK, lock(F_WRLCK, 0, 0));
  // Waiting for a lock: the child has it, tells us, and lets go by exiting.
  int p[2], q[2];
  pipe(p), pipe(q);
  pid_t child = fork();
  if (child == 0) {
    f = lock(F_WRLCK, 0, 1);
    fcntl(fd, F_SETLK, &f);
    t_post(p[1]);
    t_await(q[0]);
    _exit(0);
  }
  t_await(p[0]);
  f = lock(F_WRLCK, 0, 1);
  R(fcntl(fd, F_SETLK, &f));
  t_post(q[1]);
  R(fcntl(fd, F_SETLKW, &f));
  waitpid(child, NULL, 0);
  // Deadlock is found.
  f = lock(F_WRLCK, 0, 1);
  fcntl(fd, F_SETLK, &f);
  child = fork();
  if (child == 0) {
    f = lock(F_WRLCK, 5, 1);
    fcntl(fd, F_SETLK, &f);
    t_post(p[1]);
    f = lock(F_WRLCK, 0, 1);
    _exit(fcntl(fd, F_SETLKW, &f) == 0 ? 0 : errno);
  }
  t_await(p[0]);
  f = lock(F_WRLCK, 5, 1);
  int r = fcntl(fd, F_SETLKW, &f), first = r == 0 ? 0 : errno, status;
  struct flock unlock = lock(F_UNLCK, 0, 0);
  fcntl(fd, F_SETLK, &unlock);
  waitpid(child, &status, 0);
  T((first == EDEADLK) != (WEXITSTATUS(status) == EDEADLK));
  // flock belongs to the open file, not to the process.
  int other = open("f", O_RDWR);
  R(flock(fd, LOCK_EX));
  R(flock(other, LOCK_EX | LOCK_NB));
  R(flock(other, LOCK_SH | LOCK_NB));
  R(flock(dup(fd), LOCK_EX | LOCK_NB));
  R(flock(fd, LOCK_SH));
  R(flock(other, LOCK_SH | LOCK_NB));
  R(flock(fd, LOCK_EX | LOCK_NB));
  R(flock(fd, LOCK_UN));
  R(flock(fd, 77));
  f = lock(F_WRLCK, 0, 10);
  R(fcntl(fd, F_OFD_SETLK, &f));
  f = lock(F_WRLCK, 0, 10);
  R(fcntl(other, F_OFD_SETLK, &f));
  int ro = open("f", O_RDONLY);
  R(fcntl(ro, F_SETLK, &f));
  f.l_type = 77;
  R(fcntl(fd, F_SETLK, &f));
  unlink("f");
  t_leave();
  return 0;
}
