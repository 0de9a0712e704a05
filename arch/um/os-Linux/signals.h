// The host's signals and timers, as far as the machine needs them: a one-shot timer that stops the
// running stub, the signals that the user or the terminal sends to slot190, and the wait for
// events. Handlers only set flags and interrupt the stub that runs; everything runs on one host
// thread, so plain volatile flags suffice.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "lib/result.h"

namespace um::os {

inline constexpr uint64_t kNever = ~0ULL;

struct SignalState {
  volatile int running = 0;                // pid of the stub that runs user code here, or 0
  volatile bool kick = false;              // run() shall return a tick
  volatile bool tick = false;              // for Machine::tick_pending()
  volatile bool child = false;             // a stub that is away may have stopped
  std::atomic<uint64_t> signals = 0;       // bit n: host signal n arrived
  volatile uint64_t armed_until = kNever;  // when the timer fires, monotonic ns
  // With quiet_only, a timer tick stops user code only if it has used quiet_ns of CPU time while
  // `traps` did not move.
  bool quiet_only = false;
  uint64_t quiet_ns = 0;
  uint64_t traps = 0;
};
extern SignalState signal_state;

// Installs the handlers, keeping what was there for uninstall.
Result<void> install_signals();
void uninstall_signals();

// Fires once at `when` (monotonic ns): flags a tick and stops the running stub.
void arm_timer(uint64_t when);

// While stubs run away from us, SIGCHLD tells of their stops.
void watch_children(bool on);

// struct pollfd.
struct PollEntry {
  int fd;
  short events, revents;
};
// Waits until an entry is ready, a flagged signal arrives or the deadline (monotonic ns) has come.
void wait_events(std::span<PollEntry> entries, std::optional<uint64_t> deadline);
// Fills revents and returns at once; true if any is ready.
bool poll_now(std::span<PollEntry> entries);

}  // namespace um::os
