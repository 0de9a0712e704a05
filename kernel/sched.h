// task_struct and the scheduler. Linux: include/linux/sched.h. A task is not a host process: it has a
// kernel stack (Fiber), registers (thread) and, through its mm, a UserSpace in which it runs.
#pragma once

#include <array>
#include <boost/intrusive/list.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "arch/arch.h"
#include "kernel/signal.h"
#include "kernel/timer.h"
#include "kernel/wait.h"
#include "lib/fiber.h"
#include "lib/ref.h"
#include "lib/uapi.h"

struct mm_struct;
struct files_struct;
struct fs_struct;
struct seccomp_filter;
struct tty_struct;
class semaphore;

// task_struct::flags
enum : unsigned {
  PF_EXITING = 0x4, PF_FORKNOEXEC = 0x40, PF_SUPERPRIV = 0x100, PF_DUMPCORE = 0x200,
  PF_SIGNALED = 0x400, PF_KTHREAD = 0x200000, PF_VFORK = 0x1000,
};

struct cred {
  uint32_t uid = 0, euid = 0, suid = 0, fsuid = 0;
  uint32_t gid = 0, egid = 0, sgid = 0, fsgid = 0;
  std::vector<uint32_t> groups;
  uint64_t cap_effective = ~0ULL, cap_permitted = ~0ULL, cap_inheritable = 0;
  uint64_t cap_bset = ~0ULL, cap_ambient = 0;
  unsigned securebits = 0;
};

inline constexpr uint64_t kInitTimeNs = 4026531834;

struct rlimit_pair {
  uint64_t cur = RLIM_INFINITY, max = RLIM_INFINITY;
};

struct rusage_acct {
  uint64_t utime = 0, stime = 0;  // ns
  uint64_t minflt = 0, majflt = 0, nvcsw = 0, nivcsw = 0, inblock = 0, oublock = 0, maxrss = 0;
};

struct itimer {
  timer_list timer;
  uint64_t interval = 0;  // ns
};
struct posix_timers;      // kernel/time: timer_create's

// The number of a process group or session. Whoever bears one stands on its list (Linux's PIDTYPE_PGID
// and PIDTYPE_SID), so that a group is found, and a number known to be taken, by no walk over all tasks.
class GroupNumber {
 public:
  enum class Kind : uint8_t { pgrp, session };
  GroupNumber(Kind kind, const signal_struct& bearer) : kind_(kind), bearer_(bearer) {}
  ~GroupNumber() { leave(); }
  GroupNumber(const GroupNumber&) = delete;
  GroupNumber& operator=(const GroupNumber& other) { return *this = other.number_; }
  GroupNumber& operator=(int number);
  operator int() const { return number_; }  // reads as the number that it is

  const GroupNumber* next() const { return next_; }
  const signal_struct& bearer() const { return bearer_; }

 private:
  void leave();

  const Kind kind_;
  int number_ = 0;
  const signal_struct& bearer_;
  GroupNumber *next_ = nullptr, **before_ = nullptr;
};

// What a thread group shares (Linux signal_struct): job control, limits, process-wide signals.
struct signal_struct : RefCounted<signal_struct> {
  signal_struct();
  ~signal_struct();

  int tgid = 0;
  GroupNumber pgrp{GroupNumber::Kind::pgrp, *this}, session{GroupNumber::Kind::session, *this};
  bool leader = false;                 // session leader
  tty_struct* tty = nullptr;           // controlling terminal
  int tty_old_pgrp = 0;                // foreground group of a terminal that was hung up; told at exit
  unsigned nr_threads = 0;
  std::vector<task_struct*> threads;   // the group, leader first
  sigpending shared_pending;
  wait_queue wait_chldexit;            // wait4 sleeps here
  wait_queue wait_pidfd;               // those who poll a pidfd of this process
  bool group_exit = false;
  int group_exit_code = 0;
  task_struct* group_exec_task = nullptr;  // a thread that execs and waits for its siblings to go
  int group_stop_count = 0;            // threads still to stop
  int group_stop_sig = 0;              // nonzero while the group is stopped
  bool stop_reported = false, cont_pending = false;  // WUNTRACED / WCONTINUED news not yet waited for
  int stop_code = 0;
  bool init_faulted = false;           // pid 1 caused a fault itself: it can be killed now
  std::array<rlimit_pair, RLIM_NLIMITS> rlim{};
  rusage_acct acct;                    // threads that are gone
  rusage_acct cacct;                   // children waited for
  itimer real_timer;                   // ITIMER_REAL, alarm
  itimer virt_timer, prof_timer;       // counted in CPU time by the tick
  std::unique_ptr<posix_timers> timers;
  bool is_child_subreaper = false;
  int oom_score_adj = 0;
};

struct robust_list_info {
  uint64_t head = 0;
  uint64_t len = 0;
};

// A guest tracer's hold on a task (kernel/ptrace.cpp).
struct ptrace_state {
  bool on = false, seized = false;
  bool syscall = false;                // stop at the next system call's entry or exit
  bool sysemu = false;                 // stop at its entry and do not make it
  bool singlestep = false;
  bool trap_pending = false;           // a PTRACE_EVENT_STOP or a group stop is to be reported
  bool listening = false;              // PTRACE_LISTEN: in a stop, but news of the group are reported
  bool watches_syscalls() const { return syscall || sysemu; }
  unsigned options = 0;                // PTRACE_O_*
  uint64_t message = 0;                // PTRACE_GETEVENTMSG
  int code = 0;                        // nonzero in a stop: what wait4 reports above 0x7f
  bool reported = false;               // the tracer has waited for this stop
  int resume_signal = 0;
  kernel_siginfo* siginfo = nullptr;
};

using run_hook = boost::intrusive::list_base_hook<boost::intrusive::tag<struct run_tag>,
                                                  boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

struct task_struct : RefCounted<task_struct>, run_hook {
  task_struct();
  ~task_struct();

  unsigned state = TASK_RUNNING;
  unsigned flags = 0;
  int pid = 0, tgid = 0;
  std::string comm;                    // at most 15 bytes
  int exit_state = 0;                  // 0, EXIT_ZOMBIE, EXIT_DEAD
  int exit_code = 0;                   // as wait4 reports it
  int exit_signal = 0;                 // sent to the parent; 0 none, -1: a thread, reaps itself
  bool need_resched = false;
  bool on_cpu_away = false;            // its user code runs on another host CPU
  bool exit_done = false;              // it has left its kernel stack for good

  task_struct* p_pptr = nullptr;       // parent: who is told and who waits (a tracer may take it over)
  task_struct* p_opptr = nullptr;      // original parent
  std::vector<task_struct*> children;  // those whose p_pptr is this task, oldest first
  task_struct* group_leader = nullptr;

  Ref<mm_struct> mm;
  Ref<files_struct> files;
  Ref<fs_struct> fs;
  Ref<sighand_struct> sighand;
  Ref<signal_struct> signal;
  const arch::Isa* isa = nullptr;
  arch::thread_struct thread;

  // signals
  sigpending pending;
  sigset blocked = 0, real_blocked = 0, saved_sigmask = 0;
  bool restore_sigmask = false;        // sigsuspend, ppoll: put saved_sigmask back when a handler is not run
  sigaltstack_t sas;
  bool sigpending_flag = false;        // TIF_SIGPENDING
  std::function<SyscallResult()> restart_block;  // what restart_syscall runs
  int stopped_sig = 0;                 // this thread has stopped in its group's stop
  ptrace_state ptrace;

  // vfork. The 1999 patch's queue, 2.2's semaphore and 2.4's completion each have their place; only
  // the chosen mechanism uses its own.
  wait_queue vfork_sleep;              /* sleep in vfork parent */
  std::shared_ptr<semaphore> vfork_sem;  // for the parent: its semaphore, while it waits (2.2)
  completion* vfork_done = nullptr;    // for the child: its parent waits here (2.4.7)

  uint64_t set_child_tid = 0, clear_child_tid = 0;  // user addresses
  robust_list_info robust_list;
  uint64_t rseq = 0, rseq_len = 0, rseq_sig = 0;
  unsigned rseq_cpu = ~0U;             // the CPU number that stands in its area
  unsigned cpu = 0;                    // the CPU number that its user code is told
  int ioprio = 0;

  cred creds;
  int nice = 0;
  int policy = 0, rt_priority = 0;
  uint64_t cpus_allowed = ~0ULL;
  unsigned personality = 0;
  // Time namespaces, by inode number. Who shares the parent's memory stays in its namespace until exec.
  uint64_t time_ns = kInitTimeNs, time_ns_for_children = kInitTimeNs;
  bool no_new_privs = false;
  int seccomp_mode = 0;                // SECCOMP_MODE_*
  Ref<seccomp_filter> seccomp;         // the newest filter, which knows the older ones
  int pdeath_signal = 0;
  bool keep_caps = false;
  bool kernel_ds = false;              // set_fs(KERNEL_DS): user pointers are the kernel's own (kthread=trap)
  int tsc_mode = 1;                    // PR_SET_TSC
  uint64_t timer_slack_ns = 50'000;

  rusage_acct acct;
  uint64_t start_time = 0;             // ns, boot time
  uint64_t slice = 0;                  // ns of CPU left in this time slice
  uint64_t vruntime = 0;               // ns of CPU had, less what a fair scheduler forgave
  const char* wchan = nullptr;         // where it sleeps, for /proc
  uint64_t cpu_seen = 0;               // machine cpu_time already accounted

  // the last exception, as signal frames show it
  uint32_t trap_nr = 0, error_code = 0;
  uint64_t fault_address = 0;

  // the kernel stack, and what it starts with
  std::unique_ptr<Fiber> stack;
  int (*kthread_fn)(void*) = nullptr;
  void* kthread_arg = nullptr;

  bool is_group_leader() const { return group_leader == this; }
  bool is_kthread() const { return (flags & PF_KTHREAD) != 0; }
};

extern task_struct* current;
extern task_struct* init_task;   // pid 0: idle; owns the boot context
task_struct* child_reaper();     // pid 1

// ---- scheduler (kernel/sched.cpp) ------------------------------------------------------------------
void sched_init();
void schedule();                               // gives up the CPU; returns when this task runs again
void wake_up_process(task_struct& t);          // to TASK_RUNNING, whatever it sleeps in
bool try_to_wake_up(task_struct& t, unsigned mode);
void wake_up_new_task(task_struct& t);
void set_need_resched();
void cond_resched();
inline void set_current_state(unsigned state) { current->state = state; }
// Sleeps in the current state until woken or the deadline (monotonic ns) and the timer slack of the task.
// Returns false on time-out.
bool schedule_until(uint64_t deadline);
void sched_dead(task_struct& t);               // leaves the run queue for good
void wait_task_inactive(const task_struct& t); // until an exiting task has left its kernel stack
[[noreturn]] void schedule_dead();             // the last schedule() of an exiting task
unsigned nr_running();
unsigned nr_tasks();
void cpu_idle();                               // pid 0's loop; returns when the system halts
void halt_system(int exit_code);               // ends cpu_idle
// Nobody is left who could wake `stuck` (kernel/sched.cpp); `for_ever`: not even a signal from outside.
inline void (*hang_hook)(const task_struct& stuck, bool for_ever) = nullptr;
int halted_exit_code();
bool system_halted();
std::array<double, 3> loadavg();
void scheduler_tick();                         // the clock ticked: events, timers, the end of a slice
bool try_run_away();                           // after a tick: go on on another host CPU; false if none is free
void account_kernel_time();                    // charge the time since the last call to current: system
void account_user_time();                      // ... user
void sched_hold_dying(task_struct& t);         // keep an exiting task until its stack is left for good
void finish_first_switch();                    // a new task's half of the switch that started it

// ---- pids (kernel/pid.cpp) -------------------------------------------------------------------------
Result<int> alloc_pid();                       // EAGAIN when there are none left
void attach_pid(task_struct& t);
void detach_pid(task_struct& t);
task_struct* find_task_by_pid(int pid);        // threads too
task_struct* find_process(int tgid);           // group leaders only
void for_each_process(const std::function<void(task_struct&)>& f);  // group leaders, by pid
void for_each_task(const std::function<void(task_struct&)>& f);
bool pgrp_exists(int pgrp);
void for_each_in_pgrp(int pgrp, const std::function<void(task_struct&)>& f);
void set_max_tasks(unsigned n);

// ---- process life (kernel/fork.cpp, exit.cpp) ------------------------------------------------------
struct kernel_clone_args {
  uint64_t flags = 0;
  uint64_t usp = 0;                            // 0 keeps the parent's stack pointer
  int exit_signal = 0;
  uint64_t tls = 0;
  uint64_t parent_tid = 0, child_tid = 0;      // user addresses
  uint64_t pidfd = 0;
  int set_tid = 0;
  int (*fn)(void*) = nullptr;                  // kernel thread
  void* fn_arg = nullptr;
  bool idle = false;                           // fork_idle: pid 0, nobody's child, in no table
};
Result<Ref<task_struct>> copy_process(const kernel_clone_args& args);
Result<long> do_fork(const kernel_clone_args& args);   // the child's pid
[[noreturn]] void do_exit(long code);          // code as wait4 reports it
[[noreturn]] void do_group_exit(int code);
void release_task(task_struct& t);             // the zombie is waited for
void mm_release(task_struct& t, mm_struct* mm);// leaves its mm for good: exec past the point of no return, exit
void zap_other_threads(task_struct& t);
Result<void> de_thread(task_struct& t);        // exec: become the only thread
bool capable(int cap);                         // the current task; CAP_* numbers
bool in_group_p(uint32_t gid);
uint64_t task_utime(task_struct& t);           // ns
uint64_t task_stime(task_struct& t);

// ---- the way to user mode (kernel/entry.cpp) --------------------------------------------------------
[[noreturn]] void ret_from_fork();             // a new task's first kernel code
void do_syscall();
void exit_to_user_mode();                      // signals, reschedule
void report_unimplemented();                   // -v: which missing calls were made, on stderr
