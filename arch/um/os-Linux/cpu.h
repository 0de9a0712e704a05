// The host's CPUs: which there are, who may run where, and who waits for one.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace um::os {

// The CPUs that this process may use, and the one that it runs on.
std::vector<int> allowed_cpus();
int current_cpu();
// Binds a process (0: this one) to the CPUs; false if the host refuses.
bool bind_cpus(int pid, std::span<const int> cpus);

// Nanoseconds that a process has been ready to run but waited for a CPU; 0 if the host does not
// say.
uint64_t run_delay(int pid);
// For each CPU the time that it has been idle, in the host's clock ticks; indexed by CPU number.
std::vector<uint64_t> idle_ticks();
// How many of those ticks make a second.
uint64_t ticks_per_second();

// A full barrier on every CPU.
void memory_barrier();

}  // namespace um::os
