// A child of vfork leaves the function that called it and has a child of its own, and so on without end: ever more tasks
// asleep on one stack, whose frames are all overwritten.
#include "libc.h"

int main(void) {
  for (;;)
    if (naive_vfork() != 0) _exit(1);
}
