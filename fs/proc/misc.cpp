// The fixed files of /proc that tell about the machine. Linux: fs/proc/meminfo.c, uptime.c, loadavg.c,
// version.c, cmdline.c, devices.c, filesystems. Memory counts come from the commit account: the host
// keeps no page statistics for us.
#include <algorithm>

#include "fs/proc/internal.h"
#include "kernel/timer.h"
#include "kernel/utsname.h"
#include "mm/mm.h"

namespace {

std::string meminfo() {
  const uint64_t total = memory_limit();
  const uint64_t used = std::min(total, memory_committed());
  std::string out;
  const auto line = [&out](const char* name, uint64_t bytes) {
    out += strprintf("%-15s %8lu kB\n", (std::string(name) + ":").c_str(), bytes / 1024);
  };
  line("MemTotal", total);
  line("MemFree", total - used);
  line("MemAvailable", total - used);
  for (const char* name : {"Buffers", "Cached", "SwapCached"}) line(name, 0);
  line("Active", used);
  line("Inactive", 0);
  line("Active(anon)", used);
  for (const char* name : {"Inactive(anon)", "Active(file)", "Inactive(file)", "Unevictable", "Mlocked",
                           "SwapTotal", "SwapFree", "Dirty", "Writeback"}) {
    line(name, 0);
  }
  line("AnonPages", used);
  for (const char* name : {"Mapped", "Shmem", "KReclaimable", "Slab", "SReclaimable", "SUnreclaim",
                           "KernelStack", "PageTables", "NFS_Unstable", "Bounce", "WritebackTmp"}) {
    line(name, 0);
  }
  line("CommitLimit", total);
  line("Committed_AS", memory_committed());
  line("VmallocTotal", 0);
  line("VmallocUsed", 0);
  line("VmallocChunk", 0);
  out += "HugePages_Total:       0\nHugePages_Free:        0\nHugePages_Rsvd:        0\n"
         "HugePages_Surp:        0\n";
  line("Hugepagesize", 2048 * 1024);
  return out;
}

uint64_t idle_ns() {
  uint64_t used = 0;
  for_each_task([&](task_struct& t) { used += task_utime(t) + task_stime(t); });
  const uint64_t all = ktime_get_boottime() * arch::machine().cpus();
  return all - std::min(all, used);
}

std::string seconds(uint64_t ns) {
  return strprintf("%lu.%02lu", ns / kNsec, ns % kNsec / (kNsec / 100));
}

std::string uptime() { return seconds(ktime_get_boottime()) + " " + seconds(idle_ns()) + "\n"; }

std::string load_average() {
  const auto l = loadavg();
  int last = 0;
  unsigned tasks = 0;
  for_each_task([&](task_struct& t) {
    ++tasks;
    last = std::max(last, t.pid);
  });
  return strprintf("%.2f %.2f %.2f %u/%u %d\n", l[0], l[1], l[2], std::max(1U, nr_running()), tasks, last);
}

std::string version() {
  return strprintf("%s version %s (slot190) (g++ %s) %s\n", std::string(utsname_sysname()).c_str(),
                   std::string(utsname_release()).c_str(), __VERSION__,
                   std::string(utsname_version()).c_str());
}

std::string filesystems() {
  std::string out;
  for_each_filesystem([&](std::string_view name, bool nodev) {
    out += (nodev ? "nodev\t" : "\t") + std::string(name) + "\n";
  });
  return out;
}

std::string devices() {
  return "Character devices:\n  1 mem\n  4 tty\n  5 /dev/tty\n  5 /dev/console\n  5 /dev/ptmx\n136 pts\n\n"
         "Block devices:\n";
}

std::string vmstat() {
  const uint64_t total = memory_limit(), used = std::min(total, memory_committed());
  uint64_t faults = 0, major = 0;
  for_each_task([&](task_struct& t) {
    faults += t.acct.minflt + t.acct.majflt;
    major += t.acct.majflt;
  });
  return strprintf("nr_free_pages %lu\nnr_anon_pages %lu\nnr_mapped 0\nnr_file_pages 0\nnr_dirty 0\n"
                   "nr_writeback 0\npgpgin 0\npgpgout 0\npswpin 0\npswpout 0\npgfault %lu\npgmajfault %lu\n",
                   (total - used) / kPageSize, used / kPageSize, faults, major);
}

std::string empty_file() { return {}; }

}  // namespace

std::string& saved_command_line() {
  static std::string line = "slot190";
  return line;
}

void proc_misc_init() {
  proc_create("meminfo", 0444, meminfo);
  proc_create("uptime", 0444, uptime);
  proc_create("loadavg", 0444, load_average);
  proc_create("version", 0444, version);
  proc_create("cmdline", 0444, [] { return saved_command_line() + "\n"; });
  proc_create("filesystems", 0444, filesystems);
  proc_create("devices", 0444, devices);
  proc_create("vmstat", 0444, vmstat);
  proc_create("partitions", 0444, [] { return std::string("major minor  #blocks  name\n\n"); });
  proc_create("swaps", 0444, [] { return std::string("Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"); });
  for (const char* name : {"modules", "diskstats", "misc", "locks", "dma", "ioports", "iomem", "consoles"}) {
    proc_create(name, 0444, empty_file);
  }
}
