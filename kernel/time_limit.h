// The end of the whole run (--timeout). Ours. It is a timer like others, but one that can wake nobody:
// when it is the only one left and all tasks sleep, they sleep for ever.
#pragma once

#include <cstdint>
#include <functional>

// Calls `over` at the deadline (monotonic ns).
void set_time_limit(uint64_t deadline, std::function<void()> over);
// Is there a timer besides the limit?
bool timers_pending();
