// B30: SIGCHLD is ignored. Old kernels left it to the parent to reap when it next looked at its signals,
// which a sleeper in vfork does not.
#include "eras.h"

static void earlier(void) { nap_until(50); }
static void child(void) { nap_until(400); }
static void observer(void) {
  nap_until(200);
  sh->flag[0] = proc_state(sh->v);
}

static void subject(void) {
  signal(SIGCHLD, SIG_IGN);
  sh->v = fork_child(earlier);
  const pid_t v = vfork_child(child);
  say("%ld", grid(now()));
  nap_until(600);
  say("A %s at 200", sh->flag[0] == 'Z' ? "zombie" : sh->flag[0] == '-' ? "gone" : "alive");
  const int status = wait_for(v);
  say("%s", status < 0 ? strerrorname_np(-status) : status_text(status));
}

ROW(30, "SIGCHLD ignored", .subject = subject, .helper = {observer})
