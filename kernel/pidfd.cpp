// pidfd_open, pidfd_getfd, pidfd_send_signal. Linux: kernel/pid.c, kernel/signal.c, kernel/fork.c.
// Difference: no PIDFD_THREAD.
#include "kernel/pidfd.h"

#include "fs/poll.h"
#include "kernel/cred.h"
#include "kernel/fork_hooks.h"
#include "kernel/wait4.h"

namespace {

bool thread_group_exited(const signal_struct& s) {
  return s.threads.empty() || (s.threads.size() == 1 && s.threads.front()->exit_state != 0);
}

// Before there were pidfds to open, a directory of /proc was one.
Result<task_struct*> signalled_by(file& f) {
  task_struct* t = proc_pid_dir_hook != nullptr ? proc_pid_dir_hook(f) : nullptr;
  if (t == nullptr) return pidfd_task(f);
  if (find_task_by_pid(t->pid) != t) return Err(ESRCH);
  return t;
}

}  // namespace

pidfd_file::pidfd_file(task_struct& t, unsigned flags)
    : anon_file("[pidfd]", O_RDWR | flags), signal(t.signal), pid(t.tgid) {}

unsigned pidfd_file::poll(poll_table* pt) {
  poll_wait(*this, signal->wait_pidfd, pt);
  return thread_group_exited(*signal) ? POLLIN | POLLRDNORM : 0;
}

Result<task_struct*> pidfd_task(file& f) {
  auto* p = dynamic_cast<pidfd_file*>(&f);
  if (p == nullptr) return Err(EBADF);
  task_struct* t = p->task();
  if (t == nullptr) return Err(ESRCH);
  return t;
}

Result<task_struct*> pidfd_get_task(int fd) {
  const Ref<file> f = TRY(fget_data(fd));
  return pidfd_task(*f);
}

Result<int> pidfd_create(task_struct& t, unsigned flags) {
  return fd_install_new(make_ref<pidfd_file>(t, flags & O_NONBLOCK), true);
}

void pidfd_init() {
  pidfd_install_hook = [](task_struct& t) { return pidfd_create(t, 0); };
  pidfd_pid_hook = [](int fd, bool& nonblock) -> Result<int> {
    const Ref<file> f = TRY(fget_data(fd));
    auto* p = dynamic_cast<pidfd_file*>(f.get());
    if (p == nullptr) return Err(EBADF);
    nonblock = (p->f_flags & O_NONBLOCK) != 0;
    if (p->task() == nullptr) return Err(ECHILD);  // waited for; the number may be another's by now
    return p->pid;
  };
}

SyscallResult sys_pidfd_open(kpid_t pid, open_flags_t flags) {
  const auto bits = static_cast<unsigned>(flags.value);
  if ((bits & ~O_NONBLOCK) != 0 || pid <= 0) return Err(EINVAL);
  task_struct* t = find_task_by_pid(pid);
  if (t == nullptr) return Err(ESRCH);
  if (!t->is_group_leader()) return Err(EINVAL);
  return TRY(pidfd_create(*t, bits));
}

SyscallResult sys_pidfd_getfd(fd_t pidfd, fd_t target, uint32_t flags) {
  if (flags != 0) return Err(EINVAL);
  task_struct* t = TRY(pidfd_get_task(pidfd));
  if (!ptrace_may_access(*t)) return Err(EPERM);
  if (!t->files) return Err(ESRCH);
  const auto& table = t->files->fd;
  const auto n = static_cast<size_t>(target.value);
  if (target < 0 || n >= table.size() || !table[n].file) return Err(EBADF);
  return TRY(fd_install_new(table[n].file, true));
}

SyscallResult do_pidfd_send_signal(int pidfd, int sig, const kernel_siginfo* info, unsigned flags) {
  if (flags != 0) return Err(EINVAL);
  const Ref<file> f = TRY(fget_data(pidfd));
  task_struct* t = TRY(signalled_by(*f));
  if (info != nullptr) {
    if (info->si_signo != sig) return Err(EINVAL);
    // Only a process itself may make up where its signal comes from.
    if (t->signal != current->signal && (info->si_code >= 0 || info->si_code == SI_TKILL))
      return Err(EPERM);
  }
  const kernel_siginfo made = info != nullptr ? *info : make_siginfo(sig, SI_USER);
  TRY(check_kill_permission(*t, made));
  TRY(send_signal(*t, made, false));
  return 0;
}
