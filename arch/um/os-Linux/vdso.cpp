// See vdso.h. The image is this process's own; its dynamic symbols say where the functions are.
#include "arch/um/os-Linux/vdso.h"

#include <elf.h>
#include <sys/auxv.h>
#include <time.h>

#include <array>
#include <cstring>
#include <string_view>

namespace um::os {
namespace {

struct Entry {
  uint64_t offset = 0;
  VdsoFunction function = VdsoFunction::none;
};
using Entries = std::array<Entry, 3>;

VdsoFunction named(std::string_view name) {
  if (name == "__vdso_clock_gettime") return VdsoFunction::clock_gettime;
  if (name == "__vdso_gettimeofday") return VdsoFunction::gettimeofday;
  return name == "__vdso_time" ? VdsoFunction::time : VdsoFunction::none;
}

Entries find() {
  Entries found;
  const auto* image = reinterpret_cast<const char*>(::getauxval(AT_SYSINFO_EHDR));
  if (image == nullptr) return found;
  const auto* header = reinterpret_cast<const Elf64_Ehdr*>(image);
  if (header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_shentsize != sizeof(Elf64_Shdr))
    return found;
  const auto* sections = reinterpret_cast<const Elf64_Shdr*>(image + header->e_shoff);
  size_t n = 0;
  for (unsigned i = 0; i < header->e_shnum; ++i) {
    const Elf64_Shdr& s = sections[i];
    if (s.sh_type != SHT_DYNSYM || s.sh_link >= header->e_shnum) continue;
    const auto* symbols = reinterpret_cast<const Elf64_Sym*>(image + s.sh_offset);
    const char* names = image + sections[s.sh_link].sh_offset;
    for (uint64_t k = 0; k < s.sh_size / sizeof(Elf64_Sym) && n < found.size(); ++k) {
      const VdsoFunction f = named(names + symbols[k].st_name);
      if (f != VdsoFunction::none) found[n++] = {symbols[k].st_value, f};
    }
  }
  return found;
}

}  // namespace

VdsoFunction vdso_function(uint64_t offset) {
  static const Entries entries = find();
  for (const Entry& e : entries)
    if (e.offset == offset) return e.function;
  return VdsoFunction::none;
}

bool vdso_clock(int id, int64_t& seconds, int64_t& nanoseconds) {
  switch (id) {
    case CLOCK_REALTIME:
    case CLOCK_MONOTONIC:
    case CLOCK_MONOTONIC_RAW:
    case CLOCK_REALTIME_COARSE:
    case CLOCK_MONOTONIC_COARSE:
    case CLOCK_BOOTTIME:
    case CLOCK_TAI: break;
    default: return false;
  }
  timespec t{};
  if (::clock_gettime(id, &t) != 0) return false;
  seconds = t.tv_sec;
  nanoseconds = t.tv_nsec;
  return true;
}

}  // namespace um::os
