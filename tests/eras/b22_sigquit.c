// B22: SIGQUIT, whose default action dumps core, to the parent while it waits: never made a SIGKILL.
#include "killed_parent.h"

KILLED_PARENT(22, "SIGQUIT, default", SIGQUIT)
