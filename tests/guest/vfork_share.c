// vfork: the parent sleeps until exec or exit; memory is shared, descriptors and handlers are not.
#include "t.h"
volatile int shared = 0;
int main(void) {
  int status, p[2];
  pipe(p);
  pid_t child = vfork();
  if (child == 0) {
    shared = 5;
    puts("child first");
    close(p[0]);
    _exit(9);
  }
  puts("parent second");
  printf("shared %d\n", shared);
  OK(fcntl(p[0], F_GETFD));
  waitpid(child, &status, 0);
  t_status("child", status);
  child = vfork();
  if (child == 0) {
    shared = 6;
    execl("/proc/self/exe-is-not-there", "x", NULL);
    shared = errno == ENOENT ? 7 : 8;
    execl("/bin/busybox", "busybox", "true", NULL);
    _exit(1);
  }
  printf("after exec: shared %d\n", shared);
  waitpid(child, &status, 0);
  t_status("true", status);
  // Nested, and one that is killed.
  child = vfork();
  if (child == 0) {
    pid_t inner = vfork();
    if (inner == 0) {
      shared = 20;
      _exit(3);
    }
    waitpid(inner, &status, 0);
    shared += WEXITSTATUS(status);
    raise(SIGKILL);
  }
  printf("nested %d\n", shared);
  waitpid(child, &status, 0);
  t_status("outer child", status);
  // Ten in a row leave no trace.
  int sum = 0;
  for (int i = 0; i < 10; ++i) {
    child = vfork();
    if (child == 0) _exit(i);
    waitpid(child, &status, 0);
    sum += WEXITSTATUS(status);
  }
  printf("sum %d\n", sum);
  return 0;
}
