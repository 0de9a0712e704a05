// Everything that wakes the machine: the deadline and the 100 Hz tick that stop user code, watched
// host descriptors, host signals, stubs that stop on another CPU; and the clock, which with virtual
// time is ours and not the host's.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "arch/arch.h"
#include "arch/um/os-Linux/signals.h"

namespace um {

class EventLoop {
 public:
  explicit EventLoop(bool virtual_time);

  uint64_t now(arch::Clock clock);

  // Called before each run of user code: true if it must not start (a tick is due). On the hot path
  // this is a few comparisons; timer_settime is called once per tick, not once per trap.
  bool before_run();
  // Called after each trap.
  void after_run() {
    ++os::signal_state.traps;
    virtual_ns_ += kVirtualTrapNs;
  }
  // User code was stopped. Under virtual time, code that never traps is what makes time pass, faster
  // and faster while it goes on, but never past the next deadline: the ns by which it did.
  uint64_t note_tick();

  void set_deadline(std::optional<uint64_t> when) { deadline_ = when.value_or(os::kNever); }
  bool tick_pending();
  // User code of an emulated CPU ran for this long.
  void pass(uint64_t ns) { virtual_ns_ += ns; }

  Result<void> watch(arch::HostWatch& watch);
  void unwatch(arch::HostWatch& watch);
  bool watching() const { return !watches_.empty(); }
  void on_host_signal(arch::Machine::SignalHandler handler) { on_signal_ = handler; }

  // Calls the handlers of what is ready. `wait`: first blocks until something is, or the deadline.
  void dispatch(bool wait, std::optional<uint64_t> deadline, bool away);

 private:
  void fill_entries();
  void deliver_signals();

  static constexpr uint64_t kTickNs = 10'000'000;
  // With virtual time a trap takes this long, and user code that never traps is looked at this
  // often.
  static constexpr uint64_t kVirtualTrapNs = 1'000;
  static constexpr uint64_t kVirtualQuietNs = 50'000'000;  // of the stub's CPU time
  static constexpr uint64_t kVirtualQuietMaxNs = 60'000'000'000;

  bool virtual_;
  uint64_t virtual_ns_ = 1'000'000'000;
  uint64_t next_virtual_tick_ = virtual_ns_ + kTickNs;
  uint64_t quiet_step_ = 0, quiet_traps_ = 0;
  uint64_t deadline_ = os::kNever;
  std::vector<arch::HostWatch*> watches_;
  std::vector<os::PollEntry> entries_;
  bool entries_stale_ = false;
  arch::Machine::SignalHandler on_signal_ = nullptr;
};

}  // namespace um
