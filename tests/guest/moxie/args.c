// Arguments and environment as the loader laid them out; the exit status is the number of arguments.
#include "libc.h"

static const char *const kNames[] = {"argv", "envp"};
static const char *const *names = kNames;  // pointers in data that the loader must have relocated

int main(int argc, char **argv, char **envp) {
  for (int i = 0; i < argc; i++) printf("%s[%d]=%s\n", names[0], i, i ? argv[i] : strrchr(argv[i], '/') ? strrchr(argv[i], '/') + 1 : argv[i]);
  for (int i = 0; envp[i]; i++) printf("%s[%d]=%s\n", names[1], i, envp[i]);
  printf("HOME is %s\n", getenv("HOME"));
  return argc;
}
