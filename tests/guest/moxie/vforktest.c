// The story of "vfork() for uClinux forces an architecture change" (2012): the child of a vfork goes on working
// on the stack that it shares with its sleeping parent, and the parent must find its way back.
//   vforktest careful|naive [exit|work|straight|exec]
// The wrapper is vfork() or naive_vfork(); the child ends at once, or works first (calls, locals, printf, malloc), or
// becomes `vforktest child`, straight away or after work. A parent that is lost may go on anywhere, in the child's code too: who says
// something looks up its pid first, and an alarm ends a parent that goes round in circles. Only swi=kernel-stack with the careful wrapper ends with "as it should be".
#include "libc.h"

static int shared, parent;
static char *self;

static const char *me(void) { return getpid() == parent ? "parent, astray" : "child"; }

// Fills a good part of the stack below the caller's frame with what it was given.
static __attribute__((noinline)) int scribble(int with, int levels) {
  volatile int space[24];
  for (int i = 0; i < 24; i++) space[i] = with;
  const int below = levels ? scribble(with, levels - 1) : 0;
  return below + space[levels];
}

static void work(void) {
  char *p = malloc(100);
  snprintf(p, 100, "%s: works on the shared stack, %d", me(), scribble(0x5a, 5));
  puts(p);
  free(p);
}

static noreturn void child(const char *deed) {
  shared++;
  if (!strcmp(deed, "work") || !strcmp(deed, "exec")) {
    printf("%s: my parent %s\n", me(), getppid() == parent ? "is who called" : "is another");
    work();
  }
  if (!strcmp(deed, "straight") || !strcmp(deed, "exec")) {
    char *argv[] = {self, "child", NULL};
    execve(self, argv, environ);
    printf("%s: execve has returned\n", me());
  }
  _exit(7);
}

int main(int argc, char **argv) {
  const char *how = argc > 1 ? argv[1] : "careful", *deed = argc > 2 ? argv[2] : "work";
  if (!strcmp(how, "child")) {
    puts("child: a new program on a stack of its own");
    return 7;
  }
  self = argv[0];
  const int kept = 0x1234 + argc;
  parent = getpid();
  alarm(2);
  int status = -1;
  printf("parent: calls %s vfork\n", how);
  const pid_t pid = strcmp(how, "naive") ? vfork() : naive_vfork();
  if (pid == 0) child(deed);
  if (pid < 0) {
    printf("parent: vfork: %s\n", strerror(errno));
    return 1;
  }
  printf("parent: back with %s\n", pid == parent + 1 ? "the child's pid" : "something else");
  const int got = waitpid(pid, &status, 0);
  const int well = got == pid && kept == 0x1234 + argc && shared == 1 && WIFEXITED(status) && WEXITSTATUS(status) == 7;
  printf("parent: child's status %d, its writes seen %d: %s\n", WEXITSTATUS(status), shared, well ? "as it should be" : "wrong");
  return well ? 0 : 3;
}
