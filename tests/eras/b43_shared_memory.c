// B43: control. Globals, heap, break and mappings of the child are the parent's.
#include "eras.h"

static int global;
static char *heap, *page;
static void* old_break;

static void child(void) {
  global = 1;
  heap[5] = 'h';
  page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  page[9] = 'm';
  sbrk(8192);
}

static void subject(void) {
  heap = calloc(1, 100);
  old_break = sbrk(0);
  const pid_t v = vfork_child(child);
  wait_for(v);
  char* new_break = sbrk(0);
  const int seen =
      global == 1 && heap[5] == 'h' && page[9] == 'm' && new_break == (char*)old_break + 8192;
  say("%s", seen ? "seen" : "not seen");
}

ROW(43, "control: shared memory", .subject = subject)
