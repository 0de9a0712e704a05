// The semantics of the moxie instructions (MoxieLite and GCC's machine description), one case each. See
// stepper.h for the choices made. Where GDB's simulator is known to be wrong, this is not: mul.x
// multiplies signed operands, a division by zero and a misaligned access are exceptions of the guest.
#include "arch/moxie/cpu/stepper.h"

#include <climits>

namespace moxie {

namespace {

Stop exception(Stop::Kind kind, uint32_t address, bool write = false, uint32_t number = 0) {
  return {.kind = kind, .number = number, .address = address, .write = write};
}

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

Fetch fetch(Memory& memory, uint32_t pc) {
  if (pc & 1) return {.stop = exception(Stop::misaligned, pc)};
  if (!inside(memory, pc, 2)) return {.stop = exception(Stop::bus_error, pc)};
  const std::byte* code = memory.base() + pc;
  const size_t available = memory.size() - pc;
  Fetch result{.insn = decode(code, available)};
  if (result.insn.op == Op::bad)
    result.stop = exception(Stop::illegal, pc, false, load_be16(code));
  else if (result.insn.length > available)
    result.stop = exception(Stop::bus_error, static_cast<uint32_t>(memory.size()));
  return result;
}

std::optional<Stop> Stepper::step(Registers& regs, bool& executed) {
  executed = false;
  const Fetch fetched = fetch(memory_, regs.pc);
  if (fetched.stop && fetched.stop->kind != Stop::illegal) return fetched.stop;
  if (observer_) observer_->instruction(regs);
  if (fetched.stop) return fetched.stop;
  std::optional<Stop> stop = execute(regs, fetched.insn);
  executed = !stop || stop->kind == Stop::swi;
  return stop;
}

std::optional<Stop> Stepper::check(const Registers& regs, uint32_t address, unsigned bytes,
                                   bool write) const {
  const uint32_t at = physical(regs, address);
  if (at & (bytes - 1)) return exception(Stop::misaligned, address, write);
  if (!inside(memory_, at, bytes)) return exception(Stop::bus_error, address, write);
  return std::nullopt;
}

uint32_t Stepper::peek(const Registers& regs, uint32_t address, unsigned bytes) const {
  const std::byte* p = memory_.base() + physical(regs, address);
  if (bytes == 1) return std::to_integer<uint32_t>(*p);
  return bytes == 2 ? load_be16(p) : load_be32(p);
}

std::optional<Stop> Stepper::load(Registers& regs, unsigned to, uint32_t address, unsigned bytes) {
  if (auto stop = check(regs, address, bytes, false)) return stop;
  regs.r[to] = peek(regs, address, bytes);
  return std::nullopt;
}

std::optional<Stop> Stepper::store(const Registers& regs, uint32_t address, uint32_t value,
                                   unsigned bytes) {
  if (auto stop = check(regs, address, bytes, true)) return stop;
  const uint32_t at = physical(regs, address);
  if (observer_) observer_->store(regs, at, bytes);
  std::byte* p = memory_.base() + at;
  if (bytes == 1) *p = static_cast<std::byte>(value);
  if (bytes == 2) store_be16(p, value);
  if (bytes == 4) store_be32(p, value);
  watcher_.stored(at, bytes);
  return std::nullopt;
}

std::optional<Stop> Stepper::push(Registers& regs, const Insn& insn) {
  const uint32_t top = regs.r[insn.a] - 4;
  if (auto stop = store(regs, top, regs.r[insn.b], 4)) return stop;
  regs.r[insn.a] = top;
  return std::nullopt;
}

std::optional<Stop> Stepper::pop(Registers& regs, const Insn& insn) {
  const uint32_t top = regs.r[insn.a];
  if (auto stop = load(regs, insn.b, top, 4)) return stop;
  regs.r[insn.a] = top + 4;  // wins when both are the same register
  return std::nullopt;
}

std::optional<Stop> Stepper::call(Registers& regs, uint32_t target, uint32_t back) {
  const uint32_t sp = regs.r[kSp];  // [sp - 4], the static chain, is reserved and not written
  if (auto stop = check(regs, sp - 8, 4, true)) return stop;
  if (auto stop = check(regs, sp - 12, 4, true)) return stop;
  store(regs, sp - 8, back, 4);
  store(regs, sp - 12, regs.r[kFp], 4);
  regs.r[kFp] = regs.r[kSp] = sp - 12;
  regs.pc = target;
  return std::nullopt;
}

std::optional<Stop> Stepper::ret(Registers& regs) {
  const uint32_t frame = regs.r[kFp];
  if (auto stop = check(regs, frame, 4, false)) return stop;
  if (auto stop = check(regs, frame + 4, 4, false)) return stop;
  regs.r[kFp] = peek(regs, frame, 4);
  regs.pc = peek(regs, frame + 4, 4);
  regs.r[kSp] = frame + 12;
  return std::nullopt;
}

std::optional<Stop> Stepper::divide(Registers& regs, const Insn& insn) {
  if (regs.r[insn.b] == 0) return exception(Stop::divide, regs.pc);
  regs.r[insn.a] = quotient(insn.op, regs.r[insn.a], regs.r[insn.b]);
  return std::nullopt;
}

std::optional<Stop> Stepper::execute(Registers& regs, const Insn& insn) {
  uint32_t& a = regs.r[insn.a];
  const uint32_t b = regs.r[insn.b];
  const uint32_t imm = insn.imm;
  const uint32_t next = regs.pc + insn.length;
  std::optional<Stop> stop;
  switch (insn.op) {
    case Op::bad: return exception(Stop::illegal, regs.pc);
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
    case Op::umod: stop = divide(regs, insn); break;

    case Op::lda_l: stop = load(regs, insn.a, imm, 4); break;
    case Op::lda_s: stop = load(regs, insn.a, imm, 2); break;
    case Op::lda_b: stop = load(regs, insn.a, imm, 1); break;
    case Op::ld_l: stop = load(regs, insn.a, b, 4); break;
    case Op::ld_s: stop = load(regs, insn.a, b, 2); break;
    case Op::ld_b: stop = load(regs, insn.a, b, 1); break;
    case Op::ldo_l: stop = load(regs, insn.a, b + imm, 4); break;
    case Op::ldo_s: stop = load(regs, insn.a, b + imm, 2); break;
    case Op::ldo_b: stop = load(regs, insn.a, b + imm, 1); break;
    case Op::sta_l: stop = store(regs, imm, a, 4); break;
    case Op::sta_s: stop = store(regs, imm, a, 2); break;
    case Op::sta_b: stop = store(regs, imm, a, 1); break;
    case Op::st_l: stop = store(regs, a, b, 4); break;
    case Op::st_s: stop = store(regs, a, b, 2); break;
    case Op::st_b: stop = store(regs, a, b, 1); break;
    case Op::sto_l: stop = store(regs, a + imm, b, 4); break;
    case Op::sto_s: stop = store(regs, a + imm, b, 2); break;
    case Op::sto_b: stop = store(regs, a + imm, b, 1); break;
    case Op::push: stop = push(regs, insn); break;
    case Op::pop: stop = pop(regs, insn); break;

    case Op::jmp: regs.pc = a; return std::nullopt;
    case Op::jmpa: regs.pc = imm; return std::nullopt;
    case Op::jsr: return call(regs, a, next);
    case Op::jsra: return call(regs, imm, next);
    case Op::ret: return ret(regs);
    case Op::brk: return exception(Stop::brk, regs.pc);
    case Op::swi: regs.pc = next; return exception(Stop::swi, 0, false, imm);

    default:  // the branches
      regs.pc = holds(insn.op, regs.cmp_a, regs.cmp_b) ? next + imm : next;
      return std::nullopt;
  }
  if (!stop) regs.pc = next;
  return stop;
}

}  // namespace moxie
