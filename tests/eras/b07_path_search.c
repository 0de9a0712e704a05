// B7: execvp does not hit in the first directory of PATH. The parent is back while the child still
// searches on the same stack, calls something, and the child returns into what that left there.
#include "eras.h"

// Like the frame of whatever the parent calls next: it covers what the child still stands on.
__attribute__((noinline)) static void use_the_stack(void) {
  volatile char frame[4096];
  for (size_t i = 0; i < sizeof frame; ++i) frame[i] = 0x5a;
}

__attribute__((noinline)) static pid_t spawn(char** argv) {
  const pid_t v = vfork();
  if (v == 0) {
    execvp(argv[0], argv);
    _exit(127);
  }
  use_the_stack();
  return v;
}

static void subject(void) {
  static char path[4200] = "/eras-no1:/eras-no2:", *slash;
  strcat(path, self);
  slash = strrchr(path, '/');
  *slash = 0;
  setenv("PATH", path, 1);
  const pid_t v = spawn((char*[]){strrchr(self, '/') + 1, "+exit", "42", NULL});
  if (v < 0) {
    say("%s", strerrorname_np(errno));
    return;
  }
  say("V %s", status_text(wait_for(v)));
}

ROW(7, "PATH search releases P", .subject = subject)
