// O_ASYNC: see fs/fasync.h. Linux: fs/fcntl.c (fasync_helper, send_sigio).
#include "fs/fasync.h"

#include <algorithm>
#include <array>

#include "fs/fs.h"
#include "kernel/sched.h"

namespace {

constexpr std::array<unsigned, 7> kBand{
    0,
    POLLIN | POLLRDNORM,
    POLLOUT | POLLWRNORM | POLLWRBAND,
    POLLIN | POLLRDNORM | POLLMSG,
    POLLERR,
    POLLPRI | POLLRDBAND,
    POLLHUP | POLLERR,
};

// fcntl(2) does not say through which descriptor it came; the first that names the file is it.
int descriptor_of(const file& f) {
  if (!current->files) return -1;
  const auto& fd = current->files->fd;
  for (size_t i = 0; i < fd.size(); ++i)
    if (fd[i].file.get() == &f) return static_cast<int>(i);
  return -1;
}

void send_sigio_to_task(task_struct& t, const file& f, int fd, int reason) {
  if (f.f_sig != 0) {
    kernel_siginfo info;
    info.si_signo = f.f_sig;
    info.si_code = reason;
    info.band = kBand[static_cast<size_t>(reason)];
    info.fd = fd;
    // A full queue falls back to plain SIGIO, so that the program learns that it lost something.
    if (send_signal(t, info, false)) return;
  }
  kernel_siginfo info;
  info.si_signo = SIGIO;
  info.si_code = SI_KERNEL;
  (void)send_signal(t, info, false);
}

}  // namespace

void fasync_remove(file& f, fasync_struct& fa) {
  std::erase_if(fa.list, [&](const fasync_struct::entry& e) { return e.fa_file == &f; });
}

void fasync_helper(file& f, fasync_struct& fa) {
  fasync_remove(f, fa);
  if ((f.f_flags & FASYNC) != 0) fa.list.push_back({&f, descriptor_of(f)});
}

void send_sigio(file& f, int fd, int reason) {
  if (f.f_owner > 0) {
    if (task_struct* t = find_task_by_pid(f.f_owner)) send_sigio_to_task(*t, f, fd, reason);
  } else if (f.f_owner < 0) {
    for_each_in_pgrp(-f.f_owner, [&](task_struct& t) { send_sigio_to_task(t, f, fd, reason); });
  }
}

void kill_fasync_slow(fasync_struct& fa, int reason) {
  for (const fasync_struct::entry& e : fa.list) send_sigio(*e.fa_file, e.fa_fd, reason);
}
