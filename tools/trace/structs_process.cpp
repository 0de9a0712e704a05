// Structures of signals and processes, as strace(1) writes them: sigaction, siginfo, wait status,
// clone_args, argument vectors.
#include <fmt/format.h>

#include "arch/x86/abi.h"
#include "lib/uapi.h"
#include "tools/trace/structs.h"
#include "tools/trace/symbols.h"

namespace trace {

namespace {

std::string handler_text(uint64_t h) {
  if (h == SIG_DFL) return "SIG_DFL";
  if (h == SIG_IGN) return "SIG_IGN";
  return fmt::format("{:#x}", h);
}

std::string sigaction_text(uint64_t handler, uint64_t flag_bits, uint64_t restorer, uint64_t mask) {
  flag_bits &= 0xffffffff;
  std::string out = fmt::format("{{sa_handler={}, sa_mask={}, sa_flags={}", handler_text(handler),
                                sigset_text(mask), flags(sym::sa_flags, flag_bits, "SA_???"));
  if ((flag_bits & SA_RESTORER) != 0) out += fmt::format(", sa_restorer={}", address(restorer));
  return out + "}";
}

}  // namespace

std::string sigaction_at(unsigned word, uint64_t at, uint64_t setsize) {
  (void)setsize;
  if (at == 0) return "NULL";
  if (word == 4) {
    I386Abi::sigaction a;
    return fetch(at, a) ? sigaction_text(a.handler, a.flags, a.restorer, a.mask) : address(at);
  }
  X86_64Abi::sigaction a;
  return fetch(at, a) ? sigaction_text(a.handler, a.flags, a.restorer, a.mask) : address(at);
}

std::string old_sigaction_at(uint64_t at) {
  if (at == 0) return "NULL";
  I386Abi::old_sigaction a;
  return fetch(at, a) ? sigaction_text(a.handler, a.flags, a.restorer, a.mask) : address(at);
}

std::string sigset_at(uint64_t at, uint64_t size) {
  if (at == 0) return "NULL";
  uint64_t set = 0;
  if (!fetch(at, &set, std::min<uint64_t>(size, sizeof set))) return address(at);
  if (user_order_differs()) words_in_user_order(&set, sizeof set);
  return sigset_text(set);
}

std::string stack_at(unsigned word, uint64_t at) {
  if (at == 0) return "NULL";
  auto text = [](uint64_t sp, uint32_t flag_bits, uint64_t size) {
    return fmt::format("{{ss_sp={}, ss_flags={}, ss_size={}}}", address(sp),
                       flags(sym::ss_flags, flag_bits, "SS_???"), size);
  };
  if (word == 4) {
    I386Abi::stack_t s;
    return fetch(at, s) ? text(s.ss_sp, static_cast<uint32_t>(s.ss_flags), s.ss_size) : address(at);
  }
  X86_64Abi::stack_t s;
  return fetch(at, s) ? text(s.ss_sp, static_cast<uint32_t>(s.ss_flags), s.ss_size) : address(at);
}

// ---- siginfo ------------------------------------------------------------------------------------

namespace {

// Who fills which fields depends on si_code first and si_signo second (uapi/asm-generic/siginfo.h).
std::string siginfo_fields(const kernel_siginfo& i) {
  std::string sender = fmt::format(", si_pid={}, si_uid={}", i.pid, i.uid);
  std::string value =
      fmt::format(", si_int={}, si_ptr={}", static_cast<int32_t>(i.value), address(i.value));
  switch (i.si_code) {
    case SI_USER:
    case SI_TKILL: return sender;
    case SI_KERNEL: return "";
    case SI_TIMER:
      return fmt::format(", si_timerid={}, si_overrun={}",
                         i.timerid == 0 ? "0" : fmt::format("{:#x}", i.timerid), i.overrun) +
             value;
    default: break;
  }
  if (i.si_code < 0) return sender + value;
  switch (i.si_signo) {
    case SIGCHLD: {
      std::string status =
          i.si_code == CLD_EXITED ? fmt::format("{}", i.status) : signal_name(i.status);
      return sender +
             fmt::format(", si_status={}, si_utime={}, si_stime={}", status, i.utime, i.stime);
    }
    case SIGILL:
    case SIGFPE:
    case SIGSEGV:
    case SIGBUS:
    case SIGTRAP: return fmt::format(", si_addr={}", address(i.addr));
    case SIGIO: return fmt::format(", si_band={}, si_fd={}", i.band, i.fd);
    case SIGSYS:
      return fmt::format(", si_call_addr={}, si_syscall={}, si_arch={:#x}", address(i.call_addr),
                         i.syscall, i.arch);
    default: return sender;
  }
}

template <class Wire>
kernel_siginfo from_wire(const Wire& w) {
  kernel_siginfo i;
  i.si_signo = w.si_signo;
  i.si_errno = w.si_errno;
  i.si_code = w.si_code;
  i.pid = w.rt.pid;
  i.uid = w.rt.uid;
  i.value = w.rt.value;
  if (w.si_code == SI_TIMER) {
    i.timerid = w.timer.tid;
    i.overrun = w.timer.overrun;
    i.value = w.timer.value;
  } else if (w.si_code > 0 && w.si_signo == SIGCHLD) {
    i.status = w.chld.status;
    i.utime = static_cast<uint64_t>(w.chld.utime);
    i.stime = static_cast<uint64_t>(w.chld.stime);
  } else if (w.si_code > 0) {
    i.addr = w.fault.addr;
  }
  return i;
}

}  // namespace

std::string siginfo_text(const kernel_siginfo& i) {
  if (i.si_signo == 0) return "{}";
  std::string errno_part =
      i.si_errno == 0 ? "" : fmt::format(", si_errno={}", errno_name(i.si_errno));
  return fmt::format("{{si_signo={}, si_code={}{}{}}}", signal_name(i.si_signo),
                     sig_code_text(i.si_signo, i.si_code), errno_part, siginfo_fields(i));
}

std::string siginfo_at(unsigned word, uint64_t at) {
  if (at == 0) return "NULL";
  if (word == 4) {
    I386Abi::siginfo w;
    return fetch(at, w) ? siginfo_text(from_wire(w)) : address(at);
  }
  X86_64Abi::siginfo w;
  return fetch(at, w) ? siginfo_text(from_wire(w)) : address(at);
}

std::string sigevent_at(unsigned word, uint64_t at) {
  if (at == 0) return "NULL";
  auto text = [](uint64_t value, int32_t signo, int32_t notify, int32_t tid) {
    std::string out = "{";
    if (value != 0)
      out += fmt::format("sigev_value={{sival_int={}, sival_ptr={}}}, ",
                         static_cast<int32_t>(value), address(value));
    if (notify == 0 || notify == 4 || notify == 2)
      out += fmt::format("sigev_signo={}, ", signal_name(signo));
    out += fmt::format("sigev_notify={}",
                       one_of(sym::sigev, static_cast<uint64_t>(notify), "SIGEV_???"));
    if (notify == 4) out += fmt::format(", sigev_notify_thread_id={}", tid);
    return out + "}";
  };
  if (word == 4) {
    I386Abi::sigevent e;
    return fetch(at, e) ? text(e.sigev_value, e.sigev_signo, e.sigev_notify, e.tid) : address(at);
  }
  X86_64Abi::sigevent e;
  return fetch(at, e) ? text(e.sigev_value, e.sigev_signo, e.sigev_notify, e.tid) : address(at);
}

// ---- processes ----------------------------------------------------------------------------------

std::string wait_status(uint32_t s) {
  if ((s & 0xff) == 0x7f)
    return fmt::format("{{WIFSTOPPED(s) && WSTOPSIG(s) == {}}}",
                       signal_name(static_cast<int>(s >> 8 & 0xff)));
  if ((s & 0x7f) == 0)
    return fmt::format("{{WIFEXITED(s) && WEXITSTATUS(s) == {}}}", s >> 8 & 0xff);
  if (s == 0xffff) return "{WIFCONTINUED(s)}";
  return fmt::format("{{WIFSIGNALED(s) && WTERMSIG(s) == {}{}}}",
                     signal_name(static_cast<int>(s & 0x7f)),
                     (s & 0x80) != 0 ? " && WCOREDUMP(s)" : "");
}

size_t count_pointers(unsigned word, uint64_t at) {
  size_t n = 0;
  for (uint64_t p = 0; n < 65536; ++n, p = 0)
    if (!fetch_word(at + n * word, &p, word) || p == 0) break;
  return n;
}

std::string strings_at(const Call& c, uint64_t at) {
  if (at == 0) return "NULL";
  std::string out = "[";
  for (size_t n = 0;; ++n) {
    uint64_t p = 0;
    if (!fetch_word(at + n * c.word, &p, c.word)) return n == 0 ? address(at) : out + ", ...]";
    if (p == 0) return out + "]";
    if (n != 0) out += ", ";
    if (n == c.options.string_limit) return out + "...]";
    out += c_string(c, p, c.options.string_limit);
  }
}

std::string clone_flags_text(uint64_t value, int exit_signal) {
  std::string out;
  if (value != 0) out = flags(sym::clone, value, "CLONE_???");
  if (exit_signal != 0) out += (out.empty() ? "" : "|") + signal_name(exit_signal);
  return out.empty() ? "0" : out;
}

std::string user_desc_at(uint64_t at) {
  uint32_t d[4];
  if (at == 0) return "NULL";
  if (!fetch(at, d)) return address(at);
  auto bit = [&](int n) { return d[3] >> n & 1; };
  return fmt::format(
      "{{entry_number={}, base_addr={}, limit={:#08x}, seg_32bit={}, contents={}, "
      "read_exec_only={}, "
      "limit_in_pages={}, seg_not_present={}, useable={}}}",
      static_cast<int32_t>(d[0]), d[1] == 0 ? "0" : fmt::format("{:#x}", d[1]), d[2], bit(0),
      d[3] >> 1 & 3, bit(3), bit(4), bit(5), bit(6));
}

std::string clone_args_at(unsigned word, uint64_t at, uint64_t size) {
  abi::clone_args a{};
  if (at == 0) return "NULL";
  if (size < 64 || !fetch(at, &a, std::min<uint64_t>(size, sizeof a))) return address(at);
  std::string out = fmt::format("{{flags={}", flags(sym::clone, a.flags, "CLONE_???"));
  if ((a.flags & 0x1000) != 0) out += fmt::format(", pidfd={}", address(a.pidfd));
  if ((a.flags & (0x1000000 | 0x200000)) != 0)
    out += fmt::format(", child_tid={}", address(a.child_tid));
  if ((a.flags & 0x100000) != 0) out += fmt::format(", parent_tid={}", address(a.parent_tid));
  out += fmt::format(", exit_signal={}",
                     a.exit_signal == 0 ? "0" : signal_name(static_cast<int>(a.exit_signal)));
  out += fmt::format(", stack={}, stack_size={}", address(a.stack),
                     a.stack_size == 0 ? "0" : fmt::format("{:#x}", a.stack_size));
  if ((a.flags & 0x80000) != 0)
    out += ", tls=" + (word == 4 ? user_desc_at(a.tls) : address(a.tls));
  return out + "}";
}

}  // namespace trace
