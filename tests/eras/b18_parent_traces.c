// B18: the parent traces a stranger, which execs while the parent waits for its vfork child.
#include "eras.h"

static void traced(void) {
  nap_until(150);
  exec_self("+sleep", "5000", NULL);
}
static void child(void) { nap_until(400); }

static void subject(void) {
  const pid_t x = sh->helper;
  int status;
  ptrace(PTRACE_ATTACH, x, NULL, NULL);
  waitpid(x, &status, __WALL);
  ptrace(PTRACE_CONT, x, NULL, NULL);
  const pid_t v = vfork_child(child);
  say("%ld", grid(now()));
  wait_for(v);
}

ROW(18, "P traces X", .subject = subject, .helper = {traced})
