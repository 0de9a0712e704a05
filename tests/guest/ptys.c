// Pseudo terminals: line discipline, echo, signals from keys, window size, foreground groups, hang-up.
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <termios.h>
#include "t.h"
static void show(const char* title, int fd) {
  char b[256];
  ssize_t n = read(fd, b, sizeof b);
  printf("%s (%zd): ", title, n);
  for (ssize_t i = 0; i < n; ++i) b[i] >= ' ' && b[i] < 127 ? putchar(b[i]) : printf("\\%o", (unsigned char)b[i]);
  printf("\n");
}
static volatile int winch;
static void on_winch(int sig) { winch = 1; }
int main(void) {
  int m = OK(posix_openpt(O_RDWR | O_NOCTTY));
  R(grantpt(m));
  R(unlockpt(m));
  char name[64];
  R(ptsname_r(m, name, sizeof name));
  T(strncmp(name, "/dev/pts/", 9) == 0);
  int s = OK(open(name, O_RDWR | O_NOCTTY));
  T(isatty(s) == 1);
  T(strcmp(ttyname(s), name) == 0);
  struct termios t;
  R(tcgetattr(s, &t));
  printf("iflag %o oflag %o cflag %o lflag %o\n", t.c_iflag, t.c_oflag, t.c_cflag, t.c_lflag);
  R(write(m, "line\n", 5));
  show("slave reads", s);
  show("echo", m);
  write(m, "abX\177c\025new\n", 10);
  show("edited", s);
  show("echo of editing", m);
  R(write(s, "out\n", 4));
  show("master reads", m);
  t.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
  t.c_cc[VMIN] = 1;
  t.c_cc[VTIME] = 0;
  R(tcsetattr(s, TCSANOW, &t));
  write(m, "x", 1);
  show("raw", s);
  struct pollfd p = {m, POLLIN, 0};
  R(poll(&p, 1, 0));
  t.c_cc[VMIN] = 0;
  tcsetattr(s, TCSANOW, &t);
  char c;
  R(read(s, &c, 1));
  t.c_lflag |= ICANON | ECHO;
  tcsetattr(s, TCSANOW, &t);
  write(m, "\004", 1);
  show("end of file", s);
  struct winsize ws = {.ws_row = 33, .ws_col = 101}, got;
  R(ioctl(m, TIOCSWINSZ, &ws));
  R(ioctl(s, TIOCGWINSZ, &got));
  printf("%d x %d\n", got.ws_row, got.ws_col);
  pid_t fg;
  R(ioctl(s, TIOCGPGRP, &fg));
  int go[2], status;
  pipe(go);
  pid_t child = fork();
  if (child == 0) {
    setsid();
    sigset_t changes, none;
    sigemptyset(&none);
    sigemptyset(&changes);
    sigaddset(&changes, SIGWINCH);
    sigprocmask(SIG_BLOCK, &changes, NULL);
    signal(SIGWINCH, on_winch);
    int tty = open(name, O_RDWR);  // a session leader's first terminal is its own
    T(tcgetpgrp(tty) == getpgrp());
    pid_t job = fork();
    if (job == 0) {
      setpgid(0, 0);
      t_await(go[0]);
      R(read(tty, &c, 1));  // background read: SIGTTIN stops the group
      _exit(c);
    }
    setpgid(job, job);
    t_post(go[1]);
    waitpid(job, &status, WUNTRACED);
    t_status("background job", status);
    R(tcsetpgrp(tty, job));
    R(kill(-job, SIGCONT));
    t_post(go[1]);  // for the parent: type now
    signal(SIGTTOU, SIG_IGN);
    waitpid(job, &status, WUNTRACED);
    t_status("foreground job", status);
    R(tcsetpgrp(tty, getpgrp()));
    t_post(go[1]);
    while (!winch) sigsuspend(&none);
    puts("window changed");
    signal(SIGINT, SIG_DFL);
    t_post(go[1]);
    for (;;) pause();
  }
  // The tokens on `go` alternate: job, then us, then us, then us.
  while (waitpid(child, &status, WNOHANG) == 0 && tcgetpgrp(m) == 0) sched_yield();
  pid_t shell = child, now;
  while ((now = tcgetpgrp(m)) == shell || now <= 0) sched_yield();
  t_await(go[0]);
  write(m, "k\n", 2);
  t_await(go[0]);
  ws.ws_col = 102;
  ioctl(m, TIOCSWINSZ, &ws);  // the child says whether it noticed
  t_await(go[0]);
  write(m, "\003", 1);
  waitpid(child, &status, 0);
  t_status("shell", status);
  close(s);
  // In how many reads they come is up to the terminal.
  char echoes[64];
  ssize_t length = 0, n;
  while ((n = read(m, echoes + length, sizeof echoes - length - 1)) > 0) length += n;
  printf("echoes: %zd bytes, ^C %s, then %s\n", length, length >= 2 && memcmp(echoes + length - 2, "^C", 2) == 0 ? "last" : "not last",
         n < 0 && errno == EIO ? "EIO" : "something else");
  // Closing the master hangs up.
  m = posix_openpt(O_RDWR | O_NOCTTY);
  grantpt(m), unlockpt(m), ptsname_r(m, name, sizeof name);
  pipe(go);
  child = fork();
  if (child == 0) {
    close(m);
    setsid();
    open(name, O_RDWR);
    t_post(go[1]);
    for (;;) pause();
  }
  t_await(go[0]);
  close(m);
  waitpid(child, &status, 0);
  t_status("hung up", status);
  return 0;
}
