// Base-register ABI: fork at the bottom of a recursion whose every level holds a pointer to a local of the
// level above. Both tasks return through all of them, the saved frame pointers of the child having been moved along
// the chain; then a longjmp over a buffer that was filled before the fork.
#include "libc.h"

struct level {
  struct level *above;
  int depth, mark;
};
static jmp_buf top;
static const char *who = "parent";
static pid_t child;

static int add_up(const struct level *l) { return l ? l->mark + add_up(l->above) : 0; }

static int descend(struct level *above, int depth) {
  struct level here = {above, depth, depth * depth};
  int below = 0;
  if (depth < 6) {
    below = descend(&here, depth + 1);
  } else {
    child = fork();
    if (child < 0) {
      printf("fork: %s\n", strerror(errno));
      _exit(1);
    }
    if (child == 0) who = "child";
  }
  if (child == 0) here.mark += 1000;  // the level above, which sees it through no pointer, must add its own
  if (above) above->depth++;
  return below + add_up(&here) + here.depth;
}

int main(void) {
  volatile int passes = 0;
  const int thrown = setjmp(top);
  if (thrown == 0) {
    const int sum = descend(NULL, 1);
    passes = passes + 1;
    int status = 0;
    if (child) waitpid(child, &status, 0);
    printf("%s: sum %d\n", who, sum);
    if (status) return 2;
    longjmp(top, child ? 1 : 2);
  }
  printf("%s: back at the top with %d, passed %d time\n", who, thrown, passes);
  return 0;
}
