// /proc/PID/stat, statm, status and children. Linux: fs/proc/array.c. Fields that have no meaning here
// (swap counts, guest time, page-table size) are 0, as Linux prints where it has lost them.
#include <algorithm>
#include <bit>

#include "fs/proc/internal.h"
#include "kernel/seccomp.h"
#include "kernel/time.h"
#include "kernel/tty_hooks.h"
#include "mm/mm.h"

namespace {

constexpr uint64_t kAllCaps = (1ULL << 41) - 1;

struct sig_sets {
  sigset pending = 0, shared = 0, blocked = 0, ignored = 0, caught = 0;
  size_t queued = 0;
};

sig_sets collect_signals(task_struct& t) {
  sig_sets s{.pending = t.pending.signal, .blocked = t.blocked, .queued = t.pending.queue.size()};
  if (t.signal) {
    s.shared = t.signal->shared_pending.signal;
    s.queued += t.signal->shared_pending.queue.size();
  }
  if (!t.sighand) return s;
  for (int sig = 1; sig <= NSIG; ++sig) {
    const uint64_t handler = (*t.sighand)[sig].handler;
    if (handler == SIG_IGN) s.ignored |= sigmask(sig);
    if (handler != SIG_IGN && handler != SIG_DFL) s.caught |= sigmask(sig);
  }
  return s;
}

int ppid_of(const task_struct& t) { return t.p_opptr != nullptr && t.pid != 0 ? t.p_opptr->tgid : 0; }

int tracer_of(const task_struct& t) {
  return t.p_pptr != nullptr && t.p_pptr != t.p_opptr ? t.p_pptr->pid : 0;
}

// Faults and CPU time of one thread or of the whole group.
rusage_acct usage(task_struct& t, bool whole) {
  rusage_acct sum = t.acct;
  if (!whole) {
    sum.utime = task_utime(t);
    sum.stime = task_stime(t);
    return sum;
  }
  sum.minflt = t.signal->acct.minflt;
  sum.majflt = t.signal->acct.majflt;
  for (const task_struct* thread : t.signal->threads) {
    sum.minflt += thread->acct.minflt;
    sum.majflt += thread->acct.majflt;
  }
  const cpu_times cpu = thread_group_cputime(*t.signal);
  sum.utime = cpu.utime;
  sum.stime = cpu.stime;
  return sum;
}

long ticks(uint64_t ns) { return static_cast<long>(ns_to_ticks(ns)); }

int prio_of(const task_struct& t) {
  const bool realtime = t.policy == SCHED_FIFO || t.policy == SCHED_RR;
  return realtime ? -1 - t.rt_priority : 20 + t.nice;
}

const char* state_name(char c) {
  switch (c) {
    case 'R': return "R (running)";
    case 'S': return "S (sleeping)";
    case 'D': return "D (disk sleep)";
    case 'T': return "T (stopped)";
    case 't': return "t (tracing stop)";
    case 'X': return "X (dead)";
    default: return "Z (zombie)";
  }
}

std::string escaped(const std::string& name) {
  std::string out;
  for (const char c : name) {
    if (c == '\n') out += "\\n";
    else if (c == '\\') out += "\\\\";
    else out += c;
  }
  return out;
}

std::string status_ids(task_struct& t) {
  const cred& c = t.creds;
  std::string out = strprintf("Uid:\t%u\t%u\t%u\t%u\nGid:\t%u\t%u\t%u\t%u\n", c.uid, c.euid, c.suid, c.fsuid,
                              c.gid, c.egid, c.sgid, c.fsgid);
  // Linux shows the table's size, which starts at a word of descriptors and doubles.
  const size_t fds = t.files ? std::max<size_t>(64, std::bit_ceil(t.files->fd.size())) : 0;
  out += strprintf("FDSize:\t%zu\nGroups:\t", fds);
  for (const uint32_t g : c.groups) out += strprintf("%u ", g);
  out += strprintf("\nNStgid:\t%d\nNSpid:\t%d\nNSpgid:\t%d\nNSsid:\t%d\n", t.tgid, t.pid,
                   int{t.signal->pgrp}, int{t.signal->session});
  if (t.is_kthread()) out += "Kthread:\t1\n";
  return out;
}

std::string status_memory(task_struct& t) {
  if (!t.mm) return {};
  const vm_sizes v = task_vm(t);
  const auto line = [](const char* name, uint64_t bytes) {
    return strprintf("%s:\t%8lu kB\n", name, bytes / 1024);
  };
  const uint64_t file_rss = std::min(v.resident, v.exec);
  std::string out = line("VmPeak", v.total) + line("VmSize", v.total) + line("VmLck", v.locked) +
                    line("VmPin", 0) + line("VmHWM", v.resident) + line("VmRSS", v.resident);
  out += line("RssAnon", v.resident - file_rss) + line("RssFile", file_rss) + line("RssShmem", 0);
  out += line("VmData", v.data) + line("VmStk", v.stack) + line("VmExe", v.text);
  out += line("VmLib", v.exec > v.text ? v.exec - v.text : 0) + line("VmPTE", 0) + line("VmSwap", 0);
  return out + line("HugetlbPages", 0) + "CoreDumping:\t0\nTHP_enabled:\t1\n";
}

std::string status_signals(task_struct& t) {
  const sig_sets s = collect_signals(t);
  return strprintf("Threads:\t%u\nSigQ:\t%zu/%lu\nSigPnd:\t%016lx\nShdPnd:\t%016lx\nSigBlk:\t%016lx\n"
                   "SigIgn:\t%016lx\nSigCgt:\t%016lx\n",
                   std::max(1U, t.signal->nr_threads), s.queued, t.signal->rlim[RLIMIT_SIGPENDING].cur,
                   s.pending, s.shared, s.blocked, s.ignored, s.caught);
}

// "0-3,5": a list of CPUs; and the mask in hex.
std::string cpu_list(uint64_t mask) {
  std::string out;
  for (unsigned i = 0; i < 64; ++i) {
    if ((mask >> i & 1) == 0) continue;
    unsigned last = i;
    while (last < 63 && (mask >> (last + 1) & 1) != 0) ++last;
    out += (out.empty() ? "" : ",") + std::to_string(i);
    if (last != i) out += "-" + std::to_string(last);
    i = last;
  }
  return out;
}

std::string status_rest(task_struct& t) {
  const cred& c = t.creds;
  const unsigned cpus = std::clamp(arch::machine().cpus(), 1U, 64U);
  const uint64_t allowed = t.cpus_allowed & (~0ULL >> (64 - cpus));
  return strprintf("CapInh:\t%016lx\nCapPrm:\t%016lx\nCapEff:\t%016lx\nCapBnd:\t%016lx\nCapAmb:\t%016lx\n"
                   "NoNewPrivs:\t%d\nSeccomp:\t%d\nSeccomp_filters:\t%u\n"
                   "Speculation_Store_Bypass:\tvulnerable\nSpeculationIndirectBranch:\tunknown\n"
                   "Cpus_allowed:\t%lx\nCpus_allowed_list:\t%s\nMems_allowed:\t1\nMems_allowed_list:\t0\n"
                   "voluntary_ctxt_switches:\t%lu\nnonvoluntary_ctxt_switches:\t%lu\n",
                   c.cap_inheritable & kAllCaps, c.cap_permitted & kAllCaps, c.cap_effective & kAllCaps,
                   c.cap_bset & kAllCaps, c.cap_ambient & kAllCaps, t.no_new_privs ? 1 : 0, t.seccomp_mode, t.seccomp ? t.seccomp->chain : 0U, allowed, cpu_list(allowed).c_str(), t.acct.nvcsw,
                   t.acct.nivcsw);
}

}  // namespace

char task_state_char(const task_struct& t) {
  if (t.exit_state == EXIT_ZOMBIE) return 'Z';
  if (t.exit_state == EXIT_DEAD) return 'X';
  if ((t.state & TASK_TRACED) != 0) return 't';
  if ((t.state & TASK_STOPPED) != 0) return 'T';
  if ((t.state & TASK_UNINTERRUPTIBLE) != 0) return 'D';
  return (t.state & TASK_INTERRUPTIBLE) != 0 ? 'S' : 'R';
}

Result<std::string> proc_pid_status(task_struct& t, bool) {
  std::string out = strprintf("Name:\t%s\n", escaped(t.comm).c_str());
  if (t.fs) out += strprintf("Umask:\t%04o\n", t.fs->umask);
  out += strprintf("State:\t%s\nTgid:\t%d\nNgid:\t0\nPid:\t%d\nPPid:\t%d\nTracerPid:\t%d\n",
                   state_name(task_state_char(t)), t.tgid, t.pid, ppid_of(t), tracer_of(t));
  return out + status_ids(t) + status_memory(t) + status_signals(t) + status_rest(t);
}

Result<std::string> proc_pid_stat(task_struct& t, bool whole) {
  const bool look = may_access(t);
  const rusage_acct own = usage(t, whole);
  const rusage_acct& children = t.signal->cacct;
  const sig_sets s = collect_signals(t);
  const mm_struct* mm = t.mm.get();
  const vm_sizes vm = mm != nullptr ? task_vm(t) : vm_sizes();
  const auto address = [&](uint64_t mm_struct::*field) { return mm != nullptr && look ? mm->*field : 0; };
  const bool sleeps = t.state != TASK_RUNNING && t.exit_state == 0;
  std::string out = strprintf("%d (%s) %c %d %d %d %d %d %u", t.pid, escaped(t.comm).c_str(),
                              task_state_char(t), ppid_of(t), int{t.signal->pgrp},
                              int{t.signal->session},
                              static_cast<int>(task_tty_nr(t)), task_tty_pgrp(t), t.flags);
  out += strprintf(" %lu %lu %lu %lu %ld %ld %ld %ld %d %d %u 0 %ld", own.minflt, children.minflt, own.majflt,
                   children.majflt, ticks(own.utime), ticks(own.stime), ticks(children.utime),
                   ticks(children.stime), prio_of(t), t.nice, std::max(1U, t.signal->nr_threads),
                   ticks(t.start_time));
  out += strprintf(" %lu %lu %lu %lu %lu %lu 0 0", vm.total, vm.resident / kPageSize,
                   t.signal->rlim[RLIMIT_RSS].cur, mm == nullptr ? 0 : look ? mm->start_code : 1,
                   mm == nullptr ? 0 : look ? mm->end_code : 1, address(&mm_struct::start_stack));
  // Only the first 31 signals fit; status has them all.
  out += strprintf(" %lu %lu %lu %lu %d 0 0 %d %d %d %d 0 0 0", s.pending & 0x7fffffff, s.blocked & 0x7fffffff,
                   s.ignored & 0x7fffffff, s.caught & 0x7fffffff, sleeps ? 1 : 0, t.exit_signal, 0,
                   t.rt_priority, t.policy);
  out += strprintf(" %lu %lu %lu %lu %lu %lu %lu %d\n", address(&mm_struct::start_data),
                   address(&mm_struct::end_data), address(&mm_struct::start_brk), address(&mm_struct::arg_start),
                   address(&mm_struct::arg_end), address(&mm_struct::env_start), address(&mm_struct::env_end),
                   look ? t.exit_code : 0);
  return out;
}

Result<std::string> proc_pid_statm(task_struct& t, bool) {
  if (!t.mm) return std::string("0 0 0 0 0 0 0\n");
  const vm_sizes v = task_vm(t);
  return strprintf("%lu %lu %lu %lu 0 %lu 0\n", v.total / kPageSize, v.resident / kPageSize,
                   std::min(v.resident, v.shared) / kPageSize, v.text / kPageSize, (v.data + v.stack) / kPageSize);
}

Result<std::string> proc_pid_children(task_struct& t, bool) {
  std::string out;
  for (const task_struct* child : t.children) {
    if (child->p_opptr == &t) out += strprintf("%d ", child->pid);
  }
  return out;
}
