// Stacks, faults and the names of memory. Linux: mm/memory.c (handle_mm_fault), mm/mmap.c
// (expand_stack), fs/exec.c (setup_arg_pages), kernel/futex/core.c (get_futex_key). Differences:
// the host pages memory in, so a fault that arrives here is a stack that must grow or a mistake of
// the guest's. A stack grows by as much as it already has, 128 KiB at least, so that a deep
// recursion costs a handful of stops and not one a page.
#include <algorithm>
#include <iterator>

#include "fs/fs.h"
#include "kernel/sched.h"
#include "mm/uaccess.h"
#include "mm/vma.h"

namespace {

constexpr uint64_t kStackChunk = 128 * 1024;

uint64_t stack_limit(const mm_struct& mm) {
  const bool ours = current != nullptr && current->mm == &mm;
  return (ours ? rlimit_of(RLIMIT_STACK) : mm.stack_limit) & kPageMask;
}

// The lowest address that this stack may come to.
uint64_t lowest_stack(mm_struct& mm, const vm_area_struct& vma) {
  uint64_t low = kMmapMinAddr;
  const uint64_t most = stack_limit(mm);
  if (most < vma.end) low = std::max(low, vma.end - most);
  auto it = mm.mmap.find(vma.start);
  if (it == mm.mmap.begin()) return low;
  const vm_area_struct& below = std::prev(it)->second;
  // Memory that nobody can touch guards as well as a gap does.
  const bool needs_gap = (below.flags & VM_GROWSDOWN) == 0 && (below.flags & kVmProt) != 0;
  return std::max(low, below.end + (needs_gap ? kStackGuardGap : 0));
}

Result<void> grow(mm_struct& mm, vm_area_struct& vma, uint64_t start) {
  const uint64_t more = vma.start - start;
  if (!may_expand_vm(mm, more, vma.flags)) return Err(ENOMEM);
  if ((vma.flags & VM_LOCKED) != 0 && !can_do_mlock(mm, more)) return Err(ENOMEM);
  vm_area_struct part = vma;
  part.start = start;
  part.end = vma.start;
  if ((vma.flags & VM_ACCOUNT) != 0) TRY(vm_enough_memory(more));
  mm.space->map(start, more, vma.flags & kVmProt, arch::Backing{});
  insert_vma(mm, std::move(part));
  return {};
}

}  // namespace

Result<void> expand_stack(mm_struct& mm, vm_area_struct& vma, uint64_t addr) {
  const uint64_t need = addr & kPageMask;
  const uint64_t low = lowest_stack(mm, vma);
  if (need < low) return Err(ENOMEM);
  const uint64_t chunk = std::max(kStackChunk, vma.end - vma.start);
  const uint64_t want = vma.start > chunk ? vma.start - chunk : 0;
  const uint64_t start = std::max(low, std::min(need, want));
  if (grow(mm, vma, start)) return {};
  return grow(mm, vma, need);
}

Result<void> setup_stack(mm_struct& mm, uint64_t top, uint64_t initial_bytes) {
  vm_area_struct vma;
  const uint64_t len = std::max(page_align(initial_bytes), kPageSize);
  if (len > top) return Err(ENOMEM);
  vma.end = top;
  vma.start = top - len;
  vma.flags = VM_READ | VM_WRITE | kVmMay | VM_GROWSDOWN | VM_ACCOUNT;
  vma.name = "[stack]";
  if (!range_is_free(mm, vma.start, vma.end)) return Err(ENOMEM);
  if (!may_expand_vm(mm, len, vma.flags)) return Err(ENOMEM);
  TRY(vm_enough_memory(len));
  mm.space->map(vma.start, len, vma.flags & kVmProt, arch::Backing{});
  mm.stack_limit = rlimit_of(RLIMIT_STACK);
  insert_vma(mm, std::move(vma));
  return {};
}

bool handle_mm_fault(mm_struct& mm, uint64_t addr, bool write) {
  if (addr >= mm.isa->task_size()) return false;
  vm_area_struct* vma = find_vma(mm, addr);
  // Inside an area the host has already done what can be done.
  if (vma == nullptr || vma->start <= addr || (vma->flags & VM_GROWSDOWN) == 0) return false;
  if ((vma->flags & (write ? VM_WRITE : kVmProt)) == 0) return false;
  if (!expand_stack(mm, *vma, addr)) return false;
  return mm.space->sync().has_value();
}

Result<futex_key> get_futex_key(mm_struct& mm, uint64_t addr, bool is_private) {
  if (addr % 4 != 0) return Err(EINVAL);
  if (!access_ok(addr, 4)) return Err(EFAULT);
  const auto self = reinterpret_cast<uint64_t>(&mm);
  if (is_private) return futex_key{self, addr};
  const vm_area_struct* vma = find_vma(mm, addr);
  if (vma == nullptr || vma->start > addr) return Err(EFAULT);
  const uint64_t offset = vma->pgoff + (addr - vma->start);
  // Objects are at even addresses, so odd numbers are free for those without one. A shared
  // operation on private memory does not meet a private one (bit 1), as in Linux.
  if (vma->anon) return futex_key{vma->anon->id * 2 + 1, offset};
  if ((vma->flags & VM_SHARED) != 0 && vma->vm_file)
    return futex_key{reinterpret_cast<uint64_t>(vma->vm_file->f_inode().get()), offset};
  return futex_key{self, addr | 2};
}
