// What fork() does on a machine without an MMU. Refused, it says so and checks that the refusal cost no task and no
// pid. Granted, parent and child take turns, several rounds, each writing its own data, bss, heap and
// stack and looking whether the other's writes show: `exchange`, `relocate` and `rebase` must keep them apart.
#include "libc.h"

static int initialised = 100, zeroed;
static int *heap, *local;

static int holds(int value) { return initialised == value && zeroed == value && *heap == value && *local == value; }
static void take(int value) { initialised = zeroed = *heap = *local = value; }

static void child_side(int from, int to) {
  char turn;
  for (int round = 1; read(from, &turn, 1) == 1; round++) {
    if (!holds(round == 1 ? 7 : 2000 + round - 1)) _exit(1);
    take(2000 + round);
    write(to, &turn, 1);
  }
  _exit(5);
}

static int refused(void) {
#ifdef __BASEREL__
  printf("fork refused: %s\n", strerror(errno));
  return 1;
#else
  const char *why = strerror(errno);
  const pid_t next = vfork();
  if (next == 0) _exit(0);
  int status;
  waitpid(next, &status, 0);
  printf("fork refused: %s; %s\n", why, next == getpid() + 1 ? "no pid was used" : "a pid is gone");
  return 1;
#endif
}

int main(void) {
  int on_stack, there[2], back[2], status, apart = 1;
  heap = malloc(sizeof *heap);
  local = &on_stack;
  take(7);
  pipe(there);
  pipe(back);
  const pid_t pid = fork();
  if (pid < 0) return refused();
  if (pid == 0) {
    close(there[1]);
    close(back[0]);
    child_side(there[0], back[1]);
  }
  close(there[0]);
  close(back[1]);
  for (int round = 1; round <= 5; round++) {
    take(1000 + round);
    char turn = 'x';
    if (write(there[1], &turn, 1) != 1 || read(back[0], &turn, 1) != 1) break;
    apart &= holds(1000 + round);
  }
  close(there[1]);
  waitpid(pid, &status, 0);
  printf("fork: %s; %s; the child's status is %d\n", pid == getpid() + 1 ? "a child" : "a child of odd number",
         apart ? "five rounds, memory of their own" : "the child wrote into the parent's memory", WEXITSTATUS(status));
  return apart && WEXITSTATUS(status) == 5 ? 0 : 3;
}
