// The smallest vfork: the child leaves at once. Under the patch of 1999 and two CPUs its wake-up can
// come before the parent sleeps (tests/cli/test_explore.py).
#include "t.h"
int main(void) {
  int status = -1;
  pid_t child = vfork();
  if (child == 0) _exit(4);
  waitpid(child, &status, 0);
  t_status("child", status);
  return 0;
}
