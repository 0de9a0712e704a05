// What the files of fs/proc share. Linux: fs/proc/internal.h.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fs/dir_snapshot.h"
#include "fs/fs.h"
#include "fs/proc/proc_fs.h"
#include "kernel/sched.h"

std::string strprintf(const char* format, ...) __attribute__((format(printf, 1, 2)));

// ---- text files (seq_file.cpp) ---------------------------------------------------------------------
using seq_show = std::function<Result<std::string>()>;
// The text is made when it is read from position 0 and stays the same until then.
Ref<file> seq_open(path p, unsigned flags, seq_show show, proc_store store);
// Numbers as written to sysctl files; EINVAL.
Result<int64_t> parse_number(std::string_view text);

// ---- entries without a task (generic.cpp) ------------------------------------------------------------
struct proc_dir_entry {
  uint32_t mode = 0;                       // with the file type
  uint64_t ino = 0;
  proc_show show;
  proc_store store;
  std::function<std::string()> target;     // symlinks
  std::map<std::string, std::unique_ptr<proc_dir_entry>, std::less<>> children;
};
proc_dir_entry& proc_root();
proc_dir_entry& sysfs_root();
Ref<inode> new_entry_inode(super_block& sb, proc_dir_entry& e);
void list_entries(const proc_dir_entry& e, std::vector<dir_snapshot::entry>& out);

struct proc_inode : inode {
  proc_inode(super_block& s, uint64_t number, uint32_t m);
  // Size changes (O_TRUNC) mean nothing; owner and mode are the kernel's.
  Result<void> setattr(const iattr& attr) override;
  Result<void> getattr(kstat& st) override;
};

// ---- entries of tasks (base.cpp and the files that show them) -----------------------------------------
// `whole`: for the thread group (/proc/PID), else for the thread (/proc/PID/task/TID).
using task_show = Result<std::string> (*)(task_struct& t, bool whole);
using task_store = Result<void> (*)(task_struct& t, std::string_view text);
using task_link = Result<path> (*)(task_struct& t);
using task_dir = Ref<inode> (*)(super_block& sb, task_struct& t);

struct pid_entry {
  std::string_view name;
  uint32_t mode;                 // with the file type
  task_show show = nullptr;
  task_store store = nullptr;
  task_link link = nullptr;
  task_dir dir = nullptr;
  bool guarded = false;          // only for who may trace the task
  bool leader_only = false;      // not below task/TID
  bool thread_only = false;      // only there
};

// An inode about a task; its name is good as long as the task is there.
struct task_inode : proc_inode {
  task_inode(super_block& s, task_struct& t, std::string_view what, uint32_t m);
  bool alive() const;
  bool revalidate(dentry& d) override;
  Result<void> getattr(kstat& st) override;
  Ref<task_struct> task;

 protected:
  void take_owner();
};
Ref<inode> new_pid_dir(super_block& sb, task_struct& t, bool whole);
Ref<inode> new_task_link(super_block& sb, task_struct& t, std::string_view what, uint32_t mode,
                         std::function<Result<path>(task_struct&)> target,
                         std::function<Result<std::string>(task_struct&)> text);
// An open of /proc/PID/`e`.
Result<Ref<file>> open_task_text(const path& p, unsigned flags, Ref<task_struct> t, const pid_entry& e, bool whole);
Result<Ref<file>> open_task_mem(const path& p, unsigned flags, Ref<task_struct> t);
std::span<const pid_entry> pid_entries();
bool task_alive(const task_struct& t);
// PTRACE_MODE_READ: may the current task look into this one?
bool may_access(const task_struct& t);
// A number that stays the same for the same words.
uint64_t proc_ino(const task_struct& t, std::string_view what);

// fd.cpp, namespaces.cpp
Ref<inode> new_fd_dir(super_block& sb, task_struct& t);
Ref<inode> new_fdinfo_dir(super_block& sb, task_struct& t);
Ref<inode> new_ns_dir(super_block& sb, task_struct& t);
Ref<inode> new_net_dir(super_block& sb, task_struct& t);

// array.cpp
char task_state_char(const task_struct& t);
Result<std::string> proc_pid_stat(task_struct& t, bool whole);
Result<std::string> proc_pid_statm(task_struct& t, bool whole);
Result<std::string> proc_pid_status(task_struct& t, bool whole);
Result<std::string> proc_pid_children(task_struct& t, bool whole);

// task_mmu.cpp
struct vm_sizes {                // bytes
  uint64_t total = 0, resident = 0, data = 0, stack = 0, exec = 0, text = 0, locked = 0, shared = 0;
};
vm_sizes task_vm(task_struct& t);
Result<std::string> proc_pid_maps(task_struct& t, bool whole);
Result<std::string> proc_pid_smaps(task_struct& t, bool whole);
Result<std::string> proc_pid_cmdline(task_struct& t, bool whole);
Result<std::string> proc_pid_environ(task_struct& t, bool whole);
Result<std::string> proc_pid_auxv(task_struct& t, bool whole);

// proc_namespace.cpp
Result<std::string> proc_pid_mounts(task_struct& t, bool whole);
Result<std::string> proc_pid_mountinfo(task_struct& t, bool whole);

// Fill the two trees; called once.
void proc_pidfd_init();          // task_inode.cpp: /proc/PID as a pidfd
void proc_misc_init();           // misc.cpp: meminfo, uptime, version ...
void proc_stat_init();           // stat.cpp
void proc_cpuinfo_init();        // cpuinfo.cpp
void proc_net_init();            // net.cpp
void proc_sys_init();            // proc_sysctl.cpp
void sysfs_init();               // sysfs.cpp
