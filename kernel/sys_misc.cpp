// System calls that belong to no greater subject: old forms of uname, sysinfo, getcpu, getrandom,
// reboot, vhangup, kcmp. Linux: kernel/sys.c, drivers/char/random.c, kernel/reboot.c, kernel/kcmp.c.
#include <array>

#include "fs/fs.h"
#include "kernel/cred.h"
#include "kernel/printk.h"
#include "kernel/sys_abi.h"
#include "kernel/syscalls.h"
#include "kernel/tty_hooks.h"
#include "mm/mm.h"

namespace {

// Five names of `width` bytes each: uname before there was a domain.
Result<void> put_old_names(uint64_t to, size_t width) {
  std::string block(5 * width, '\0');
  size_t at = 0;
  for (std::string_view name : {utsname_sysname(), utsname_nodename(), utsname_release(),
                                utsname_version(), utsname_machine()}) {
    name.substr(0, width - 1).copy(block.data() + at, width - 1);
    at += width;
  }
  return copy_to_user(to, block.data(), block.size());
}

[[noreturn]] void stop_machine(const char* message, int code) {
  printk_level(0, "%s", message);
  halt_system(code);
  // The idle task returns to init's caller; this task never runs again.
  for (;;) {
    set_current_state(TASK_UNINTERRUPTIBLE);
    schedule();
  }
}

int order(const void* a, const void* b) {
  if (a == b) return 0;
  return std::less<const void*>()(a, b) ? 1 : 2;
}

Result<const file*> file_of(const task_struct& t, uint64_t fd) {
  if (!t.files || fd >= t.files->fd.size() || !t.files->fd[fd].file) return Err(EBADF);
  return t.files->fd[fd].file.get();
}

}  // namespace

SyscallResult sys_olduname(user_ptr<void> name) {
  TRY(put_old_names(name.addr, 65));
  return 0;
}

SyscallResult sys_oldolduname(user_ptr<void> name) {
  TRY(put_old_names(name.addr, 9));
  return 0;
}

sysinfo_values get_sysinfo() {
  sysinfo_values v;
  v.uptime = (ktime_get_boottime() + kNsec - 1) / kNsec;
  const auto loads = loadavg();
  for (size_t i = 0; i < 3; ++i) v.loads[i] = static_cast<uint64_t>(loads[i] * 65536);
  v.total = memory_limit();
  v.free = v.total - std::min(v.total, memory_committed());
  v.procs = nr_tasks();
  return v;
}

SyscallResult sys_getcpu(user_ptr<uint32_t> cpu, user_ptr<uint32_t> node,
                         user_ptr<void> /*unused*/) {
  if (cpu) TRY(put_user(cpu, current->cpu));
  if (node) TRY(put_user(node, 0));
  return 0;
}

SyscallResult sys_getrandom(user_ptr<void> buf, size_arg len, uint32_t flags) {
  constexpr uint32_t kNonblock = 1, kRandom = 2, kInsecure = 4;
  constexpr uint64_t kMaxBytes = INT32_MAX & kPageMask;
  if ((flags & ~(kNonblock | kRandom | kInsecure)) != 0) return Err(EINVAL);
  if ((flags & (kRandom | kInsecure)) == (kRandom | kInsecure)) return Err(EINVAL);
  const uint64_t total = std::min<uint64_t>(len, kMaxBytes);
  std::array<std::byte, kPageSize> page;
  uint64_t done = 0;
  while (done < total) {
    const size_t n = std::min<uint64_t>(total - done, page.size());
    arch::machine().random({page.data(), n});
    const size_t moved = copy_to_user_partial(buf.addr + done, page.data(), n);
    done += moved;
    if (moved < n) break;
    // A signal ends a long read, but never one of a page or less.
    if (done < total && signal_pending(*current)) break;
    cond_resched();
  }
  if (done == 0 && total != 0) return Err(EFAULT);
  return static_cast<long>(done);
}

SyscallResult sys_reboot(uint32_t magic1, uint32_t magic2, uint32_t cmd, user_ptr<void> arg) {
  enum : uint32_t {
    kMagic1 = 0xfee1dead,
    kMagic2 = 672274793,
    kMagic2A = 85072278,
    kMagic2B = 369367448,
    kMagic2C = 537993216,
    kRestart = 0x01234567,
    kHalt = 0xcdef0123,
    kCadOn = 0x89abcdef,
    kCadOff = 0,
    kPowerOff = 0x4321fedc,
    kRestart2 = 0xa1b2c3d4,
  };
  if (!capable(CAP_SYS_BOOT)) return Err(EPERM);
  if (magic1 != kMagic1 ||
      (magic2 != kMagic2 && magic2 != kMagic2A && magic2 != kMagic2B && magic2 != kMagic2C))
    return Err(EINVAL);
  switch (cmd) {
    case kCadOn:
    case kCadOff: return 0;
    case kRestart2: TRY(strncpy_from_user(arg.as<const char>(), 256)); [[fallthrough]];
    case kRestart: stop_machine("reboot: Restarting system", 0);
    case kHalt: stop_machine("reboot: System halted", 0);
    case kPowerOff: stop_machine("reboot: Power down", 0);
    default: return Err(EINVAL);
  }
}

SyscallResult sys_vhangup() {
  if (!capable(CAP_SYS_TTY_CONFIG)) return Err(EPERM);
  if (vhangup_hook != nullptr) vhangup_hook(*current);
  return 0;
}

SyscallResult sys_kcmp(kpid_t pid1, kpid_t pid2, int type, ulong_t idx1, ulong_t idx2) {
  enum : int { kFile, kVm, kFiles, kFs, kSighand, kIo, kSysvsem, kEpollTfd, kTypes };
  const task_struct *a = find_task_by_pid(pid1), *b = find_task_by_pid(pid2);
  if (a == nullptr || b == nullptr) return Err(ESRCH);
  if (!ptrace_may_access(*a) || !ptrace_may_access(*b)) return Err(EPERM);
  switch (type) {
    case kFile: {
      const file *fa = TRY(file_of(*a, idx1)), *fb = TRY(file_of(*b, idx2));
      return order(fa, fb);
    }
    case kVm: return order(a->mm.get(), b->mm.get());
    case kFiles: return order(a->files.get(), b->files.get());
    case kFs: return order(a->fs.get(), b->fs.get());
    case kSighand: return order(a->sighand.get(), b->sighand.get());
    // What tasks have there that use neither I/O priorities nor SEM_UNDO: nothing, and so the same.
    case kIo:
    case kSysvsem: return 0;
    case kEpollTfd: return Err(EOPNOTSUPP);
    default: return Err(EINVAL);
  }
}
