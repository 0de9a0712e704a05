// Clocks, random numbers and kernel stacks from the host.
#include "arch/um/os-Linux/clock.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/sysinfo.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>

namespace um::os {
namespace {

uint64_t read_clock(clockid_t id) {
  timespec t{};
  ::clock_gettime(id, &t);
  return static_cast<uint64_t>(t.tv_sec) * 1000000000 + static_cast<uint64_t>(t.tv_nsec);
}

constexpr size_t kGuard = 4096;

}  // namespace

uint64_t now_monotonic() { return read_clock(CLOCK_MONOTONIC); }
uint64_t now_realtime() { return read_clock(CLOCK_REALTIME); }
uint64_t now_boottime() { return read_clock(CLOCK_BOOTTIME); }
uint64_t now_tai() { return read_clock(CLOCK_TAI); }
uint64_t now_monotonic_raw() { return read_clock(CLOCK_MONOTONIC_RAW); }
uint64_t now_realtime_coarse() { return read_clock(CLOCK_REALTIME_COARSE); }
uint64_t now_monotonic_coarse() { return read_clock(CLOCK_MONOTONIC_COARSE); }

void random_bytes(std::span<std::byte> out) {
  while (!out.empty()) {
    const ssize_t n = ::getrandom(out.data(), out.size(), 0);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) std::abort();  // no Linux host since 3.17 lacks it
    out = out.subspan(static_cast<size_t>(n));
  }
}

uint64_t memory_bytes() {
  struct sysinfo info {};
  if (::sysinfo(&info) < 0) return 0;
  return static_cast<uint64_t>(info.totalram) * info.mem_unit;
}

uint64_t resident_bytes(int pid, int& file, bool keep) {
  char path[64], text[128] = {};
  if (file < 0) {
    std::snprintf(path, sizeof path, "/proc/%d/statm", pid);
    file = ::open(path, O_RDONLY | O_CLOEXEC);
  }
  const ssize_t n = ::pread(file, text, sizeof text - 1, 0);
  // Descriptors are given out from the lowest up: this bounds how many stay open.
  constexpr int kKeepBelow = 128;
  if (!keep || file >= kKeepBelow) close_file(file);
  if (n <= 0) return 0;
  char* second = nullptr;
  std::strtoull(text, &second, 10);
  return std::strtoull(second, nullptr, 10) * 4096;
}

void close_file(int& file) {
  if (file >= 0) ::close(file);
  file = -1;
}

uint64_t int80_cost() {
  constexpr int kRounds = 16;
  uint64_t best = ~0ULL;
  for (int i = 0; i < kRounds; ++i) {
    const uint64_t start = now_monotonic();
    long result = 20;  // getpid
    asm volatile("int $0x80" : "+a"(result) : : "memory", "r8", "r9", "r10", "r11");
    best = std::min(best, now_monotonic() - start);
  }
  return best;
}

void* allocate_stack(size_t size) {
  void* p = ::mmap(nullptr, size + kGuard, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  if (p == MAP_FAILED) return nullptr;
  ::mprotect(p, kGuard, PROT_NONE);
  return static_cast<char*>(p) + kGuard;
}

void release_stack(void* base, size_t size) {
  ::munmap(static_cast<char*>(base) - kGuard, size + kGuard);
}

}  // namespace um::os
