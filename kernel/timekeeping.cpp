// The clocks. Linux: kernel/time/timekeeping.c. Real mode shows the host's clocks; virtual mode has
// one counter that only moves when something happens, so a run repeats exactly and long sleeps take
// no time. Known difference: CLOCK_REALTIME cannot be set.
#include "arch/arch.h"
#include "kernel/timer.h"

namespace {

// Virtual time begins on 8 January 1999, 00:00 UTC: the day slot 190 was filled.
constexpr uint64_t kVirtualEpoch = 915'753'600 * kNsec;
constexpr uint64_t kVirtualStart = kNsec;       // an uptime of zero confuses programs
constexpr uint64_t kVirtualSyscallCost = 1'000; // ns

bool is_virtual = false;
uint64_t virtual_now = kVirtualStart;

}  // namespace

void timekeeping_init(bool virtual_time) {
  is_virtual = virtual_time;
  virtual_now = kVirtualStart;
}

bool virtual_time() { return is_virtual; }

void virtual_tick() {
  if (is_virtual) virtual_now += kVirtualSyscallCost;
}

void virtual_jump(uint64_t to) {
  if (is_virtual && to > virtual_now) virtual_now = to;
}

uint64_t ktime_get() { return is_virtual ? virtual_now : arch::machine().now(arch::Clock::monotonic); }

uint64_t ktime_get_real() {
  return is_virtual ? kVirtualEpoch + virtual_now : arch::machine().now(arch::Clock::realtime);
}

uint64_t ktime_get_boottime() { return is_virtual ? virtual_now : arch::machine().now(arch::Clock::boottime); }
