// The page that every i386 program gets at 0xffffe000, where the kernels from 2.5.53 to 2.6.17 had
// theirs (arch/i386/kernel/vsyscall*.S): a system-call entry and the two sigreturn trampolines. The
// instructions are the ones that unwinders and debuggers look for.
#include <array>
#include <cstring>

#include "arch/x86/signal.h"
#include "lib/uapi.h"

namespace {

constexpr uint8_t kVsyscall[] = {0xcd, 0x80, 0xc3};  // int $0x80; ret
constexpr uint8_t kSigreturn[] = {0x58, 0xb8, 0x77, 0x00,
                                  0x00, 0x00, 0xcd, 0x80};  // pop %eax; mov $119,%eax; int $0x80
constexpr uint8_t kRtSigreturn[] = {0xb8, 0xad, 0x00, 0x00,
                                    0x00, 0xcd, 0x80};  // mov $173,%eax; int $0x80

constexpr auto kImage = [] {
  std::array<uint8_t, kPageSize> page{};
  page.fill(0xcc);  // whoever strays here traps
  const auto put = [&](uint32_t at, const auto& code) {
    for (size_t i = 0; i < sizeof code; ++i) page[at - kSigreturnPage + i] = code[i];
  };
  put(kKernelVsyscall, kVsyscall);
  put(kKernelSigreturn, kSigreturn);
  put(kKernelRtSigreturn, kRtSigreturn);
  return page;
}();

constexpr uint64_t kAtSysinfo = 32;                // AT_SYSINFO, which only 32-bit headers define
constexpr uint64_t kPageKey = 0x7369677061676500;  // any number that no file has

// One host file for all spaces; mapping it costs nothing extra at exec.
const arch::HostFile& page_file() {
  static const arch::HostFile file = [] {
    auto made = arch::machine().hostfs().memfd("sigpage");
    if (!made) return arch::HostFile();
    const auto bytes = std::as_bytes(std::span(kImage));
    if (!arch::machine().hostfs().pwrite(made->fd(), bytes, 0)) return arch::HostFile();
    return std::move(*made);
  }();
  return file;
}

}  // namespace

std::span<const uint8_t> ia32_sigpage_image() { return kImage; }

void ia32_map_sigpage(arch::UserSpace& space) {
  if (!page_file()) return;
  space.map(kSigreturnPage, kPageSize, PROT_READ | PROT_EXEC,
            {.host_fd = page_file().fd(), .key = kPageKey});
}

void ia32_arch_auxv(std::vector<std::pair<uint64_t, uint64_t>>& auxv) {
  if (page_file()) auxv.emplace_back(kAtSysinfo, kKernelVsyscall);
}
