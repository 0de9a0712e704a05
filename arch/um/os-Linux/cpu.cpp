// CPU affinity and the scheduler's statistics of the host.
#include "arch/um/os-Linux/cpu.h"

#include <linux/membarrier.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>

namespace um::os {

std::vector<int> allowed_cpus() {
  std::vector<int> cpus;
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof set, &set) < 0) return {0};
  for (int i = 0; i < CPU_SETSIZE; ++i)
    if (CPU_ISSET(i, &set)) cpus.push_back(i);
  return cpus;
}

int current_cpu() { return std::max(0, ::sched_getcpu()); }

bool bind_cpus(int pid, std::span<const int> cpus) {
  cpu_set_t set;
  CPU_ZERO(&set);
  for (int c : cpus)
    if (c >= 0 && c < CPU_SETSIZE) CPU_SET(c, &set);
  return ::sched_setaffinity(pid, sizeof set, &set) == 0;
}

uint64_t run_delay(int pid) {
  char path[64];
  std::snprintf(path, sizeof path, pid == 0 ? "/proc/self/schedstat" : "/proc/%d/schedstat", pid);
  FILE* f = std::fopen(path, "re");
  if (f == nullptr) return 0;
  unsigned long long ran = 0, waited = 0;
  const bool ok = std::fscanf(f, "%llu %llu", &ran, &waited) == 2;
  std::fclose(f);
  return ok ? waited : 0;
}

std::vector<uint64_t> idle_ticks() {
  std::vector<uint64_t> idle;
  FILE* f = std::fopen("/proc/stat", "re");
  if (f == nullptr) return idle;
  char line[1024];
  while (std::fgets(line, sizeof line, f) != nullptr && std::strncmp(line, "cpu", 3) == 0) {
    if (line[3] == ' ') continue;  // all CPUs together
    unsigned number = 0;
    unsigned long long user, nice, system, idling, iowait;
    if (std::sscanf(line, "cpu%u %llu %llu %llu %llu %llu", &number, &user, &nice, &system, &idling,
                    &iowait) != 6)
      continue;
    if (idle.size() <= number) idle.resize(number + 1);
    idle[number] = idling + iowait;
  }
  std::fclose(f);
  return idle;
}

uint64_t ticks_per_second() { return static_cast<uint64_t>(std::max(1L, ::sysconf(_SC_CLK_TCK))); }

// The expedited kinds want the target processes to have registered; this one asks nobody, and waits
// a few milliseconds for it.
void memory_barrier() { ::syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0); }

}  // namespace um::os
