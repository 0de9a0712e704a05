// See preempt.h.
#include "kernel/preempt.h"

#include <charconv>
#include <optional>
#include <random>
#include <set>

#include "kernel/profile.h"
#include "kernel/sched.h"
#include "kernel/trace.h"

namespace {

std::mt19937_64 dice;
std::optional<std::set<uint64_t>> chosen;  // -k preempt=
uint64_t passed = 0;

// "3,17" or ""; anything else is wrong.
std::string set_chosen(const std::string& text) {
  std::set<uint64_t> points;
  for (size_t at = 0; at < text.size();) {
    uint64_t n = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data() + at, end, n);
    if (error != std::errc() || n == 0 || (stop != end && *stop != ',') || (stop != end && stop + 1 == end))
      return "try ordinals of preemption points, from 1, as in preempt=3,17";
    points.insert(n);
    at = static_cast<size_t>(stop - text.data()) + 1;
  }
  chosen = std::move(points);
  return {};
}

}  // namespace

void seed_preemption(uint64_t seed) {
  dice.seed(seed);
  passed = 0;
}

KernelParameter preempt_parameter() {
  return {"preempt", "with cpus=2: take exactly these preemption points, not what the seed says", {},
          "N,N,... (ordinals from 1; empty: none)", set_chosen};
}

uint64_t preemption_points() { return passed; }

void preemption_point(std::string_view where) {
  // Only a task can be preempted: not the boot, not the idle task, not one that is half gone.
  if (mechanisms().cpus < 2 || current == init_task || current->state != TASK_RUNNING) return;
  ++passed;
  const bool take = chosen ? chosen->contains(passed) : (dice() & 1) != 0;
  trace_event(TraceEvent::preempt, current->pid, take ? 1 : 0, where, static_cast<long>(passed));
  if (take) schedule();
}
