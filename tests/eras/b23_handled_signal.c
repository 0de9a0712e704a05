// B23: control. A handled signal waits until vfork returns, which is never EINTR.
#include "eras.h"

static void on_alarm(int sig) {
  (void)sig;
  sh->ms[0] = now();
}
static void child(void) { nap_until(400); }
static void alarm_clock(void) {
  nap_until(100);
  kill(sh->p, SIGALRM);
}

static void subject(void) {
  struct sigaction action = {.sa_handler = on_alarm};
  sigaction(SIGALRM, &action, NULL);
  const pid_t v = vfork_child(child);
  const long at = now();
  say("handler %ld", grid(sh->ms[0]));
  say("vfork %ld", grid(at));
  wait_for(v);
}

ROW(23, "control: handled signal", .subject = subject, .helper = {alarm_clock})
