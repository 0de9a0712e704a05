// B20: SIGKILL to the parent while it waits: does it die at once?
#include "killed_parent.h"

KILLED_PARENT(20, "SIGKILL to P", SIGKILL)
