// fork, exit and wait: statuses, order, orphans, WNOHANG, copies of memory, shared offsets.
#include <sys/prctl.h>
#include "t.h"
int variable = 1;
int main(void) {
  int status = 0;
  R(wait(&status));
  R(waitpid(99999, &status, 0));
  pid_t child = fork();
  if (child == 0) {
    variable = 2;
    _exit(variable + 5);
  }
  T(waitpid(child, &status, 0) == child);
  t_status("child", status);
  printf("variable %d\n", variable);
  R(waitpid(child, &status, 0));
  child = fork();
  if (child == 0) raise(SIGKILL);
  waitpid(child, &status, 0);
  t_status("killed", status);
  child = fork();
  if (child == 0) exit(256 + 7);
  waitpid(child, &status, 0);
  t_status("exit(263)", status);
  int p[2], q[2];
  pipe(p), pipe(q);
  child = fork();
  if (child == 0) {
    t_await(p[0]);
    _exit(0);
  }
  R(waitpid(child, &status, WNOHANG));
  R(waitpid(-1, &status, WNOHANG));
  R(waitpid(-getpgrp(), &status, WNOHANG));
  t_post(p[1]);
  T(waitpid(0, &status, 0) == child);
  // The exit status of each of many, whatever their order.
  int sum = 0;
  for (int i = 0; i < 20; ++i)
    if (fork() == 0) _exit(i);
  while (wait(&status) > 0) sum += WEXITSTATUS(status);
  printf("sum %d\n", sum);
  // An orphan's new parent is the nearest subreaper.
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  pid_t self = getpid();
  child = fork();
  if (child == 0) {
    pid_t middle = getpid();
    if (fork() == 0) {
      t_await(p[0]);
      while (getppid() == middle) t_await(p[0]);
      _exit(getppid() == self ? 33 : 34);
    }
    _exit(1);
  }
  T(waitpid(child, &status, 0) == child);
  t_post(p[1]), t_post(p[1]);
  wait(&status);
  t_status("orphan", status);
  // The file offset is shared with the child, the descriptor table is not.
  t_enter();
  int fd = open("f", O_RDWR | O_CREAT, 0600);
  write(fd, "abcdef", 6);
  lseek(fd, 0, SEEK_SET);
  child = fork();
  if (child == 0) {
    char c[2];
    read(fd, c, 2);
    close(fd);
    _exit(c[1]);
  }
  waitpid(child, &status, 0);
  t_status("reader", status);
  R(lseek(fd, 0, SEEK_CUR));
  unlink("f");
  t_leave();
  // SIGCHLD ignored: no zombies.
  signal(SIGCHLD, SIG_IGN);
  for (int i = 0; i < 3; ++i)
    if (fork() == 0) _exit(0);
  R(wait(&status));
  struct sigaction sa = {.sa_handler = SIG_DFL, .sa_flags = SA_NOCLDWAIT};
  sigaction(SIGCHLD, &sa, NULL);
  if (fork() == 0) _exit(0);
  R(wait(&status));
  return 0;
}
