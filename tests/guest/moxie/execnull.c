// Executing oneself again without a name: execve(NULL, argv, envp), Rob Landley's proposal of 2017, and
// execveat(AT_EXE_FILE, "", ...), the form discussed in 2020.
//   execnull null|at [unlink|chroot]   - after having removed its own file, or gone where it cannot be found
#include "libc.h"

enum { AT_EXE_FILE = -10190 };  // slot190's number: the proposal never got one

int main(int argc, char **argv) {
  if (argc > 1 && !strcmp(argv[1], "again")) {
    printf("again: %s\n", argv[2]);
    return 0;
  }
  const char *how = argc > 1 ? argv[1] : "null", *what = argc > 2 ? argv[2] : "plain";
  if (!strcmp(what, "unlink") && unlink(argv[0])) printf("unlink: %s\n", strerror(errno));
  if (!strcmp(what, "chroot") && (mkdir("/tmp/empty", 0755) || chroot("/tmp/empty"))) printf("chroot: %s\n", strerror(errno));
  char *args[] = {argv[0], "again", (char *)what, NULL};
  if (!strcmp(how, "at"))
    execveat(AT_EXE_FILE, "", args, environ, AT_EMPTY_PATH);
  else
    execve(NULL, args, environ);
  printf("%s: %s\n", how, strerror(errno));
  return 1;
}
