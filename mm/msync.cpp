// msync, mincore and membarrier: what programs ask about memory that is there already. Linux:
// mm/msync.c, mm/mincore.c, kernel/sched/membarrier.c. Differences: a shared mapping and the file
// are the same host pages, so MS_SYNC only has to make the file durable; every mapped page counts
// as resident, for guests cannot see what the host has paged out.
#include <algorithm>
#include <array>

#include "fs/fs.h"
#include "kernel/sched.h"
#include "mm/syscalls.h"
#include "mm/vma.h"

SyscallResult sys_msync(user_ptr<void> addr, size_arg size, int flags) {
  constexpr int kAsync = 1, kInvalidate = 2, kSync = 4;
  mm_struct& mm = *current->mm;
  const uint64_t start = addr.addr;
  if ((flags & ~(kAsync | kInvalidate | kSync)) != 0 || (start & ~kPageMask) != 0)
    return Err(EINVAL);
  if ((flags & (kAsync | kSync)) == (kAsync | kSync)) return Err(EINVAL);
  const uint64_t len = page_align(size), end = start + len;
  if (end < start || (size != 0 && len == 0)) return Err(ENOMEM);
  if (len == 0) return 0;
  // fsync may sleep and the tree may change meanwhile: collect first.
  std::vector<Ref<file>> files;
  TRY(walk_range(mm, start, end, [&](vm_area_struct& vma, uint64_t, uint64_t) -> Result<void> {
    if ((flags & kInvalidate) != 0 && (vma.flags & VM_LOCKED) != 0) return Err(EBUSY);
    if ((flags & kSync) == 0 || !vma.vm_file || (vma.flags & VM_SHARED) == 0) return {};
    if (files.empty() || files.back() != vma.vm_file) files.push_back(vma.vm_file);
    return {};
  }));
  for (const Ref<file>& f : files) TRY(f->fsync());
  return 0;
}

SyscallResult sys_mincore(user_ptr<void> addr, size_arg len, user_ptr<uint8_t> vec) {
  const uint64_t start = addr.addr;
  if ((start & ~kPageMask) != 0) return Err(EINVAL);
  if (!access_ok(start, len)) return Err(ENOMEM);
  uint64_t pages = page_align(len) >> kPageShift;
  if (!access_ok(vec.addr, pages)) return Err(EFAULT);
  std::array<uint8_t, kPageSize> resident;
  resident.fill(1);
  uint64_t at = start, to = vec.addr;
  while (pages != 0) {
    const uint64_t n = std::min<uint64_t>(pages, resident.size());
    if (!range_is_mapped(*current->mm, at, at + n * kPageSize)) return Err(ENOMEM);
    TRY(copy_to_user(to, resident.data(), n));
    pages -= n;
    at += n * kPageSize;
    to += n;
  }
  return 0;
}

SyscallResult sys_membarrier(int cmd, uint32_t flags, int /*cpu_id*/) {
  enum : int {
    kQuery = 0,
    kGlobal = 1,
    kGlobalExpedited = 2,
    kRegisterGlobal = 4,
    kPrivate = 8,
    kRegisterPrivate = 16,
    kPrivateSync = 32,
    kRegisterPrivateSync = 64,
  };
  if (flags != 0) return Err(EINVAL);
  unsigned& registered = current->mm->membarrier_state;
  switch (cmd) {
    case kQuery:
      return kGlobal | kGlobalExpedited | kRegisterGlobal | kPrivate | kRegisterPrivate |
             kPrivateSync | kRegisterPrivateSync;
    case kRegisterGlobal:
    case kRegisterPrivate:
    case kRegisterPrivateSync: registered |= static_cast<unsigned>(cmd); return 0;
    case kPrivate:
    case kPrivateSync:
      // Each private command has its registration one bit further up.
      if ((registered & static_cast<unsigned>(cmd) << 1) == 0) return Err(EPERM);
      break;
    case kGlobal:
    case kGlobalExpedited: break;
    default: return Err(EINVAL);
  }
  arch::machine().memory_barrier();
  return 0;
}
