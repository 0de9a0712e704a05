// See page_alloc.h.
#include "mm/page_alloc.h"

#include <algorithm>
#include <iterator>

#include "lib/uapi.h"

namespace {

// 0 if the length cannot be a length.
uint64_t whole_pages(uint64_t bytes) {
  return bytes > UINT64_MAX - kPageSize ? 0 : (bytes + kPageSize - 1) & kPageMask;
}

}  // namespace

PageAllocator::PageAllocator(uint64_t start, uint64_t end) {
  if (start >= end) return;
  free_[start] = end;
  total_ = free_bytes_ = end - start;
}

void PageAllocator::take(std::map<uint64_t, uint64_t>::iterator range, uint64_t addr,
                         uint64_t len) {
  const uint64_t start = range->first, end = range->second;
  free_.erase(range);
  if (start < addr) free_[start] = addr;
  if (addr + len < end) free_[addr + len] = end;
  free_bytes_ -= len;
}

Result<uint64_t> PageAllocator::alloc(uint64_t bytes) {
  const uint64_t len = whole_pages(bytes);
  if (len == 0) return Err(bytes == 0 ? EINVAL : ENOMEM);
  const auto fits = [len](const auto& range) { return range.second - range.first >= len; };
  const auto it = std::find_if(free_.begin(), free_.end(), fits);
  if (it == free_.end()) return Err(ENOMEM);
  const uint64_t addr = it->first;
  take(it, addr, len);
  return addr;
}

Result<void> PageAllocator::alloc_at(uint64_t addr, uint64_t bytes) {
  const uint64_t len = whole_pages(bytes);
  if (len == 0 || (addr & ~kPageMask) != 0) return Err(EINVAL);
  auto it = free_.upper_bound(addr);
  if (it == free_.begin()) return Err(ENOMEM);
  --it;
  if (addr >= it->second || it->second - addr < len) return Err(ENOMEM);
  take(it, addr, len);
  return {};
}

void PageAllocator::free(uint64_t addr, uint64_t bytes) {
  uint64_t start = addr, end = addr + whole_pages(bytes);
  if (start == end) return;
  free_bytes_ += end - start;
  auto after = free_.lower_bound(start);
  if (after != free_.end() && after->first == end) {
    end = after->second;
    after = free_.erase(after);
  }
  if (after != free_.begin()) {
    const auto before = std::prev(after);
    if (before->second == start) {
      before->second = end;
      return;
    }
  }
  free_[start] = end;
}

uint64_t PageAllocator::largest() const {
  uint64_t most = 0;
  for (const auto& [start, end] : free_) most = std::max(most, end - start);
  return most;
}
