// Replacing the program. Linux: fs/exec.c. The first statement of do_execve is where the 1999 patch
// woke the vfork parent; later kernels wake it when the memory is let go, in mm_release.
#include <algorithm>

#include "fs/binfmts.h"
#include "fs/fs.h"
#include "kernel/params.h"
#include "kernel/posix_timers.h"
#include "kernel/preempt.h"
#include "kernel/ptrace.h"
#include "kernel/sched.h"
#include "kernel/trace.h"
#include "kernel/vfork/vfork.h"
#include "mm/mm.h"

namespace {

constexpr int kMaxInterpreters = 5;
std::vector<load_binary> formats;

Result<void> check_argument_space(const linux_binprm& bprm) {
  const uint64_t stack = current->signal->rlim[RLIMIT_STACK].cur;
  const uint64_t limit = std::clamp<uint64_t>(stack / 4, 32 * kPageSize, 6ULL << 20);
  uint64_t total = bprm.filename.size() + 1;
  for (const auto* list : {&bprm.argv, &bprm.envp})
    for (const std::string& s : *list) {
      if (s.size() + 1 > MAX_ARG_STRLEN) return Err(E2BIG);
      total += s.size() + 1 + 8;
    }
  if (total > limit) return Err(E2BIG);
  return {};
}

bool null_is_own_image = false;

// The open file itself and not its name: it may be unlinked by now, or out of a chroot's reach.
Result<Ref<file>> own_exe_file() {
  if (!current->mm || !current->mm->exe_file) return Err(ENOENT);
  return current->mm->exe_file;
}

void set_task_comm(task_struct& t, const std::string& filename) {
  t.comm = filename.substr(filename.rfind('/') + 1).substr(0, 15);
}

}  // namespace

bool execve_null() { return null_is_own_image; }

void register_exec_parameters() {
  register_parameters({choice_parameter<bool>(
      "execve-null", "execve(NULL, ...) and execveat(AT_EXE_FILE, \"\", ...): the running program again",
      {{"off", "EFAULT and EBADF, as in Linux", false}, {"on", "as proposed in 2017 and in 2020", true}},
      [](bool on) { null_is_own_image = on; })});
}

void register_binfmt(load_binary load) { formats.push_back(load); }

Result<void> prepare_binprm(linux_binprm& bprm) {
  const inode& i = *bprm.file->f_inode();
  bprm.euid = current->creds.euid;
  bprm.egid = current->creds.egid;
  constexpr unsigned kNoSuid = 2;
  if (!bprm.own_image && !current->no_new_privs && (bprm.file->f_path.mnt->flags & kNoSuid) == 0) {
    if ((i.mode & S_ISUID) != 0) bprm.euid = i.uid;
    if ((i.mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP)) bprm.egid = i.gid;
  }
  bprm.buf.fill(std::byte{0});
  bprm.buf_len = TRY(kernel_read(*bprm.file, bprm.buf.data(), bprm.buf.size(), 0));
  return {};
}

Result<void> flush_old_exec(linux_binprm& bprm, Ref<mm_struct> mm) {
  task_struct& t = *current;
  TRY(de_thread(t));
  Ref<mm_struct> old = std::move(t.mm);
  t.mm = old;
  mm_release(t, old.get());
  if (old) old->space->drop_thread(t.thread);
  t.mm = std::move(mm);
  t.isa = t.mm->isa;
  t.time_ns = t.time_ns_for_children;
  if (old) {
    if (old->mm_users > 1) vfork_mechanism().mm_put(t);
    mmput(std::move(old));
  }
  if (t.files->use_count() > 1) t.files = t.files->dup();
  do_close_on_exec(*t.files);
  flush_signal_handlers(t);
  t.flags &= ~(PF_FORKNOEXEC | PF_KTHREAD);
  t.kthread_fn = nullptr;
  t.sas = {};
  t.robust_list = {};
  t.rseq = t.rseq_len = t.rseq_sig = 0;
  t.clear_child_tid = 0;
  t.pdeath_signal = 0;
  t.signal->timers.reset();
  t.restart_block = nullptr;
  set_task_comm(t, bprm.filename);
  cred& c = t.creds;
  bprm.secureexec = c.uid != bprm.euid || c.gid != bprm.egid;
  const bool becomes_root = bprm.euid == 0;
  if (c.euid != bprm.euid || becomes_root) {
    const bool root = becomes_root || c.uid == 0;
    c.cap_effective = c.cap_permitted = root ? ~0ULL : c.cap_permitted;
  }
  c.euid = c.suid = c.fsuid = bprm.euid;
  c.egid = c.sgid = c.fsgid = bprm.egid;
  t.exit_signal = t.is_group_leader() ? SIGCHLD : t.exit_signal;
  return {};
}

namespace {

// Asks each format; a script makes it start over with its interpreter.
Result<void> search_binary_handler(linux_binprm& bprm) {
  for (int depth = 0; depth <= kMaxInterpreters; ++depth) {
    TRY(prepare_binprm(bprm));
    if (bprm.buf_len >= 2 && bprm.buf[0] == std::byte{'#'} && bprm.buf[1] == std::byte{'!'}) {
      TRY(load_script(bprm));
      continue;
    }
    for (load_binary load : formats) {
      auto loaded = load(bprm);
      if (loaded || loaded.error() != ENOEXEC) return loaded;
    }
    return Err(ENOEXEC);
  }
  return Err(ELOOP);
}

}  // namespace

Result<void> do_execve(int dirfd, std::string filename, const ReadExecStrings& strings, int at_flags) {
  vfork_mechanism().exec_entered(*current);
  preemption_point("exec: entered, arguments not yet copied");
  linux_binprm bprm;
  bprm.own_image = dirfd == AT_EXE_FILE && filename.empty() && execve_null();
  bprm.file = bprm.own_image ? TRY(own_exe_file()) : TRY(open_exec(dirfd, filename, static_cast<unsigned>(at_flags)));
  if (bprm.own_image)
    bprm.filename = "/" + std::string(bprm.file->f_path.dentry->d_name);
  else if (dirfd == AT_FDCWD || filename.starts_with('/'))
    bprm.filename = filename;
  else if (filename.empty())
    bprm.filename = "/dev/fd/" + std::to_string(dirfd);
  else
    bprm.filename = "/dev/fd/" + std::to_string(dirfd) + "/" + filename;
  ExecStrings copied = TRY(strings());
  bprm.argv = std::move(copied.argv);
  bprm.envp = std::move(copied.envp);
  // An empty argv confuses programs that trust argv[0]; Linux gives them one since 5.18.
  if (bprm.argv.empty()) bprm.argv.emplace_back();
  TRY(check_argument_space(bprm));
  Ref<mm_struct> before = current->mm;
  const int old_pid = current->pid;
  auto loaded = search_binary_handler(bprm);
  if (!loaded) {
    // Past the point of no return there is no program to go back to.
    if (current->mm != before) do_group_exit(SIGSEGV);
    return loaded;
  }
  ptrace_exec(old_pid);
  trace_event(TraceEvent::exec, current->pid, 0, bprm.filename);
  return {};
}
