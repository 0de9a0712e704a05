// The clocks. Linux: kernel/time/timekeeping.c. They are the machine's: the host's own, or with
// --time=virtual a counter that a trap moves a little and an idle machine jumps to the next timer,
// so that a run repeats exactly. Known difference: CLOCK_REALTIME cannot be set.
#include "arch/arch.h"
#include "kernel/timer.h"

uint64_t ktime_get() { return arch::machine().now(arch::Clock::monotonic); }
uint64_t ktime_get_real() { return arch::machine().now(arch::Clock::realtime); }
uint64_t ktime_get_coarse_real() { return arch::machine().now(arch::Clock::realtime_coarse); }
uint64_t ktime_get_boottime() { return arch::machine().now(arch::Clock::boottime); }
