// Moving and resizing mappings. Linux: mm/mremap.c. The pages move in the host (UserSpace::remap),
// so the cost does not depend on the size. Difference: MREMAP_DONTUNMAP is for private anonymous
// memory.
#include <algorithm>

#include "fs/fs.h"
#include "kernel/sched.h"
#include "mm/nommu.h"
#include "mm/syscalls.h"
#include "mm/vma.h"

namespace {

struct request {
  uint64_t addr, old_len, new_len;
  unsigned flags;
  uint64_t new_addr;
};

// The area that holds all of the old range; EFAULT where Linux says so.
Result<vma_iterator> old_area(mm_struct& mm, const request& r) {
  auto it = vma_find(mm, r.addr);
  if (it == mm.mmap.end() || it->second.start > r.addr) return Err(EFAULT);
  const vm_area_struct& vma = it->second;
  // A length of 0 makes a second mapping of the same pages, which private ones cannot have.
  if (r.old_len == 0 && (vma.flags & VM_SHARED) == 0) return Err(EINVAL);
  if ((r.flags & MREMAP_DONTUNMAP) != 0 && (vma.vm_file || vma.anon)) return Err(EINVAL);
  if (r.old_len > vma.end - r.addr) return Err(EFAULT);
  return it;
}

Result<void> check_growth(mm_struct& mm, const vm_area_struct& vma, uint64_t more) {
  if (more == 0) return {};
  if (vma.vm_file && vma.pgoff + (vma.end - vma.start) + more > INT64_MAX) return Err(EINVAL);
  if ((vma.flags & VM_LOCKED) != 0 && !can_do_mlock(mm, more)) return Err(EAGAIN);
  if (!may_expand_vm(mm, more, vma.flags)) return Err(ENOMEM);
  if ((vma.flags & VM_ACCOUNT) != 0) TRY(vm_enough_memory(more));
  return {};
}

void uncharge(const vm_area_struct& vma, uint64_t bytes) {
  if ((vma.flags & VM_ACCOUNT) != 0) vm_unacct_memory(bytes);
}

Result<uint64_t> grow_in_place(mm_struct& mm, vma_iterator it, const request& r) {
  const uint64_t more = r.new_len - r.old_len;
  TRY(check_growth(mm, it->second, more));
  vm_area_struct part = it->second;
  mm.space->remap(r.addr, r.old_len, r.addr, r.new_len);
  if (auto done = mm.space->sync(); !done) {
    uncharge(part, more);
    return std::unexpected(done.error());
  }
  if (part.vm_file || part.anon) part.pgoff += part.end - part.start;
  part.start = part.end;
  part.end += more;
  insert_vma(mm, std::move(part));
  return r.addr;
}

// Moves to a free place. The old pages are gone from their place afterwards, unless they stay as
// another mapping of the same object (old_len 0) or are to be replaced by empty ones (DONTUNMAP).
Result<uint64_t> move_vma(mm_struct& mm, vma_iterator it, const request& r, uint64_t to) {
  if (too_many_vmas(mm, 3)) return Err(ENOMEM);
  const bool keeps_old = r.old_len == 0 || (r.flags & MREMAP_DONTUNMAP) != 0;
  const uint64_t more = keeps_old ? r.new_len : std::max(r.new_len, r.old_len) - r.old_len;
  TRY(check_growth(mm, it->second, more));
  vm_area_struct moved = it->second;
  if (moved.vm_file || moved.anon) moved.pgoff += r.addr - moved.start;
  moved.start = to;
  moved.end = to + r.new_len;
  moved.name = nullptr;  // a piece of the heap elsewhere is no heap
  moved.flags &= ~static_cast<unsigned>(VM_GROWSDOWN);
  mm.space->remap(r.addr, r.old_len, to, r.new_len);
  if ((r.flags & MREMAP_DONTUNMAP) != 0)
    mm.space->map(r.addr, r.old_len, moved.flags & kVmProt, arch::Backing{});
  if (auto done = mm.space->sync(); !done) {
    uncharge(moved, more);
    return std::unexpected(done.error());
  }
  if (!keeps_old) {
    // The charge of the moved pages moves along: what the tree gives back is taken again.
    const uint64_t charged = (moved.flags & VM_ACCOUNT) != 0 ? r.old_len : 0;
    remove_vmas(mm, r.addr, r.addr + r.old_len);
    (void)vm_enough_memory(charged);
  }
  insert_vma(mm, std::move(moved));
  return to;
}

Result<uint64_t> mremap_to(mm_struct& mm, request r) {
  const uint64_t top = mm.isa->task_size();
  if ((r.new_addr & ~kPageMask) != 0 || r.new_len > top || r.new_addr > top - r.new_len)
    return Err(EINVAL);
  if (r.addr + r.old_len > r.new_addr && r.new_addr + r.new_len > r.addr) return Err(EINVAL);
  if ((r.flags & MREMAP_FIXED) != 0) {
    if (r.new_addr < kMmapMinAddr && !task_capable(CAP_SYS_RAWIO)) return Err(EPERM);
    TRY(do_munmap(mm, r.new_addr, r.new_len));
  }
  if (r.old_len > r.new_len) {
    TRY(do_munmap(mm, r.addr + r.new_len, r.old_len - r.new_len));
    r.old_len = r.new_len;
  }
  auto it = TRY(old_area(mm, r));
  uint64_t to = r.new_addr;
  if ((r.flags & MREMAP_FIXED) == 0)
    to = TRY(get_unmapped_area(mm, r.new_addr & kPageMask, r.new_len, 0));
  return move_vma(mm, it, r, to);
}

Result<uint64_t> do_mremap(mm_struct& mm, const request& r) {
  constexpr unsigned kElsewhere = MREMAP_FIXED | MREMAP_DONTUNMAP;
  if (vma_find(mm, r.addr) == mm.mmap.end() || find_vma(mm, r.addr)->start > r.addr)
    return Err(EFAULT);
  if ((r.flags & kElsewhere) != 0) return mremap_to(mm, r);
  if (r.old_len >= r.new_len) {
    if (r.old_len > r.new_len) TRY(do_munmap(mm, r.addr + r.new_len, r.old_len - r.new_len));
    return r.addr;
  }
  auto it = TRY(old_area(mm, r));
  const uint64_t more = r.new_len - r.old_len;
  const uint64_t end = it->second.end;
  if (r.old_len == end - r.addr && r.old_len != 0 && end + more > end &&
      end + more <= mm.isa->task_size() && range_is_free(mm, end, end + more))
    return grow_in_place(mm, it, r);
  if ((r.flags & MREMAP_MAYMOVE) == 0) return Err(ENOMEM);
  return move_vma(mm, it, r, TRY(get_unmapped_area(mm, 0, r.new_len, 0)));
}

}  // namespace

SyscallResult sys_mremap(user_ptr<void> addr, size_arg old_len, size_arg new_len,
                         mremap_flags_t flags, user_ptr<void> new_addr) {
  constexpr unsigned kKnown = MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP;
  if ((flags & ~kKnown) != 0) return Err(EINVAL);
  if ((flags & (MREMAP_FIXED | MREMAP_DONTUNMAP)) != 0 && (flags & MREMAP_MAYMOVE) == 0)
    return Err(EINVAL);
  if ((flags & MREMAP_DONTUNMAP) != 0 && old_len != new_len) return Err(EINVAL);
  if ((addr.addr & ~kPageMask) != 0) return Err(EINVAL);
  const uint64_t top = current->mm->isa->task_size();
  if (!current->mm->isa->has_mmu())
    return static_cast<long>(TRY(nommu_mremap(*current->mm, addr.addr, old_len, new_len, flags)));
  if (old_len > top || new_len > top) return Err(new_len > top ? ENOMEM : EFAULT);
  const request r{addr.addr, page_align(old_len), page_align(new_len), flags, new_addr.addr};
  if (r.new_len == 0) return Err(EINVAL);
  if (r.addr > top - std::min(top, r.old_len)) return Err(EFAULT);
  return static_cast<long>(TRY(do_mremap(*current->mm, r)));
}
