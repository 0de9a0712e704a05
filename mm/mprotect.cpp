// Changing protection. Linux: mm/mprotect.c. Memory keys do not exist here (pkey must be -1).
#include <algorithm>

#include "fs/fs.h"
#include "kernel/sched.h"
#include "mm/syscalls.h"
#include "mm/vma.h"

namespace {

Result<void> check_part(mm_struct& mm, const vm_area_struct& vma, unsigned prot) {
  // The MAY bit of each permission stands four places to the left of it.
  if ((prot & ~(vma.flags >> 4) & kVmProt) != 0) return Err(EACCES);
  if ((prot & PROT_WRITE) != 0 && (vma.flags & (VM_WRITE | VM_SHARED)) == 0 &&
      !may_expand_vm(mm, 0, prot))
    return Err(ENOMEM);
  // A file that was sealed against writing before it was mapped has no VM_MAYWRITE.
  const bool gains_write = (prot & PROT_WRITE) != 0 && (vma.flags & VM_WRITE) == 0;
  if (gains_write && (vma.flags & VM_SHARED) != 0 && vma.vm_file &&
      !vma.vm_file->mmap(vma.pgoff, vma.end - vma.start, true, true))
    return Err(EACCES);
  return {};
}

// The tree follows the space: only the change of a shared file can be refused by the host, and that
// one is carried out before it is noted.
Result<void> protect_part(mm_struct& mm, vm_area_struct& vma, unsigned prot) {
  if (current != nullptr && (current->personality & READ_IMPLIES_EXEC) != 0 &&
      (prot & PROT_READ) != 0 && (vma.flags & VM_MAYEXEC) != 0)
    prot |= PROT_EXEC;
  TRY(check_part(mm, vma, prot));
  if ((vma.flags & kVmProt) == prot) return {};
  const uint64_t len = vma.end - vma.start;
  const unsigned flags = (vma.flags & ~kVmProt) | prot;
  const bool charge = (vma.flags & VM_ACCOUNT) == 0 &&
                      accountable(flags, vma.anon != nullptr, (flags & VM_NORESERVE) != 0);
  if (charge) TRY(vm_enough_memory(len));
  mm.space->protect(vma.start, len, prot);
  if ((vma.flags & VM_SHARED) != 0 && vma.vm_file && (prot & PROT_WRITE) != 0) {
    if (auto done = mm.space->sync(); !done) {
      if (charge) vm_unacct_memory(len);
      return done;
    }
  }
  vma.flags = flags | (charge ? static_cast<unsigned>(VM_ACCOUNT) : 0U);
  return {};
}

}  // namespace

SyscallResult sys_mprotect(user_ptr<void> addr, size_arg size, prot_t prot) {
  mm_struct& mm = *current->mm;
  constexpr unsigned kGrows = PROT_GROWSDOWN | PROT_GROWSUP;
  const unsigned grows = prot & kGrows;
  if (grows == kGrows) return Err(EINVAL);
  uint64_t start = addr.addr;
  if ((start & ~kPageMask) != 0) return Err(EINVAL);
  if (size == 0) return 0;
  const uint64_t len = page_align(size), end = start + len;
  if (end <= start) return Err(ENOMEM);
  if ((prot & ~(kVmProt | PROT_SEM | kGrows)) != 0) return Err(EINVAL);
  const vm_area_struct* first = find_vma(mm, start);
  if (first == nullptr) return Err(ENOMEM);
  if (grows == PROT_GROWSDOWN) {
    if (first->start >= end) return Err(ENOMEM);
    if ((first->flags & VM_GROWSDOWN) == 0) return Err(EINVAL);
    start = first->start;
  } else {
    if (first->start > start) return Err(ENOMEM);
    if (grows == PROT_GROWSUP) return Err(EINVAL);  // no such areas on our machines
  }
  // What precedes a hole is changed before the hole is noticed, as Linux does it.
  uint64_t mapped_to = start;
  for (auto it = vma_find(mm, start);
       it != mm.mmap.end() && it->second.start <= mapped_to && mapped_to < end; ++it)
    mapped_to = std::min(end, it->second.end);
  TRY(for_range(mm, start, mapped_to,
                [&](vm_area_struct& vma) { return protect_part(mm, vma, prot & kVmProt); }));
  if (mapped_to < end) return Err(ENOMEM);
  return 0;
}

SyscallResult sys_pkey_mprotect(user_ptr<void> addr, size_arg len, prot_t prot, int pkey) {
  if (pkey != -1) return Err(EINVAL);
  return sys_mprotect(addr, len, prot);
}
