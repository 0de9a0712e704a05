// The first program: one line, the arguments, an exit status that is not 0 by accident.
#include "libc.h"

int main(int argc, char **argv) {
  puts("hello from moxie");
  for (int i = 1; i < argc; i++) printf("argument %d: %s\n", i, argv[i]);
  return 42;
}
