// Which system calls an era had (-k table=era, --strict-table).
#pragma once

#include <cstdint>

#include "kernel/profile.h"

// Did the table have slot `nr` of the gate with this word (4: int $0x80)?
bool era_has_call(CallTable era, unsigned word, uint64_t nr);
