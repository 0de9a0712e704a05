// The real CPU beside AheadCpu: a traced child that steps through single instructions on memory
// that it shares with the test, and the same memory as AheadCpu sees it, page by page in copies.
// All of it lies below 4 GiB, so that 32-bit code (another code selector) runs in the same child.
#pragma once

#include <cpuid.h>
#include <elf.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <span>
#include <vector>

#include "arch/um/ahead_xsave.h"
#include "arch/um/os-Linux/ptrace.h"

namespace um::oracle {

using Regs = std::array<uint64_t, os::kRegWords>;

// An XSAVE image as ptrace gives it. What lies elsewhere in it is x87's, and nobody's here.
struct Xsave {
  static constexpr size_t kMxcsr = 24, kXmm = 160, kXmmEnd = kXmm + 256, kInUse = 512;
  std::vector<uint8_t> bytes = std::vector<uint8_t>(576);
  struct Part {
    unsigned number;
    size_t offset, size;
  };

  // Of the vector extensions, those that this CPU has: upper halves of ymm, masks, zmm.
  static const std::vector<Part>& parts() {
    static const auto found = [] {
      std::vector<Part> all;
      for (const unsigned number : {2, 5, 6, 7}) {
        unsigned size = 0, offset = 0, c = 0, d = 0;
        if (__get_cpuid_count(0xd, number, &size, &offset, &c, &d) != 0 && size != 0)
          all.push_back({number, offset, size});
      }
      return all;
    }();
    return found;
  }
  bool in_use(unsigned number) const { return (bytes[kInUse] >> number & 1) != 0; }

  // What a CPU holds that has loaded it, one register behind the other: MXCSR, xmm, the parts.
  std::vector<uint8_t> loaded() const {
    std::vector<uint8_t> v(bytes.begin() + kMxcsr, bytes.begin() + kMxcsr + 4);
    v.insert(v.end(), bytes.begin() + kXmm, bytes.begin() + kXmmEnd);
    for (const Part& part : parts()) {
      const auto from = bytes.begin() + static_cast<ptrdiff_t>(part.offset);
      const auto size = static_cast<ptrdiff_t>(part.size);
      if (in_use(part.number))
        v.insert(v.end(), from, from + size);
      else
        v.resize(v.size() + part.size);
    }
    return v;
  }
  bool operator==(const Xsave& that) const { return loaded() == that.loaded(); }
  std::span<uint8_t> xmm() { return std::span(bytes).subspan(kXmm, kXmmEnd - kXmm); }
  std::span<uint8_t> of(const Part& part) {
    return std::span(bytes).subspan(part.offset, part.size);
  }
  uint32_t mxcsr() const {
    uint32_t v;
    std::memcpy(&v, &bytes[kMxcsr], sizeof v);
    return v;
  }
  void set_mxcsr(uint32_t v) { std::memcpy(&bytes[kMxcsr], &v, sizeof v); }
};

inline constexpr uint64_t kArea = 0x20000000, kPages = 6, kAreaSize = kPages * kPage;
inline constexpr uint64_t kCode = kArea, kData = kArea + 2 * kPage;  // two pages, and four
inline constexpr uint64_t kStack = kArea + kAreaSize - kPage / 2;

// The shared memory, and AheadCpu's copies of its pages.
class Ground : public AheadMemory {
 public:
  Ground() {
    void* const at = reinterpret_cast<void*>(kArea);
    if (mmap(at, kAreaSize, PROT_READ | PROT_WRITE | PROT_EXEC,
             MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) != at)
      return;
    mapped_ = true;
    for (size_t i = 0; i < kPages; ++i) copies_[i].bytes = bytes_[i].data();
    rights_.fill(AheadPage::kRead | AheadPage::kWrite | AheadPage::kExecute);
    sync();
  }
  ~Ground() override {
    if (mapped_) munmap(real(), kAreaSize);
  }

  // Keeps its promise and no more: the last two pages asked for stay, any other is gone.
  AheadPage* page(uint64_t address, AheadPage::Right right) override {
    const uint64_t i = index(address);
    if (address % kPage != 0 || i >= kPages || (rights_[i] & right) == 0) return nullptr;
    if (i != asked_[0]) {
      if (asked_[1] < kPages && i != asked_[1]) give_back(copies_[asked_[1]]);
      asked_ = {i, asked_[0]};
    }
    AheadPage& p = copies_[i];
    if (p.address != address) {
      p.address = address;
      p.rights = rights_[i];
      p.filled(true);
      std::memcpy(p.bytes, &before_[address - kArea], kPage);
    }
    return &p;
  }
  uint8_t* fxsave() override {
    asked_for_sse = true;
    return image_.bytes.data();
  }
  AheadVectors vectors(bool all) override {
    asked_for_sse = true;
    return xsave_vectors(image_.bytes, all);
  }

  bool mapped() const { return mapped_; }
  void allow(uint64_t address, uint8_t rights) { rights_[index(address)] = rights; }
  void write(uint64_t address, std::span<const uint8_t> bytes) {
    std::memcpy(reinterpret_cast<void*>(address), bytes.data(), bytes.size());
    sync();
  }

  // Forgets all copies and begins with what the memory is.
  void sync() {
    for (AheadPage& p : copies_) {
      p.address = AheadPage::kNowhere;
      p.dirty_from = kPage;
      p.dirty_to = 0;
    }
    asked_.fill(kPages);
    std::memcpy(before_.data(), real(), kAreaSize);
    asked_for_sse = false;
  }
  // What was to be written back is.
  void give_back() {
    for (AheadPage& p : copies_) give_back(p);
  }
  // True if the memory is now what AheadCpu made of it, by what it wants written back.
  bool agrees() {
    give_back();
    return std::memcmp(before_.data(), real(), kAreaSize) == 0;
  }
  // Makes the memory what AheadCpu made of it.
  void publish() {
    give_back();
    std::memcpy(real(), before_.data(), kAreaSize);
  }
  Xsave& sse() { return image_; }
  bool asked_for_sse = false;

 private:
  static uint8_t* real() { return reinterpret_cast<uint8_t*>(kArea); }
  static uint64_t index(uint64_t address) { return (address - kArea) / kPage; }
  void give_back(AheadPage& p) {
    if (p.dirty_from < p.dirty_to)
      std::memcpy(&before_[p.address - kArea + p.dirty_from], &p.bytes[p.dirty_from],
                  p.dirty_to - p.dirty_from);
    p.address = AheadPage::kNowhere;
    p.dirty_from = kPage;
    p.dirty_to = 0;
    std::memset(p.bytes, 0xcc, kPage);
  }
  bool mapped_ = false;
  std::array<AheadPage, kPages> copies_;
  std::array<std::array<uint8_t, kPage>, kPages> bytes_{};
  std::array<uint8_t, kPages> rights_{};
  std::array<uint64_t, 2> asked_{kPages, kPages};  // the last first
  std::array<uint8_t, kAreaSize> before_{};        // the memory, and what was written back
  Xsave image_;
};

// A child that is nothing but a CPU. Both on one host CPU: a hand-over costs a tenth of one across.
class RealCpu {
 public:
  RealCpu() {
    cpu_set_t here;
    CPU_ZERO(&here);
    CPU_SET(static_cast<size_t>(std::max(sched_getcpu(), 0)), &here);
    sched_setaffinity(0, sizeof here, &here);
    pid_ = fork();
    if (pid_ == 0) {
      ptrace(PTRACE_TRACEME, 0, 0, 0);
      raise(SIGSTOP);
      _exit(0);
    }
    int status = 0;
    ok_ = pid_ > 0 && waitpid(pid_, &status, 0) == pid_ && WIFSTOPPED(status) &&
          ptrace(PTRACE_SETOPTIONS, pid_, 0, PTRACE_O_EXITKILL) == 0 &&
          ptrace(PTRACE_GETREGS, pid_, 0, start_.data()) == 0 &&
          registers(PTRACE_GETREGSET, first_);
  }
  ~RealCpu() {
    if (pid_ <= 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  RealCpu(const RealCpu&) = delete;
  RealCpu& operator=(const RealCpu&) = delete;

  bool ok() const { return ok_; }
  // Registers as they are for user code of that width.
  Regs plain(bool wide) const {
    Regs r = start_;
    r[os::kOrigRax] = ~0ULL;
    r[os::kCs] = wide ? os::kUserCs64 : os::kUserCs32;
    r[os::kSs] = os::kUserSs;
    r[os::kFs] = 0;
    r[os::kFsBase] = wide ? 0x40 : 0;
    r[os::kGsBase] = wide ? 0x18 : 0;
    r[os::kDs] = r[os::kEs] = r[os::kGs] = wide ? 0 : os::kUserSs;
    return r;
  }

  // One instruction; a repeated one to its end. False: it raised something. `sse`: or nullptr.
  bool step(Regs& r, Xsave* sse, bool repeated = false) {
    const uint64_t from = r[os::kRip];
    if (sse != nullptr && !registers(PTRACE_SETREGSET, *sse)) return false;
    if (ptrace(PTRACE_SETREGS, pid_, 0, r.data()) != 0) return false;
    unsigned rounds = 0;
    do {
      int status = 0;
      if (ptrace(PTRACE_SINGLESTEP, pid_, 0, 0) != 0 || waitpid(pid_, &status, 0) != pid_ ||
          !WIFSTOPPED(status) || WSTOPSIG(status) != SIGTRAP)
        return false;
      if (ptrace(PTRACE_GETREGS, pid_, 0, r.data()) != 0) return false;
    } while (repeated && r[os::kRip] == from && ++rounds < 2000);
    return sse == nullptr || registers(PTRACE_GETREGSET, *sse);
  }
  // As a process begins.
  const Xsave& first() const { return first_; }

 private:
  bool registers(decltype(PTRACE_GETREGSET) what, Xsave& image) const {
    if (what == PTRACE_GETREGSET) image.bytes.resize(16384);
    iovec whole{image.bytes.data(), image.bytes.size()};
    if (ptrace(what, pid_, NT_X86_XSTATE, &whole) != 0) return false;
    image.bytes.resize(whole.iov_len);
    return true;
  }
  pid_t pid_ = -1;
  bool ok_ = false;
  Regs start_{};
  Xsave first_;
};

}  // namespace um::oracle
