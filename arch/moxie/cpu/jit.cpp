// The block translator: the engine behind jit_emit.h. It keeps the code, patches jumps when blocks are
// chained and unchained, and answers indirect jumps from a table. Translations are given up one by one
// when their code changes, all together when the room is used up.
#if defined(__x86_64__)
#include <algorithm>

#include "arch/moxie/cpu/block_engine.h"
#include "arch/moxie/cpu/jit_emit.h"
#include "arch/moxie/cpu/scan.h"
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
  void chained(Way& way) override {
    Emitter::patch(way.jump, static_cast<TranslatedBlock*>(way.to)->code_start);
  }
  void unchained(Way& way) override { Emitter::patch(way.jump, way.unchained); }
  void removed(Block& block) override {
    JumpEntry& entry = entry_for(jumps_[block.relocating], block.start);
    if (entry.pc == block.start) entry = {};
  }

  std::array<JumpTable, 2>& jumps_;
};

class Translator final : public BlockEngine, public arch::FaultingCode {
 public:
  Translator(Memory& memory, std::span<std::byte> room, HostFeatures host)
      : BlockEngine(memory),
        jumps_{JumpTable(kJumpEntries), JumpTable(kJumpEntries)},
        map_(memory, jumps_),
        emitter_(room, memory, {jumps_[0].data(), jumps_[1].data()}, host) {
    code = room;
  }
  ~Translator() override {
    arch::unwatch_faults(*this);
    arch::free_code_memory(std::span(const_cast<std::byte*>(code.data()), code.size()));
  }

  std::string_view name() const override { return "jit"; }

 private:
  CodeMap& map() override { return map_; }
  std::unique_ptr<Block> translate(const Registers& regs) override;
  Leave execute(Block& block, Registers& regs, int64_t& slice) override;
  const void* recover(const void* at) const override { return emitter_.recovery(at); }

  std::array<JumpTable, 2> jumps_;
  TranslationMap map_;
  Emitter emitter_;
};

std::unique_ptr<Block> Translator::translate(const Registers& regs) {
  if (plain_insn(memory_, regs.pc).op == Op::bad) return nullptr;
  const Trace trace = find_trace(memory_, regs);
  if (!emitter_.has_room()) {
    map_.forget_all();
    emitter_.restart();
  }
  auto block = std::make_unique<TranslatedBlock>();
  block->start = regs.pc;
  block->count = static_cast<uint16_t>(trace.insns.size());
  block->relocating = regs.reloc_len != 0;
  block->code = trace.code;
  emitter_.emit(*block, trace);
  return block;
}

BlockEngine::Leave Translator::execute(Block& block, Registers& regs, int64_t& slice) {
  const auto& translated = static_cast<TranslatedBlock&>(block);
  entry_for(jumps_[block.relocating], block.start) = {block.start, translated.code_start};
  const uint64_t left = emitter_.enter()(&regs, &slice, translated.code_start);
  if (left == kLeaveStep) return {.why = Leave::step};
  if (left == kLeaveLookUp) return {};
  return {.way = reinterpret_cast<Way*>(left)};
}

}  // namespace

std::unique_ptr<Engine> make_jit(Memory& memory) { return make_jit_for(memory, {}); }

std::unique_ptr<Engine> make_jit_for(Memory& memory, HostFeatures host) {
  const Xbyak::util::Cpu cpu;
  host.movbe &= cpu.has(Xbyak::util::Cpu::tMOVBE);
  host.bmi2 &= cpu.has(Xbyak::util::Cpu::tBMI2);
  const std::span<std::byte> room = arch::allocate_code_memory(kRoom);
  if (room.empty()) return nullptr;
  auto engine = std::make_unique<Translator>(memory, room, host);
  if (!arch::watch_faults(*engine)) return nullptr;
  return engine;
}

}  // namespace moxie

#else

#include "arch/moxie/cpu/cpu.h"

namespace moxie {

std::unique_ptr<Engine> make_jit(Memory&) { return nullptr; }
std::unique_ptr<Engine> make_jit_for(Memory&, HostFeatures) { return nullptr; }

}  // namespace moxie

#endif
