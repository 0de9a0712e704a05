// The VMA tree: find, split, merge, remove. Linux: mm/mmap.c. Differences: a std::map by start
// address instead of a maple tree; anonymous private areas carry no page offset, so neighbours
// always join.
#include "mm/vma.h"

#include <algorithm>
#include <iterator>

#include "fs/fs.h"

vm_area_struct::vm_area_struct() = default;
vm_area_struct::vm_area_struct(const vm_area_struct&) = default;
vm_area_struct& vm_area_struct::operator=(const vm_area_struct&) = default;
vm_area_struct::~vm_area_struct() = default;

// The kernel has one table of host files for all that guests do (1024 with most hosts' ulimit -n), and who
// maps so much is not to take it all: a high number says that it fills.
shared_anon::shared_anon(uint64_t n) : bytes(n) {
  constexpr int kHighest = 128;
  static uint64_t next_id = 0;
  id = ++next_id;
  auto& host = arch::machine().hostfs();
  auto file = host.memfd("dev/zero");
  if (!file || file->fd() > kHighest || !host.truncate(file->fd(), bytes)) return;
  memory = std::move(*file);
  key = new_backing_key();
}

shared_anon::~shared_anon() {
  if (key != 0) arch::machine().forget_backing(key);
}

arch::Backing shared_anon::backing(uint64_t offset) const {
  if (!memory || offset >= bytes) return {.shared = true};
  return {.host_fd = memory.fd(), .key = key, .offset = offset, .shared = true};
}

namespace {

bool has_offset(const vm_area_struct& vma) { return vma.vm_file || vma.anon; }

bool can_merge(const vm_area_struct& low, const vm_area_struct& high) {
  return low.end == high.start && low.flags == high.flags && low.vm_file == high.vm_file &&
         low.anon == high.anon && low.name == high.name &&
         (!has_offset(low) || low.pgoff + (low.end - low.start) == high.pgoff);
}

// The hole below `above` has grown: the next search must see all of it.
void hole_grew(mm_struct& mm, vma_iterator above) {
  if (mm.free_area_cache == 0) return;
  uint64_t top = mm.mmap_base;
  if (above != mm.mmap.end()) top = std::min(top, vm_start_gap(above->second));
  mm.free_area_cache = std::max(mm.free_area_cache, top);
}

}  // namespace

vma_iterator vma_find(mm_struct& mm, uint64_t addr) {
  auto it = mm.mmap.upper_bound(addr);
  if (it != mm.mmap.begin() && std::prev(it)->second.end > addr) --it;
  return it;
}

vm_area_struct* find_vma(mm_struct& mm, uint64_t addr) {
  auto it = vma_find(mm, addr);
  return it == mm.mmap.end() ? nullptr : &it->second;
}

void for_each_vma(const mm_struct& mm, const std::function<void(const vm_area_struct&)>& f) {
  for (const auto& [start, vma] : mm.mmap) f(vma);
}

uint64_t vm_start_gap(const vm_area_struct& vma) {
  if ((vma.flags & VM_GROWSDOWN) == 0) return vma.start;
  return vma.start > kStackGuardGap ? vma.start - kStackGuardGap : 0;
}

bool range_is_free(mm_struct& mm, uint64_t start, uint64_t end) {
  auto it = vma_find(mm, start);
  return it == mm.mmap.end() || vm_start_gap(it->second) >= end;
}

bool range_is_mapped(mm_struct& mm, uint64_t start, uint64_t end) {
  for (auto it = vma_find(mm, start); start < end; start = it->second.end, ++it)
    if (it == mm.mmap.end() || it->second.start > start) return false;
  return true;
}

vma_iterator split_vma(mm_struct& mm, vma_iterator it, uint64_t addr) {
  vm_area_struct upper = it->second;
  if (has_offset(upper)) upper.pgoff += addr - upper.start;
  upper.start = addr;
  it->second.end = addr;
  return mm.mmap.emplace_hint(std::next(it), addr, std::move(upper));
}

vma_iterator merge_vma(mm_struct& mm, vma_iterator it) {
  if (auto next = std::next(it); next != mm.mmap.end() && can_merge(it->second, next->second)) {
    it->second.end = next->second.end;
    mm.mmap.erase(next);
  }
  if (it == mm.mmap.begin()) return it;
  auto prev = std::prev(it);
  if (!can_merge(prev->second, it->second)) return it;
  prev->second.end = it->second.end;
  mm.mmap.erase(it);
  return prev;
}

vma_iterator insert_vma(mm_struct& mm, vm_area_struct vma) {
  mm.total_vm += vma.end - vma.start;
  const uint64_t start = vma.start;
  auto it = mm.mmap.emplace(start, std::move(vma)).first;
  // Inside a stack's guard gap, what is below is no longer the stack's to guard.
  if (auto next = std::next(it);
      next != mm.mmap.end() && vm_start_gap(next->second) < it->second.end)
    hole_grew(mm, it);
  return merge_vma(mm, it);
}

void remove_vmas(mm_struct& mm, uint64_t start, uint64_t end) {
  auto it = vma_find(mm, start);
  if (it != mm.mmap.end() && it->second.start < start) it = split_vma(mm, it, start);
  while (it != mm.mmap.end() && it->second.start < end) {
    if (it->second.end > end) split_vma(mm, it, end);
    const uint64_t len = it->second.end - it->second.start;
    mm.total_vm -= len;
    if ((it->second.flags & VM_ACCOUNT) != 0) vm_unacct_memory(len);
    it = mm.mmap.erase(it);
  }
  hole_grew(mm, it);
}

Result<void> for_range(mm_struct& mm, uint64_t start, uint64_t end,
                       const std::function<Result<void>(vm_area_struct&)>& f) {
  bool hole = false;
  uint64_t at = start;
  auto it = vma_find(mm, start);
  while (at < end && it != mm.mmap.end() && it->second.start < end) {
    if (it->second.start > at) hole = true;
    const size_t cuts = (it->second.start < at ? 1 : 0) + (it->second.end > end ? 1 : 0);
    if (cuts != 0 && too_many_vmas(mm, cuts)) return Err(ENOMEM);
    if (it->second.start < at) it = split_vma(mm, it, at);
    if (it->second.end > end) split_vma(mm, it, end);
    at = it->second.end;
    auto done = f(it->second);
    merge_vma(mm, it);
    if (!done) return done;
    // What follows may have been joined to this part: find it by address.
    it = vma_find(mm, at);
  }
  if (hole || at < end) return Err(ENOMEM);
  return {};
}

Result<void> walk_range(mm_struct& mm, uint64_t start, uint64_t end,
                        const std::function<Result<void>(vm_area_struct&, uint64_t, uint64_t)>& f) {
  bool hole = false;
  uint64_t at = start;
  for (auto it = vma_find(mm, start); at < end; ++it) {
    if (it == mm.mmap.end() || it->second.start >= end) return Err(ENOMEM);
    if (it->second.start > at) hole = true;
    const uint64_t from = std::max(at, it->second.start);
    at = std::min(end, it->second.end);
    TRY(f(it->second, from, at));
  }
  if (hole) return Err(ENOMEM);
  return {};
}
