// B8: the parent overwrites the argument strings as soon as it is back: after a name that is in the
// cache, and after one whose first directory must be read from the disk before the arguments are copied.
#include "eras.h"

static char text[] = "hello";
static const char* program;
static int out[2];

static void child(void) {
  dup2(out[1], 1);
  char* argv[] = {self, "+echo", text, NULL};
  execve(program, argv, environ);
  _exit(127);
}

static void echo(const char* how, const char* name) {
  char got[sizeof text] = "";
  memcpy(text, "hello", 5);
  program = name;
  pipe(out);
  const pid_t v = vfork_child(child);
  memset(text, 'X', 5);
  close(out[1]);
  for (size_t n = 0; n < 5;) {
    const ssize_t r = read(out[0], got + n, 5 - n);
    if (r <= 0) break;
    n += (size_t)r;
  }
  close(out[0]);
  wait_for(v);
  say("%s %s", how, got);
}

static void subject(void) {
  static char cold[4200];
  snprintf(cold, sizeof cold, "/etc/..%s", self);
  echo("warm", self);
  echo("cold", cold);
}

ROW(8, "argv overwritten", .subject = subject)
