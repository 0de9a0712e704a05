// The machine made of host processes: what `slot190` boots on. make_machine() starts the zygote,
// binds the CPU and installs the host's signal handlers; one machine exists at a time.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <vector>

#include "arch/arch.h"
#include "arch/um/ahead.h"

namespace um {

// Transparent huge pages in guests: as the host has it, asked for where a mapping is so large that a
// fork would cost milliseconds without, asked for wherever one fits, forbidden.
enum class Thp : uint8_t { host, large, always, never };

struct Options {
  // Kernel and stubs share one CPU: a hand-over across CPUs costs ten times as much.
  static constexpr int kCpuAuto = -1, kCpuNone = -2;
  int cpu = kCpuAuto;
  // CPUs that guests may use at once (run_away); 0: all that the host grants.
  unsigned cpus = 0;
  Thp thp = Thp::large;
  // Short ways from one system call to the next are gone in this process (arch/um/ahead.h).
  Ahead ahead = Ahead::on;
  // Empty stubs kept in stock.
  unsigned pool = 8;
  // Time jumps instead of passing, random numbers come from `seed`: two runs are the same.
  bool virtual_time = false;
  uint64_t seed = 0;
};

// The error is one sentence for the user.
std::expected<std::unique_ptr<arch::Machine>, std::string> make_machine(const Options& options);

// One thing that the machine needs or can use of the host.
struct Check {
  std::string name;
  bool ok = false;
  std::string detail;
};
std::vector<Check> doctor();

}  // namespace um
