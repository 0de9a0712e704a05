// Making and removing mappings. Linux: mm/mmap.c. The VMA tree is changed here and the same change
// is queued in the UserSpace. What can only fail for want of host resources is left in the queue
// until the task returns to user mode, so mmap and munmap of plain memory cost no stop of their
// own; what may be refused (files, very large or very low mappings) is carried out before the call
// returns.
#include <algorithm>

#include "fs/fs.h"
#include "kernel/sched.h"
#include "mm/nommu.h"
#include "mm/vma.h"

namespace {

constexpr uint64_t kLazyLimit = 16ULL << 20;  // larger ones may meet the host's overcommit rules
// Flags that every kernel since 2.0 has taken; others count only for MAP_SHARED_VALIDATE.
constexpr unsigned kLegacyFlags = MAP_SHARED | MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS |
                                  MAP_DENYWRITE | MAP_EXECUTABLE | MAP_GROWSDOWN | MAP_LOCKED |
                                  MAP_NORESERVE | MAP_POPULATE | MAP_NONBLOCK | MAP_STACK |
                                  MAP_HUGETLB | MAP_32BIT;

struct mapping {
  vm_area_struct vma;
  arch::Backing backing;
};

Result<unsigned> file_vm_flags(const file& f, unsigned prot, unsigned map_flags) {
  unsigned flags = (prot & kVmProt) | kVmMay;
  const unsigned type = map_flags & MAP_TYPE;
  if (type == MAP_SHARED_VALIDATE && (map_flags & ~(kLegacyFlags | MAP_SHARED_VALIDATE)) != 0)
    return Err(EOPNOTSUPP);
  if (type == MAP_SHARED || type == MAP_SHARED_VALIDATE) {
    if ((prot & PROT_WRITE) != 0 && !f.writable()) return Err(EACCES);
    flags |= VM_SHARED;
    if (!f.writable()) flags &= ~VM_MAYWRITE;
  } else if (type != MAP_PRIVATE) {
    return Err(EINVAL);
  }
  if (!f.readable()) return Err(EACCES);
  if (f.f_path.mnt && (f.f_path.mnt->flags & MS_NOEXEC) != 0) {
    if ((prot & PROT_EXEC) != 0) return Err(EPERM);
    flags &= ~VM_MAYEXEC;
  }
  if ((map_flags & MAP_GROWSDOWN) != 0) return Err(EINVAL);
  return flags;
}

Result<unsigned> anon_vm_flags(unsigned prot, unsigned map_flags) {
  unsigned flags = (prot & kVmProt) | kVmMay;
  switch (map_flags & MAP_TYPE) {
    case MAP_PRIVATE: break;
    case MAP_SHARED:
      if ((map_flags & MAP_GROWSDOWN) != 0) return Err(EINVAL);
      flags |= VM_SHARED;
      break;
    default: return Err(EINVAL);
  }
  if ((map_flags & MAP_GROWSDOWN) != 0) flags |= VM_GROWSDOWN;
  return flags;
}

// Old programs count on readable memory being executable; exec sets the personality for them.
unsigned implied_prot(const Ref<file>& f, unsigned prot) {
  if (current == nullptr || (current->personality & READ_IMPLIES_EXEC) == 0 ||
      (prot & PROT_READ) == 0)
    return prot;
  if (f && f->f_path.mnt && (f->f_path.mnt->flags & MS_NOEXEC) != 0) return prot;
  return prot | PROT_EXEC;
}

// Since 6.7 (and, for whole huge pages only, 6.12) anonymous memory that huge pages would fill begins
// at one: THP_ALIGNED of mm/huge_memory.c, not for 32-bit programs.
uint64_t wished_alignment(const mm_struct& mm, const Ref<file>& f, uint64_t len, unsigned map_flags) {
  constexpr uint64_t kHugePage = 2ULL << 20;
  const bool fits = len >= kHugePage && len % kHugePage == 0 && mm.isa->word_bytes() == 8;
  return fits && !f && (map_flags & MAP_SHARED) == 0 ? kHugePage : kPageSize;
}

Result<uint64_t> choose_address(mm_struct& mm, uint64_t addr, uint64_t len, unsigned map_flags,
                                uint64_t align) {
  const uint64_t top = mm.isa->task_size();
  if ((map_flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)) == 0) {
    addr &= kPageMask;
    if (addr != 0 && addr < kMmapMinAddr) addr = kMmapMinAddr;
    return get_unmapped_area(mm, addr, len, map_flags, align);
  }
  if (len > top || addr > top - len) return Err(ENOMEM);
  if ((addr & ~kPageMask) != 0) return Err(EINVAL);
  if (addr < kMmapMinAddr && !task_capable(CAP_SYS_RAWIO)) return Err(EPERM);
  if ((map_flags & MAP_FIXED_NOREPLACE) != 0) {
    auto it = vma_find(mm, addr);
    if (it != mm.mmap.end() && it->second.start < addr + len) return Err(EEXIST);
  }
  return addr;
}

// Asks the file what stands behind the mapping.
Result<void> file_backing(const Ref<file>& f, uint64_t offset, mapping& m) {
  const bool shared = (m.vma.flags & VM_SHARED) != 0;
  const bool shared_write = shared && (m.vma.flags & VM_WRITE) != 0;
  const Ref<inode> i = f->f_inode();
  if (shared_write && i && i->i_writecount < 0) return Err(ETXTBSY);
  m.backing = TRY(f->mmap(offset, m.vma.end - m.vma.start, shared, shared_write));
  m.backing.shared = shared;
  m.vma.vm_file = f;
  m.vma.pgoff = offset;
  // Shared memory that a device makes (/dev/zero) is an object of its own.
  if (m.backing.host_fd < 0 && shared) {
    m.vma.anon = make_ref<shared_anon>(m.vma.end - m.vma.start);
    m.backing = m.vma.anon->backing(0);
    m.vma.pgoff = 0;
  }
  return {};
}

Result<void> check_limits(mm_struct& mm, const vm_area_struct& vma, unsigned map_flags) {
  uint64_t replaced = 0;
  if ((map_flags & MAP_FIXED) != 0)
    for (auto it = vma_find(mm, vma.start); it != mm.mmap.end() && it->second.start < vma.end; ++it)
      replaced += std::min(it->second.end, vma.end) - std::max(it->second.start, vma.start);
  if (!may_expand_vm(mm, vma.end - vma.start - replaced, vma.flags)) return Err(ENOMEM);
  return {};
}

// Replaces what is there by the new area, in the tree and in the space.
Result<void> install(mm_struct& mm, mapping& m, bool lazy) {
  const uint64_t start = m.vma.start, len = m.vma.end - start;
  remove_vmas(mm, start, m.vma.end);
  mm.space->map(start, len, m.vma.flags & kVmProt, m.backing);
  insert_vma(mm, std::move(m.vma));
  if (lazy) return {};
  if (auto done = mm.space->sync(); !done) {
    remove_vmas(mm, start, start + len);
    mm.space->unmap(start, len);
    return done;
  }
  return {};
}

}  // namespace

Result<uint64_t> do_mmap(mm_struct& mm, const Ref<file>& f, uint64_t addr, uint64_t len,
                         unsigned prot, unsigned map_flags, uint64_t offset, bool queue_only) {
  if (len == 0) return Err(EINVAL);
  if (len > UINT64_MAX - kPageSize) return Err(ENOMEM);
  len = page_align(len);
  if ((offset & ~kPageMask) != 0) return Err(EINVAL);
  if (!mm.isa->has_mmu()) return nommu_mmap(mm, f, len, prot, map_flags, offset);
  if (offset + len < offset || offset + len > INT64_MAX) return Err(EOVERFLOW);
  if (too_many_vmas(mm, 1)) return Err(ENOMEM);
  if ((map_flags & MAP_FIXED_NOREPLACE) != 0) map_flags |= MAP_FIXED;
  prot = implied_prot(f, prot);
  addr = TRY(choose_address(mm, addr, len, map_flags, wished_alignment(mm, f, len, map_flags)));

  mapping m;
  m.vma.start = addr;
  m.vma.end = addr + len;
  m.vma.flags = f ? TRY(file_vm_flags(*f, prot, map_flags)) : TRY(anon_vm_flags(prot, map_flags));
  if ((map_flags & MAP_HUGETLB) != 0)
    return Err(f ? EINVAL : ENOMEM);  // the pool of huge pages is empty
  if (mm.def_locked || (map_flags & MAP_LOCKED) != 0) {
    const bool forbidden = rlimit_of(RLIMIT_MEMLOCK) == 0 && !task_capable(CAP_IPC_LOCK);
    if ((map_flags & MAP_LOCKED) != 0 && forbidden) return Err(EPERM);
    if (!can_do_mlock(mm, len)) return Err(EAGAIN);
    m.vma.flags |= VM_LOCKED;
  }
  if (f) {
    TRY(file_backing(f, offset, m));
  } else if ((m.vma.flags & VM_SHARED) != 0) {
    m.vma.anon = make_ref<shared_anon>(len);
    m.backing = m.vma.anon->backing(0);
  }
  TRY(check_limits(mm, m.vma, map_flags));
  m.backing.noreserve = (map_flags & MAP_NORESERVE) != 0;
  if (m.backing.noreserve) m.vma.flags |= VM_NORESERVE;
  if (accountable(m.vma.flags, m.vma.anon != nullptr, m.backing.noreserve)) {
    TRY(vm_enough_memory(len));
    m.vma.flags |= VM_ACCOUNT;
  }
  const bool lazy = queue_only || (!f && len <= kLazyLimit && addr >= kMmapMinAddr);
  TRY(install(mm, m, lazy));
  return addr;
}

Result<void> do_munmap(mm_struct& mm, uint64_t addr, uint64_t len, bool /*queue_only*/) {
  const uint64_t top = mm.isa->task_size();
  if ((addr & ~kPageMask) != 0 || addr > top || len > top - addr) return Err(EINVAL);
  len = page_align(len);
  if (len == 0) return Err(EINVAL);
  if (!mm.isa->has_mmu()) return nommu_munmap(mm, addr, len);
  auto it = vma_find(mm, addr);
  if (it == mm.mmap.end() || it->second.start >= addr + len) return {};
  if (it->second.start < addr && it->second.end > addr + len && too_many_vmas(mm, 1))
    return Err(ENOMEM);
  remove_vmas(mm, addr, addr + len);
  // Taking memory away cannot fail and nobody can look before the task is back in user mode.
  mm.space->unmap(addr, len);
  return {};
}

Result<uint64_t> do_brk(mm_struct& mm, uint64_t brk) {
  if (!mm.isa->has_mmu()) return nommu_brk(mm, brk);
  if (brk < mm.start_brk || brk > mm.isa->task_size()) return Err(ENOMEM);
  const uint64_t data = rlimit_of(RLIMIT_DATA);
  if (data != RLIM_INFINITY && brk - mm.start_brk + (mm.end_data - mm.start_data) > data)
    return Err(ENOMEM);
  const uint64_t old_end = page_align(mm.brk), new_end = page_align(brk);
  if (new_end < old_end) TRY(do_munmap(mm, new_end, old_end - new_end));
  if (new_end > old_end) {
    const uint64_t len = new_end - old_end;
    if (!range_is_free(mm, old_end, new_end + kPageSize) || too_many_vmas(mm, 1))
      return Err(ENOMEM);
    mapping m;
    m.vma.start = old_end;
    m.vma.end = new_end;
    m.vma.name = "[heap]";
    m.vma.flags = (implied_prot(nullptr, PROT_READ | PROT_WRITE) & kVmProt) | kVmMay | VM_ACCOUNT;
    if (mm.def_locked) m.vma.flags |= VM_LOCKED;
    if (!may_expand_vm(mm, len, m.vma.flags)) return Err(ENOMEM);
    if (mm.def_locked && !can_do_mlock(mm, len)) return Err(EAGAIN);
    TRY(vm_enough_memory(len));
    TRY(install(mm, m, len <= kLazyLimit));
  }
  mm.brk = brk;
  return brk;
}
