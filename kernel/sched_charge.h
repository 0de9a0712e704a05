// What tasks are charged for user code that the scheduler does not see running. Ours.
#pragma once

#include <cstdint>

// For user code that the kernel executes itself (an emulated CPU): the instructions, a nanosecond each,
// and not the time that they happened to take, so that tasks are switched at the same instructions in
// every run.
// Set by the engine before it returns from UserSpace::run(), taken by account_user_time(). 0: the clock's.
inline uint64_t user_code_charge = 0;

// Charges the tasks that run on other host CPUs what those have given them so far.
void account_away_time();
