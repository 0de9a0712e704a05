// Counts what may change the contents of mapped files behind the backs of those who copied them: files
// opened for writing, truncated, mapped so that stores reach them. The core and the machine count; the
// machine, which may hold copies of pages of files that nobody writes, looks (arch/um/ahead.h). Part of
// arch/arch.h.
#pragma once

#include <cstdint>

namespace arch {
inline uint64_t file_changes = 0;
}
