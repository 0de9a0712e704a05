// Locking memory. Linux: mm/mlock.c. Differences: locks are flags and limits only. Guest memory is
// the host's to page; what a guest can observe (limits, VmLck, the errors of madvise and msync)
// holds.
#include <algorithm>

#include "kernel/sched.h"
#include "mm/syscalls.h"
#include "mm/vma.h"

namespace {

constexpr unsigned kLockFlags = VM_LOCKED | VM_LOCKONFAULT;

Result<void> apply_lock(mm_struct& mm, uint64_t start, uint64_t end, unsigned locked) {
  return for_range(mm, start, end, [&](vm_area_struct& vma) -> Result<void> {
    vma.flags = (vma.flags & ~kLockFlags) | locked;
    return {};
  });
}

struct page_range {
  uint64_t start, end;
};

Result<page_range> pages_of(uint64_t addr, uint64_t len) {
  const uint64_t start = addr & kPageMask;
  const uint64_t bytes = page_align(len + (addr & ~kPageMask));
  if (start + bytes < start || bytes < len) return Err(EINVAL);
  return page_range{start, start + bytes};
}

Result<void> do_mlock(mm_struct& mm, uint64_t addr, uint64_t len, unsigned locked) {
  if (!capable(CAP_IPC_LOCK) && rlimit_of(RLIMIT_MEMLOCK) == 0) return Err(EPERM);
  const page_range r = TRY(pages_of(addr, len));
  if (r.start == r.end) return {};
  // Pages that are locked already do not count twice.
  uint64_t more = r.end - r.start;
  for (auto it = vma_find(mm, r.start); it != mm.mmap.end() && it->second.start < r.end; ++it)
    if ((it->second.flags & VM_LOCKED) != 0)
      more -= std::min(it->second.end, r.end) - std::max(it->second.start, r.start);
  if (!can_do_mlock(mm, more)) return Err(ENOMEM);
  return apply_lock(mm, r.start, r.end, locked);
}

void lock_everything(mm_struct& mm, unsigned locked) {
  for (auto& [start, vma] : mm.mmap) vma.flags = (vma.flags & ~kLockFlags) | locked;
}

}  // namespace

SyscallResult sys_mlock(user_ptr<void> addr, size_arg len) {
  TRY(do_mlock(*current->mm, addr.addr, len, VM_LOCKED));
  return 0;
}

SyscallResult sys_mlock2(user_ptr<void> addr, size_arg len, int flags) {
  constexpr int kMlockOnfault = 1;
  if ((flags & ~kMlockOnfault) != 0) return Err(EINVAL);
  TRY(do_mlock(*current->mm, addr.addr, len,
               flags != 0 ? kLockFlags : static_cast<unsigned>(VM_LOCKED)));
  return 0;
}

SyscallResult sys_munlock(user_ptr<void> addr, size_arg len) {
  const page_range r = TRY(pages_of(addr.addr, len));
  if (r.start != r.end) TRY(apply_lock(*current->mm, r.start, r.end, 0));
  return 0;
}

SyscallResult sys_mlockall(int flags) {
  constexpr int kCurrent = 1, kFuture = 2, kOnfault = 4;
  if (flags == 0 || (flags & ~(kCurrent | kFuture | kOnfault)) != 0 || flags == kOnfault)
    return Err(EINVAL);
  if (!capable(CAP_IPC_LOCK) && rlimit_of(RLIMIT_MEMLOCK) == 0) return Err(EPERM);
  mm_struct& mm = *current->mm;
  const uint64_t most = rlimit_of(RLIMIT_MEMLOCK);
  if ((flags & kCurrent) != 0 && mm.total_vm > most && !capable(CAP_IPC_LOCK)) return Err(ENOMEM);
  mm.def_locked = (flags & kFuture) != 0;
  if ((flags & kCurrent) != 0)
    lock_everything(mm, (flags & kOnfault) != 0 ? kLockFlags : static_cast<unsigned>(VM_LOCKED));
  return 0;
}

SyscallResult sys_munlockall() {
  current->mm->def_locked = false;
  lock_everything(*current->mm, 0);
  return 0;
}
