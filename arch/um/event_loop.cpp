// See event_loop.h.
#include "arch/um/event_loop.h"

#include <algorithm>

#include "arch/um/os-Linux/clock.h"

namespace um {
namespace {
// Virtual time begins on 8 January 1999, 00:00 UTC, the date of the vfork patch.
constexpr uint64_t kVirtualEpochNs = 915'753'600ULL * 1'000'000'000;
}  // namespace

EventLoop::EventLoop(bool virtual_time) : virtual_(virtual_time) {
  os::signal_state.quiet_only = virtual_time;
  os::signal_state.quiet_ns = kVirtualQuietNs;
}

uint64_t EventLoop::now(arch::Clock clock) {
  if (virtual_) return arch::is_wall_clock(clock) ? kVirtualEpochNs + virtual_ns_ : virtual_ns_;
  switch (clock) {
    case arch::Clock::realtime: return os::now_realtime();
    case arch::Clock::monotonic: return os::now_monotonic();
    case arch::Clock::boottime: return os::now_boottime();
    case arch::Clock::tai: return os::now_tai();
    case arch::Clock::monotonic_raw: return os::now_monotonic_raw();
    case arch::Clock::realtime_coarse: return os::now_realtime_coarse();
    case arch::Clock::monotonic_coarse: return os::now_monotonic_coarse();
  }
  return 0;
}

bool EventLoop::before_run() {
  auto& state = os::signal_state;
  if (virtual_) {
    if (state.armed_until == os::kNever) os::arm_timer(os::now_monotonic() + kVirtualQuietNs / 2);
    if (virtual_ns_ < std::min(next_virtual_tick_, deadline_)) return false;
    while (next_virtual_tick_ <= virtual_ns_) next_virtual_tick_ += kTickNs;
    if (deadline_ <= virtual_ns_) deadline_ = os::kNever;
    state.tick = true;
    return true;
  }
  const uint64_t armed = state.armed_until;
  if (armed <= deadline_ && armed != os::kNever) return false;
  const uint64_t tick = armed != os::kNever ? armed : os::now_monotonic() + kTickNs;
  os::arm_timer(std::min(tick, deadline_));
  if (deadline_ <= tick) deadline_ = os::kNever;  // one timer interrupt for one deadline
  return false;
}

uint64_t EventLoop::note_tick() {
  if (!virtual_ || os::signal_state.signals != 0) return 0;
  const uint64_t before = virtual_ns_, traps = os::signal_state.traps;
  // The stop itself counts as a trap: one more than last time means that nothing else happened.
  const bool still_quiet = traps == quiet_traps_ + 1;
  quiet_traps_ = traps;
  quiet_step_ = still_quiet ? std::min(2 * quiet_step_, kVirtualQuietMaxNs) : 2 * kVirtualQuietNs;
  virtual_ns_ += quiet_step_;
  if (before < deadline_) virtual_ns_ = std::min(virtual_ns_, deadline_);
  return virtual_ns_ - before;
}

bool EventLoop::tick_pending() {
  auto& state = os::signal_state;
  if (!state.tick) return false;
  state.kick = false;
  state.tick = false;
  return true;
}

Result<void> EventLoop::watch(arch::HostWatch& watch) {
  if (watch.fd < 0) return Err(EBADF);
  if (std::find(watches_.begin(), watches_.end(), &watch) == watches_.end())
    watches_.push_back(&watch);
  entries_stale_ = true;
  return {};
}

void EventLoop::unwatch(arch::HostWatch& watch) {
  std::erase(watches_, &watch);
  entries_stale_ = true;
}

void EventLoop::fill_entries() {
  if (!entries_stale_) return;
  entries_.clear();
  for (const auto* w : watches_) entries_.push_back({w->fd, static_cast<short>(w->events), 0});
  entries_stale_ = false;
}

void EventLoop::deliver_signals() {
  auto& state = os::signal_state;
  while (state.signals != 0) {
    const int signal = __builtin_ctzll(state.signals);
    state.signals &= ~(1ULL << signal);
    if (on_signal_ != nullptr) on_signal_(signal);
  }
}

void EventLoop::dispatch(bool wait, std::optional<uint64_t> deadline, bool away) {
  fill_entries();
  for (auto& e : entries_) e.revents = 0;
  bool any = !entries_.empty() && os::poll_now(entries_);
  if (wait && !any && os::signal_state.signals == 0) {
    if (virtual_ && deadline && !away) {
      virtual_ns_ = std::max(virtual_ns_, *deadline);
    } else {
      os::wait_events(entries_, deadline);
      any = true;
    }
  }
  // Handlers watch and unwatch: walk a copy, and call only who is still there.
  std::vector<std::pair<arch::HostWatch*, unsigned>> ready;
  for (size_t i = 0; any && i < entries_.size(); ++i)
    if (entries_[i].revents != 0)
      ready.emplace_back(watches_[i], static_cast<unsigned short>(entries_[i].revents));
  deliver_signals();
  for (auto [watch, events] : ready)
    if (std::find(watches_.begin(), watches_.end(), watch) != watches_.end())
      watch->handler(events);
}

}  // namespace um
