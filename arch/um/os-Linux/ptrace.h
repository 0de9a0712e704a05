// The host's ptrace(2) in plain types: what the machine does to one stub. No call here decides
// anything; arch/um does. A pid is a host process that is stopped unless it says otherwise.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "lib/result.h"

namespace um::os {

// struct user_regs_struct: its words and the ones that the engine looks at.
inline constexpr size_t kRegWords = 27;
enum Reg : size_t {
  kR15,
  kR14,
  kR13,
  kR12,
  kRbp,
  kRbx,
  kR11,
  kR10,
  kR9,
  kR8,
  kRax,
  kRcx,
  kRdx,
  kRsi,
  kRdi,
  kOrigRax,
  kRip,
  kCs,
  kEflags,
  kRsp,
  kSs,
  kFsBase,
  kGsBase,
  kDs,
  kEs,
  kFs,
  kGs,
};
inline constexpr uint64_t kUserCs64 = 0x33, kUserCs32 = 0x23, kUserSs = 0x2b;

// How a stub stopped.
struct Stop {
  enum Kind : uint8_t {
    syscall,      // at the entry of a system call that the host will skip
    signal,       // before the delivery of signal `sig`
    interrupted,  // by interrupt()
    stopped,      // a job-control stop; resume it
    gone,         // it is dead and reaped
  } kind;
  int sig = 0;
};

// Waits for this one stub.
Stop wait_stop(int pid);
// As wait_stop, but returns false at once if it still runs.
bool poll_stop(int pid, Stop& stop);

// Each is one host call. false: the stub is gone.
bool resume_sysemu(int pid);
bool resume_cont(int pid);
bool get_regs(int pid, uint64_t* words);
// EIO: a selector or base that no CPU would take. ESRCH: the stub is gone.
Result<void> set_regs(int pid, const uint64_t* words);
bool poke_reg(int pid, Reg reg, uint64_t value);
Result<uint64_t> peek_reg(int pid, Reg reg);
// Makes a running stub stop soon (or at its next resume). Async-signal-safe.
void interrupt(int pid);

struct SigInfo {
  int signal = 0, code = 0;
  uint64_t address = 0;
};
SigInfo get_siginfo(int pid);
// True if the system call at which the stub stopped used the i386 entry.
bool entered_by_i386(int pid);

// The XSAVE image. get_fp resizes.
bool get_fp(int pid, std::vector<std::byte>& image);
Result<void> set_fp(int pid, std::span<const std::byte> image);

// Host TLS slot `entry` (12 to 14) as struct user_desc's base, limit and flag word.
bool set_tls(int pid, unsigned entry, uint32_t base, uint32_t limit, uint32_t flags);

// Host CPU time that the stub has used, ns.
uint64_t cpu_time(int pid);

void kill_stub(int pid);
// Kills it and waits for its end.
void kill_stub_and_reap(int pid);

}  // namespace um::os
