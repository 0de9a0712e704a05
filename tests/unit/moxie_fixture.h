// Moxie machines for tests: a memory with an engine, hand-made instruction words, and random programs
// that are run in slices of random length. The reference is the interpreter under an observer, which
// executes one instruction at a time through the stepper.
#pragma once

#include <cstring>
#include <functional>
#include <memory>
#include <random>
#include <vector>

#include "arch/moxie/cpu/cpu.h"
#include "arch/moxie/cpu/insn.h"

namespace moxie_test {

using moxie::Op;

struct Silent final : moxie::Observer {
  void instruction(const moxie::Registers&) override {}
  void store(const moxie::Registers&, uint32_t, unsigned) override {}
};

using MakeEngine = std::function<std::unique_ptr<moxie::Engine>(moxie::Memory&)>;

struct Machine {
  explicit Machine(const MakeEngine& make, size_t bytes = 1 << 16, bool guards = true)
      : memory(std::move(*moxie::Memory::make(bytes, guards))), engine(make(*memory)) {}

  std::unique_ptr<moxie::Memory> memory;
  std::unique_ptr<moxie::Engine> engine;
  moxie::Registers regs;
  uint64_t budget = 1000;

  // All of the memory but page 0, which faults.
  std::span<std::byte> contents() const {
    return memory->at(moxie::kPageSize, memory->size() - moxie::kPageSize);
  }
  bool same_contents(const Machine& other) const {
    return std::memcmp(contents().data(), other.contents().data(), contents().size()) == 0;
  }
  void put16(uint32_t at, uint32_t value) { moxie::store_be16(memory->base() + at, value); }
  void put32(uint32_t at, uint32_t value) { moxie::store_be32(memory->base() + at, value); }
  uint32_t get32(uint32_t at) const { return moxie::load_be32(memory->base() + at); }
  moxie::Stop run() { return engine->run(regs, budget); }
  moxie::Stop run(uint64_t instructions) {
    budget = instructions;
    return run();
  }
};

inline std::unique_ptr<moxie::Engine> make_reference(moxie::Memory& memory) {
  static Silent silent;
  auto engine = moxie::make_interpreter(memory);
  engine->set_observer(&silent);
  return engine;
}

// Translators for host CPUs that lack something.
inline std::unique_ptr<moxie::Engine> make_jit_without_movbe(moxie::Memory& memory) {
  return moxie::make_jit_for(memory, {.movbe = false});
}
inline std::unique_ptr<moxie::Engine> make_jit_without_bmi2(moxie::Memory& memory) {
  return moxie::make_jit_for(memory, {.bmi2 = false});
}

// Assembles one after the other.
struct Assembler {
  Machine& machine;
  uint32_t at = 0x1000;

  Assembler& unit(unsigned value) {
    machine.put16(at, value);
    at += 2;
    return *this;
  }
  Assembler& op(Op op, unsigned a = 0, unsigned b = 0) {
    return unit(static_cast<unsigned>(op) << 8 | a << 4 | b);
  }
  Assembler& op_imm(Op op, unsigned a, uint32_t imm) {
    return this->op(op, a).unit(imm >> 16).unit(imm & 0xffff);
  }
  Assembler& op_ofs(Op op, unsigned a, unsigned b, unsigned offset) {
    return this->op(op, a, b).unit(offset & 0xffff);
  }
  Assembler& form2(Op op, unsigned a, unsigned imm) {
    return unit(0x8000u | (static_cast<unsigned>(op) - 0x40u) << 12 | a << 8 | imm);
  }
  Assembler& branch(Op op, uint32_t target) {
    const auto distance = static_cast<unsigned>(static_cast<int32_t>(target - (at + 2)) / 2);
    return unit(0xc000u | (static_cast<unsigned>(op) - 0x44u) << 10 | (distance & 0x3ff));
  }
};

// Programs of random instructions that mostly stay in bounds, so that something happens before the
// first fault: code in [kCode, kCodeEnd), data behind it, some pointers into each.
class RandomProgram {
 public:
  static constexpr uint32_t kCode = 0x1800, kCodeEnd = 0x1a00, kData = 0x4000, kDataEnd = 0x8000;

  // soup: anything anywhere. functions: what compilers make, with calls, loops and frames.
  enum class Kind { soup, functions };

  RandomProgram(uint64_t seed, Kind kind) : kind_(kind), random_(seed) {}

  uint32_t below(uint32_t n) { return static_cast<uint32_t>(random_() % n); }
  bool one_in(uint32_t n) { return below(n) == 0; }

  void write(Machine& machine) {
    Assembler code{machine, kCode};
    if (kind_ == Kind::functions) functions(code);
    while (code.at < kCodeEnd) instruction(code);
    for (uint32_t at = kData; at < kDataEnd; at += 4) machine.put32(at, interesting());
  }

  void set_registers(moxie::Registers& regs) {
    for (uint32_t& r : regs.r) r = one_in(3) ? interesting() : pointer();
    regs.r[moxie::kSp] = pointer() & ~3u;
    regs.r[moxie::kFp] = pointer() & ~3u;
    regs.pc = code_address();
    regs.cmp_a = interesting();
    regs.cmp_b = interesting();
    for (uint32_t& r : regs.sreg) r = interesting();
    regs.reloc_len = 0;
    if (one_in(4)) {
      regs.reloc_start = pointer() & ~3u;
      regs.reloc_len = below(0x2000) * 4;
      regs.reloc_delta = (pointer() - regs.reloc_start) & ~3u;
    }
  }

  uint32_t code_address() { return kCode + below((kCodeEnd - kCode) / 2) * 2; }

 private:
  uint32_t interesting() {
    static constexpr uint32_t kValues[] = {0,      1,      2,          4,          31,
                                           32,     0x7f,   0x80,       0xff,       0x7fff,
                                           0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff};
    return one_in(2) ? kValues[below(std::size(kValues))] : static_cast<uint32_t>(random_());
  }
  uint32_t pointer() {
    if (one_in(40)) return code_address();  // programs that change themselves
    if (one_in(40)) return (one_in(2) ? 0xfff0u : 0x1000u) + below(16) - 8;  // the edges of memory
    return kData + 0x1000 + below(0x2000) / 4 * 4 + (one_in(60) ? below(4) : 0);
  }

  void instruction(Assembler& code) {
    static constexpr Op kOften[] = {Op::ldo_l, Op::sto_l, Op::ldo_b, Op::sto_b, Op::ldo_s,
                                    Op::sto_s, Op::ld_l,  Op::st_l,  Op::push,  Op::pop,
                                    Op::add,   Op::sub,   Op::cmp,   Op::mov,   Op::lshr,
                                    Op::ashl,  Op::ashr};
    const unsigned a = below(16), b = below(16);
    const unsigned kind = below(20);
    if (kind < 5) {
      code.op(kOften[below(std::size(kOften))], a, b);
      if (moxie::decode_unit(moxie::load_be16(code.machine.memory->base() + code.at - 2)).length ==
          4)
        code.unit(one_in(10) ? below(0x10000) : (below(64) - 32) * 4);
    } else if (kind < 8) {
      code.op(Op::cmp, a, b).branch(random_branch(), code_address());
    } else if (kind < 9) {
      code.branch(random_branch(), code_address());
    } else if (kind < 10) {
      static constexpr Op kImm[] = {Op::ldi_l, Op::ldi_b, Op::ldi_s, Op::lda_l, Op::lda_s,
                                    Op::lda_b, Op::sta_l, Op::sta_s, Op::sta_b};
      code.op_imm(kImm[below(9)], a, one_in(4) ? interesting() : pointer());
    } else if (kind < 12) {
      code.form2(static_cast<Op>(0x40 + below(2)), a, one_in(2) ? below(64) * 4 : below(256));
    } else if (kind < 13 && one_in(2)) {
      code.op_imm(one_in(2) ? Op::jsra : Op::jmpa, a, code_address());
    } else if (kind < 13) {
      code.op_imm(Op::ldi_l, a, code_address()).op(one_in(2) ? Op::jsr : Op::jmp, a);
    } else if (kind < 14 && one_in(3)) {
      code.unit(below(0x10000));  // anything at all
    } else if (kind < 14 && one_in(3)) {
      code.op_imm(Op::swi, 0, interesting());
    } else {
      unsigned op;
      do op = below(0x3a);
      while (moxie::info(static_cast<Op>(op)).length != 2 || (op == 0x35 && !one_in(10)));
      code.op(static_cast<Op>(op), a, b);
    }
  }
  // Functions that call those before them, in registers that the callee keeps or not, with loops around
  // calls; the last one runs for ever.
  void functions(Assembler& code) {
    std::vector<uint32_t> entries;
    while (code.at < kCodeEnd - 0x80) {
      const uint32_t entry = code.at;
      const unsigned saved = below(4);
      for (unsigned i = 0; i < saved; ++i) code.op(Op::push, moxie::kSp, moxie::kR6 + i);
      code.form2(Op::dec, moxie::kSp, below(8) * 4);
      const uint32_t loop = code.at;
      for (unsigned n = below(6); n > 0; --n) simple(code);
      if (!entries.empty() && one_in(2)) {
        const uint32_t target = entries[below(static_cast<uint32_t>(entries.size()))];
        const unsigned reg = moxie::kR0 + below(10);
        if (one_in(2))
          code.op_imm(Op::jsra, 0, target);
        else
          code.op_imm(Op::ldi_l, reg, target).op(Op::jsr, reg);
      }
      for (unsigned n = below(3); n > 0; --n) simple(code);
      if (one_in(2)) {
        const unsigned counter = moxie::kR0 + below(10);
        code.form2(Op::dec, counter, 1 + below(3)).op(Op::cmp, counter, moxie::kR0 + below(10));
        code.branch(random_branch(), loop);
      }
      code.op(Op::mov, moxie::kR12, moxie::kFp).form2(Op::dec, moxie::kR12, saved * 4);
      for (unsigned i = saved; i > 0; --i) code.op(Op::pop, moxie::kR12, moxie::kR6 + i - 1);
      code.op(Op::ret);
      entries.push_back(entry);
    }
    const uint32_t loop = code.at;
    for (unsigned n = 1 + below(4); n > 0; --n)
      code.op_imm(Op::jsra, 0, entries[below(static_cast<uint32_t>(entries.size()))]);
    code.op_imm(Op::jmpa, 0, loop);
  }
  void simple(Assembler& code) {
    const unsigned a = moxie::kR0 + below(10), b = moxie::kR0 + below(10);
    const unsigned frame = one_in(2) ? moxie::kSp : moxie::kFp;
    static constexpr Op kPlain[] = {Op::mov,  Op::add,  Op::sub,   Op::xor_,  Op::and_, Op::or_,
                                    Op::mul,  Op::ashl, Op::lshr,  Op::zex_b, Op::cmp,  Op::neg,
                                    Op::udiv, Op::mod,  Op::zex_s, Op::sex_b};
    switch (below(12)) {
      case 0: code.op_ofs(Op::sto_l, frame, a, below(8) * 4 - 8); return;
      case 1: code.op_ofs(Op::ldo_l, a, frame, below(8) * 4 - 8); return;
      case 2: code.op_imm(Op::ldi_l, a, one_in(2) ? pointer() : interesting()); return;
      case 3:
        code.op_imm(Op::ldi_l, a, pointer()).op(one_in(2) ? Op::st_b : Op::ld_b, a, a);
        return;
      case 4:
      case 5:
        code.op(Op::cmp, a, b).branch(random_branch(), code.at + 4);
        code.op(kPlain[below(6)], b, a);
        return;
      case 6: code.form2(one_in(2) ? Op::inc : Op::dec, a, below(256)); return;
      case 7:
        if (one_in(8)) code.op_imm(Op::sta_s, a, code_address());
        return;
      default: code.op(kPlain[below(16)], a, b); return;
    }
  }

  Op random_branch() { return static_cast<Op>(0x44 + below(10)); }

  const Kind kind_;
  std::mt19937_64 random_;
};

// In what two machines that stopped differ; empty if in nothing.
inline std::string difference(const Machine& one, const moxie::Stop& a, const Machine& two,
                              const moxie::Stop& b) {
  if (a.kind != b.kind || a.number != b.number || a.address != b.address || a.write != b.write)
    return "stops differ: " + std::to_string(a.kind) + " and " + std::to_string(b.kind);
  if (one.budget != two.budget) return "budgets differ";
  if (std::memcmp(&one.regs, &two.regs, sizeof one.regs) != 0) return "registers differ";
  if (!one.same_contents(two)) return "memory differs";
  return "";
}

// Runs one program on both and tells the first difference; empty if there is none.
inline std::string compare_engines(uint64_t seed, const MakeEngine& left, const MakeEngine& right,
                                   bool guards = true) {
  const bool odd = seed % 2 != 0;
  RandomProgram program(seed, odd ? RandomProgram::Kind::functions : RandomProgram::Kind::soup);
  Machine one(left), two(right, 1 << 16, guards);
  program.write(one);
  std::memcpy(two.contents().data(), one.contents().data(), one.contents().size());
  program.set_registers(one.regs);
  two.regs = one.regs;
  for (int slice = 0; slice < 24; ++slice) {
    one.budget = two.budget = program.one_in(4) ? program.below(8) : program.below(600);
    const moxie::Stop a = one.run(), b = two.run();
    if (const std::string wrong = difference(one, a, two, b); !wrong.empty())
      return wrong + " in slice " + std::to_string(slice) + " of seed " + std::to_string(seed);
    if (a.kind == moxie::Stop::budget || a.kind == moxie::Stop::swi) continue;
    program.set_registers(one.regs);
    two.regs = one.regs;
    if (program.one_in(2)) continue;
    const uint32_t at = program.code_address();  // as a loader or a debugger would
    for (Machine* machine : {&one, &two}) {
      machine->put16(at, 0x0f00);
      machine->engine->invalidate(at, 2);
    }
  }
  return "";
}

}  // namespace moxie_test
