// A small sysfs: what C libraries and tools ask for. Linux: drivers/base/cpu.c, node.c and fs/sysfs.
#include <algorithm>

#include "fs/proc/internal.h"

namespace {

std::string cpu_range() {
  const unsigned cpus = std::max(1U, arch::machine().cpus());
  return cpus == 1 ? "0\n" : strprintf("0-%u\n", cpus - 1);
}

}  // namespace

void sysfs_init() {
  for (const char* name : {"online", "possible", "present"}) {
    sysfs_create("devices/system/cpu/" + std::string(name), 0444, cpu_range);
  }
  sysfs_create("devices/system/cpu/offline", 0444, [] { return std::string("\n"); });
  sysfs_create("devices/system/cpu/kernel_max", 0444, [] { return std::string("63\n"); });
  for (unsigned i = 0; i < arch::machine().cpus(); ++i) {
    const std::string cpu = "devices/system/cpu/cpu" + std::to_string(i);
    sysfs_create(cpu + "/topology/core_id", 0444, [i] { return strprintf("%u\n", i); });
    sysfs_create(cpu + "/topology/physical_package_id", 0444, [] { return std::string("0\n"); });
  }
  for (const char* name : {"online", "possible", "has_cpu", "has_memory"}) {
    sysfs_create("devices/system/node/" + std::string(name), 0444, [] { return std::string("0\n"); });
  }
  sysfs_create("devices/system/node/node0/cpulist", 0444, cpu_range);
  sysfs_create("kernel/mm/transparent_hugepage/enabled", 0444, [] { return std::string("always [madvise] never\n"); });
  sysfs_create("kernel/mm/transparent_hugepage/hpage_pmd_size", 0444, [] { return std::string("2097152\n"); });
}
