// The clocks. Linux: kernel/time/timekeeping.c. They are the machine's: the host's own, or with
// --time=virtual a counter that a trap moves a little and an idle machine jumps to the next timer,
// so that a run repeats exactly. Known difference: CLOCK_REALTIME cannot be set.
#include "arch/arch.h"
#include "kernel/timer.h"

namespace {
bool is_virtual = false;
}  // namespace

void timekeeping_init(bool virtual_time) { is_virtual = virtual_time; }
bool virtual_time() { return is_virtual; }
void virtual_tick() {}
void virtual_jump(uint64_t to) {
  // An idle machine with nothing ready goes straight to the deadline.
  if (is_virtual && to > ktime_get()) arch::machine().idle(to);
}

uint64_t ktime_get() { return arch::machine().now(arch::Clock::monotonic); }
uint64_t ktime_get_real() { return arch::machine().now(arch::Clock::realtime); }
uint64_t ktime_get_boottime() { return arch::machine().now(arch::Clock::boottime); }
