// The VMA tree's own operations, for the files of mm/ alone: find, split, merge, remove, and the
// account of committed memory. Nothing here talks to the UserSpace. Linux: mm/internal.h, mm/mmap.c
// (__split_vma, vma_merge), mm/util.c (__vm_enough_memory).
#pragma once

#include <functional>

#include "mm/mm.h"

using vma_iterator = std::map<uint64_t, vm_area_struct>::iterator;

// vm.max_map_count: a little below the host's usual 65530, for the machine has pages of its own
// there.
inline constexpr size_t kMaxMapCount = 65500;
inline constexpr uint64_t kMmapMinAddr = 65536;  // vm.mmap_min_addr
inline constexpr uint64_t kStackGuardGap = 256 * kPageSize;
inline constexpr unsigned kVmMay = VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC;

// First VMA that ends above addr; the iterator form of find_vma.
vma_iterator vma_find(mm_struct& mm, uint64_t addr);
// Where mappings below this VMA must end: a stack keeps its guard gap.
uint64_t vm_start_gap(const vm_area_struct& vma);
bool range_is_free(mm_struct& mm, uint64_t start, uint64_t end);    // guard gaps count as taken
bool range_is_mapped(mm_struct& mm, uint64_t start, uint64_t end);  // no holes

// Cuts at addr, which lies inside the VMA; returns the upper part.
vma_iterator split_vma(mm_struct& mm, vma_iterator it, uint64_t addr);
// Adds a VMA into a free place and joins it with its neighbours; counts total_vm.
vma_iterator insert_vma(mm_struct& mm, vm_area_struct vma);
// Joins a VMA with its neighbours if they are alike; returns the result.
vma_iterator merge_vma(mm_struct& mm, vma_iterator it);
// Takes [start, end) out of the tree and out of the accounts.
void remove_vmas(mm_struct& mm, uint64_t start, uint64_t end);

// Calls f for each VMA of [start, end), cut to the range, in address order, and joins what became
// alike. ENOMEM at the end if there were holes, after all parts were treated; an error of f stops.
Result<void> for_range(mm_struct& mm, uint64_t start, uint64_t end,
                       const std::function<Result<void>(vm_area_struct&)>& f);
// The same without cutting or changing anything; f also gets the covered part of the VMA.
Result<void> walk_range(
    mm_struct& mm, uint64_t start, uint64_t end,
    const std::function<Result<void>(vm_area_struct&, uint64_t from, uint64_t to)>& f);

// Would more mappings than the limit exist?
inline bool too_many_vmas(const mm_struct& mm, size_t more) {
  return mm.mmap.size() + more > kMaxMapCount;
}

// The account of memory that guests may come to use. ENOMEM past --mem.
Result<void> vm_enough_memory(uint64_t bytes);
void vm_unacct_memory(uint64_t bytes);
// Whether memory of these flags is charged: writable private memory and shared memory without a
// file.
bool accountable(unsigned flags, bool shared_anon, bool noreserve);

// The current task's soft limit, if it is the one that owns this mm; none outside any task.
uint64_t rlimit_of(unsigned resource);
bool may_expand_vm(const mm_struct& mm, uint64_t bytes, unsigned flags);  // RLIMIT_AS, RLIMIT_DATA
uint64_t locked_vm(const mm_struct& mm);
bool can_do_mlock(const mm_struct& mm, uint64_t more);  // RLIMIT_MEMLOCK, CAP_IPC_LOCK
bool task_capable(int cap);                             // capable(); true outside any task

// A place for len bytes, the hint's if it is free. ENOMEM. `align`, a power of two, is a wish: it is
// heard where there is room and no hint.
Result<uint64_t> get_unmapped_area(mm_struct& mm, uint64_t hint, uint64_t len, unsigned map_flags,
                                   uint64_t align = kPageSize);
// Grows a stack area down so that it covers addr. ENOMEM if limits or neighbours forbid it.
Result<void> expand_stack(mm_struct& mm, vm_area_struct& vma, uint64_t addr);
// Frees what an mm maps and what it is charged for.
void exit_mmap(mm_struct& mm);
