// The interpreter: each basic block is decoded once into an array of operations that carry the address
// of the code that does them (direct threading), a cmp and the branch behind it as one. Blocks are
// chained where the target is fixed. The budget is counted once for each block; what cannot simply
// succeed goes to the stepper (block_engine.h), at exactly that instruction.
#include <bit>
#include <cstring>

#include "arch/moxie/cpu/block_engine.h"
#include "arch/moxie/cpu/scan.h"

namespace moxie {

namespace {

struct ThreadedOp {
  const void* handler = nullptr;
  uint32_t imm = 0;
  uint8_t a = 0, b = 0;
  uint8_t index = 0;   // instructions of the block before this one
  uint8_t offset = 0;  // its distance from the block's start, in units
};

struct ThreadedBlock final : Block {
  std::vector<ThreadedOp> ops;
  // 0: the jump's target (or what follows, if it does not end with a jump), 1: behind an untaken branch.
  std::array<Way, 2> way;
  uint32_t end = 0;
};

// The marks of 1, 2 or 4 bytes.
uint32_t load_native(const uint8_t* from, unsigned bytes) {
  uint32_t result = 0;
  std::memcpy(&result, from, bytes);
  return result;
}

// What a handler does: the plain operations have the number of their Op, then what is made of two.
constexpr unsigned kCmpBranch = kOps;  // + branch - Op::beq
constexpr unsigned kFall = kCmpBranch + 10;
constexpr unsigned kHandlers = kFall + 1;
using Handlers = std::array<const void*, kHandlers>;

class Interpreter final : public BlockEngine {
 public:
  explicit Interpreter(Memory& memory) : BlockEngine(memory), map_(memory) {
    int64_t none = 0;
    Registers regs;
    threaded<false>(nullptr, regs, none);
    threaded<true>(nullptr, regs, none);
  }

  std::string_view name() const override { return "interp"; }

 private:
  CodeMap& map() override { return map_; }
  std::unique_ptr<Block> translate(const Registers& regs) override;
  Leave execute(Block& block, Registers& regs, int64_t& slice) override {
    return block.relocating ? threaded<true>(&block, regs, slice)
                            : threaded<false>(&block, regs, slice);
  }
  template <bool kRelocating>
  Leave threaded(Block* entry, Registers& regs, int64_t& slice);

  CodeMap map_;
  std::array<Handlers, 2> handlers_{};
};

std::unique_ptr<Block> Interpreter::translate(const Registers& regs) {
  const std::vector<Insn> insns = scan_block(memory_, regs.pc);
  if (insns.empty()) return nullptr;
  auto block = std::make_unique<ThreadedBlock>();
  block->start = block->end = regs.pc;
  for (const Insn& insn : insns) block->end += insn.length;
  block->count = static_cast<uint16_t>(insns.size());
  block->relocating = regs.reloc_len != 0;
  block->code = {{block->start, block->end}};
  block->ways = block->way;
  for (Way& way : block->way) way = {.pc = block->end, .from = block.get()};
  const Insn& last = insns.back();
  if (is_branch(last.op)) block->way[0].pc += last.imm;
  if (last.op == Op::jsra || last.op == Op::jmpa) block->way[0].pc = last.imm;

  const Handlers& handlers = handlers_[block->relocating];
  block->ops.reserve(insns.size() + 1);
  unsigned offset = 0;
  for (size_t i = 0; i < insns.size(); ++i) {
    const Insn& insn = insns[i];
    ThreadedOp op{.imm = insn.imm, .a = insn.a, .b = insn.b};
    op.index = static_cast<uint8_t>(i);
    op.offset = static_cast<uint8_t>(offset / 2);
    unsigned handler = static_cast<unsigned>(insn.op);
    if (insn.op == Op::cmp && i + 1 < insns.size() && is_branch(insns[i + 1].op)) {
      handler = kCmpBranch + static_cast<unsigned>(insns[++i].op) - static_cast<unsigned>(Op::beq);
      offset += 2;
    }
    op.handler = handlers[handler];
    block->ops.push_back(op);
    offset += insn.length;
  }
  if (!ends_block(insns.back().op)) block->ops.push_back({.handler = handlers[kFall]});
  return block;
}

// The plain operations, and the relations of the branches: label names and table rows are made from
// these lists.
#define PLAIN_OPS(X)                                                                              \
  X(ldi_l)                                                                                        \
  X(ldi_b) X(ldi_s) X(mov) X(add) X(sub) X(and_) X(or_) X(xor_) X(neg) X(not_) X(lshr) X(ashl)    \
      X(ashr) X(mul) X(umul_x) X(mul_x) X(sex_b) X(sex_s) X(zex_b) X(zex_s) X(inc) X(dec) X(nop)  \
          X(cmp) X(gsr) X(ssr) X(div) X(udiv) X(mod) X(umod) X(lda_l) X(lda_s) X(lda_b) X(ld_l)   \
              X(ld_s) X(ld_b) X(ldo_l) X(ldo_s) X(ldo_b) X(sta_l) X(sta_s) X(sta_b) X(st_l)       \
                  X(st_s) X(st_b) X(sto_l) X(sto_s) X(sto_b) X(push) X(pop) X(jmp) X(jmpa) X(jsr) \
                      X(jsra) X(ret)
#define RELATIONS(X)                                                                     \
  X(beq, ==, uint32_t)                                                                   \
  X(bne, !=, uint32_t) X(blt, <, int32_t) X(bgt, >, int32_t) X(bltu, <, uint32_t)        \
      X(bgtu, >, uint32_t) X(bge, >=, int32_t) X(ble, <=, int32_t) X(bgeu, >=, uint32_t) \
          X(bleu, <=, uint32_t)

// The handler's number for each label, in the order of the lists.
constexpr auto kOrder = std::to_array<unsigned>({
#define PLAIN(name) static_cast<unsigned>(Op::name),
#define BRANCH(name, relation, type) static_cast<unsigned>(Op::name),
#define CMP_BRANCH(name, relation, type) \
  kCmpBranch + static_cast<unsigned>(Op::name) - static_cast<unsigned>(Op::beq),
    PLAIN_OPS(PLAIN) RELATIONS(BRANCH) RELATIONS(CMP_BRANCH) kFall
#undef PLAIN
#undef BRANCH
#undef CMP_BRANCH
});

// The whole machine in one function, so that its state stays in host registers: `op` walks through the
// operations of `block`; the budget was taken for the whole block when it was entered, so every way out
// but the end gives back the rest.
template <bool kRelocating>
BlockEngine::Leave Interpreter::threaded(Block* entry, Registers& regs, int64_t& slice) {
  if (!entry) {  // tells where its labels are
#define PLAIN(name) &&do_##name,
#define BRANCH(name, relation, type) &&do_##name,
#define CMP_BRANCH(name, relation, type) &&do_cmp_##name,
    static const void* const kLabels[] = {
        PLAIN_OPS(PLAIN) RELATIONS(BRANCH) RELATIONS(CMP_BRANCH) && do_fall};
    for (size_t i = 0; i < kOrder.size(); ++i) handlers_[kRelocating][kOrder[i]] = kLabels[i];
#undef PLAIN
#undef BRANCH
#undef CMP_BRANCH
    return {};
  }

  auto* block = static_cast<ThreadedBlock*>(entry);
  const ThreadedOp* op;
  int64_t left = slice;
  uint32_t* const r = regs.r.data();
  std::byte* const memory = memory_.base();
  const uint8_t* const marks = memory_.marks();
  const auto limit = static_cast<uint32_t>(memory_.size());
  uint32_t at, value, target_pc;

#define NEXT goto*(++op)->handler
#define A r[op->a]
#define B r[op->b]
// Enters `to`, or leaves if it is not there yet or the budget does not reach over it.
#define ENTER(target, way_of)                                 \
  {                                                           \
    auto* entered = static_cast<ThreadedBlock*>(target);      \
    way = way_of;                                             \
    if (!entered) [[unlikely]]                                \
      goto unchained;                                         \
    block = entered;                                             \
    left -= block->count;                                        \
    if (left < 0) [[unlikely]]                                   \
      goto used_up;                                              \
    op = block->ops.data();                                      \
    goto * op->handler;                                          \
  }
// Sets `at` to where the access goes; leaves to the stepper unless it is aligned and inside.
#define ADDRESS(address, bytes)                                                                    \
  at = address;                                                                                    \
  if constexpr (kRelocating) at = physical(regs, at);                                              \
  if (std::rotr(at - kPageSize, std::countr_zero(unsigned{bytes})) >= (limit - kPageSize) / bytes) \
      [[unlikely]]                                                                                 \
    goto step;
#define LOAD(address, bytes, to)                               \
  {                                                            \
    ADDRESS(address, bytes)                                    \
    to = bytes == 4   ? load_be32(memory + at)                 \
         : bytes == 2 ? load_be16(memory + at)                 \
                      : std::to_integer<uint32_t>(memory[at]); \
  }
// Nothing may be written over an instruction of a block here: the stepper does that.
#define UNCODED(bytes)                                         \
  if (load_native(marks + at, bytes) != 0) [[unlikely]] \
    goto step;
#define STORE(address, bytes, from)                             \
  {                                                             \
    ADDRESS(address, bytes)                                     \
    UNCODED(bytes)                                              \
    value = from;                                               \
    if (bytes == 4) store_be32(memory + at, value);             \
    if (bytes == 2) store_be16(memory + at, value);             \
    if (bytes == 1) memory[at] = static_cast<std::byte>(value); \
    NEXT;                                                       \
  }
#define DO(name, ...) \
  do_##name : {       \
    __VA_ARGS__;      \
    NEXT;             \
  }

  unsigned way = 0;
  left -= block->count;
  op = block->ops.data();
  goto * op->handler;

  DO(ldi_l, A = op->imm)
  DO(ldi_b, A = op->imm)
  DO(ldi_s, A = op->imm)
  DO(mov, A = B)
  DO(add, A += B)
  DO(sub, A -= B)
  DO(and_, A &= B)
  DO(or_, A |= B)
  DO(xor_, A ^= B)
  DO(neg, A = -B)
  DO(not_, A = ~B)
  DO(lshr, A >>= B & 31)
  DO(ashl, A <<= B & 31)
  DO(ashr, A = static_cast<uint32_t>(static_cast<int32_t>(A) >> (B & 31)))
  DO(mul, A *= B)
  DO(umul_x, A = static_cast<uint32_t>(uint64_t{A} * B >> 32))
  DO(mul_x,
     A = static_cast<uint32_t>(
         static_cast<uint64_t>(int64_t{static_cast<int32_t>(A)} * static_cast<int32_t>(B)) >> 32))
  DO(sex_b, A = static_cast<uint32_t>(static_cast<int8_t>(B)))
  DO(sex_s, A = static_cast<uint32_t>(static_cast<int16_t>(B)))
  DO(zex_b, A = B & 0xff)
  DO(zex_s, A = B & 0xffff)
  DO(inc, A += op->imm)
  DO(dec, A -= op->imm)
  DO(nop, )
  DO(cmp, regs.cmp_a = A; regs.cmp_b = B)
  DO(gsr, A = op->imm < regs.sreg.size() ? regs.sreg[op->imm] : 0)
  DO(ssr, if (op->imm < regs.sreg.size()) regs.sreg[op->imm] = A)
  DO(div, if (B == 0) goto step; A = quotient(Op::div, A, B))
  DO(udiv, if (B == 0) goto step; A /= B)
  DO(mod, if (B == 0) goto step; A = quotient(Op::mod, A, B))
  DO(umod, if (B == 0) goto step; A %= B)

  DO(lda_l, LOAD(op->imm, 4, A))
  DO(lda_s, LOAD(op->imm, 2, A))
  DO(lda_b, LOAD(op->imm, 1, A))
  DO(ld_l, LOAD(B, 4, A))
  DO(ld_s, LOAD(B, 2, A))
  DO(ld_b, LOAD(B, 1, A))
  DO(ldo_l, LOAD(B + op->imm, 4, A))
  DO(ldo_s, LOAD(B + op->imm, 2, A))
  DO(ldo_b, LOAD(B + op->imm, 1, A))
  DO(pop, LOAD(A, 4, value); target_pc = A + 4; B = value; A = target_pc)
do_sta_l:
  STORE(op->imm, 4, A)
do_sta_s:
  STORE(op->imm, 2, A)
do_sta_b:
  STORE(op->imm, 1, A)
do_st_l:
  STORE(A, 4, B)
do_st_s:
  STORE(A, 2, B)
do_st_b:
  STORE(A, 1, B)
do_sto_l:
  STORE(A + op->imm, 4, B)
do_sto_s:
  STORE(A + op->imm, 2, B)
do_sto_b:
  STORE(A + op->imm, 1, B)
do_push:
  ADDRESS(A - 4, 4)
  UNCODED(4)
  value = B;
  A -= 4;
  store_be32(memory + at, value);
  NEXT;

do_jsr:
  value = A;
  goto call;
do_jsra:
  value = op->imm;
call : {
  ADDRESS(r[kSp] - 12, 4)
  UNCODED(4)
  const uint32_t frame = at;
  ADDRESS(r[kSp] - 8, 4)
  UNCODED(4)
  store_be32(memory + at, block->end);
  store_be32(memory + frame, r[kFp]);
  r[kFp] = r[kSp] = r[kSp] - 12;
  if (block->way[0].to) ENTER(block->way[0].to, 0)
  regs.pc = value;
  goto jump;
}
do_ret : {
  LOAD(r[kFp] + 4, 4, value)
  target_pc = value;
  LOAD(r[kFp], 4, value)
  r[kSp] = r[kFp] + 12;
  r[kFp] = value;
  regs.pc = target_pc;
  goto jump;
}
do_jmp:
  regs.pc = A;
  goto jump;
do_jmpa:
do_fall:
  ENTER(block->way[0].to, 0)
#define BRANCH(name, relation, type)                                                    \
  do_cmp_##name : regs.cmp_a = A;                                                       \
  regs.cmp_b = B;                                                                       \
  if (static_cast<type>(A) relation static_cast<type>(B)) ENTER(block->way[0].to, 0)      \
  ENTER(block->way[1].to, 1)                                                              \
  do_##name : if (static_cast<type>(regs.cmp_a) relation static_cast<type>(regs.cmp_b)) \
                  ENTER(block->way[0].to, 0) ENTER(block->way[1].to, 1)
  RELATIONS(BRANCH)

// An indirect jump: regs.pc is set.
jump : {
  Block* target = map_.find(regs.pc, kRelocating);
  if (!target || target->count > left) {
    slice = left;
    return {};
  }
  ENTER(target, 0)
}
unchained:
  regs.pc = block->way[way].pc;
  slice = left;
  return {.way = &block->way[way]};
used_up:
  slice = left + block->count;
  regs.pc = block->start;
  return {};
step:
  slice = left + block->count - op->index;
  regs.pc = block->start + 2u * op->offset;
  return {.why = Leave::step};
}

}  // namespace

std::unique_ptr<Engine> make_interpreter(Memory& memory) {
  return std::make_unique<Interpreter>(memory);
}

}  // namespace moxie
