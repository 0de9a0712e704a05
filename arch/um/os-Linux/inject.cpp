// The stub's code page and the kernel's side of it. User-mode Linux's arch/x86/um/stub_64.S and
// arch/um/os-Linux/skas/mem.c do the same; there the calls and their results share one writable
// page, here the guest cannot write either, and success needs no register to be read: the code ends
// in int3 after the last call and in ud2 after a failure.
#include "arch/um/os-Linux/inject.h"

#include <linux/memfd.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "arch/um/os-Linux/ptrace.h"

// rbx: the next struct Call, rbp: how many are left. Position independent; copied, never run here.
asm(R"(
  .pushsection .rodata
  .balign 16
slot190_stub_code:
1:mov 0(%rbx), %rax
  mov 8(%rbx), %rdi
  mov 16(%rbx), %rsi
  mov 24(%rbx), %rdx
  mov 32(%rbx), %r10
  mov 40(%rbx), %r8
  mov 48(%rbx), %r9
  syscall
  cmp $-4096, %rax
  ja 3f
2:add $64, %rbx
  dec %rbp
  jnz 1b
  int3
3:cmpq $0, 56(%rbx)
  jne 2b
  ud2
slot190_stub_cmpxchg:
  lock cmpxchgl %esi, (%rdi)
  int3
  // rdx:rax is all ones. The data pages end where this code begins; see struct FpJump.
slot190_stub_fp:
  xrstor64 slot190_stub_code-0x2000(%rip)
  mov slot190_stub_code-0x40(%rip), %rax
  mov slot190_stub_code-0x38(%rip), %rdx
  jmp *slot190_stub_code-0x30(%rip)
slot190_stub_fp32:
  xrstor64 slot190_stub_code-0x2000(%rip)
  mov slot190_stub_code-0x40(%rip), %rax
  mov slot190_stub_code-0x38(%rip), %rdx
  ljmpl *slot190_stub_code-0x28(%rip)
slot190_stub_end:
  .popsection
)");
extern "C" {
extern const char slot190_stub_code[];
extern const char slot190_stub_cmpxchg[];
extern const char slot190_stub_fp[];
extern const char slot190_stub_fp32[];
extern const char slot190_stub_end[];
}

namespace um::os {
namespace {

// What the fp gadget reads, in the last 64 bytes of the data pages.
struct FpJump {
  uint64_t rax, rdx, rip;
  uint32_t far_eip;
  uint16_t far_cs;
};
static_assert(kDataSize == 0x2000 && offsetof(FpJump, rip) == 0x10 &&
              offsetof(FpJump, far_eip) == 0x18);
constexpr size_t kFpJumpOffset = kDataSize - 0x40;

uint64_t code_address(const char* label) {
  return kCodePage + static_cast<uint64_t>(label - slot190_stub_code);
}

uint64_t bits(int64_t v) { return static_cast<uint64_t>(v); }

struct Regs {
  uint64_t w[kRegWords] = {};
  explicit Regs(uint64_t rip) {
    w[kRip] = rip;
    w[kOrigRax] = ~0ULL;  // or the host might restart a system call
    w[kCs] = kUserCs64;
    w[kSs] = kUserSs;
    w[kEflags] = 0x202;
  }
};

// A stub that refuses a request is dead, or as good as.
Stop lost(int pid) {
  kill_stub_and_reap(pid);
  return {Stop::gone};
}

// Resumes until the code page's own trap; everything else (a signal from outside, an interrupt that
// came late) is passed over.
Stop run_gadget(int pid, const Regs& regs) {
  if (!set_regs(pid, regs.w)) return lost(pid);
  for (;;) {
    if (!resume_cont(pid)) return lost(pid);
    const Stop stop = wait_stop(pid);
    if (stop.kind == Stop::gone) return stop;
    if (stop.kind != Stop::signal) continue;
    switch (stop.sig) {
      case SIGTRAP:
      case SIGILL: return stop;
      case SIGSEGV:
      case SIGBUS:
        if (get_siginfo(pid).code > 0) return stop;
    }
  }
}

}  // namespace

Call call_mmap(uint64_t addr, uint64_t len, unsigned prot, bool shared, bool noreserve, int fd,
               uint64_t offset) {
  unsigned flags = MAP_FIXED | (shared ? MAP_SHARED : MAP_PRIVATE);
  if (noreserve) flags |= MAP_NORESERVE;
  if (fd < 0) flags |= MAP_ANONYMOUS;
  return {SYS_mmap, {addr, len, prot, flags, bits(fd), offset}, 0};
}
Call call_munmap(uint64_t addr, uint64_t len) { return {SYS_munmap, {addr, len}, 0}; }
Call call_mprotect(uint64_t addr, uint64_t len, unsigned prot) {
  return {SYS_mprotect, {addr, len, prot}, 0};
}
Call call_mremap(uint64_t from, uint64_t old_len, uint64_t to, uint64_t new_len) {
  const uint64_t flags = from == to ? 0 : MREMAP_MAYMOVE | MREMAP_FIXED;
  return {SYS_mremap, {from, old_len, new_len, flags, to}, 0};
}
Call call_madvise(uint64_t addr, uint64_t len, int advice) {
  return {SYS_madvise, {addr, len, bits(advice)}, 0};
}
Call call_madvise_hugepage(uint64_t addr, uint64_t len) {
  return {SYS_madvise, {addr, len, MADV_HUGEPAGE}, 1};
}
Call call_close(int fd) { return {SYS_close, {bits(fd)}, 1}; }
Call call_recvmsg(int socket, uint64_t msghdr) {
  return {SYS_recvmsg, {bits(socket), msghdr, MSG_DONTWAIT | MSG_CMSG_CLOEXEC}, 0};
}

// CLONE_PTRACE attaches the child to us with the parent's options and, unlike PTRACE_O_TRACECLONE,
// without a stop of the parent. CLONE_PARENT makes it our child, so that reaping it is enough: a
// child of a stub would stay a zombie for as long as that stub lives, and would send it a SIGCHLD.
Call call_clone(bool same_memory) {
  uint64_t flags = CLONE_PTRACE | CLONE_PARENT | CLONE_FILES | SIGCHLD;
  if (same_memory) flags |= CLONE_VM;
  return {SYS_clone, {flags}, 0};
}

bool advice_allowed(int advice) {
  switch (advice) {
    case MADV_NORMAL:
    case MADV_RANDOM:
    case MADV_SEQUENTIAL:
    case MADV_WILLNEED:
    case MADV_DONTNEED:
    case MADV_FREE:
    case MADV_REMOVE:
    case MADV_DONTFORK:
    case MADV_DOFORK:
    case MADV_HUGEPAGE:
    case MADV_NOHUGEPAGE:
    case MADV_DONTDUMP:
    case MADV_DODUMP:
    case MADV_WIPEONFORK:
    case MADV_KEEPONFORK:
    case MADV_COLD:
    case MADV_PAGEOUT:
    case MADV_POPULATE_READ:
    case MADV_POPULATE_WRITE: return true;
    default:  // MADV_HWPOISON is the reason for the list
      return false;
  }
}

size_t stub_code(void* to, size_t room) {
  const auto size = static_cast<size_t>(slot190_stub_end - slot190_stub_code);
  if (size > room) return 0;
  std::memcpy(to, slot190_stub_code, size);
  return size;
}

StubPages::~StubPages() {
  close_fd();
  if (base_ != nullptr) ::munmap(base_, kSize);
}

void StubPages::close_fd() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

Result<void> StubPages::create() {
  fd_ = ::memfd_create("slot190-stub", MFD_CLOEXEC);
  if (fd_ < 0) return Err(errno);
  if (::ftruncate(fd_, kSize) < 0) return Err(errno);
  void* p = ::mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_SHARED, fd_, 0);
  if (p == MAP_FAILED) return Err(errno);
  base_ = static_cast<std::byte*>(p);
  stub_code(base_ + kCodeOffset, kPage);
  return {};
}

Outcome run_calls(int pid, size_t count) {
  Regs regs(kCodePage);
  regs.w[kRbx] = kDataPages;
  regs.w[kRbp] = count;
  const Stop stop = run_gadget(pid, regs);
  if (stop.kind == Stop::gone) return {.gone = true, .error = ESRCH};
  if (stop.sig == SIGTRAP) return {};
  if (!get_regs(pid, regs.w)) return {.gone = true, .error = ESRCH};
  return {.gone = false,
          .error = static_cast<int>(-static_cast<int64_t>(regs.w[kRax])),
          .index = (regs.w[kRbx] - kDataPages) / sizeof(Call)};
}

Result<uint64_t> run_calls_result(int pid, size_t count) {
  const Outcome outcome = run_calls(pid, count);
  if (outcome.error != 0) return Err(outcome.error);
  return peek_reg(pid, kRax);
}

Result<uint32_t> run_cmpxchg(int pid, uint64_t addr, uint32_t expected, uint32_t desired) {
  Regs regs(code_address(slot190_stub_cmpxchg));
  regs.w[kRdi] = addr;
  regs.w[kRsi] = desired;
  regs.w[kRax] = expected;
  const Stop stop = run_gadget(pid, regs);
  if (stop.kind == Stop::gone) return Err(ESRCH);
  if (stop.sig != SIGTRAP) return Err(EFAULT);
  return static_cast<uint32_t>(TRY(peek_reg(pid, kRax)));
}

bool fp_gadget_fits(size_t image_size) { return image_size <= kFpJumpOffset; }

void stage_fp(const StubPages& pages, const void* image, size_t size, uint64_t* words) {
  std::memcpy(pages.data(), image, size);
  FpJump jump{};
  jump.rax = words[kRax];
  jump.rdx = words[kRdx];
  jump.rip = words[kRip];
  jump.far_eip = static_cast<uint32_t>(words[kRip]);
  jump.far_cs = static_cast<uint16_t>(words[kCs]);
  std::memcpy(pages.data() + kFpJumpOffset, &jump, sizeof jump);
  words[kRip] = code_address(words[kCs] == kUserCs64 ? slot190_stub_fp : slot190_stub_fp32);
  words[kRax] = words[kRdx] = ~0ULL;
  words[kCs] = kUserCs64;
}

bool in_fp_gadget(uint64_t rip) {
  return rip >= code_address(slot190_stub_fp) && rip < code_address(slot190_stub_end);
}

void wipe_fp(const StubPages& pages, size_t size) {
  std::memset(pages.data(), 0, size);
  std::memset(pages.data() + kFpJumpOffset, 0, sizeof(FpJump));
}

Result<uint64_t> run_bare(int pid, uint64_t gadget, const Call& call) {
  Regs regs(gadget);
  regs.w[kRax] = call.nr;
  regs.w[kRdi] = call.a[0];
  regs.w[kRsi] = call.a[1];
  regs.w[kRdx] = call.a[2];
  regs.w[kR10] = call.a[3];
  regs.w[kR8] = call.a[4];
  regs.w[kR9] = call.a[5];
  const Stop stop = run_gadget(pid, regs);
  if (stop.kind == Stop::gone) return Err(ESRCH);
  const uint64_t r = TRY(peek_reg(pid, kRax));
  if (r > bits(-4096)) return Err(static_cast<int>(-static_cast<int64_t>(r)));
  return r;
}

}  // namespace um::os
