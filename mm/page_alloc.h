// The page allocator of flat memory, for guests without an MMU. Linux: mm/page_alloc.c and the part of
// mm/nommu.c that gives back what a power of two left over. Difference: free memory is one map of
// ranges instead of buddy lists, and the lowest range that is long enough is taken, so a program may
// have any contiguous number of pages and runs repeat exactly.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>

#include "lib/result.h"

class PageAllocator {
 public:
  // Hands out pages of [start, end), both multiples of a page.
  PageAllocator(uint64_t start, uint64_t end);

  // Contiguous pages for this many bytes. ENOMEM; EINVAL for none.
  Result<uint64_t> alloc(uint64_t bytes);
  // The same at a given place. ENOMEM if it is not free.
  Result<void> alloc_at(uint64_t addr, uint64_t bytes);
  // Gives pages back; they were allocated, together or not.
  void free(uint64_t addr, uint64_t bytes);

  uint64_t total() const { return total_; }
  uint64_t free_bytes() const { return free_bytes_; }
  uint64_t largest() const;  // bytes of the largest range
  size_t ranges() const { return free_.size(); }

 private:
  void take(std::map<uint64_t, uint64_t>::iterator range, uint64_t addr, uint64_t len);

  std::map<uint64_t, uint64_t> free_;  // start -> end, never touching each other
  uint64_t total_ = 0, free_bytes_ = 0;
};
