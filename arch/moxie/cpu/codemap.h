// Which code of the flat memory is decoded: blocks by start address, the chains between them, and a mark
// for every byte of memory that a block was made of. A store by user code looks at the marks of what it
// writes; where there are any, the blocks made of it are forgotten together with every chain that leads
// to them. Both engines keep their translations in one of these.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "arch/moxie/cpu/cpu.h"
#include "arch/moxie/cpu/insn.h"

namespace moxie {

struct Block;

// Where a block goes on at a fixed address. `to` is set once there is a block that may be entered
// without a look-up. The translator's code has a jump here, which leads back to it while there is none.
struct Way {
  uint32_t pc = 0;
  Block* from = nullptr;
  Block* to = nullptr;
  uint8_t* jump = nullptr;
  const uint8_t* unchained = nullptr;
};

struct Range {
  uint32_t start = 0, end = 0;
  bool overlaps(uint32_t address, size_t len) const {
    return start < address + len && address < end;
  }
};

// Instructions that are only entered at the first. At the end, or at one of several exits before it, it
// goes on to another block, or to something that the stepper does (swi, brk, what is no instruction).
struct Block {
  virtual ~Block() = default;

  uint32_t start = 0;
  uint16_t count = 0;         // instructions, if it is left at its end
  bool relocating = false;    // made for tasks that have a data-relocation register
  std::vector<Range> code;    // its bytes
  std::span<Way> ways;        // lie in the derived class
  std::vector<Way*> callers;  // those that lead here
};

class CodeMap {
 public:
  explicit CodeMap(Memory& memory);
  virtual ~CodeMap();
  CodeMap(const CodeMap&) = delete;
  CodeMap& operator=(const CodeMap&) = delete;

  Block* find(uint32_t pc, bool relocating) const {
    if (pc >= limit_ || pc & 1) return nullptr;
    return pages_[relocating][pc / kPageSize]->start[pc % kPageSize / 2].get();
  }
  Block* insert(std::unique_ptr<Block> block);
  void chain(Way& way, Block& to);

  // Forgets the blocks that have code in it.
  void forget(uint32_t address, size_t len);
  void forget_all() { forget(0, limit_); }
  size_t blocks() const { return blocks_; }
  unsigned removals() const { return removals_; }  // grows whenever a block goes

 protected:
  virtual void chained(Way&) {}
  virtual void unchained(Way&) {}
  virtual void removed(Block&) {}

 private:
  struct Page {
    std::array<std::unique_ptr<Block>, kPageSize / 2> start;
  };

  template <class Visit>
  void for_pages(const Block& block, Visit visit);
  void remove(Block& block);

  uint32_t limit_;
  uint8_t* marks_;
  size_t blocks_ = 0;
  unsigned removals_ = 0;
  Page nothing_;  // stands for every page without starts of blocks
  std::array<std::vector<Page*>, 2> pages_;
  std::vector<std::unique_ptr<Page>> owned_;
  std::vector<std::vector<Block*>> on_page_;  // the blocks that have code there
};

}  // namespace moxie
