// B41: the state and the place of sleep that /proc shows of the parent.
#include "eras.h"

static void child(void) { nap_until(200); }

static void observer(void) {
  nap_until(100);
  char name[40], where[64] = "";
  snprintf(name, sizeof name, "/proc/%d/wchan", (int)sh->p);
  const int fd = open(name, O_RDONLY);
  if (fd >= 0 && read(fd, where, sizeof where - 1) < 0) where[0] = 0;
  if (sh->line[0] == 0) say("%c in %s", proc_state(sh->p), where);
}

static void subject(void) { wait_for(vfork_child(child)); }

ROW(41, "proc view", .subject = subject, .helper = {observer})
