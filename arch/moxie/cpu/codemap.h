// Which code of the flat memory is decoded: basic blocks by start address, the chains between them, and
// for each 64-byte line of memory how many blocks touch it. A store by user code looks at that one byte;
// if it is not 0 the engine asks whether a block is really hit, and the block is forgotten together with
// every chain that leads to it. Both engines keep their translations in one of these.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "arch/moxie/cpu/cpu.h"
#include "arch/moxie/cpu/insn.h"

namespace moxie {

// Small enough that looking for the blocks around an address is a short scan.
inline constexpr uint32_t kMaxBlockBytes = 128;

// A run of instructions that is only entered at its first. It ends with a jump, or before something
// that the stepper does (swi, brk, what is no instruction), or where it got too long.
struct Block {
  virtual ~Block() = default;

  uint32_t start = 0, end = 0;  // its bytes
  uint16_t count = 0;           // instructions
  bool relocating = false;      // made for tasks that have a data-relocation register
  // Where it goes on: 0 the jump's target (or what follows, if it does not end with a jump), 1 behind an
  // untaken branch. next is set once that block exists and may be entered without a look-up.
  std::array<uint32_t, 2> next_pc{};
  std::array<Block*, 2> next{};
  std::vector<Block*> callers;  // blocks with a next that is this one
};

class CodeMap {
 public:
  explicit CodeMap(Memory& memory);
  virtual ~CodeMap() = default;
  CodeMap(const CodeMap&) = delete;
  CodeMap& operator=(const CodeMap&) = delete;

  Block* find(uint32_t pc, bool relocating) const {
    if (pc >= limit_ || pc & 1) return nullptr;
    return pages_[relocating][pc / kPageSize]->start[pc % kPageSize / 2].get();
  }
  Block* insert(std::unique_ptr<Block> block);
  void chain(Block& from, unsigned way, Block& to);

  // Whether [address, address + len) holds an instruction of a block.
  bool covers(uint32_t address, size_t len) const;
  // Forgets the blocks that overlap it.
  void forget(uint32_t address, size_t len);
  void forget_all();
  size_t blocks() const { return blocks_; }
  unsigned removals() const { return removals_; }  // grows whenever a block goes

  const uint8_t* lines() const { return lines_.data(); }
  static constexpr unsigned kLineShift = 6;

 protected:
  virtual void unchained(Block&, unsigned) {}  // from.next[way] was reset
  virtual void removed(Block&) {}

 private:
  struct Page {
    std::array<std::unique_ptr<Block>, kPageSize / 2> start;
  };

  template <class Visit>
  void for_overlapping(uint32_t address, size_t len, Visit visit) const;
  void remove(Block& block);
  void count_lines(const Block& block, int change);

  uint32_t limit_;
  size_t blocks_ = 0;
  unsigned removals_ = 0;
  std::vector<uint8_t> lines_;
  Page nothing_;  // stands for every page without blocks
  std::array<std::vector<Page*>, 2> pages_;
  std::vector<std::unique_ptr<Page>> owned_;
};

// The instructions of the block that starts at pc; none if the stepper has to do the first one.
std::vector<Insn> scan_block(const Memory& memory, uint32_t pc);

constexpr bool is_branch(Op op) { return op >= Op::beq; }
constexpr bool ends_block(Op op) {
  return is_branch(op) || op == Op::jmp || op == Op::jmpa || op == Op::jsr || op == Op::jsra ||
         op == Op::ret;
}

}  // namespace moxie
