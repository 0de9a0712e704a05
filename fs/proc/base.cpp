// What /proc/PID holds: the table of entries and the short ones among them. Linux: fs/proc/base.c.
// Differences: no counters of bytes read and written (io shows block transfers only), one name space of
// each kind, no kernel stacks to show.
#include <algorithm>

#include "fs/proc/internal.h"
#include "mm/mm.h"

namespace {

Result<std::string> proc_pid_comm(task_struct& t, bool) { return t.comm + "\n"; }

Result<void> proc_pid_set_comm(task_struct& t, std::string_view text) {
  if (t.tgid != current->tgid) return Err(EINVAL);
  t.comm = std::string(text.substr(0, std::min<size_t>({text.size(), 15, text.find('\0')})));
  if (!t.comm.empty() && t.comm.back() == '\n') t.comm.pop_back();
  return {};
}

struct limit_name {
  const char* name;
  const char* unit;
};
constexpr limit_name kLimits[RLIM_NLIMITS] = {
    {"Max cpu time", "seconds"},     {"Max file size", "bytes"},
    {"Max data size", "bytes"},      {"Max stack size", "bytes"},
    {"Max core file size", "bytes"}, {"Max resident set", "bytes"},
    {"Max processes", "processes"},  {"Max open files", "files"},
    {"Max locked memory", "bytes"},  {"Max address space", "bytes"},
    {"Max file locks", "locks"},     {"Max pending signals", "signals"},
    {"Max msgqueue size", "bytes"},  {"Max nice priority", ""},
    {"Max realtime priority", ""},   {"Max realtime timeout", "us"},
};

std::string limit_text(uint64_t value) { return value == RLIM_INFINITY ? "unlimited" : std::to_string(value); }

Result<std::string> proc_pid_limits(task_struct& t, bool) {
  std::string out = strprintf("%-25s %-20s %-20s %-10s\n", "Limit", "Soft Limit", "Hard Limit", "Units");
  for (unsigned i = 0; i < RLIM_NLIMITS; ++i) {
    const rlimit_pair& r = t.signal->rlim[i];
    out += strprintf("%-25s %-20s %-20s %-10s\n", kLimits[i].name, limit_text(r.cur).c_str(),
                     limit_text(r.max).c_str(), kLimits[i].unit);
  }
  return out;
}

Result<std::string> proc_pid_wchan(task_struct& t, bool) {
  return std::string(t.state != TASK_RUNNING && t.wchan != nullptr ? t.wchan : "0");
}

Result<std::string> proc_pid_syscall(task_struct& t, bool) {
  if (t.state == TASK_RUNNING || t.isa == nullptr || !t.mm) return std::string("running\n");
  const uint64_t sp = t.isa->sp(t.thread), pc = t.isa->pc(t.thread);
  if (!t.isa->in_syscall(t.thread)) return strprintf("-1 0x%lx 0x%lx\n", sp, pc);
  const arch::SyscallArgs s = t.isa->syscall_args(t.thread);
  return strprintf("%lu 0x%lx 0x%lx 0x%lx 0x%lx 0x%lx 0x%lx 0x%lx 0x%lx\n", s.nr, s.a[0], s.a[1], s.a[2],
                   s.a[3], s.a[4], s.a[5], sp, pc);
}

Result<std::string> proc_oom_score(task_struct& t, bool) {
  if (!t.mm) return std::string("0\n");
  const uint64_t total = std::max<uint64_t>(arch::machine().memory_bytes(), 1);
  const auto points = static_cast<int64_t>(task_vm(t).resident * 1000 / total);
  return strprintf("%ld\n", std::clamp<int64_t>(points + t.signal->oom_score_adj, 0, 2000));
}

Result<std::string> oom_score_adj_read(task_struct& t, bool) {
  return strprintf("%d\n", t.signal->oom_score_adj);
}

Result<void> oom_score_adj_write(task_struct& t, std::string_view text) {
  const int64_t value = TRY(parse_number(text));
  if (value < -1000 || value > 1000) return Err(EINVAL);
  if (value < t.signal->oom_score_adj && !capable(CAP_SYS_RESOURCE)) return Err(EACCES);
  t.signal->oom_score_adj = static_cast<int>(value);
  return {};
}

Result<std::string> proc_pid_io(task_struct& t, bool whole) {
  uint64_t in = t.acct.inblock, out = t.acct.oublock;
  if (whole) {
    in = t.signal->acct.inblock;
    out = t.signal->acct.oublock;
    for (const task_struct* thread : t.signal->threads) {
      in += thread->acct.inblock;
      out += thread->acct.oublock;
    }
  }
  return strprintf("rchar: 0\nwchar: 0\nsyscr: 0\nsyscw: 0\nread_bytes: %lu\nwrite_bytes: %lu\n"
                   "cancelled_write_bytes: 0\n", in * 512, out * 512);
}

Result<std::string> proc_pid_schedstat(task_struct& t, bool) {
  return strprintf("%lu 0 %lu\n", t.acct.utime + t.acct.stime, t.acct.nvcsw + t.acct.nivcsw);
}

Result<std::string> proc_pid_personality(task_struct& t, bool) { return strprintf("%08x\n", t.personality); }
Result<std::string> proc_timerslack(task_struct& t, bool) { return strprintf("%lu\n", t.timer_slack_ns); }
Result<std::string> proc_pid_stack(task_struct&, bool) { return std::string(); }
Result<std::string> proc_cgroup(task_struct&, bool) { return std::string("0::/\n"); }
Result<std::string> proc_cpuset(task_struct&, bool) { return std::string("/\n"); }
Result<std::string> proc_unset_id(task_struct&, bool) { return std::string("4294967295"); }
Result<std::string> proc_setgroups(task_struct&, bool) { return std::string("allow\n"); }
Result<std::string> proc_id_map(task_struct&, bool) {
  return strprintf("%10u %10u %10u\n", 0U, 0U, ~0U);
}
Result<std::string> no_text(task_struct&, bool) { return Err(EIO); }  // mem has its own file

Result<path> proc_exe_link(task_struct& t) {
  if (!t.mm || !t.mm->exe_file) return Err(ENOENT);
  return t.mm->exe_file->f_path;
}
Result<path> proc_cwd_link(task_struct& t) {
  if (!t.fs) return Err(ENOENT);
  return t.fs->pwd;
}
Result<path> proc_root_link(task_struct& t) {
  if (!t.fs) return Err(ENOENT);
  return t.fs->root;
}

constexpr uint32_t kReg = S_IFREG, kLnk = S_IFLNK, kDir = S_IFDIR;

constexpr pid_entry kEntries[] = {
    {.name = "auxv", .mode = kReg | 0400, .show = proc_pid_auxv, .guarded = true},
    {.name = "cgroup", .mode = kReg | 0444, .show = proc_cgroup},
    {.name = "children", .mode = kReg | 0444, .show = proc_pid_children, .thread_only = true},
    {.name = "cmdline", .mode = kReg | 0444, .show = proc_pid_cmdline},
    {.name = "comm", .mode = kReg | 0644, .show = proc_pid_comm, .store = proc_pid_set_comm},
    {.name = "cpuset", .mode = kReg | 0444, .show = proc_cpuset},
    {.name = "cwd", .mode = kLnk | 0777, .link = proc_cwd_link},
    {.name = "environ", .mode = kReg | 0400, .show = proc_pid_environ, .guarded = true},
    {.name = "exe", .mode = kLnk | 0777, .link = proc_exe_link},
    {.name = "fd", .mode = kDir | 0500, .dir = new_fd_dir},
    {.name = "fdinfo", .mode = kDir | 0555, .dir = new_fdinfo_dir},
    {.name = "gid_map", .mode = kReg | 0444, .show = proc_id_map},
    {.name = "io", .mode = kReg | 0400, .show = proc_pid_io, .guarded = true},
    {.name = "limits", .mode = kReg | 0444, .show = proc_pid_limits},
    {.name = "loginuid", .mode = kReg | 0444, .show = proc_unset_id},
    {.name = "maps", .mode = kReg | 0444, .show = proc_pid_maps, .guarded = true},
    {.name = "mem", .mode = kReg | 0600, .show = no_text, .guarded = true},
    {.name = "mountinfo", .mode = kReg | 0444, .show = proc_pid_mountinfo},
    {.name = "mounts", .mode = kReg | 0444, .show = proc_pid_mounts},
    {.name = "net", .mode = kDir | 0555, .dir = new_net_dir},
    {.name = "ns", .mode = kDir | 0511, .dir = new_ns_dir},
    {.name = "oom_score", .mode = kReg | 0444, .show = proc_oom_score},
    {.name = "oom_score_adj", .mode = kReg | 0644, .show = oom_score_adj_read, .store = oom_score_adj_write},
    {.name = "personality", .mode = kReg | 0400, .show = proc_pid_personality, .guarded = true},
    {.name = "root", .mode = kLnk | 0777, .link = proc_root_link},
    {.name = "schedstat", .mode = kReg | 0444, .show = proc_pid_schedstat},
    {.name = "sessionid", .mode = kReg | 0444, .show = proc_unset_id},
    {.name = "setgroups", .mode = kReg | 0444, .show = proc_setgroups, .leader_only = true},
    {.name = "smaps", .mode = kReg | 0444, .show = proc_pid_smaps, .guarded = true},
    {.name = "stack", .mode = kReg | 0400, .show = proc_pid_stack, .guarded = true},
    {.name = "stat", .mode = kReg | 0444, .show = proc_pid_stat},
    {.name = "statm", .mode = kReg | 0444, .show = proc_pid_statm},
    {.name = "status", .mode = kReg | 0444, .show = proc_pid_status},
    {.name = "syscall", .mode = kReg | 0400, .show = proc_pid_syscall, .guarded = true},
    {.name = "timerslack_ns", .mode = kReg | 0444, .show = proc_timerslack, .leader_only = true},
    {.name = "uid_map", .mode = kReg | 0444, .show = proc_id_map},
    {.name = "wchan", .mode = kReg | 0444, .show = proc_pid_wchan},
};

}  // namespace

std::span<const pid_entry> pid_entries() { return kEntries; }
