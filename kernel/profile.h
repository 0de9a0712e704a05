// A profile is a kernel of history: one mechanism for each thing that history changed, chosen once at
// boot. fork, exec and exit never ask for a version; they use what stands here, and any single
// mechanism can be overridden on the command line (-k NAME=VALUE, kernel/params.h).
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "kernel/vfork/vfork.h"

// Who takes away the zombie of a child when the parent ignores SIGCHLD.
enum class Reaping : uint8_t {
  parent,   // to 2.4: the parent itself, in do_signal, when it next handles signals
  at_once,  // 2.6: the exiting child
};
// A task dies with a core-dumping signal while others use its memory.
enum class SharedCore : uint8_t {
  refused,  // to 2.4: no core is written
  kills,    // 2.5.47 to 5.15: every user of the memory is killed, the vfork parent too
  written,  // 5.16: a core is written, nobody else notices
};
// exec by one thread of many.
enum class ThreadExec : uint8_t {
  leaves,   // 2.4: it leaves its thread group and becomes a process of its own
  kills,    // 2.6: the other threads are killed, it takes the leader's place
};
// In which order do_fork completes the child and makes it runnable.
enum class ForkOrder : uint8_t {
  complete,  // Linux: runnable last
  early,     // OS/161's thread_fork as students use it: runnable before its files are in place
};
// How the kernel makes its own threads and starts init.
enum class KthreadDesign : uint8_t {
  callback,  // 2012: copy_thread with a function, kernel_execve returns through ret_from_fork
  trap,      // before: the kernel calls clone, execve and exit through its own system-call table
};
enum class SchedDesign : uint8_t {
  goodness,     // 2.2 and 2.4: counters in ticks, the best of the whole queue
  fair,         // 2.6.23: who had less of the CPU goes first
};
// Does a vfork parent that its exiting child has woken run before the child has closed its files?
enum class WakePreempts : uint8_t { no, yes };
// What a tracer may ask for with PTRACE_SETOPTIONS.
enum class PtraceOptions : uint8_t {
  none,  // to 2.4: no such request
  all,   // 2.5.46 on: events of fork, vfork, clone, exec ...
};
// Is what the disk holds in memory already? (fs/cold_disk.h)
enum class Disk : uint8_t { warm, cold };
enum class CallTable : uint8_t { v2_2_0_pre5, v2_2_0_pre8, v2_2_0, v2_4_7, v6 };

struct Mechanisms {
  VforkMechanism& (*vfork)();
  int nproc_errno;                  // RLIMIT_NPROC reached: ENOMEM in 2.2.0, EAGAIN later
  uint64_t clone_flags;             // those that clone(2) knew
  Reaping reaping;
  SharedCore shared_core;
  ThreadExec thread_exec;
  WakePreempts wake_preempts;
  SchedDesign sched;
  PtraceOptions ptrace_options;
  Disk disk;
  CallTable table;
  // The same in every profile; exhibits and strictness are asked for by hand.
  ForkOrder fork_order = ForkOrder::complete;
  KthreadDesign kthread = KthreadDesign::callback;
  bool clone_vfork_honoured = true; // false: CLONE_VFORK means nothing where the kernel did not know it
  bool strict_clone_flags = false;  // true: threads of today's libcs get no flags that the era lacked either
  bool strict_table = false;        // true: ENOSYS for every call that the era lacked
  bool racy_flags = false;          // true: one flag word for signals and for what a task sets itself
  unsigned cpus = 1;                // 2: the scheduler may take the named preemption points
};

struct Profile {
  std::string_view name;
  std::string_view summary;
  std::string_view release;         // uname -r
  Mechanisms mechanisms;
};
std::span<const Profile> profiles();
const Profile* find_profile(std::string_view name);

// What is in force.
const Mechanisms& mechanisms();
const Profile& profile();

// Registers the parameters of this file and of kernel/preempt.h.
void register_profile_parameters();

// What is left of the flags that a program passed to clone(2) where the kernel in force did not know
// some. Flags that today's libcs cannot do without stay, unless strictness was asked for.
uint64_t known_clone_flags(uint64_t flags);
