// See home_cpu.h.
#include "arch/um/home_cpu.h"

#include <algorithm>

#include "arch/um/machine.h"
#include "arch/um/os-Linux/cpu.h"

namespace um {
namespace {
constexpr uint64_t kCheckNs = 50'000'000;
// Waiting for this share of the time is contention, and a CPU that idles this share of it is free.
constexpr uint64_t kDelayPercent = 25, kIdlePercent = 60;
}  // namespace

HomeCpu::HomeCpu(int wanted) : wanted_(wanted), allowed_(os::allowed_cpus()) {}

bool HomeCpu::settle() {
  if (wanted_ == Options::kCpuNone) return true;
  const std::vector<int> one{wanted_ == Options::kCpuAuto ? os::current_cpu() : wanted_};
  if (!os::bind_cpus(0, one)) return wanted_ == Options::kCpuAuto;
  home_ = one;
  return true;
}

void HomeCpu::leave() {
  if (!home_.empty()) os::bind_cpus(0, allowed_);
  home_.clear();
}

std::vector<int> HomeCpu::others() const {
  std::vector<int> list = allowed_;
  if (!home_.empty()) std::erase(list, home_.front());
  return list;
}

bool HomeCpu::contended(uint64_t now, int stub_pid) {
  const uint64_t own = os::run_delay(0), stub = stub_pid > 0 ? os::run_delay(stub_pid) : 0;
  uint64_t waited = own - own_delay_;
  if (stub_pid == stub_pid_) waited += stub - stub_delay_;
  const uint64_t passed = now - checked_;
  own_delay_ = own;
  stub_delay_ = stub;
  stub_pid_ = stub_pid;
  checked_ = now;
  return waited * 100 > passed * kDelayPercent;
}

bool HomeCpu::reconsider(uint64_t now, int stub_pid) {
  if (wanted_ != Options::kCpuAuto || home_.empty() || allowed_.size() < 2) return false;
  if (now - checked_ < kCheckNs) return false;
  const bool first = checked_ == 0;
  if (!contended(now, stub_pid) || first) {
    idle_.clear();
    return false;
  }
  const std::vector<uint64_t> before = std::exchange(idle_, os::idle_ticks());
  const uint64_t passed = now - std::exchange(idle_since_, now);
  if (before.size() != idle_.size()) return false;
  const uint64_t wanted_ticks =
      passed * os::ticks_per_second() / 1'000'000'000 * kIdlePercent / 100;
  for (const int cpu : others()) {
    const auto i = static_cast<size_t>(cpu);
    if (i >= idle_.size() || idle_[i] - before[i] < std::max<uint64_t>(wanted_ticks, 2)) continue;
    const std::vector<int> one{cpu};
    if (!os::bind_cpus(0, one)) continue;
    home_ = one;
    idle_.clear();
    return true;
  }
  return false;
}

}  // namespace um
