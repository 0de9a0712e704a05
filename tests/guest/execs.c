// The exec family: arguments, scripts, close-on-exec, errors, what an exec keeps and what it drops.
#include "t.h"
extern char** environ;
static void run(const char* title, const char* path, char** argv, char** envp) {
  pid_t child = fork();
  if (child == 0) {
    execve(path, argv, envp);
    printf("%s: %s\n", title, t_errno());
    _exit(100);
  }
  int status;
  waitpid(child, &status, 0);
  t_status(title, status);
}
int main(int argc, char** argv) {
  if (argc > 1 && strcmp(argv[1], "again") == 0) {
    printf("again: argc %d, X=%s\n", argc, getenv("X"));
    R(fcntl(50, F_GETFD));
    R(fcntl(51, F_GETFD));
    struct sigaction sa;
    sigaction(SIGUSR1, NULL, &sa);
    printf("USR1 %s\n", sa.sa_handler == SIG_IGN ? "ignored" : sa.sa_handler == SIG_DFL ? "default" : "caught");
    sigaction(SIGUSR2, NULL, &sa);
    printf("USR2 %s\n", sa.sa_handler == SIG_IGN ? "ignored" : sa.sa_handler == SIG_DFL ? "default" : "caught");
    sigset_t set;
    sigprocmask(SIG_BLOCK, NULL, &set);
    printf("HUP blocked %d\n", sigismember(&set, SIGHUP));
    return 11;
  }
  t_enter();
  dup2(1, 50);
  dup3(1, 51, O_CLOEXEC);
  signal(SIGUSR1, SIG_IGN);
  signal(SIGUSR2, (void (*)(int))exit);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGHUP);
  sigprocmask(SIG_BLOCK, &set, NULL);
  run("self", "/proc/self/exe", (char*[]){"self", "again", "x y", NULL}, (char*[]){"X=value", NULL});
  run("missing", "/nonexistent", (char*[]){"x", NULL}, environ);
  run("directory", "/tmp", (char*[]){"x", NULL}, environ);
  int fd = open("plain", O_CREAT | O_WRONLY, 0644);
  write(fd, "#!/bin/busybox sh\necho script $0 has $# \"$1\"\nexit 6\n", 52);
  close(fd);
  run("not executable", "./plain", (char*[]){"x", NULL}, environ);
  chmod("plain", 0755);
  run("script", "./plain", (char*[]){"x", "one two", NULL}, environ);
  fd = open("garbage", O_CREAT | O_WRONLY, 0755);
  write(fd, "\177ELFgarbage", 11);
  run("busy", "./garbage", (char*[]){"x", NULL}, environ);
  close(fd);
  run("garbage", "./garbage", (char*[]){"x", NULL}, environ);
  fd = open("empty", O_CREAT | O_WRONLY, 0755);
  close(fd);
  run("empty", "./empty", (char*[]){"x", NULL}, environ);
  fd = open("nointerp", O_CREAT | O_WRONLY, 0755);
  write(fd, "#!/no/such/interpreter\n", 23);
  close(fd);
  run("no interpreter", "./nointerp", (char*[]){"x", NULL}, environ);
  run("bad argv", "/proc/self/exe", (char**)8, environ);
  static char* many[40000];
  for (int i = 0; i < 39999; ++i) many[i] = "a fairly long argument that adds up to more than the limit of the stack: at least eight MiB "
      "divided by four, so this one has to be rather long indeed";
  run("too big", "/proc/self/exe", many, environ);
  unlink("plain"), unlink("garbage"), unlink("empty"), unlink("nointerp");
  t_leave();
  return 0;
}
