// B21: SIGTERM, default action, to the parent while it waits.
#include "killed_parent.h"

KILLED_PARENT(21, "SIGTERM, default", SIGTERM)
