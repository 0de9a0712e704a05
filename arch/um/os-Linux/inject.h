// Host calls that a stub makes for the kernel: a batch of them in one resume. The calls are written
// into pages that every stub maps read-only; code in the stub's code page walks them and stops.
#pragma once

#include <cstddef>
#include <cstdint>

#include "arch/um/layout.h"
#include "lib/result.h"

namespace um::os {

struct Call {
  uint64_t nr;
  uint64_t a[6];
  uint64_t ignore_error;
};
static_assert(sizeof(Call) == 64);

inline constexpr size_t kMaxCalls = kDataSize / sizeof(Call);

// The calls that a mapping operation becomes. fd is a descriptor of the stubs' table.
Call call_mmap(uint64_t addr, uint64_t len, unsigned prot, bool shared, bool noreserve, int fd,
               uint64_t offset);
Call call_munmap(uint64_t addr, uint64_t len);
Call call_mprotect(uint64_t addr, uint64_t len, unsigned prot);
Call call_mremap(uint64_t from, uint64_t old_len, uint64_t to, uint64_t new_len);
Call call_madvise(uint64_t addr, uint64_t len, int advice);
Call call_madvise_hugepage(uint64_t addr, uint64_t len);
Call call_close(int fd);
Call call_recvmsg(int socket, uint64_t msghdr);
// A copy of the stub (same_memory: sharing its memory) that we trace from its first instruction.
Call call_clone(bool same_memory);
// madvise(2) advice that means something for a stub and cannot hurt the host.
bool advice_allowed(int advice);

// The memory file with the code, the calls and the scratch page, as the kernel sees it.
class StubPages {
 public:
  StubPages() = default;
  ~StubPages();
  StubPages(const StubPages&) = delete;
  StubPages& operator=(const StubPages&) = delete;

  Result<void> create();
  int fd() const { return fd_; }
  void close_fd();

  Call* calls() const { return reinterpret_cast<Call*>(base_ + kDataOffset); }
  std::byte* data() const { return base_ + kDataOffset; }
  std::byte* scratch() const { return base_ + kScratchOffset; }

  // Offsets of the pages in the file.
  static constexpr uint64_t kScratchOffset = 0;
  static constexpr uint64_t kDataOffset = kPage;
  static constexpr uint64_t kCodeOffset = kDataOffset + kDataSize;
  static constexpr uint64_t kSize = kCodeOffset + kPage;

 private:
  std::byte* base_ = nullptr;
  int fd_ = -1;
};

struct Outcome {
  bool gone = false;  // the stub died
  int error = 0;      // of the first call that failed and may not
  size_t index = 0;   // which one
};

// Makes the stub execute the first `count` of pages.calls(). Its registers are lost.
// Host calls: SETREGS, CONT, waitpid; GETREGS only after an error.
Outcome run_calls(int pid, size_t count);
// As run_calls; the result of the last call, for clone and its like (one PEEKUSER more).
Result<uint64_t> run_calls_result(int pid, size_t count);
// `lock cmpxchg` at addr in the stub: the value found, or EFAULT.
Result<uint32_t> run_cmpxchg(int pid, uint64_t addr, uint32_t expected, uint32_t desired);
// One call through a bare `syscall; int3` at `gadget`, for a stub that has no code page yet.
Result<uint64_t> run_bare(int pid, uint64_t gadget, const Call& call);

// Loading floating-point state without a host call (PTRACE_SETREGSET copies through vmalloc and
// costs as much as a third of a trap): the image goes into the data pages and the thread's start is
// bent to code that restores it and jumps on. Only while no guest runs elsewhere: all stubs see
// those pages.
bool fp_gadget_fits(size_t image_size);
// Writes the image and changes the registers (kRegWords) so that they start at the gadget.
void stage_fp(const StubPages& pages, const void* image, size_t size, uint64_t* words);
// A stub that stopped here has not finished.
bool in_fp_gadget(uint64_t rip);
// Nobody else may see it.
void wipe_fp(const StubPages& pages, size_t size);

// What the code page contains.
size_t stub_code(void* to, size_t room);

}  // namespace um::os
