// What a stub may ask of the host, as a libseccomp allow-list. Guest system calls never get here:
// the host skips them at the SYSEMU stop, before it looks at seccomp. So the list needs only the
// calls that the kernel injects, and the clock calls that the host's vsyscall page makes on a
// guest's behalf.
#include <linux/filter.h>
#include <linux/memfd.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

#include "arch/um/os-Linux/zygote.h"

namespace um::os {
namespace {

bool add_rules(scmp_filter_ctx ctx, bool host_time) {
  for (int nr : {SCMP_SYS(mmap), SCMP_SYS(munmap), SCMP_SYS(mprotect), SCMP_SYS(mremap),
                 SCMP_SYS(madvise), SCMP_SYS(recvmsg), SCMP_SYS(close)})
    if (seccomp_rule_add(ctx, SCMP_ACT_ALLOW, nr, 0) < 0) return false;
  for (bool same_memory : {false, true}) {
    const Call clone = call_clone(same_memory);
    if (seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
                         SCMP_A0(SCMP_CMP_EQ, clone.a[0])) < 0)
      return false;
  }
  // The vsyscall page of old static programs enters the host past ptrace but not past seccomp.
  const uint32_t clocks = host_time ? SCMP_ACT_ALLOW : SCMP_ACT_ERRNO(ENOSYS);
  for (int nr : {SCMP_SYS(time), SCMP_SYS(gettimeofday), SCMP_SYS(getcpu)})
    if (seccomp_rule_add(ctx, clocks, nr, 0) < 0) return false;
  return true;
}

}  // namespace

Result<std::vector<std::byte>> seccomp_program(bool host_time) {
  std::unique_ptr<void, void (*)(scmp_filter_ctx)> ctx(seccomp_init(SCMP_ACT_KILL_PROCESS),
                                                       seccomp_release);
  if (!ctx || !add_rules(ctx.get(), host_time)) return Err(ENOMEM);
  const int fd = ::memfd_create("slot190-seccomp", MFD_CLOEXEC);
  if (fd < 0) return Err(errno);
  std::vector<std::byte> program;
  struct stat st {};
  int error = -seccomp_export_bpf(ctx.get(), fd);
  if (error == 0 && ::fstat(fd, &st) == 0) {
    program.resize(static_cast<size_t>(st.st_size));
    if (::pread(fd, program.data(), program.size(), 0) != st.st_size) error = EIO;
  }
  ::close(fd);
  if (error != 0 || program.empty() || program.size() % sizeof(sock_filter) != 0)
    return Err(error != 0 ? error : EIO);
  return program;
}

}  // namespace um::os
