// Descriptors of processes.
#include <poll.h>
#include <sched.h>
#include <sys/syscall.h>

#include "t.h"

static int pidfd_open(pid_t pid, unsigned flags) { return syscall(SYS_pidfd_open, pid, flags); }
static int pidfd_send_signal(int fd, int sig) { return syscall(SYS_pidfd_send_signal, fd, sig, NULL, 0); }
static int pidfd_getfd(int fd, int target) { return syscall(SYS_pidfd_getfd, fd, target, 0); }

int main(void) {
  int go[2], p[2];
  pipe(go);
  pipe(p);
  pid_t pid = fork();
  if (pid == 0) {
    close(go[1]);
    close(p[0]);
    char c;
    read(go[0], &c, 1);
    _exit(7);
  }
  close(p[1]);
  int fd = OK(pidfd_open(pid, 0));
  R(fcntl(fd, F_GETFD));
  struct pollfd pfd = {fd, POLLIN, 0};
  R(poll(&pfd, 1, 0));
  R(pidfd_send_signal(fd, 0));
  int theirs = OK(pidfd_getfd(fd, p[1]));
  R(write(theirs, "x", 1));
  R(pidfd_getfd(fd, 99));
  R(pidfd_getfd(0, 1));
  R(pidfd_open(-1, 0));
  R(pidfd_open(pid, 0x10));
  R(pidfd_send_signal(0, 0));
  write(go[1], "x", 1);
  R(poll(&pfd, 1, -1));
  T(pfd.revents == POLLIN);
  R(pidfd_send_signal(fd, 0));
  siginfo_t si;
  memset(&si, 0, sizeof si);
  R(waitid(P_PIDFD, fd, &si, WEXITED));
  T(si.si_pid == pid && si.si_status == 7);
  R(pidfd_send_signal(fd, 0));
  R(pidfd_open(pid, 0));
  R(waitid(P_PIDFD, fd, &si, WEXITED));
  R(waitid(P_PIDFD, 0, &si, WEXITED));

  int child_fd = -1;
  pid = syscall(SYS_clone, CLONE_PIDFD | SIGCHLD, NULL, &child_fd, NULL, 0);
  if (pid == 0) {
    for (;;) pause();
  }
  T(child_fd >= 0);
  R(pidfd_send_signal(child_fd, SIGKILL));
  pfd.fd = child_fd;
  R(poll(&pfd, 1, -1));
  int status;
  T(waitpid(pid, &status, 0) == pid);
  t_status("child", status);

  // Waiting through a descriptor that may not wait.
  pid = fork();
  if (pid == 0) {
    for (;;) pause();
  }
  int eager = OK(pidfd_open(pid, O_NONBLOCK));
  R(waitid(P_PIDFD, eager, &si, WEXITED));
  R(waitid(P_PIDFD, eager, &si, WEXITED | WNOHANG));
  // A directory of /proc was a pidfd before there were pidfds to open.
  char dir[32];
  snprintf(dir, sizeof dir, "/proc/%d", pid);
  int proc_dir = OK(open(dir, O_RDONLY | O_DIRECTORY));
  R(pidfd_send_signal(proc_dir, 0));
  R(pidfd_send_signal(OK(open("/proc", O_RDONLY | O_DIRECTORY)), 0));
  R(pidfd_send_signal(proc_dir, SIGKILL));
  T(waitpid(pid, &status, 0) == pid);
  t_status("child", status);
  R(pidfd_send_signal(proc_dir, 0));

  // No room for the number: no child.
  struct {
    uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls;
  } args = {.flags = CLONE_PIDFD, .pidfd = 16, .exit_signal = SIGCHLD};
  pid = R(syscall(SYS_clone3, &args, sizeof args));
  if (pid == 0) _exit(1);
  R(wait(NULL));
  return 0;
}
