// What a tracer asks of a tracee that stands in a ptrace stop: its memory, registers, signals, and how
// it goes on. Linux: kernel/ptrace.c (ptrace_request), arch/x86/kernel/ptrace.c, kernel/regset.c.
// Known differences: i386's fsave-shaped registers (GETFPREGS) and debug registers are not there.
#include <algorithm>
#include <cstring>

#include "kernel/profile.h"
#include "kernel/ptrace.h"
#include "mm/mm.h"
#include "mm/user_order.h"

namespace {

enum : long {
  PTRACE_PEEKTEXT = 1, PTRACE_PEEKDATA = 2, PTRACE_PEEKUSR = 3, PTRACE_POKETEXT = 4, PTRACE_POKEDATA = 5,
  PTRACE_POKEUSR = 6, PTRACE_CONT = 7, PTRACE_SINGLESTEP = 9, PTRACE_GETREGS = 12, PTRACE_SETREGS = 13,
  PTRACE_GETFPREGS = 14, PTRACE_SETFPREGS = 15, PTRACE_DETACH = 17, PTRACE_GETFPXREGS = 18,
  PTRACE_SETFPXREGS = 19, PTRACE_SYSCALL = 24, PTRACE_SYSEMU = 31, PTRACE_SYSEMU_SINGLESTEP = 32,
  PTRACE_SETOPTIONS = 0x4200, PTRACE_GETEVENTMSG = 0x4201, PTRACE_GETREGSET = 0x4204,
  PTRACE_SETREGSET = 0x4205, PTRACE_LISTEN = 0x4208, PTRACE_GETSIGMASK = 0x420a,
  PTRACE_SETSIGMASK = 0x420b, PTRACE_GET_SYSCALL_INFO = 0x420e,
};
constexpr uint64_t kNtPrstatus = 1, kNtPrfpreg = 2, kNtX86Xstate = 0x202, kNtPrxfpreg = 0x46e62b7f;
constexpr size_t kFxsaveBytes = 512;

// The tracer is to have the bytes that lie in the tracee, and what it stores is in its own order. Its own
// inverse.
uint64_t as_word(const task_struct& t, uint64_t word) {
  if (t.isa->word_bytes() == 8) return in_user_order(word);
  return in_user_order(static_cast<uint32_t>(word));
}

Result<long> peek_memory(task_struct& t, uint64_t addr, uint64_t* word) {
  *word = 0;
  if (!t.mm || t.mm->space->copy_in(word, addr, t.isa->word_bytes()) != 0) return Err(EIO);
  *word = as_word(t, *word);
  return 0;
}

Result<long> poke_memory(task_struct& t, uint64_t addr, uint64_t word) {
  word = as_word(t, word);
  if (!t.mm || t.mm->space->force_copy_out(addr, &word, t.isa->word_bytes()) != 0) return Err(EIO);
  return 0;
}

Result<long> peek_user(task_struct& t, uint64_t offset, uint64_t* word) {
  const std::vector<std::byte> regs = t.isa->user_regs(t.thread);
  const size_t n = t.isa->word_bytes();
  *word = 0;
  // Behind the registers struct user has what nothing fills in here; behind its end there is nothing.
  const size_t user_bytes = n == 8 ? 928 : 284;
  if (offset % n != 0 || offset >= user_bytes) return Err(EIO);
  if (offset <= regs.size() - n) std::copy_n(regs.data() + offset, n, reinterpret_cast<std::byte*>(word));
  *word = as_word(t, *word);
  return 0;
}

Result<long> poke_user(task_struct& t, uint64_t offset, uint64_t word) {
  std::vector<std::byte> regs = t.isa->user_regs(t.thread);
  const size_t n = t.isa->word_bytes();
  if (offset % n != 0 || offset > regs.size() - n) return Err(EIO);
  word = as_word(t, word);
  std::copy_n(reinterpret_cast<const std::byte*>(&word), n, regs.data() + offset);
  TRY(t.isa->set_user_regs(t.thread, regs));
  return 0;
}

Result<long> get_regs(task_struct& t, uint64_t to, size_t max) {
  const std::vector<std::byte> regs = t.isa->user_regs(t.thread);
  const size_t n = std::min(max, regs.size());
  TRY(copy_to_user(to, regs.data(), n));
  return static_cast<long>(n);
}

Result<long> set_regs(task_struct& t, uint64_t from, size_t max) {
  std::vector<std::byte> regs = t.isa->user_regs(t.thread);
  const size_t n = std::min(max, regs.size());
  TRY(copy_from_user(regs.data(), from, n));
  TRY(t.isa->set_user_regs(t.thread, regs));
  return static_cast<long>(n);
}

// Floating point as fxsave lays it out, or (`whole`) the XSAVE image behind it too.
Result<long> get_fp(task_struct& t, uint64_t to, size_t max, bool whole) {
  if (!t.mm) return Err(ESRCH);
  TRY(t.mm->space->fetch_fp(t.thread));
  const size_t size = whole ? t.thread.fp.size() : std::min(t.thread.fp.size(), kFxsaveBytes);
  const size_t n = std::min(max, size);
  TRY(copy_to_user(to, t.thread.fp.data(), n));
  return static_cast<long>(n);
}

Result<long> set_fp(task_struct& t, uint64_t from, size_t max, bool whole) {
  if (!t.mm) return Err(ESRCH);
  TRY(t.mm->space->fetch_fp(t.thread));
  std::vector<std::byte> fp = t.thread.fp;
  if (fp.size() < kFxsaveBytes) return Err(EIO);  // a machine without floating point
  const size_t size = whole ? fp.size() : std::min(fp.size(), kFxsaveBytes);
  // A part of it would be no state at all.
  if (max < size) return Err(EINVAL);
  TRY(copy_from_user(fp.data(), from, size));
  constexpr size_t kMxcsr = 24, kMxcsrMask = 28, kXstateBv = 512, kXsaveHeaderEnd = 576;
  uint32_t mxcsr = 0, mask = 0;
  std::memcpy(&mxcsr, fp.data() + kMxcsr, sizeof mxcsr);
  std::memcpy(&mask, t.thread.fp.data() + kMxcsrMask, sizeof mask);
  if ((mxcsr & ~(mask != 0 ? mask : 0xffbfU)) != 0) return Err(EINVAL);
  if (fp.size() >= kXsaveHeaderEnd) {
    uint64_t have = 0, want = 0, known = 0;
    std::memcpy(&want, fp.data() + kXstateBv, sizeof want);
    std::memcpy(&have, t.thread.fp.data() + kXstateBv, sizeof have);
    // ptrace's image names the features that there are where fxsave leaves bytes to software.
    std::memcpy(&known, t.thread.fp.data() + 464, sizeof known);
    if (whole && (want & ~(known | have | 3)) != 0) return Err(EINVAL);
    want |= whole ? 0 : 3;
    std::memcpy(fp.data() + kXstateBv, &want, sizeof want);
  }
  t.thread.fp = std::move(fp);
  t.thread.fp_valid = t.thread.fp_dirty = true;
  return static_cast<long>(size);
}

Result<long> move_regset(task_struct& t, uint64_t type, uint64_t base, uint64_t len, bool set) {
  switch (type) {
    case kNtPrstatus: return set ? set_regs(t, base, len) : get_regs(t, base, len);
    case kNtPrfpreg:
      if (t.isa->word_bytes() != 8) return Err(EINVAL);
      [[fallthrough]];
    case kNtPrxfpreg: return set ? set_fp(t, base, len, false) : get_fp(t, base, len, false);
    case kNtX86Xstate: return set ? set_fp(t, base, len, true) : get_fp(t, base, len, true);
    default: return Err(EINVAL);
  }
}

// PTRACE_{GET,SET}REGSET with a struct iovec at `iov`.
Result<long> regset(task_struct& t, uint64_t type, uint64_t iov, bool set) {
  const unsigned word = current->isa->word_bytes();
  const uint64_t base = TRY(get_user_word(iov)), len = TRY(get_user_word(iov + word));
  TRY(put_user_word(iov + word, static_cast<uint64_t>(TRY(move_regset(t, type, base, len, set)))));
  return 0;
}

Result<long> fp_request(task_struct& t, long request, uint64_t data) {
  const bool fxsave_shaped = request >= PTRACE_GETFPXREGS ? t.isa->word_bytes() == 4 : t.isa->word_bytes() == 8;
  if (!fxsave_shaped) return Err(EIO);
  const bool set = request == PTRACE_SETFPREGS || request == PTRACE_SETFPXREGS;
  TRY(set ? set_fp(t, data, kFxsaveBytes, false) : get_fp(t, data, kFxsaveBytes, false));
  return 0;
}

Result<long> sigmask_request(task_struct& t, uint64_t size, uint64_t data, bool set) {
  if (size != sizeof(sigset)) return Err(EINVAL);
  sigset mask = t.restore_sigmask ? t.saved_sigmask : t.blocked;
  if (!set) {
    TRY(put_user_sigset(data, mask));
    return 0;
  }
  mask = TRY(get_user_sigset(data));
  t.blocked = mask & ~kUnblockable;
  t.restore_sigmask = false;
  recalc_sigpending(t);
  return 0;
}

// struct ptrace_syscall_info
struct syscall_info {
  uint8_t op, pad[3];
  uint32_t arch;
  uint64_t instruction_pointer, stack_pointer;
  union {
    struct { uint64_t nr, args[6]; uint32_t ret_data; } entry;  // ret_data: seccomp stops only
    struct { int64_t rval; uint8_t is_error; } exit;
  };
};

Result<long> get_syscall_info(task_struct& t, uint64_t size, uint64_t to) {
  enum : uint8_t { NONE, ENTRY, EXIT, SECCOMP };
  constexpr size_t kNone = 24, kEntry = 80, kExit = 33, kSeccomp = 84;
  const arch::SyscallArgs args = t.isa->syscall_args(t.thread);
  syscall_info info{};
  info.arch = t.isa->audit_arch(args.word);
  info.instruction_pointer = t.isa->pc(t.thread);
  info.stack_pointer = t.isa->sp(t.thread);
  size_t actual = kNone;
  const bool syscall_stop = t.ptrace.code == (SIGTRAP | 0x80);
  const bool seccomp_stop = t.ptrace.code == static_cast<int>(PTRACE_EVENT_SECCOMP << 8 | SIGTRAP);
  if (seccomp_stop || (syscall_stop && t.ptrace.message == PTRACE_EVENTMSG_SYSCALL_ENTRY)) {
    info.op = seccomp_stop ? SECCOMP : ENTRY;
    info.entry.nr = in_user_order(args.nr);
    for (size_t i = 0; i < std::size(info.entry.args); ++i) info.entry.args[i] = in_user_order(args.a[i]);
    if (seccomp_stop) info.entry.ret_data = in_user_order(static_cast<uint32_t>(t.ptrace.message));
    actual = seccomp_stop ? kSeccomp : kEntry;
  } else if (syscall_stop && t.ptrace.message == PTRACE_EVENTMSG_SYSCALL_EXIT) {
    constexpr long kMaxErrno = 4095;
    info.op = EXIT;
    info.exit.rval = t.isa->get_return(t.thread);
    info.exit.is_error = info.exit.rval < 0 && info.exit.rval >= -kMaxErrno;
    info.exit.rval = in_user_order(info.exit.rval);
    actual = kExit;
  }
  info = fields_in_user_order(info, &syscall_info::arch, &syscall_info::instruction_pointer,
                              &syscall_info::stack_pointer);
  TRY(copy_to_user(to, &info, std::min<uint64_t>(size, actual)));
  return static_cast<long>(actual);
}

Result<long> detach(task_struct& t, uint64_t sig) {
  if (sig > NSIG) return Err(EIO);
  t.isa->set_single_step(t.thread, false);
  ptrace_unlink(t);
  ptrace_resume(t, sig);
  return 0;
}

Result<long> run_on(task_struct& t, long request, uint64_t sig) {
  if (sig > NSIG) return Err(EIO);
  t.ptrace.syscall = request == PTRACE_SYSCALL;
  t.ptrace.sysemu = request == PTRACE_SYSEMU || request == PTRACE_SYSEMU_SINGLESTEP;
  t.ptrace.singlestep = request == PTRACE_SINGLESTEP || request == PTRACE_SYSEMU_SINGLESTEP;
  t.isa->set_single_step(t.thread, t.ptrace.singlestep);
  ptrace_resume(t, sig);
  return 0;
}

// Stays stopped, but tells when the group goes on. The tracer has no other hold on it until then.
Result<long> listen(task_struct& t) {
  if (!t.ptrace.seized || t.ptrace.siginfo == nullptr) return Err(EIO);
  if (t.ptrace.siginfo->si_code >> 8 != static_cast<int>(PTRACE_EVENT_STOP)) return Err(EIO);
  t.ptrace.listening = true;
  // What happened before the tracer began to listen is news too.
  if (t.ptrace.trap_pending) ptrace_resume(t, 0);
  return 0;
}

}  // namespace

Result<long> ptrace_set_options(task_struct& t, uint64_t options) {
  if ((options & ~static_cast<uint64_t>(PTRACE_O_MASK)) != 0) return Err(EINVAL);
  if ((options & PTRACE_O_SUSPEND_SECCOMP) != 0 && !capable(CAP_SYS_ADMIN)) return Err(EPERM);
  t.ptrace.options = static_cast<unsigned>(options);
  return 0;
}

Result<long> ptrace_stopped_request(task_struct& t, long request, uint64_t addr, uint64_t data, uint64_t* result) {
  switch (request) {
    case PTRACE_PEEKTEXT:
    case PTRACE_PEEKDATA: return peek_memory(t, addr, result);
    case PTRACE_POKETEXT:
    case PTRACE_POKEDATA: return poke_memory(t, addr, data);
    case PTRACE_PEEKUSR: return peek_user(t, addr, result);
    case PTRACE_POKEUSR: return poke_user(t, addr, data);
    case PTRACE_CONT:
    case PTRACE_SYSCALL:
    case PTRACE_SYSEMU:
    case PTRACE_SYSEMU_SINGLESTEP:
    case PTRACE_SINGLESTEP: return run_on(t, request, data);
    case PTRACE_DETACH: return detach(t, data);
    case PTRACE_LISTEN: return listen(t);
    case PTRACE_GETREGS: TRY(get_regs(t, data, SIZE_MAX)); return 0;
    case PTRACE_SETREGS: TRY(set_regs(t, data, SIZE_MAX)); return 0;
    case PTRACE_GETFPREGS:
    case PTRACE_SETFPREGS:
    case PTRACE_GETFPXREGS:
    case PTRACE_SETFPXREGS: return fp_request(t, request, data);
    case PTRACE_GETREGSET: return regset(t, addr, data, false);
    case PTRACE_SETREGSET: return regset(t, addr, data, true);
    case PTRACE_GETSIGMASK: return sigmask_request(t, addr, data, false);
    case PTRACE_SETSIGMASK: return sigmask_request(t, addr, data, true);
    case PTRACE_SETOPTIONS:
      if (mechanisms().ptrace_options == PtraceOptions::none) return Err(EIO);
      return ptrace_set_options(t, data);
    case PTRACE_GETEVENTMSG: TRY(put_user_word(data, t.ptrace.message)); return 0;
    case PTRACE_GET_SYSCALL_INFO: return get_syscall_info(t, addr, data);
    default: return Err(EIO);
  }
}
