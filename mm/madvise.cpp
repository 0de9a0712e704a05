// madvise. Linux: mm/madvise.c. Advice that changes what memory contains is carried out by the
// UserSpace; advice that only helps paging is accepted and left to the host, which sees the
// accesses itself; advice for fork and core dumps is kept as area flags.
#include "fs/fs.h"
#include "kernel/sched.h"
#include "mm/syscalls.h"
#include "mm/vma.h"

namespace {

// uapi/asm-generic/mman-common.h, newer than some C libraries' headers.
enum : int {
  kMadvCold = 20,
  kMadvPageout = 21,
  kMadvPopulateRead = 22,
  kMadvPopulateWrite = 23,
  kMadvDontneedLocked = 24,
  kMadvCollapse = 25,
  kMadvHwpoison = 100,
  kMadvSoftOffline = 101,
};

enum class Kind { invalid, hint, flag, pages };

Kind kind_of(int advice) {
  switch (advice) {
    case MADV_NORMAL:
    case MADV_RANDOM:
    case MADV_SEQUENTIAL:
    case MADV_WILLNEED:
    case MADV_MERGEABLE:
    case MADV_UNMERGEABLE:
    case kMadvCold:
    case kMadvPageout: return Kind::hint;
    case MADV_DONTFORK:
    case MADV_DOFORK:
    case MADV_WIPEONFORK:
    case MADV_KEEPONFORK:
    case MADV_DONTDUMP:
    case MADV_DODUMP: return Kind::flag;
    case MADV_DONTNEED:
    case MADV_FREE:
    case MADV_REMOVE:
    case MADV_HUGEPAGE:
    case MADV_NOHUGEPAGE:
    case kMadvPopulateRead:
    case kMadvPopulateWrite:
    case kMadvDontneedLocked:
    case kMadvCollapse: return Kind::pages;
    default: return Kind::invalid;
  }
}

Result<unsigned> advised_flags(const vm_area_struct& vma, int advice) {
  switch (advice) {
    case MADV_DONTFORK: return vma.flags | VM_DONTFORK;
    case MADV_DOFORK: return vma.flags & ~VM_DONTFORK;
    case MADV_WIPEONFORK:
      if (vma.vm_file || (vma.flags & VM_SHARED) != 0) return Err(EINVAL);
      return vma.flags | VM_WIPEONFORK;
    case MADV_KEEPONFORK: return vma.flags & ~VM_WIPEONFORK;
    case MADV_DONTDUMP: return vma.flags | VM_DONTDUMP;
    default: return vma.flags & ~VM_DONTDUMP;
  }
}

Result<void> remove_pages(mm_struct& mm, vm_area_struct& vma, uint64_t from, uint64_t to) {
  if ((vma.flags & VM_LOCKED) != 0 || (!vma.vm_file && !vma.anon)) return Err(EINVAL);
  if ((vma.flags & (VM_SHARED | VM_WRITE)) != (VM_SHARED | VM_WRITE)) return Err(EACCES);
  if (vma.anon) {
    mm.space->advise(from, to - from, MADV_REMOVE);
    return {};
  }
  return vma.vm_file->fallocate(FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                                vma.pgoff + (from - vma.start), to - from);
}

Result<void> advise_part(mm_struct& mm, vm_area_struct& vma, uint64_t from, uint64_t to,
                         int advice) {
  switch (advice) {
    case MADV_REMOVE: return remove_pages(mm, vma, from, to);
    case MADV_DONTNEED:
      if ((vma.flags & VM_LOCKED) != 0) return Err(EINVAL);
      break;
    case kMadvDontneedLocked: advice = MADV_DONTNEED; break;
    case MADV_FREE:
      if (vma.vm_file || (vma.flags & (VM_SHARED | VM_LOCKED)) != 0) return Err(EINVAL);
      break;
    case kMadvPopulateRead:
    case kMadvPopulateWrite:
      if ((vma.flags & (advice == kMadvPopulateWrite ? VM_WRITE : VM_READ)) == 0)
        return Err(EFAULT);
      break;
    default: break;
  }
  mm.space->advise(from, to - from, advice);
  return {};
}

}  // namespace

SyscallResult sys_madvise(user_ptr<void> addr, size_arg size, madvise_t advice) {
  mm_struct& mm = *current->mm;
  const int what = advice;
  const uint64_t start = addr.addr;
  if (what == kMadvHwpoison || what == kMadvSoftOffline)
    return capable(CAP_SYS_ADMIN) ? Err(EINVAL) : Err(EPERM);
  const Kind kind = kind_of(what);
  if (kind == Kind::invalid || (start & ~kPageMask) != 0) return Err(EINVAL);
  const uint64_t len = page_align(size), end = start + len;
  if ((size != 0 && len == 0) || end < start) return Err(EINVAL);
  if (len == 0) return 0;
  switch (kind) {
    case Kind::hint:
      TRY(walk_range(mm, start, end,
                     [](vm_area_struct&, uint64_t, uint64_t) { return Result<void>(); }));
      break;
    case Kind::flag:
      TRY(for_range(mm, start, end, [&](vm_area_struct& vma) -> Result<void> {
        vma.flags = TRY(advised_flags(vma, what));
        return {};
      }));
      break;
    default:
      TRY(walk_range(mm, start, end, [&](vm_area_struct& vma, uint64_t from, uint64_t to) {
        return advise_part(mm, vma, from, to, what);
      }));
      // Only populating and collapsing have an answer worth a stop.
      if (what == kMadvPopulateRead || what == kMadvPopulateWrite || what == kMadvCollapse)
        TRY(mm.space->sync());
  }
  return 0;
}
