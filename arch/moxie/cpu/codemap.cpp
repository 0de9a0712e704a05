// Blocks of decoded code and their chains; see codemap.h.
#include "arch/moxie/cpu/codemap.h"

#include <algorithm>
#include <cstring>

namespace moxie {

CodeMap::CodeMap(Memory& memory)
    : limit_(static_cast<uint32_t>(memory.size())), marks_(memory.marks()) {
  for (auto& directory : pages_) directory.assign(memory.size() / kPageSize, &nothing_);
  on_page_.resize(memory.size() / kPageSize);
}

// The memory's next engine finds no marks.
CodeMap::~CodeMap() {
  for (const auto& blocks : on_page_)
    for (const Block* block : blocks)
      for (const Range& r : block->code) std::memset(marks_ + r.start, 0, r.end - r.start);
}

// Every page that the block has code on, once.
template <class Visit>
void CodeMap::for_pages(const Block& block, Visit visit) {
  std::vector<uint32_t> pages;
  for (const Range& r : block.code)
    for (uint32_t page = r.start / kPageSize; page <= (r.end - 1) / kPageSize; ++page)
      if (std::ranges::find(pages, page) == pages.end()) pages.push_back(page);
  for (const uint32_t page : pages) visit(page);
}

Block* CodeMap::insert(std::unique_ptr<Block> block) {
  Page*& page = pages_[block->relocating][block->start / kPageSize];
  if (page == &nothing_) page = owned_.emplace_back(std::make_unique<Page>()).get();
  Block* const result = block.get();
  for (const Range& r : block->code) std::memset(marks_ + r.start, 1, r.end - r.start);
  for_pages(*block, [&](uint32_t at) { on_page_[at].push_back(result); });
  page->start[block->start % kPageSize / 2] = std::move(block);
  ++blocks_;
  return result;
}

void CodeMap::chain(Way& way, Block& to) {
  way.to = &to;
  to.callers.push_back(&way);
  chained(way);
}

void CodeMap::forget(uint32_t address, size_t len) {
  if (len == 0 || address >= limit_) return;
  len = std::min<size_t>(len, limit_ - address);
  std::vector<Block*> found;
  for (size_t page = address / kPageSize; page <= (address + len - 1) / kPageSize; ++page) {
    const size_t from = std::max<size_t>(address, page * kPageSize);
    const size_t to = std::min<size_t>(address + len, (page + 1) * kPageSize);
    if (on_page_[page].empty() || !std::memchr(marks_ + from, 1, to - from)) continue;
    for (Block* block : on_page_[page]) {
      const auto hit = [&](const Range& r) { return r.overlaps(address, len); };
      if (std::ranges::any_of(block->code, hit) && std::ranges::find(found, block) == found.end())
        found.push_back(block);
    }
  }
  for (Block* block : found) remove(*block);
}

void CodeMap::remove(Block& block) {
  for (Way* way : block.callers) {
    way->to = nullptr;
    unchained(*way);
  }
  for (Way& way : block.ways)
    if (way.to) std::erase(way.to->callers, &way);
  removed(block);
  for (const Range& r : block.code) std::memset(marks_ + r.start, 0, r.end - r.start);
  for_pages(block, [&](uint32_t page) {
    std::erase(on_page_[page], &block);
    for (const Block* other : on_page_[page])  // some of its bytes may be theirs, too
      for (const Range& r : other->code) std::memset(marks_ + r.start, 1, r.end - r.start);
  });
  --blocks_;
  ++removals_;
  pages_[block.relocating][block.start / kPageSize]->start[block.start % kPageSize / 2].reset();
}

}  // namespace moxie
