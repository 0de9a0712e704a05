// echo [-n] [WORD...]
#include "libc.h"

int main(int argc, char **argv) {
  const int bare = argc > 1 && !strcmp(argv[1], "-n");
  size_t length = 2;
  for (int i = 1 + bare; i < argc; i++) length += strlen(argv[i]) + 1;
  char *line = malloc(length), *end = line;
  if (!line) return 1;
  for (int i = 1 + bare; i < argc; i++) {
    if (end != line) *end++ = ' ';
    end = strcpy(end, argv[i]) + strlen(argv[i]);
  }
  if (!bare) *end++ = '\n';
  return write(1, line, end - line) != end - line;
}
