// A program that dies in a function of a function: its status here, its backtrace in cli/test_crash.py.
#include "t.h"
#pragma GCC optimize("no-omit-frame-pointer", "no-optimize-sibling-calls")
__attribute__((noinline, noclone)) static int inner(volatile int* p) {
  *p = 1;
  return *p;
}
__attribute__((noinline, noclone)) static int middle(volatile int* p) { return inner(p) + 1; }
__attribute__((noinline, noclone)) int outer(int n) { return middle((volatile int*)(uintptr_t)n) + n; }
int main(int argc, char** argv) {
  puts("about to fall");
  return outer(8 + argc * 0);
}
