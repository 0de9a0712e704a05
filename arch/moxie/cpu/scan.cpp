// Cutting memory into blocks; see scan.h.
#include "arch/moxie/cpu/scan.h"

namespace moxie {

namespace {

constexpr uint32_t kMaxBlockBytes = 128;

}  // namespace

Insn plain_insn(const Memory& memory, uint32_t pc) {
  if (pc < kPageSize || pc & 1 || pc > memory.size() - 2) return {};
  const size_t available = memory.size() - pc;
  const Insn insn = decode(memory.base() + pc, available);
  if (insn.op == Op::swi || insn.op == Op::brk || insn.length > available) return {};
  return insn;
}

std::vector<Insn> scan_block(const Memory& memory, uint32_t pc) {
  std::vector<Insn> insns;
  for (uint32_t at = pc; at < pc + kMaxBlockBytes;) {
    const Insn insn = plain_insn(memory, at);
    if (insn.op == Op::bad) break;
    insns.push_back(insn);
    if (ends_block(insn.op)) break;
    at += insn.length;
  }
  return insns;
}

}  // namespace moxie
