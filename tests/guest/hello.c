// The least: a line and an exit status.
#include "t.h"
int main(void) {
  puts("hello, world");
  return 42;
}
