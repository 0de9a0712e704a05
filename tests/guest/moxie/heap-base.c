// A base-register program whose heap outgrows the room for brk: mappings behind its stack, for which the whole of
// its data has to move while it runs, in a handler of a signal too, when a copy of it lies there; then fork, and both
// go on. And arithmetic on 64 bits without libgcc.
#include "libc.h"

struct node {
  struct node *next;
  int number;
  char text[400];
};
static struct node *list;
static volatile int handled, moved;

static unsigned base(void) {
  unsigned r13;
  asm volatile("mov %0, $r13" : "=r"(r13));
  return r13;
}

static void extend(int from, int to) {
  for (int i = from; i < to; i++) {
    struct node *n = malloc(sizeof *n);
    if (!n) {
      printf("no memory at %d\n", i);
      return;
    }
    n->number = i;
    snprintf(n->text, sizeof n->text, "node %d", i);
    n->next = list;
    list = n;
  }
}

static pid_t children[4];
static int n_children;

// The same when a child's copy lies there, behind which there is room again.
static void extend_past_child(int from, int to) {
  const sigset_t none = {{0, 0}};
  const pid_t child = fork();
  if (child == 0)
    for (;;) sigsuspend(&none);
  const unsigned before = base();
  extend(from, to);
  moved += base() != before;
  if (child > 0) children[n_children++] = child;
}

static void end_children(void) {
  while (n_children > 0) {
    kill(children[--n_children], SIGKILL);
    waitpid(children[n_children], NULL, 0);
  }
}

static int check(void) {
  int count = 0;
  for (struct node *n = list; n; n = n->next) {
    char text[16];
    snprintf(text, sizeof text, "node %d", n->number);
    if (strcmp(text, n->text)) printf("node %d says %s\n", n->number, n->text);
    count += n->number;
  }
  return count;
}

static void handler(int sig) {
  extend_past_child(300, 400);
  handled = sig;
}

static __attribute__((noinline)) int deep(int levels) {
  int local[8] = {levels, 2, 3, 4, 5, 6, 7, 8};
  int *p = &local[0];
  if (levels == 0) {
    extend_past_child(200, 300);
    return check() & 1;
  }
  const int below = deep(levels - 1);
  return below + *p;
}

static void *map(size_t n) { return (void *)__syscall(192, 0, n, 3, 0x22, -1, 0); }

int main(void) {
  extend_past_child(0, 200);
  printf("sum %d\n", check());
  printf("deep %d\n", deep(10));
  signal(SIGUSR1, handler);
  kill(getpid(), SIGUSR1);
  printf("handled %d, sum %d\n", handled, check());
  printf("moved %d times\n", moved);
  end_children();

  char *a = map(8192), *b = map(8192);
  printf("zeroed: %d\n", a[0] == 0 && a[8191] == 0 && b[5] == 0);
  a[0] = b[0] = 1;
  printf("unmapped: %d\n", (int)__syscall(91, (long)a, 8192, 0, 0, 0, 0));
  char *c = map(4096);
  printf("the hole is used again: %d, zeroed: %d\n", c == a, c[0] == 0);

  const volatile unsigned long long big = 0x123456789abcdef0ULL;
  const volatile long long minus = -1000000007LL * 190;
  printf("%x %x\n", (unsigned)(big / 1000003 >> 32), (unsigned)(big / 1000003));
  printf("%d %d\n", (int)(big % 1000003), (int)(minus / 1000));
  printf("%d %x\n", (int)(minus % 1000), (unsigned)(big * 190 >> 20));

  const pid_t pid = fork();
  if (pid == 0) {
    extend(400, 500);
    printf("child: sum %d\n", check());
    _exit(9);
  }
  if (pid < 0) {
    printf("fork: %s\n", strerror(errno));
    return 1;
  }
  int status;
  waitpid(pid, &status, 0);
  extend(400, 450);
  printf("parent: sum %d, child's status %d\n", check(), WEXITSTATUS(status));
  return 0;
}
