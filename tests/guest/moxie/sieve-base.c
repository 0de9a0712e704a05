// Base-register ABI: McIlroy's sieve. A generator and one task for each prime, every one a fork that goes
// on where its parent was, connected by pipes: nothing here could be done with vfork.
#include "libc.h"

enum { kLimit = 40 };

static int filter(int from) {
  int prime, n, fd[2];
  if (read(from, &prime, sizeof prime) != sizeof prime) return 0;
  printf("%d\n", prime);
  pipe(fd);
  const pid_t pid = fork();
  if (pid < 0) return 1;
  if (pid == 0) {
    close(from);
    close(fd[1]);
    return filter(fd[0]);
  }
  close(fd[0]);
  while (read(from, &n, sizeof n) == sizeof n)
    if (n % prime) write(fd[1], &n, sizeof n);
  close(fd[1]);
  int status;
  waitpid(pid, &status, 0);
  return WEXITSTATUS(status);
}

int main(void) {
  int fd[2], status;
  pipe(fd);
  const pid_t pid = fork();
  if (pid < 0) {
    printf("fork: %s\n", strerror(errno));
    return 1;
  }
  if (pid == 0) {
    close(fd[1]);
    return filter(fd[0]);
  }
  close(fd[0]);
  for (int n = 2; n < kLimit; n++) write(fd[1], &n, sizeof n);
  close(fd[1]);
  waitpid(pid, &status, 0);
  puts(status ? "failed" : "done");
  return WEXITSTATUS(status);
}
