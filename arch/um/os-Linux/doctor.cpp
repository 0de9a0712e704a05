// What this host offers the machine, for `slot190 doctor`. Each line says what is used if it is
// there and what happens if it is not.
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "arch/um/machine.h"
#include "arch/um/os-Linux/cpu.h"
#include "arch/um/os-Linux/guest_memory.h"
#include "arch/um/os-Linux/ptrace.h"
#include "arch/um/os-Linux/zygote.h"

namespace um {
namespace {

std::string first_line(const char* path) {
  char text[256] = {};
  FILE* f = std::fopen(path, "re");
  if (f == nullptr) return {};
  if (std::fgets(text, sizeof text, f) == nullptr) text[0] = 0;
  std::fclose(f);
  text[std::strcspn(text, "\n")] = 0;
  return text;
}

Check memory_check(os::Zygote& zygote) {
  // The code page is in every stub: read it back.
  unsigned char seen[16] = {}, want[kPage] = {};
  os::stub_code(want, sizeof want);
  const bool ok = os::read_memory(zygote.pid(), seen, kCodePage, sizeof seen) == 0 &&
                  std::memcmp(seen, want, sizeof seen) == 0;
  return {"process_vm_readv", ok, ok ? "guest memory can be read" : "guest memory cannot be read"};
}

Check pinning_check() {
  const auto cpus = os::allowed_cpus();
  const int one[] = {cpus.front()};
  const bool ok = os::bind_cpus(0, one);
  os::bind_cpus(0, cpus);
  return {"cpu pinning", ok,
          ok ? std::to_string(cpus.size()) + " CPUs; kernel and guests can share one"
             : "refused: system calls will cost several times as much"};
}

Check thp_check() {
  const std::string line = first_line("/sys/kernel/mm/transparent_hugepage/enabled");
  const auto open = line.find('['), close = line.find(']');
  if (open == std::string::npos || close == std::string::npos)
    return {"huge pages", false, "the host has no transparent huge pages"};
  return {"huge pages", true, "host setting: " + line.substr(open + 1, close - open - 1)};
}

Check overcommit_check() {
  const std::string mode = first_line("/proc/sys/vm/overcommit_memory");
  if (mode == "2")
    return {"overcommit", false, "strict (vm.overcommit_memory=2): large guest forks may fail"};
  return {"overcommit", true, "vm.overcommit_memory=" + (mode.empty() ? "?" : mode)};
}

}  // namespace

std::vector<Check> doctor() {
  std::vector<Check> checks;
  os::Zygote zygote;
  const auto up = zygote.start({});
  checks.push_back(
      {"ptrace", up.has_value(), up ? "a stub can be started, traced and emptied" : up.error()});
  if (up) {
    // start() ends only when these two worked.
    checks.push_back({"PTRACE_SYSEMU", true, "one stop a system call"});
    checks.push_back({"seccomp", true, "stubs may make only the calls that the kernel injects"});
    const bool ia32 = zygote.try_int80() != 0;
    checks.push_back({"IA32 emulation", ia32,
                      ia32 ? "i386 guests run" : "int $0x80 does not work here: no i386 guests"});
    checks.push_back(memory_check(zygote));
    checks.push_back({"vDSO", zygote.vdso() != 0,
                      zygote.vdso() != 0 ? "guests can read the clock without a trap"
                                         : "guests trap for every look at the clock"});
  }
  checks.push_back(pinning_check());
  checks.push_back(thp_check());
  checks.push_back(overcommit_check());
  return checks;
}

}  // namespace um
