// Where a mapping goes when the caller leaves it open: downwards from mmap_base, else upwards from
// a third of the address space. Linux: mm/mmap.c (get_unmapped_area and its top-down and bottom-up
// walks), arch/x86/kernel/sys_x86_64.c (MAP_32BIT), arch/x86/mm/mmap.c (the layout). Differences:
// no randomisation, so the same program always gets the same addresses.
#include <algorithm>
#include <iterator>

#include "kernel/sched.h"
#include "mm/vma.h"

namespace {

struct window {
  uint64_t low, high;
};

// First fit from the top. What was seen of the holes above is remembered, so that a program with
// thousands of mappings does not walk them all for each new one (2.6's free_area_cache); the answer
// is that of a walk from the top.
Result<uint64_t> search_topdown(mm_struct& mm, uint64_t len, window w) {
  if (mm.free_area_cache == 0 || mm.free_area_cache > w.high || len <= mm.cached_hole_size) {
    mm.free_area_cache = w.high;
    mm.cached_hole_size = 0;
  }
  auto it = mm.mmap.lower_bound(mm.free_area_cache);
  uint64_t end = mm.free_area_cache;
  if (it != mm.mmap.end()) end = std::min(end, vm_start_gap(it->second));
  uint64_t largest = mm.cached_hole_size;
  for (;;) {
    const bool first = it == mm.mmap.begin();
    const uint64_t start = first ? w.low : std::max(w.low, std::prev(it)->second.end);
    if (end > start && end - start >= len) {
      mm.free_area_cache = end;
      mm.cached_hole_size = largest;
      return end - len;
    }
    if (end > start) largest = std::max(largest, end - start);
    if (first) return Err(ENOMEM);
    --it;
    if (it->second.end <= w.low) return Err(ENOMEM);
    end = vm_start_gap(it->second);
  }
}

Result<uint64_t> search_bottomup(mm_struct& mm, uint64_t len, window w) {
  uint64_t start = w.low;
  for (auto it = vma_find(mm, w.low);; ++it) {
    const uint64_t end = it == mm.mmap.end() ? w.high : std::min(w.high, vm_start_gap(it->second));
    if (end > start && end - start >= len) return start;
    if (it == mm.mmap.end() || it->second.end >= w.high) return Err(ENOMEM);
    start = std::max(start, it->second.end);
  }
}

}  // namespace

Result<uint64_t> get_unmapped_area(mm_struct& mm, uint64_t hint, uint64_t len, unsigned map_flags,
                                   uint64_t align) {
  const uint64_t top = mm.isa->task_size();
  if (len > top) return Err(ENOMEM);
  // The first two GiB, for code that jumps with 32-bit displacements; meaningless to 32-bit guests.
  if ((map_flags & MAP_32BIT) != 0 && mm.isa->word_bytes() == 8) {
    const window low{0x40000000, 0x80000000};
    if (hint != 0 && hint <= low.high && len <= low.high - hint &&
        range_is_free(mm, hint, hint + len))
      return hint;
    return search_bottomup(mm, len, low);
  }
  if (hint != 0 && len <= top - std::min(hint, top) && range_is_free(mm, hint, hint + len))
    return hint;
  const window below{kMmapMinAddr, mm.mmap_base};
  if (align > kPageSize && hint == 0 && len <= top - align)
    // As high as it goes, so that one follows the other and they are one area.
    if (auto found = search_topdown(mm, len + align, below)) return (*found + align) & ~(align - 1);
  if (auto found = search_topdown(mm, len, below)) return found;
  return search_bottomup(mm, len, {page_align(top / 3), top});
}
