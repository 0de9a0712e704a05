// A fork child uses what it got from its parent: descriptors, a handler, the current directory. With
// fork-order=early a second CPU can run it before they are there.
#include "t.h"

static volatile sig_atomic_t handled;
static void handler(int sig) { handled = sig; }

int main(void) {
  int fd[2], status;
  char byte = 0;
  R(pipe(fd));
  R(chdir("/"));
  signal(SIGUSR1, handler);
  pid_t pid = fork();
  if (pid == 0) {
    if (write(fd[1], "x", 1) != 1) _exit(errno);
    raise(SIGUSR1);
    char cwd[16];
    _exit(handled == SIGUSR1 && getcwd(cwd, sizeof cwd) && !strcmp(cwd, "/") ? 0 : 99);
  }
  waitpid(pid, &status, 0);
  close(fd[1]);
  printf("child %s %d, %zd bytes\n", WIFEXITED(status) ? "exited" : "died of", WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status),
         read(fd[0], &byte, 1));
  return status != 0;
}
