// /proc/stat and /proc/interrupts. Linux: fs/proc/stat.c, interrupts.c. CPU time is what tasks have
// used; one processor's share is not known, so the sum is spread evenly.
#include <algorithm>

#include "fs/proc/internal.h"
#include "kernel/time.h"
#include "kernel/timer.h"

namespace {

struct cpu_sum {
  uint64_t user = 0, nice = 0, system = 0, idle = 0;  // ns
  uint64_t switches = 0;
};

cpu_sum collect() {
  cpu_sum sum;
  for_each_process([&](task_struct& t) {
    const cpu_times own = thread_group_cputime(*t.signal);
    (t.nice > 0 ? sum.nice : sum.user) += own.utime + t.signal->cacct.utime;
    sum.system += own.stime + t.signal->cacct.stime;
    sum.switches += t.signal->acct.nvcsw + t.signal->acct.nivcsw + t.signal->cacct.nvcsw + t.signal->cacct.nivcsw;
  });
  for_each_task([&](task_struct& t) { sum.switches += t.acct.nvcsw + t.acct.nivcsw; });
  const uint64_t all = ktime_get_boottime() * arch::machine().cpus();
  sum.idle = all - std::min(all, sum.user + sum.nice + sum.system);
  return sum;
}

std::string cpu_line(const std::string& name, const cpu_sum& s, unsigned share) {
  return strprintf("%s %lu %lu %lu %lu 0 0 0 0 0 0\n", name.c_str(), ns_to_ticks(s.user / share),
                   ns_to_ticks(s.nice / share), ns_to_ticks(s.system / share), ns_to_ticks(s.idle / share));
}

std::string show_stat() {
  const cpu_sum sum = collect();
  const unsigned cpus = std::max(1U, arch::machine().cpus());
  std::string out = cpu_line("cpu ", sum, 1);
  for (unsigned i = 0; i < cpus; ++i) out += cpu_line("cpu" + std::to_string(i), sum, cpus);
  int forks = 0;
  unsigned running = 0, blocked = 0;
  for_each_task([&](task_struct& t) {
    forks = std::max(forks, t.pid);
    running += task_state_char(t) == 'R' ? 1 : 0;
    blocked += task_state_char(t) == 'D' ? 1 : 0;
  });
  const uint64_t boot = (ktime_get_real() - ktime_get_boottime()) / kNsec;
  return out + strprintf("intr 0\nctxt %lu\nbtime %lu\nprocesses %d\nprocs_running %u\nprocs_blocked %u\n"
                         "softirq 0 0 0 0 0 0 0 0 0 0 0\n", sum.switches, boot, forks, running, blocked);
}

std::string show_interrupts() {
  std::string out(5, ' ');
  for (unsigned i = 0; i < arch::machine().cpus(); ++i) out += strprintf("CPU%-8u", i);
  return out + "\n";
}

}  // namespace

void proc_stat_init() {
  proc_create("stat", 0444, show_stat);
  proc_create("interrupts", 0444, show_interrupts);
  proc_create("softirqs", 0444, show_interrupts);
}
