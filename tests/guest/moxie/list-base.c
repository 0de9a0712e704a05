// Base-register ABI: a linked list in the heap, with pointers back to its owner, to strings and to functions,
// goes through a fork, and parent and child then change it in different ways.
#include "libc.h"

struct owner;
struct node {
  struct node *next;
  struct owner *owner;
  const char *name;
  int (*step)(int);
  int value;
};
struct owner {
  struct node *first, **last;
  int count;
};

static int twice(int v) { return v * 2; }
static int squared(int v) { return v * v; }
static struct owner list = {NULL, &list.first, 0};  // a pointer to data in data: no relocation
static const char *const names[] = {"one", "two", "three", "four", "five"};

static void append(const char *name, int (*step)(int), int value) {
  struct node *n = malloc(sizeof *n);
  *n = (struct node){NULL, &list, name, step, value};
  *list.last = n;
  list.last = &n->next;
  list.count++;
}

static void drop_first(void) {
  struct node *n = list.first;
  list.first = n->next;
  list.count--;
  free(n);
}

static void show(const char *who) {
  int sum = 0, owned = 0;
  char line[120];
  int n = snprintf(line, sizeof line, "%s:", who);
  for (struct node *p = list.first; p; p = p->next) {
    sum += p->step(p->value);
    owned += p->owner == &list;
    n += snprintf(line + n, sizeof line - n, " %s", p->name);
  }
  printf("%s; sum %d, %d of %d know their owner\n", line, sum, owned, list.count);
}

int main(void) {
  for (int i = 0; i < 5; i++) append(names[i], i & 1 ? squared : twice, i + 1);
  show("before");
  const pid_t pid = fork();
  if (pid < 0) {
    printf("fork: %s\n", strerror(errno));
    return 1;
  }
  if (pid == 0) {
    drop_first();
    append("child's", squared, 10);
    show("child");
    return 0;
  }
  int status;
  append("parent's", twice, 100);
  waitpid(pid, &status, 0);
  show("parent");
  return WEXITSTATUS(status);
}
