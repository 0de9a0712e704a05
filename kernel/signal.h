// Signals: sets, actions, pending queues, sending and taking. Linux: include/linux/signal.h,
// kernel/signal.c. Signal frames belong to the ISAs.
#pragma once

#include <array>
#include <cstdint>
#include <list>
#include <optional>

#include "kernel/wait.h"
#include "lib/ref.h"
#include "lib/result.h"
#include "lib/uapi.h"

struct task_struct;

using sigset = uint64_t;  // bit n-1 is signal n
constexpr sigset sigmask(int sig) { return 1ULL << (sig - 1); }
inline constexpr sigset kUnblockable = sigmask(SIGKILL) | sigmask(SIGSTOP);
inline constexpr sigset kStopSignals = sigmask(SIGSTOP) | sigmask(SIGTSTP) | sigmask(SIGTTIN) | sigmask(SIGTTOU);
inline constexpr sigset kSyncSignals = sigmask(SIGSEGV) | sigmask(SIGBUS) | sigmask(SIGILL) | sigmask(SIGTRAP) |
                                       sigmask(SIGFPE) | sigmask(SIGSYS);
inline constexpr sigset kDefaultIgnored = sigmask(SIGCONT) | sigmask(SIGCHLD) | sigmask(SIGWINCH) | sigmask(SIGURG);
inline constexpr sigset kCoreSignals = sigmask(SIGQUIT) | sigmask(SIGILL) | sigmask(SIGTRAP) | sigmask(SIGABRT) |
                                       sigmask(SIGFPE) | sigmask(SIGSEGV) | sigmask(SIGBUS) | sigmask(SIGSYS) |
                                       sigmask(SIGXCPU) | sigmask(SIGXFSZ);

// The kernel's form of siginfo_t; each ABI has its wire form. Which fields count depends on si_code
// and si_signo as in Linux.
struct kernel_siginfo {
  int si_signo = 0, si_errno = 0, si_code = 0;
  int pid = 0;
  uint32_t uid = 0;
  int status = 0;                 // SIGCHLD
  uint64_t utime = 0, stime = 0;  // SIGCHLD, in clock ticks (100 Hz)
  uint64_t value = 0;             // sigval
  uint64_t addr = 0;              // faults
  int timerid = 0, overrun = 0;   // SI_TIMER
  int64_t band = 0;               // SIGIO
  int fd = 0;
  uint64_t call_addr = 0;         // SIGSYS
  int syscall = 0;
  uint32_t arch = 0;
  bool timer_private = false;     // SI_TIMER: sent by this kernel's timer `timerid`, not by a user
};

struct k_sigaction {
  uint64_t handler = SIG_DFL;
  uint64_t flags = 0;
  uint64_t restorer = 0;
  sigset mask = 0;
};

struct sigpending {
  sigset signal = 0;
  std::list<kernel_siginfo> queue;  // nothing to allocate while it is empty, as nearly always
  bool has(int sig) const { return (signal & sigmask(sig)) != 0; }
};

// Handlers, shared by CLONE_SIGHAND.
struct sighand_struct : RefCounted<sighand_struct> {
  std::array<k_sigaction, NSIG> action{};
  wait_queue signalfd_wqh;
  k_sigaction& operator[](int sig) { return action[static_cast<size_t>(sig - 1)]; }
};

struct sigaltstack_t {
  uint64_t sp = 0, size = 0;
  unsigned flags = SS_DISABLE;
};

kernel_siginfo make_siginfo(int sig, int code);  // with the sender's pid and uid for SI_USER/SI_TKILL

// Sending. They never sleep. 0 or ESRCH/EPERM/EAGAIN as kill(2) says; `sig` 0 only checks.
Result<void> send_signal(task_struct& t, const kernel_siginfo& info, bool to_thread);  // no permission check
Result<void> force_sig(task_struct& t, kernel_siginfo info);   // a fault: unblocks, resets SIG_IGN
Result<void> kill_pid(int pid, const kernel_siginfo& info);    // with permission check
Result<void> kill_pgrp(int pgrp, const kernel_siginfo& info, bool check_permission);
void send_group(task_struct& t, int sig);                       // kernel-generated (SI_KERNEL)
void send_pgrp(int pgrp, int sig);                              // kernel-generated

bool signal_pending(const task_struct& t);
bool fatal_signal_pending(const task_struct& t);
void recalc_sigpending(task_struct& t);
void set_current_blocked(sigset blocked);
// Runs on the way to user mode: takes pending signals, builds frames, stops, dies. Decides restarts.
void do_signal();
void flush_signal_handlers(task_struct& t);                     // exec: caught handlers become default
void sigdelset_pending(task_struct& t, sigset which);           // drop what is pending
bool is_ignored(const task_struct& t, int sig);

// Tell the parent (wait and SIGCHLD). True if the child should reap itself at once (SIGCHLD ignored).
bool do_notify_parent(task_struct& t, int sig);
void do_notify_parent_cldstop(task_struct& t, bool continued);
bool is_orphaned_pgrp(int pgrp);
// A pgrp became orphaned with stopped members: SIGHUP and SIGCONT (POSIX; exit.c).
void kill_orphaned_pgrp(task_struct& t, task_struct* parent);

// ---- for signalfd, sigtimedwait, exit, ptrace and the ISAs ------------------------------------------
// Takes the next pending signal of `t` that is not in `mask`: synchronous ones first, then the lowest,
// private before shared. 0 if there is none.
int dequeue_signal(task_struct& t, sigset mask, kernel_siginfo& info);
// Makes `t` look at its signals: wakes it, or kicks it out of user code. `fatal`: SIGKILL is pending.
void signal_wake_up(task_struct& t, bool fatal);
// do_exit: the thread will take no more signals; what was meant for the group goes to a sibling, and
// a group stop that waited only for this thread is complete.
void exit_signals(task_struct& t);
// A frame could not be built or read: SIGSEGV, and when SIGSEGV itself failed, a deadly one.
void force_sigsegv(task_struct& t, int failed_signal);
Result<void> check_kill_permission(const task_struct& t, const kernel_siginfo& info);
// All processes but init and the caller's own (kill(-1, sig)).
Result<void> kill_all(const kernel_siginfo& info);
// Linux siginfo_layout(): which fields of a siginfo count.
enum class SigLayout { kill, timer, poll, fault, chld, rt, sys };
SigLayout siginfo_layout(int sig, int si_code);

// Alternate stack: is `sp` on it, and what sigaltstack(2) reports as flags.
bool on_sig_stack(const task_struct& t, uint64_t sp);
unsigned sas_ss_flags(const task_struct& t, uint64_t sp);

// Called before a signal kills the process, e.g. to print the registers. Not for the sibling threads.
inline void (*fatal_signal_hook)(task_struct& t, const kernel_siginfo& info) = nullptr;
// A tracer sees a signal before it is acted on; returns the signal to go on with, 0 for none. The
// traced predicate also keeps ignored signals from being dropped.
inline int (*ptrace_signal_hook)(int sig, kernel_siginfo& info) = nullptr;
// A traced task has a group stop, or a stop that its tracer asked for, to report (Linux do_jobctl_trap).
inline void (*ptrace_trap_hook)() = nullptr;
inline bool (*ptrace_traced_hook)(const task_struct& t) = nullptr;
