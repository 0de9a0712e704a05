// The block translator: the engine behind jit_emit.h. It keeps the code, patches jumps when blocks are
// chained and unchained, and answers indirect jumps from a table. Translations are given up one by one
// when their code changes, all together when the room is used up.
#if defined(__x86_64__)
#include <algorithm>

#include "arch/moxie/cpu/block_engine.h"
#include "arch/moxie/cpu/jit_emit.h"
#include "arch/pages.h"

namespace moxie {

namespace {

constexpr size_t kRoom = 32 << 20;  // appears as it is used

using JumpTable = std::vector<JumpEntry>;

JumpEntry& entry_for(JumpTable& table, uint32_t pc) { return table[pc / 2 % kJumpEntries]; }

class TranslationMap final : public CodeMap {
 public:
  TranslationMap(Memory& memory, std::array<JumpTable, 2>& jumps)
      : CodeMap(memory), jumps_(jumps) {}

 private:
  void unchained(Block& from, unsigned way) override {
    auto& block = static_cast<TranslatedBlock&>(from);
    Emitter::patch(block.jump[way], block.unchained[way]);
  }
  void removed(Block& block) override {
    JumpEntry& entry = entry_for(jumps_[block.relocating], block.start);
    if (entry.pc == block.start) entry = {};
  }

  std::array<JumpTable, 2>& jumps_;
};

class Translator final : public BlockEngine {
 public:
  Translator(Memory& memory, std::span<std::byte> room)
      : BlockEngine(memory),
        jumps_{JumpTable(kJumpEntries), JumpTable(kJumpEntries)},
        map_(memory, jumps_),
        room_(room),
        emitter_(room, memory, map_, {jumps_[0].data(), jumps_[1].data()}) {}
  ~Translator() override { arch::free_code_memory(room_); }

  std::string_view name() const override { return "jit"; }

 private:
  CodeMap& map() override { return map_; }
  std::unique_ptr<Block> translate(Block&& frame, const std::vector<Insn>& insns) override;
  void chained(Block& from, unsigned way) override {
    auto& block = static_cast<TranslatedBlock&>(from);
    Emitter::patch(block.jump[way], static_cast<TranslatedBlock*>(block.next[way])->code);
  }
  Leave execute(Block& block, Registers& regs, int64_t& slice) override;

  std::array<JumpTable, 2> jumps_;
  TranslationMap map_;
  std::span<std::byte> room_;
  Emitter emitter_;
};

std::unique_ptr<Block> Translator::translate(Block&& frame, const std::vector<Insn>& insns) {
  if (!emitter_.has_room()) {
    map_.forget_all();
    emitter_.restart();
  }
  auto block = std::make_unique<TranslatedBlock>(std::move(frame));
  emitter_.emit(*block, insns);
  return block;
}

BlockEngine::Leave Translator::execute(Block& block, Registers& regs, int64_t& slice) {
  const auto& translated = static_cast<TranslatedBlock&>(block);
  entry_for(jumps_[block.relocating], block.start) = {block.start, translated.code};
  const uint64_t left = emitter_.enter()(&regs, &slice, translated.code);
  const uint64_t why = left & kLeaveMask;
  if (why == kLeaveStep) return {.why = Leave::step};
  if (why == kLeaveLookUp) return {};
  return {.from = reinterpret_cast<Block*>(left & ~kLeaveMask),
          .way = static_cast<unsigned>(why - kLeaveChain)};
}

}  // namespace

std::unique_ptr<Engine> make_jit(Memory& memory) {
  const std::span<std::byte> room = arch::allocate_code_memory(kRoom);
  if (room.empty()) return nullptr;
  return std::make_unique<Translator>(memory, room);
}

}  // namespace moxie

#else

#include "arch/moxie/cpu/cpu.h"

namespace moxie {

std::unique_ptr<Engine> make_jit(Memory&) { return nullptr; }

}  // namespace moxie

#endif
