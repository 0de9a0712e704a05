// What the host's C library says about ucontext_t and siginfo_t.
#include "tests/unit/host_signal_layout.h"

#include <signal.h>
#include <ucontext.h>

namespace host {

namespace {
constexpr size_t kMc = offsetof(ucontext_t, uc_mcontext);
constexpr size_t greg(int n) { return static_cast<size_t>(n) * sizeof(greg_t); }
}  // namespace

const size_t kUcFlags = offsetof(ucontext_t, uc_flags);
const size_t kUcStack = offsetof(ucontext_t, uc_stack);
const size_t kUcMcontext = kMc;
const size_t kUcSigmask = offsetof(ucontext_t, uc_sigmask);
const size_t kGregRip = greg(REG_RIP);
const size_t kGregRsp = greg(REG_RSP);
const size_t kGregEfl = greg(REG_EFL);
const size_t kGregCsgsfs = greg(REG_CSGSFS);
const size_t kGregErr = greg(REG_ERR);
const size_t kGregCr2 = greg(REG_CR2);
const size_t kFpregs = offsetof(mcontext_t, fpregs);
const size_t kSiginfoSize = sizeof(siginfo_t);
const size_t kSiCode = offsetof(siginfo_t, si_code);
const size_t kSiPid = offsetof(siginfo_t, si_pid);
const size_t kSiValue = offsetof(siginfo_t, si_value);
const size_t kSiStatus = offsetof(siginfo_t, si_status);
const size_t kSiUtime = offsetof(siginfo_t, si_utime);
const size_t kSiAddr = offsetof(siginfo_t, si_addr);
const size_t kSiOverrun = offsetof(siginfo_t, si_overrun);
const size_t kSiFd = offsetof(siginfo_t, si_fd);
const size_t kSiSyscall = offsetof(siginfo_t, si_syscall);

}  // namespace host
