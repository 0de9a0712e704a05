// Value numbering over one block; see jit_plan.h.
#include "arch/moxie/cpu/jit_plan.h"

#include <algorithm>

#include "arch/moxie/cpu/cpu.h"

namespace moxie {

namespace {

// A register's contents: an unknown base (or 0, the constants) and a known distance from it.
struct Value {
  unsigned base = 0;
  uint32_t offset = 0;
};

constexpr int32_t kWindow = 448;  // the lines of a window are looked at with one compare

class Values {
 public:
  Values() {
    for (Value& v : of_) v = fresh();
  }
  const Value& operator[](unsigned reg) const { return of_[reg]; }
  std::optional<uint32_t> constant(unsigned reg) const {
    return of_[reg].base == 0 ? std::optional(of_[reg].offset) : std::nullopt;
  }
  void execute(const Insn& insn);

 private:
  Value fresh() { return {.base = ++bases_, .offset = 0}; }

  unsigned bases_ = 0;
  std::array<Value, 16> of_;
};

bool writes_a(Op op) {
  const Syntax syntax = info(op).syntax;
  if (op == Op::cmp || op == Op::ssr || op == Op::jsr || op == Op::jmp) return false;
  return syntax == Syntax::a || syntax == Syntax::ab || syntax == Syntax::a_imm ||
         syntax == Syntax::a_mem_b || syntax == Syntax::a_ofs_b;
}

void Values::execute(const Insn& insn) {
  Value& a = of_[insn.a];
  const Value b = of_[insn.b];
  switch (insn.op) {
    case Op::mov: a = b; break;
    case Op::ldi_l:
    case Op::ldi_b:
    case Op::ldi_s: a = {.base = 0, .offset = insn.imm}; break;
    case Op::inc: a.offset += insn.imm; break;
    case Op::dec: a.offset -= insn.imm; break;
    case Op::push: a.offset -= 4; break;
    case Op::pop: {
      const uint32_t top = a.offset + 4;
      of_[insn.b] = fresh();
      if (insn.a == insn.b)
        a = fresh();
      else
        a.offset = top;
      break;
    }
    case Op::add:
      if (b.base == 0)
        a.offset += b.offset;
      else if (a.base == 0)
        a = {.base = b.base, .offset = a.offset + b.offset};
      else
        a = fresh();
      break;
    case Op::sub:
      if (b.base == 0)
        a.offset -= b.offset;
      else
        a = fresh();
      break;
    default:
      if (writes_a(insn.op)) a = fresh();
  }
}

struct Member {
  PlannedInsn* insn;
  unsigned which;
  Access access;
  int32_t at;      // distance from the base
  int32_t reg_at;  // distance of the access's register from the base
};

int32_t floor_to(int32_t value, int32_t alignment) { return value & -alignment; }

// Gives the members of one base a common window, if they can have one.
void make_window(std::vector<Member>& members) {
  int32_t low = members[0].at, high = low, alignment = 1;
  for (const Member& m : members) {
    if (m.at > 1 << 20 || m.at < -(1 << 20) || m.reg_at > 1 << 20 || m.reg_at < -(1 << 20)) return;
    low = std::min(low, m.at);
    high = std::max(high, m.at + m.access.bytes);
    alignment = std::max<int32_t>(alignment, m.access.bytes);
  }
  int32_t rest = 0;  // of an aligned access's distance: the base's own is the opposite
  for (const Member& m : members)
    if (m.access.bytes == alignment) rest = m.at & (alignment - 1);
  for (const Member& m : members)
    if ((m.at - rest) & (m.access.bytes - 1)) return;  // one of them is misaligned for certain
  low = floor_to(low - rest, alignment) + rest;
  high = -floor_to(-(high - rest), alignment) + rest;
  if (high - low > kWindow) return;
  int32_t write_low = high, write_high = low;
  for (const Member& m : members) {
    if (!m.access.write) continue;
    write_low = std::min(write_low, m.at);
    write_high = std::max(write_high, m.at + m.access.bytes);
  }
  for (Member& m : members) m.insn->check[m.which].windowed = true;
  const Member& first = members[0];
  Check& check = first.insn->check[first.which];
  check.first = true;
  check.low = low - first.reg_at;
  check.length = high - low;
  check.alignment = static_cast<uint8_t>(alignment);
  if (write_high > write_low) {
    check.write_low = write_low - first.reg_at;
    check.write_length = write_high - write_low;
  }
}

Access access(unsigned reg, int32_t offset, unsigned bytes, bool write) {
  return {.reg = static_cast<uint8_t>(reg),
          .bytes = static_cast<uint8_t>(bytes),
          .write = write,
          .offset = offset};
}

}  // namespace

Accesses accesses(const Insn& insn) {
  const auto imm = static_cast<int32_t>(insn.imm);
  const auto one = [&](unsigned reg, int32_t offset, unsigned bytes, bool write) {
    return Accesses{.of = {access(reg, offset, bytes, write)}, .count = 1};
  };
  const auto fixed = [&](unsigned bytes, bool write) {
    Accesses result = one(0, imm, bytes, write);
    result.of[0].absolute = true;
    return result;
  };
  switch (insn.op) {
    case Op::lda_l: return fixed(4, false);
    case Op::lda_s: return fixed(2, false);
    case Op::lda_b: return fixed(1, false);
    case Op::sta_l: return fixed(4, true);
    case Op::sta_s: return fixed(2, true);
    case Op::sta_b: return fixed(1, true);
    case Op::ld_l: return one(insn.b, 0, 4, false);
    case Op::ld_s: return one(insn.b, 0, 2, false);
    case Op::ld_b: return one(insn.b, 0, 1, false);
    case Op::st_l: return one(insn.a, 0, 4, true);
    case Op::st_s: return one(insn.a, 0, 2, true);
    case Op::st_b: return one(insn.a, 0, 1, true);
    case Op::ldo_l: return one(insn.b, imm, 4, false);
    case Op::ldo_s: return one(insn.b, imm, 2, false);
    case Op::ldo_b: return one(insn.b, imm, 1, false);
    case Op::sto_l: return one(insn.a, imm, 4, true);
    case Op::sto_s: return one(insn.a, imm, 2, true);
    case Op::sto_b: return one(insn.a, imm, 1, true);
    case Op::push: return one(insn.a, -4, 4, true);
    case Op::pop: return one(insn.a, 0, 4, false);
    case Op::ret: return {.of = {access(kFp, 4, 4, false), access(kFp, 0, 4, false)}, .count = 2};
    case Op::jsr:
    case Op::jsra: return {.of = {access(kSp, -8, 4, true), access(kSp, -12, 4, true)}, .count = 2};
    default: return {};
  }
}

std::vector<PlannedInsn> plan(const std::vector<Insn>& insns, uint32_t pc, bool relocating) {
  std::vector<PlannedInsn> planned(insns.size());
  std::vector<std::vector<Member>> groups;
  Values values;
  for (size_t i = 0; i < insns.size(); ++i) {
    PlannedInsn& p = planned[i];
    p.insn = insns[i];
    p.pc = pc;
    pc += p.insn.length;
    p.constant_a = values.constant(p.insn.a);
    p.constant_b = values.constant(p.insn.b);
    const Accesses all = accesses(p.insn);
    for (unsigned k = 0; k < all.count && !relocating; ++k) {
      const Access& access = all.of[k];
      const Value& base = values[access.reg];
      if (access.absolute || base.base == 0) continue;
      if (groups.size() <= base.base) groups.resize(base.base + 1);
      const auto reg_at = static_cast<int32_t>(base.offset);
      const auto at = static_cast<int32_t>(base.offset + static_cast<uint32_t>(access.offset));
      groups[base.base].push_back({&p, k, access, at, reg_at});
    }
    values.execute(p.insn);
  }
  for (auto& group : groups)
    if (!group.empty()) make_window(group);
  return planned;
}

}  // namespace moxie
