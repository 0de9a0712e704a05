// Sessions and process groups: setpgid, setsid, kill of a group, stops, orphaned groups.
#include "t.h"
int main(void) {
  int p[2], q[2], status;
  pipe(p), pipe(q);
  pid_t leader = fork();
  if (leader == 0) {
    T(setsid() == getpid());
    T(getsid(0) == getpid() && getpgrp() == getpid());
    R(setsid());
    R(setpgid(0, 0));
    pid_t a = fork();
    if (a == 0) {
      R(setpgid(0, 0));
      T(getpgrp() == getpid());
      T(getsid(0) == getppid());
      t_post(p[1]);
      for (;;) pause();
    }
    t_await(p[0]);
    T(getpgid(a) == a);
    pid_t b = fork();
    if (b == 0) {
      for (;;) pause();
    }
    R(setpgid(b, a));
    R(setpgid(b, 99999));
    R(setpgid(99999, 0));
    T(getpgid(b) == a);
    R(kill(-a, SIGSTOP));
    int stopped = 0;
    for (int i = 0; i < 2; ++i)
      if (waitpid(-a, &status, WUNTRACED) > 0 && WIFSTOPPED(status)) ++stopped;
    printf("stopped %d\n", stopped);
    R(kill(-a, SIGCONT));
    int continued = 0;
    for (int i = 0; i < 2; ++i)
      if (waitpid(-a, &status, WCONTINUED) > 0 && WIFCONTINUED(status)) ++continued;
    printf("continued %d\n", continued);
    R(kill(-a, SIGTERM));
    int killed = 0;
    while (waitpid(-a, &status, 0) > 0) killed += WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM;
    printf("killed %d\n", killed);
    R(kill(-a, 0));
    R(waitpid(-a, &status, 0));
    // An exec'd child keeps its group to itself.
    a = fork();
    if (a == 0) {
      t_await(q[0]);
      execl("/bin/busybox", "busybox", "true", NULL);
      _exit(1);
    }
    R(setpgid(a, a));
    t_post(q[1]);
    waitpid(a, &status, 0);
    t_status("exec'd", status);
    // SIGTSTP does nothing to an orphaned group: this one has no parent in the session outside itself.
    pid_t orphan = fork();
    if (orphan == 0) {
      signal(SIGCONT, SIG_DFL);
      raise(SIGTSTP);
      _exit(5);
    }
    waitpid(orphan, &status, WUNTRACED);
    t_status("SIGTSTP in an orphaned group", status);
    _exit(0);
  }
  waitpid(leader, &status, 0);
  t_status("leader", status);
  // A group that becomes orphaned with a stopped member gets SIGHUP and SIGCONT.
  int r[2];
  pipe(r);
  pid_t middle = fork();
  if (middle == 0) {
    setsid();
    pid_t session = fork();  // in the session, leader of a group of its own
    if (session == 0) {
      setpgid(0, 0);
      pid_t member = fork();
      if (member == 0) {
        close(r[0]);
        raise(SIGSTOP);
        t_post(r[1]);  // only if SIGHUP did not come
        _exit(0);
      }
      waitpid(member, &status, WUNTRACED);
      _exit(0);
    }
    waitpid(session, &status, 0);
    _exit(0);
  }
  close(r[1]);
  waitpid(middle, &status, 0);
  char c;
  R(read(r[0], &c, 1));
  return 0;
}
