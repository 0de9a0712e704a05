// Blocks of decoded code and their chains; see codemap.h.
#include "arch/moxie/cpu/codemap.h"

#include <algorithm>

namespace moxie {

// Three spare lines at the end: the translator looks at several lines with one wide compare.
CodeMap::CodeMap(Memory& memory)
    : limit_(static_cast<uint32_t>(memory.size())), lines_((memory.size() >> kLineShift) + 8) {
  for (auto& directory : pages_) directory.assign(memory.size() / kPageSize, &nothing_);
}

Block* CodeMap::insert(std::unique_ptr<Block> block) {
  Page*& page = pages_[block->relocating][block->start / kPageSize];
  if (page == &nothing_) page = owned_.emplace_back(std::make_unique<Page>()).get();
  Block* result = block.get();
  count_lines(*block, 1);
  page->start[block->start % kPageSize / 2] = std::move(block);
  ++blocks_;
  return result;
}

void CodeMap::chain(Block& from, unsigned way, Block& to) {
  from.next[way] = &to;
  to.callers.push_back(&from);
}

template <class Visit>
void CodeMap::for_overlapping(uint32_t address, size_t len, Visit visit) const {
  if (len == 0 || address >= limit_) return;
  const uint64_t end = std::min<uint64_t>(limit_, uint64_t{address} + len);
  const uint32_t first = address < kMaxBlockBytes ? 0 : (address - kMaxBlockBytes) & ~1u;
  for (const auto& directory : pages_) {
    for (uint64_t at = first; at < end; at += 2) {
      const Page* page = directory[at / kPageSize];
      if (page == &nothing_) {
        at =
            (at | (kPageSize - 1)) - 1;  // the page's last unit; the loop steps on to the next page
        continue;
      }
      Block* block = page->start[at % kPageSize / 2].get();
      if (block && block->end > address) visit(*block);
    }
  }
}

bool CodeMap::covers(uint32_t address, size_t len) const {
  bool found = false;
  for_overlapping(address, len, [&](Block&) { found = true; });
  return found;
}

void CodeMap::forget(uint32_t address, size_t len) {
  for_overlapping(address, len, [this](Block& block) { remove(block); });
}

void CodeMap::forget_all() { forget(0, limit_); }

void CodeMap::remove(Block& block) {
  for (Block* caller : block.callers) {
    for (unsigned way = 0; way < 2; ++way) {
      if (caller->next[way] != &block) continue;
      caller->next[way] = nullptr;
      unchained(*caller, way);
    }
  }
  for (Block* next : block.next) {
    if (next) std::erase(next->callers, &block);
  }
  removed(block);
  count_lines(block, -1);
  --blocks_;
  ++removals_;
  pages_[block.relocating][block.start / kPageSize]->start[block.start % kPageSize / 2].reset();
}

// A line is touched by at most (64 + 128) / 2 starts of each kind, so a byte can count them.
void CodeMap::count_lines(const Block& block, int change) {
  for (uint32_t line = block.start >> kLineShift; line <= (block.end - 1) >> kLineShift; ++line)
    lines_[line] = static_cast<uint8_t>(lines_[line] + change);
}

std::vector<Insn> scan_block(const Memory& memory, uint32_t pc) {
  std::vector<Insn> insns;
  const uint64_t last = std::min<uint64_t>(memory.size(), uint64_t{pc} + kMaxBlockBytes);
  if (pc < kPageSize || pc & 1) return insns;
  for (uint64_t at = pc; at + 2 <= last;) {
    const Insn insn = decode(memory.base() + at, last - at);
    if (insn.op == Op::bad || insn.op == Op::swi || insn.op == Op::brk) break;
    if (at + insn.length > last) break;
    insns.push_back(insn);
    at += insn.length;
    if (ends_block(insn.op)) break;
  }
  return insns;
}

}  // namespace moxie
