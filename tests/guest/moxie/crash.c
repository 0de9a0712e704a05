// Dies in every way that the CPU knows, some calls deep so that there is a frame chain to show.
//   crash divide|illegal|load|store|fetch|odd|misaligned|brk|swi|stack
#include "libc.h"

static __attribute__((noinline, noclone)) int innermost(const char *how, volatile int zero) {
  volatile int *nowhere = (volatile int *)0x7ffffff0;
  if (!strcmp(how, "divide")) return 100 / zero;
  if (!strcmp(how, "illegal")) asm volatile(".short 0x1600");
  if (!strcmp(how, "load")) return *nowhere;
  if (!strcmp(how, "store")) *nowhere = 1;
  if (!strcmp(how, "fetch")) ((void (*)(void))nowhere)();
  if (!strcmp(how, "odd")) ((void (*)(void))((char *)innermost + 1))();
  if (!strcmp(how, "misaligned")) return *(volatile int *)((char *)how + 1 + (3 & -(int)how));
  if (!strcmp(how, "brk")) asm volatile("brk");
  if (!strcmp(how, "swi")) asm volatile("swi 0x42");
  if (!strcmp(how, "stack")) asm volatile("ldi.l $sp, 0x7ffffff0\n push $sp, $r0");
  return 0;
}

static __attribute__((noinline)) int middle(const char *how) { return innermost(how, 0) + 1; }

int main(int argc, char **argv) {
  const int n = middle(argc > 1 ? argv[1] : "divide");
  printf("still here, %d\n", n);
  return 0;
}
