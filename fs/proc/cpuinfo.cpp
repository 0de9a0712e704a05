// /proc/cpuinfo. Linux: arch/x86/kernel/cpu/proc.c. Guest code of the host's own architecture runs on
// its processors, so theirs is the truth: the host's text for as many processors as guests may use.
#include <algorithm>
#include <span>

#include "fs/proc/internal.h"

namespace {

std::string host_text() {
  constexpr size_t kMost = 1 << 20;
  arch::HostFs& fs = arch::machine().hostfs();
  auto f = fs.open(arch::HostFs::kCwd, "/proc/cpuinfo", O_RDONLY | O_CLOEXEC, 0);
  std::string text;
  if (!f) return text;
  std::string piece(32 * 1024, '\0');
  while (text.size() < kMost) {
    const auto got = fs.pread(f->fd(), std::as_writable_bytes(std::span(piece)), text.size());
    if (!got || *got == 0) break;
    text.append(piece, 0, *got);
  }
  return text;
}

// The first `cpus` paragraphs, numbered from 0 (the host may have given us others).
std::string paragraphs(const std::string& text, unsigned cpus) {
  std::string out;
  size_t at = 0;
  for (unsigned i = 0; i < cpus && at < text.size(); ++i) {
    const size_t end = text.find("\n\n", at);
    std::string part = text.substr(at, end == text.npos ? text.npos : end + 2 - at);
    at = end == text.npos ? text.size() : end + 2;
    if (part.starts_with("processor")) part.replace(0, part.find('\n'), strprintf("processor\t: %u", i));
    out += part;
  }
  return out;
}

std::string cpuinfo() {
  const unsigned cpus = std::max(1U, arch::machine().cpus());
  const std::string_view isa = current->isa != nullptr ? current->isa->name() : std::string_view("x86_64");
  const bool native = isa == "x86_64" || isa == "i386";
  std::string out = native ? paragraphs(host_text(), cpus) : std::string();
  if (!out.empty()) return out;
  for (unsigned i = 0; i < (native ? cpus : 1); ++i) {
    out += strprintf("processor\t: %u\nmodel name\t: %s\n\n", i, std::string(isa).c_str());
  }
  return out;
}

}  // namespace

void proc_cpuinfo_init() { proc_create("cpuinfo", 0444, cpuinfo); }
