// The host's ptrace(2), waitpid(2) and CPU clocks for stubs. What arch/um/os-Linux/skas/process.c
// and registers.c are to User-mode Linux, without their copying of floating-point state at every
// trap.
#include "arch/um/os-Linux/ptrace.h"

#include <linux/audit.h>
#include <linux/elf.h>
#include <linux/ptrace.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include <asm/ldt.h>
#include <asm/ptrace-abi.h>

namespace um::os {

static_assert(sizeof(user_regs_struct) == kRegWords * 8);
static_assert(offsetof(user_regs_struct, rax) == kRax * 8);
static_assert(offsetof(user_regs_struct, orig_rax) == kOrigRax * 8);
static_assert(offsetof(user_regs_struct, rip) == kRip * 8);
static_assert(offsetof(user_regs_struct, gs) == kGs * 8);
static_assert(offsetof(user_regs_struct, gs_base) == kGsBase * 8);

namespace {

// Not the C library's wrapper: PEEK requests differ, and this one is safe in a signal handler.
long host_ptrace(long request, int pid, unsigned long addr, unsigned long data) {
  return ::syscall(SYS_ptrace, request, pid, addr, data);
}

template <class T>
unsigned long word(T* p) {
  return reinterpret_cast<unsigned long>(p);
}

Stop decode(int status) {
  if (!WIFSTOPPED(status)) return {Stop::gone};
  const int signal = WSTOPSIG(status);
  if ((status >> 16) == PTRACE_EVENT_STOP)
    return {signal == SIGTRAP ? Stop::interrupted : Stop::stopped, signal};
  if (signal == (SIGTRAP | 0x80)) return {Stop::syscall};
  return {Stop::signal, signal};
}

}  // namespace

Stop wait_stop(int pid) {
  int status = 0;
  while (::waitpid(pid, &status, __WALL) < 0)
    if (errno != EINTR) return {Stop::gone};
  return decode(status);
}

bool poll_stop(int pid, Stop& stop) {
  int status = 0;
  pid_t r;
  while ((r = ::waitpid(pid, &status, __WALL | WNOHANG)) < 0 && errno == EINTR) {
  }
  if (r == 0) return false;
  stop = r < 0 ? Stop{Stop::gone} : decode(status);
  return true;
}

bool resume_sysemu(int pid) { return host_ptrace(PTRACE_SYSEMU, pid, 0, 0) == 0; }
bool resume_cont(int pid) { return host_ptrace(PTRACE_CONT, pid, 0, 0) == 0; }

bool get_regs(int pid, uint64_t* words) {
  return host_ptrace(PTRACE_GETREGS, pid, 0, word(words)) == 0;
}

Result<void> set_regs(int pid, const uint64_t* words) {
  if (host_ptrace(PTRACE_SETREGS, pid, 0, word(words)) < 0) return Err(errno);
  return {};
}

bool poke_reg(int pid, Reg reg, uint64_t value) {
  return host_ptrace(PTRACE_POKEUSR, pid, reg * 8, value) == 0;
}

Result<uint64_t> peek_reg(int pid, Reg reg) {
  uint64_t value = 0;  // the raw call stores through `data`
  if (host_ptrace(PTRACE_PEEKUSR, pid, reg * 8, word(&value)) < 0) return Err(errno);
  return value;
}

void interrupt(int pid) {
  const int saved = errno;
  host_ptrace(PTRACE_INTERRUPT, pid, 0, 0);
  errno = saved;
}

SigInfo get_siginfo(int pid) {
  siginfo_t info;
  std::memset(&info, 0, sizeof info);
  if (host_ptrace(PTRACE_GETSIGINFO, pid, 0, word(&info)) < 0) return {};
  return {info.si_signo, info.si_code, reinterpret_cast<uint64_t>(info.si_addr)};
}

bool entered_by_i386(int pid) {
  ptrace_syscall_info info;
  if (host_ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof info, word(&info)) < 0) return false;
  return info.arch == AUDIT_ARCH_I386;
}

bool get_fp(int pid, std::vector<std::byte>& image) {
  // The size is the host CPU's, learnt once: the host cuts a longer buffer down to it.
  static size_t size = 16384;
  image.resize(size);
  iovec iov{image.data(), image.size()};
  if (host_ptrace(PTRACE_GETREGSET, pid, NT_X86_XSTATE, word(&iov)) < 0) return false;
  size = iov.iov_len;
  image.resize(size);
  return true;
}

Result<void> set_fp(int pid, std::span<const std::byte> image) {
  iovec iov{const_cast<std::byte*>(image.data()), image.size()};
  if (host_ptrace(PTRACE_SETREGSET, pid, NT_X86_XSTATE, word(&iov)) < 0) return Err(errno);
  return {};
}

bool set_tls(int pid, unsigned entry, uint32_t base, uint32_t limit, uint32_t flags) {
  uint32_t desc[4] = {entry, base, limit, flags};
  static_assert(sizeof(user_desc) == sizeof desc);
  return host_ptrace(PTRACE_SET_THREAD_AREA, pid, entry, word(desc)) == 0;
}

uint64_t cpu_time(int pid) {
  // The process CPU clock of `pid`, as clock_getcpuclockid(3) makes it.
  const auto clock = static_cast<clockid_t>((~static_cast<unsigned>(pid) << 3) | 2U);
  timespec t{};
  if (::clock_gettime(clock, &t) < 0) return 0;
  return static_cast<uint64_t>(t.tv_sec) * 1000000000 + static_cast<uint64_t>(t.tv_nsec);
}

// Never 0 or less: those are process groups.
void kill_stub(int pid) {
  if (pid > 0) ::kill(pid, SIGKILL);
}

void kill_stub_and_reap(int pid) {
  if (pid <= 0) return;
  kill_stub(pid);
  while (wait_stop(pid).kind != Stop::gone) {
  }
}

}  // namespace um::os
