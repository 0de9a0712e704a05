// The semantics of the moxie instructions (MoxieLite and GCC's machine description), one case each. See
// stepper.h for the choices made. Where GDB's simulator is known to be wrong, this is not: mul.x
// multiplies signed operands, a division by zero and a misaligned access are exceptions of the guest.
#include "arch/moxie/cpu/stepper.h"

#include <climits>

namespace moxie {

namespace {

bool inside(const Memory& memory, uint32_t address, unsigned bytes) {
  return address >= kPageSize && address <= memory.size() - bytes;
}

uint32_t high_half(uint64_t product) { return static_cast<uint32_t>(product >> 32); }

int32_t as_signed(uint32_t v) { return static_cast<int32_t>(v); }

}  // namespace

bool holds(Op branch, uint32_t a, uint32_t b) {
  switch (branch) {
    case Op::beq: return a == b;
    case Op::bne: return a != b;
    case Op::blt: return as_signed(a) < as_signed(b);
    case Op::bgt: return as_signed(a) > as_signed(b);
    case Op::bltu: return a < b;
    case Op::bgtu: return a > b;
    case Op::bge: return as_signed(a) >= as_signed(b);
    case Op::ble: return as_signed(a) <= as_signed(b);
    case Op::bgeu: return a >= b;
    default: return a <= b;  // bleu
  }
}

uint32_t quotient(Op op, uint32_t a, uint32_t b) {
  // INT_MIN / -1 does not fit and INT_MIN % -1 must not trap: the hardware's answers are INT_MIN and 0.
  const bool overflow = as_signed(a) == INT_MIN && as_signed(b) == -1;
  switch (op) {
    case Op::div: return overflow ? a : static_cast<uint32_t>(as_signed(a) / as_signed(b));
    case Op::mod: return overflow ? 0 : static_cast<uint32_t>(as_signed(a) % as_signed(b));
    case Op::udiv: return a / b;
    default: return a % b;  // umod
  }
}

bool Stepper::refuse(Stop::Kind kind, uint32_t address, bool write, uint32_t number) {
  stop_ = {.kind = kind, .number = number, .address = address, .write = write};
  return false;
}

bool Stepper::fetch(uint32_t pc, Insn& insn) {
  if (pc & 1) return refuse(Stop::misaligned, pc);
  if (!inside(memory_, pc, 2)) return refuse(Stop::bus_error, pc);
  const size_t available = memory_.size() - pc;
  insn = decode(memory_.base() + pc, available);
  return insn.length <= available || refuse(Stop::bus_error, static_cast<uint32_t>(memory_.size()));
}

std::optional<Stop> Stepper::step(Registers& regs, bool& executed) {
  executed = false;
  Insn insn;
  if (!fetch(regs.pc, insn)) return stop_;
  if (observer_) observer_->instruction(regs);
  executed = execute(regs, insn);
  if (executed) return std::nullopt;
  executed = stop_.kind == Stop::swi;
  return stop_;
}

bool Stepper::check(const Registers& regs, uint32_t address, unsigned bytes, bool write) {
  const uint32_t at = physical(regs, address);
  if (at & (bytes - 1)) return refuse(Stop::misaligned, address, write);
  return inside(memory_, at, bytes) || refuse(Stop::bus_error, address, write);
}

uint32_t Stepper::peek(const Registers& regs, uint32_t address, unsigned bytes) const {
  const std::byte* p = memory_.base() + physical(regs, address);
  if (bytes == 1) return std::to_integer<uint32_t>(*p);
  return bytes == 2 ? load_be16(p) : load_be32(p);
}

bool Stepper::load(Registers& regs, unsigned to, uint32_t address, unsigned bytes) {
  if (!check(regs, address, bytes, false)) return false;
  regs.r[to] = peek(regs, address, bytes);
  return true;
}

bool Stepper::store(const Registers& regs, uint32_t address, uint32_t value, unsigned bytes) {
  if (!check(regs, address, bytes, true)) return false;
  const uint32_t at = physical(regs, address);
  if (observer_) observer_->store(regs, at, bytes);
  std::byte* p = memory_.base() + at;
  if (bytes == 1) *p = static_cast<std::byte>(value);
  if (bytes == 2) store_be16(p, value);
  if (bytes == 4) store_be32(p, value);
  watcher_.stored(at, bytes);
  return true;
}

bool Stepper::push(Registers& regs, const Insn& insn) {
  const uint32_t top = regs.r[insn.a] - 4;
  if (!store(regs, top, regs.r[insn.b], 4)) return false;
  regs.r[insn.a] = top;
  return true;
}

bool Stepper::pop(Registers& regs, const Insn& insn) {
  const uint32_t top = regs.r[insn.a];
  if (!load(regs, insn.b, top, 4)) return false;
  regs.r[insn.a] = top + 4;  // wins when both are the same register
  return true;
}

bool Stepper::call(Registers& regs, uint32_t target, uint32_t back) {
  const uint32_t sp = regs.r[kSp];  // [sp - 4], the static chain, is reserved and not written
  if (!check(regs, sp - 8, 4, true)) return false;
  if (!check(regs, sp - 12, 4, true)) return false;
  store(regs, sp - 8, back, 4);
  store(regs, sp - 12, regs.r[kFp], 4);
  regs.r[kFp] = regs.r[kSp] = sp - 12;
  regs.pc = target;
  return true;
}

bool Stepper::ret(Registers& regs) {
  const uint32_t frame = regs.r[kFp];
  if (!check(regs, frame, 4, false)) return false;
  if (!check(regs, frame + 4, 4, false)) return false;
  regs.r[kFp] = peek(regs, frame, 4);
  regs.pc = peek(regs, frame + 4, 4);
  regs.r[kSp] = frame + 12;
  return true;
}

bool Stepper::divide(Registers& regs, const Insn& insn) {
  if (regs.r[insn.b] == 0) return refuse(Stop::divide, regs.pc);
  regs.r[insn.a] = quotient(insn.op, regs.r[insn.a], regs.r[insn.b]);
  return true;
}

bool Stepper::execute(Registers& regs, const Insn& insn) {
  uint32_t& a = regs.r[insn.a];
  const uint32_t b = regs.r[insn.b];
  const uint32_t imm = insn.imm;
  const uint32_t next = regs.pc + insn.length;
  bool done = true;
  switch (insn.op) {
    case Op::bad: return refuse(Stop::illegal, regs.pc, false, load_be16(memory_.base() + regs.pc));
    case Op::ldi_l:
    case Op::ldi_b:
    case Op::ldi_s: a = imm; break;  // all three load all 32 bits
    case Op::mov: a = b; break;
    case Op::add: a += b; break;
    case Op::sub: a -= b; break;
    case Op::and_: a &= b; break;
    case Op::or_: a |= b; break;
    case Op::xor_: a ^= b; break;
    case Op::neg: a = -b; break;
    case Op::not_: a = ~b; break;
    case Op::lshr: a >>= b & 31; break;
    case Op::ashl: a <<= b & 31; break;
    case Op::ashr: a = static_cast<uint32_t>(as_signed(a) >> (b & 31)); break;
    case Op::mul: a *= b; break;
    case Op::umul_x: a = high_half(uint64_t{a} * b); break;
    case Op::mul_x:
      a = high_half(static_cast<uint64_t>(int64_t{as_signed(a)} * as_signed(b)));
      break;
    case Op::sex_b: a = static_cast<uint32_t>(static_cast<int8_t>(b)); break;
    case Op::sex_s: a = static_cast<uint32_t>(static_cast<int16_t>(b)); break;
    case Op::zex_b: a = b & 0xff; break;
    case Op::zex_s: a = b & 0xffff; break;
    case Op::inc: a += imm; break;
    case Op::dec: a -= imm; break;
    case Op::nop: break;
    case Op::cmp:
      regs.cmp_a = a;
      regs.cmp_b = b;
      break;
    case Op::gsr: a = imm < regs.sreg.size() ? regs.sreg[imm] : 0; break;
    case Op::ssr:
      if (imm < regs.sreg.size()) regs.sreg[imm] = a;
      break;

    case Op::div:
    case Op::udiv:
    case Op::mod:
    case Op::umod: done = divide(regs, insn); break;

    case Op::lda_l: done = load(regs, insn.a, imm, 4); break;
    case Op::lda_s: done = load(regs, insn.a, imm, 2); break;
    case Op::lda_b: done = load(regs, insn.a, imm, 1); break;
    case Op::ld_l: done = load(regs, insn.a, b, 4); break;
    case Op::ld_s: done = load(regs, insn.a, b, 2); break;
    case Op::ld_b: done = load(regs, insn.a, b, 1); break;
    case Op::ldo_l: done = load(regs, insn.a, b + imm, 4); break;
    case Op::ldo_s: done = load(regs, insn.a, b + imm, 2); break;
    case Op::ldo_b: done = load(regs, insn.a, b + imm, 1); break;
    case Op::sta_l: done = store(regs, imm, a, 4); break;
    case Op::sta_s: done = store(regs, imm, a, 2); break;
    case Op::sta_b: done = store(regs, imm, a, 1); break;
    case Op::st_l: done = store(regs, a, b, 4); break;
    case Op::st_s: done = store(regs, a, b, 2); break;
    case Op::st_b: done = store(regs, a, b, 1); break;
    case Op::sto_l: done = store(regs, a + imm, b, 4); break;
    case Op::sto_s: done = store(regs, a + imm, b, 2); break;
    case Op::sto_b: done = store(regs, a + imm, b, 1); break;
    case Op::push: done = push(regs, insn); break;
    case Op::pop: done = pop(regs, insn); break;

    case Op::jmp: regs.pc = a; return true;
    case Op::jmpa: regs.pc = imm; return true;
    case Op::jsr: return call(regs, a, next);
    case Op::jsra: return call(regs, imm, next);
    case Op::ret: return ret(regs);
    case Op::brk: return refuse(Stop::brk, regs.pc);
    case Op::swi: regs.pc = next; return refuse(Stop::swi, 0, false, imm);

    default:  // the branches
      regs.pc = holds(insn.op, regs.cmp_a, regs.cmp_b) ? next + imm : next;
      return true;
  }
  if (done) regs.pc = next;
  return done;
}

}  // namespace moxie
