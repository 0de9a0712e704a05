// B29: control. vfork suspends the thread that calls it, not the others.
#include "eras.h"

static volatile unsigned long counter;
static volatile int stop;

static void spinner(void) {
  while (!stop) ++counter;
  syscall(SYS_exit, 0);
}
static void child(void) { nap_until(200); }

static void subject(void) {
  clone_child(
      CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM | SIGCHLD,
      spinner, NULL);
  while (counter == 0) sched_yield();
  const unsigned long before = counter;
  const pid_t v = vfork_child(child);
  say("counter %s", counter != before ? "moves" : "stands");
  stop = 1;
  wait_for(v);
}

ROW(29, "control: other threads run", .subject = subject)
