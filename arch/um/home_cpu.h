// The CPU that the kernel and its stubs share. Being bound to one makes a trap cheap, but the host
// can no longer move us away from somebody else's work; so, unless the user chose the CPU, we look
// ourselves.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace um {

class HomeCpu {
 public:
  // `wanted`: a CPU number or one of Options::kCpuAuto, kCpuNone.
  explicit HomeCpu(int wanted);
  // Binds this process; false if the wanted CPU cannot be had.
  bool settle();
  // As it was before settle().
  void leave();

  const std::vector<int>& allowed() const { return allowed_; }
  // The CPU as a list for binding; empty if not bound.
  const std::vector<int>& home() const { return home_; }
  // All others.
  std::vector<int> others() const;

  // To be called now and then with the stub that ran last: if we mostly wait for our CPU while
  // another idles, moves this process there and returns true. The caller moves the stubs.
  bool reconsider(uint64_t now, int stub_pid);

 private:
  bool contended(uint64_t now, int stub_pid);

  int wanted_;
  std::vector<int> allowed_, home_;
  uint64_t checked_ = 0;  // monotonic ns
  uint64_t own_delay_ = 0, stub_delay_ = 0;
  int stub_pid_ = 0;
  std::vector<uint64_t> idle_;  // at `idle_since_`, if contention was seen then
  uint64_t idle_since_ = 0;
};

}  // namespace um
