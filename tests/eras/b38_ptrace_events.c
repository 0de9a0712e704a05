// B38: a tracer of the parent asks for the vfork events and prints those it gets.
#include "eras.h"

static void child(void) {
  sh->v = getpid();
  nap_until(200);
}

static int event_of(int status) { return status >> 16; }

static void tracer(void) {
  nap_until(50);
  const pid_t p = sh->p;
  int status;
  if (ptrace(PTRACE_ATTACH, p, NULL, NULL) != 0) return;
  waitpid(p, &status, __WALL);
  if (ptrace(PTRACE_SETOPTIONS, p, NULL,
             (void*)(long)(PTRACE_O_TRACEVFORK | PTRACE_O_TRACEVFORKDONE)) != 0) {
    say("refused");
    ptrace(PTRACE_DETACH, p, NULL, NULL);
    return;
  }
  ptrace(PTRACE_CONT, p, NULL, NULL);
  pid_t who;
  while ((who = waitpid(-1, &status, __WALL)) > 0) {
    if (!WIFSTOPPED(status)) {
      if (who == p) return;
      continue;
    }
    unsigned long message = 0;
    if (event_of(status) != 0) ptrace(PTRACE_GETEVENTMSG, who, NULL, &message);
    if (event_of(status) == PTRACE_EVENT_VFORK) say("VFORK");
    if (event_of(status) == PTRACE_EVENT_VFORK_DONE)
      say("VFORK_DONE of %s", message == (unsigned long)sh->v ? "V" : "nobody");
    const int sig = event_of(status) != 0 || WSTOPSIG(status) == SIGSTOP ? 0 : WSTOPSIG(status);
    ptrace(PTRACE_CONT, who, NULL, (void*)(long)sig);
  }
}

static void subject(void) {
  nap_until(100);
  wait_for(vfork_child(child));
}

ROW(38, "ptrace events", .subject = subject, .helper = {tracer})
