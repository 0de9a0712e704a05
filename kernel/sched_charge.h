// What a time slice is charged for user code that the kernel executes itself (an emulated CPU): the
// instructions, a nanosecond each, and not the time that they happened to take. So tasks are switched at
// the same instructions in every run. Ours.
#pragma once

#include <cstdint>

// Set by the engine before it returns from UserSpace::run(), taken by account_user_time(). 0: the clock's.
inline uint64_t user_code_charge = 0;
