// Boot. Linux: init/main.c. start_kernel() brings up the machine, the scheduler, drivers and mounts,
// starts kernel_init as pid 1 and becomes the idle task; when init says so, the system halts and the
// exit status goes back to the shell. Ours: the built-in init, which runs one program, forwards
// signals to it and reaps whatever it leaves behind.
#include "init/main.h"

#include <fmt/format.h>

#include <cstring>
#include <filesystem>

#include "arch/arch.h"
#include "arch/moxie/moxie.h"
#include "drivers/console.h"
#include "drivers/devices.h"
#include "fs/binfmts.h"
#include "fs/filesystems.h"
#include "fs/fs.h"
#include "fs/ramfs/ramfs.h"
#include "init/boot.h"
#include "ipc/ipc.h"
#include "kernel/fork_hooks.h"
#include "kernel/kthread.h"
#include "kernel/printk.h"
#include "kernel/params.h"
#include "kernel/preempt.h"
#include "kernel/profile.h"
#include "kernel/ptrace.h"
#include "kernel/sched.h"
#include "kernel/time_limit.h"
#include "kernel/utsname.h"
#include "kernel/wait4.h"
#include "mm/mm.h"
#include "mm/nommu.h"
#include "net/net.h"

namespace {

constexpr int kOurFailure = 125, kCannotRun = 126, kNotFound = 127, kTimedOut = 124, kHung = 123;

const BootOptions* options;
int main_child = 0;       // the program's pid once it runs

void complain(const std::string& text) {
  console_restore();
  std::fprintf(stderr, "slot190: %s\n", text.c_str());
}

// ---- file systems --------------------------------------------------------------------------------

Result<path> mount_point(const std::string& where) {
  if (auto p = user_path_at(AT_FDCWD, where, LOOKUP_FOLLOW | LOOKUP_DIRECTORY)) return p;
  // The root may lack the directory; ours is writable in memory, so make it.
  for (size_t slash = where.find('/', 1);; slash = where.find('/', slash + 1)) {
    const std::string part = where.substr(0, slash);
    if (!user_path_at(AT_FDCWD, part, LOOKUP_FOLLOW)) {
      const parent_path pp = TRY(user_path_parent(AT_FDCWD, part));
      TRY(pp.parent.dentry->d_inode->mkdir(*pp.parent.dentry, pp.last, 0755));
    }
    if (slash == std::string::npos) break;
  }
  return user_path_at(AT_FDCWD, where, LOOKUP_FOLLOW | LOOKUP_DIRECTORY);
}

Result<void> mount_at(const std::string& where, Result<Ref<super_block>> sb, unsigned flags = 0) {
  if (!sb) return std::unexpected(sb.error());
  const path p = TRY(mount_point(where));
  TRY(do_mount(*sb, p, flags));
  return {};
}

Result<Ref<super_block>> root_super() {
  auto lower = TRY(hostfs_mount(options->root, options->rw));
  if (options->rw) return lower;
  return overlay_mount(lower);
}

std::optional<std::string> mount_root() {
  auto sb = root_super();
  if (!sb) return fmt::format("cannot use '{}' as the root: {}", options->root, std::strerror(sb.error().value));
  auto mnt = do_mount(*sb, path(), 0);
  if (!mnt) return fmt::format("cannot mount the root: {}", std::strerror(mnt.error().value));
  init_root() = path(*mnt, (*mnt)->root);
  init_task->fs = make_ref<fs_struct>();
  init_task->fs->root = init_task->fs->pwd = init_root();
  init_task->files = make_ref<files_struct>();
  return {};
}

std::optional<std::string> mount_others() {
  // A read-only root without /proc and the like still boots; it just lacks them.
  (void)mount_at("/proc", proc_mount());
  (void)mount_at("/sys", sysfs_mount());
  // The host's /tmp shows through the overlay like everything else, so that a program built there can
  // be run there; a root without one gets a /tmp of its own.
  if (!user_path_at(AT_FDCWD, "/tmp", LOOKUP_FOLLOW)) (void)mount_at("/tmp", ramfs_mount("tmpfs", "mode=1777"));
  if (mount_at("/dev", ramfs_mount("devtmpfs", "mode=755")))
    if (auto dev = user_path_at(AT_FDCWD, "/dev", LOOKUP_FOLLOW)) (void)populate_dev(*dev);
  for (const BootOptions::Volume& v : options->volumes) {
    auto lower = hostfs_mount(v.host, v.rw);
    if (!lower) return fmt::format("cannot use volume '{}': {}", v.host, std::strerror(lower.error().value));
    auto mounted = mount_at(v.guest, v.rw ? lower : overlay_mount(*lower));
    if (!mounted) return fmt::format("cannot mount '{}' on '{}': {}", v.host, v.guest, std::strerror(mounted.error().value));
  }
  return {};
}

std::optional<std::string> enter_cwd() {
  const bool asked = !options->cwd.empty();
  std::error_code ec;
  const std::string where = asked ? options->cwd : std::filesystem::current_path(ec).string();
  auto p = user_path_at(AT_FDCWD, where, LOOKUP_FOLLOW | LOOKUP_DIRECTORY);
  if (p)
    init_task->fs->pwd = *p;
  else if (asked)
    return fmt::format("cannot enter '{}': {}", where, std::strerror(p.error().value));
  return {};
}

// ---- the first process -----------------------------------------------------------------------------

void set_identity() {
  signal_struct& s = *init_task->signal;
  s.rlim[RLIMIT_STACK] = {8ULL << 20, RLIM_INFINITY};
  s.rlim[RLIMIT_NOFILE] = {1024, 1048576};
  s.rlim[RLIMIT_CORE] = {0, RLIM_INFINITY};
  s.rlim[RLIMIT_MEMLOCK] = {8ULL << 20, 8ULL << 20};
  s.rlim[RLIMIT_NPROC] = {32000, 32000};
  s.rlim[RLIMIT_SIGPENDING] = {32000, 32000};
  s.rlim[RLIMIT_MSGQUEUE] = {819200, 819200};
  s.rlim[RLIMIT_NICE] = s.rlim[RLIMIT_RTPRIO] = {0, 0};
  cred& c = init_task->creds;
  c.uid = c.euid = c.suid = c.fsuid = options->uid;
  c.gid = c.egid = c.sgid = c.fsgid = options->gid;
  if (options->uid != 0) c.cap_effective = c.cap_permitted = 0;
}

std::vector<std::string> search_path(const std::string& name) {
  if (name.find('/') != std::string::npos) return {name};
  std::string_view dirs = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  for (const std::string& e : options->env)
    if (e.starts_with("PATH=")) dirs = std::string_view(e).substr(5);
  std::vector<std::string> found;
  for (size_t at = 0; at <= dirs.size();) {
    const size_t end = std::min(dirs.find(':', at), dirs.size());
    const std::string dir(dirs.substr(at, end - at));
    found.push_back(dir.empty() ? name : dir + "/" + name);
    at = end + 1;
  }
  return found;
}

// As execvp(3): the path is searched, a file that is no program is a shell script. 0 or an exit code.
int exec_program(const std::vector<std::string>& argv) {
  int error = ENOENT;
  for (const std::string& file : search_path(argv[0])) {
    auto done = kernel_execve(file, argv, options->env);
    if (!done && done.error() == ENOEXEC && argv[0].find('/') == std::string::npos) {
      std::vector<std::string> shell{"/bin/sh", file};
      shell.insert(shell.end(), argv.begin() + 1, argv.end());
      done = kernel_execve("/bin/sh", shell, options->env);
    }
    if (done) return 0;
    if (done.error() != ENOENT && done.error() != ENOTDIR) {
      error = done.error().value;
      if (error != EACCES) break;
    }
  }
  const char* hint = error == ENOEXEC ? " (not an i386, x86-64 or moxie Linux program, nor a script)"
                     : error == EISDIR || error == EACCES ? " (is it a file with execute permission?)"
                                                          : "";
  complain(fmt::format("cannot run '{}': {}{}", argv[0], std::strerror(error), hint));
  return error == ENOENT || error == ENOTDIR ? kNotFound : kCannotRun;
}

void become_session_leader() {
  task_struct& t = *current;
  t.signal->session = t.signal->pgrp = t.pid;
  t.signal->leader = true;
  t.signal->tty = nullptr;
  if (!console_is_tty()) return;
  constexpr unsigned TIOCSCTTY_ = 0x540E;
  for (int fd = 0; fd < 3; ++fd)
    if (auto f = fget(fd))
      if ((*f)->ioctl(TIOCSCTTY_, 0)) return;
}

int run_program(void*) {
  become_session_leader();
  const int failed = exec_program(options->argv);
  if (failed == 0) return 0;
  return failed;
}

int exit_status(int code) { return (code & 0x7f) != 0 ? 128 + (code & 0x7f) : code >> 8 & 0xff; }

// A child has asked its parent to trace it (PTRACE_TRACEME). This one traces nobody: the child goes on
// with its signal, but for the traps that only a tracer wants.
void let_go(const wait_result& r) {
  task_struct* t = find_task_by_pid(r.pid);
  if (t == nullptr) return;
  ptrace_unlink(*t);
  ptrace_resume(*t, r.si_status == SIGTRAP ? 0 : static_cast<uint64_t>(r.si_status));
}

// The built-in init: pid 1 as long as the program runs.
int built_in_init() {
  auto pid = kernel_thread(run_program, nullptr, SIGCHLD);
  if (!pid) {
    complain(fmt::format("cannot start the first process: {}", std::strerror(pid.error().value)));
    halt_system(kOurFailure);
    return 0;
  }
  main_child = *pid;
  for (;;) {
    auto r = do_wait(wait_for::any, 0, WEXITED | __WALL);
    if (r && r->si_code == CLD_TRAPPED) {
      let_go(*r);
      continue;
    }
    if (r && r->pid == main_child) {
      halt_system(exit_status(r->status));
      break;
    }
    if (!r && r.error() == ECHILD) break;
    if (!r) sigdelset_pending(*current, ~0ULL);
  }
  schedule_forever();
}

int kernel_init(void*) {
  current->comm = "init";
  current->signal->pgrp = current->signal->session = 1;
  current->signal->leader = true;
  if (auto opened = console_open_stdio(*current->files); !opened) {
    complain(fmt::format("cannot set up standard input and output: {}", std::strerror(opened.error().value)));
    halt_system(kOurFailure);
    schedule_forever();
  }
  if (!options->init) return built_in_init();
  main_child = 1;
  become_session_leader();
  const std::vector<std::string> argv = options->argv.empty() ? std::vector{*options->init} : options->argv;
  const int failed = exec_program(argv);
  if (failed == 0) return 0;
  halt_system(failed);
  schedule_forever();
}

void host_signal(int sig) {
  if (sig == SIGWINCH) {
    console_resized();
    return;
  }
  if (console_signal(sig)) return;
  task_struct* t = find_process(main_child);
  if (t == nullptr) {
    halt_system(128 + sig);
    return;
  }
  kernel_siginfo info;
  info.si_signo = sig;
  info.si_code = SI_KERNEL;
  (void)send_signal(*t, info, false);
}

// "process 3 (eras) sleeps for ever in sys_vfork, state D"
void report_hang(const task_struct& t, bool for_ever) {
  const char state = (t.state & TASK_UNINTERRUPTIBLE) != 0 ? 'D' : (t.state & TASK_INTERRUPTIBLE) != 0 ? 'S' : 'T';
  const std::string where = t.wchan != nullptr ? fmt::format(" in {}", t.wchan) : "";
  complain(fmt::format("hang: process {} ({}) sleeps{}, state {}, and nobody is left who could wake it{}", t.pid,
                       t.comm, where, state, for_ever ? "" : " but a signal"));
  if (for_ever) halt_system(kHung);
}

void arm_timeout() {
  if (options->timeout_ns == 0) return;
  set_time_limit(ktime_get() + options->timeout_ns, [] {
    complain("the time limit is over");
    halt_system(kTimedOut);
  });
}

}  // namespace

[[noreturn]] void schedule_forever() {
  for (;;) {
    current->state = TASK_UNINTERRUPTIBLE;
    schedule();
  }
}

int start_kernel(const BootOptions& boot_options) {
  options = &boot_options;
  auto machine = boot_machine(boot_options);
  if (!machine) {
    complain(machine.error());
    return kOurFailure;
  }
  arch::set_machine(*machine);
  sched_init();
  register_profile_parameters();
  register_nommu_parameters();
  register_exec_parameters();
  moxie::register_parameters();
  seed_preemption(boot_options.seed);
  if (const std::string trouble = parse_parameters(boot_options.kernel_params); !trouble.empty()) {
    complain(trouble);
    return kOurFailure;
  }
  set_printk_sink(
      [](std::string_view line) {
        std::fprintf(stderr, "%.*s%s", static_cast<int>(line.size()), line.data(), console_is_raw() ? "\r\n" : "\n");
      },
      boot_options.verbose ? kEveryLevel : kAlertLevel);
  panic_hook = console_restore;
  if (boot_options.mem_bytes != 0) set_memory_limit(boot_options.mem_bytes);
  if (boot_options.max_tasks != 0) set_max_tasks(boot_options.max_tasks);
  if (!boot_options.hostname.empty()) set_utsname_nodename(boot_options.hostname);
  set_identity();
  kernel_hooks_init();
  proc_root_init();
  ipc_proc_init();
  unix_proc_init();
  register_ramfs();
  chrdev_init();
  console_init();
  register_binfmt(load_elf_binary);
  register_binfmt(load_flat_binary);

  std::optional<std::string> trouble = mount_root();
  if (!trouble) trouble = mount_others();
  if (!trouble) trouble = enter_cwd();
  if (trouble) {
    complain(*trouble);
    return kOurFailure;
  }
  (*machine)->on_host_signal(host_signal);
  hang_hook = report_hang;
  arm_timeout();
  printk("slot190 %s booted", std::string(utsname_release()).c_str());
  if (!kernel_thread(kernel_init, nullptr, 0)) {
    complain("cannot make process 1");
    return kOurFailure;
  }
  cpu_idle();
  console_flush();
  console_restore();
  report_unimplemented();
  return halted_exit_code();
}
