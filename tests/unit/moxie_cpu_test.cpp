// What moxie instructions do and how they stop, on every engine: the stepper alone, the interpreter and
// the translator. Each program is long enough in one piece to be one block.
#include "tests/unit/moxie_fixture.h"

#include <gtest/gtest.h>

#include <climits>

namespace {

using moxie::kFp;
using moxie::kR0;
using moxie::kSp;
using moxie::Op;
using moxie::Stop;
using moxie_test::Assembler;
using moxie_test::Machine;

constexpr unsigned kR1 = kR0 + 1, kR2 = kR0 + 2;
constexpr uint32_t kCode = 0x1000, kStack = 0x8000, kMin = 0x80000000;

struct EngineUnderTest {
  const char* name;
  moxie_test::MakeEngine make;
};

class moxie_cpu : public testing::TestWithParam<EngineUnderTest> {
 protected:
  void SetUp() override {
    auto probe = moxie::Memory::make(1 << 16);
    if (!GetParam().make(**probe)) GTEST_SKIP() << "no translator for this host";
    machine_ = std::make_unique<Machine>(GetParam().make);
    machine_->regs.pc = kCode;
    machine_->regs.r[kSp] = machine_->regs.r[kFp] = kStack;
  }
  Assembler code() { return {*machine_, kCode}; }
  uint32_t& r(unsigned n) { return machine_->regs.r[kR0 + n]; }

  // `op $r0, $r1` with these operands; what $r0 holds afterwards.
  uint32_t binary(Op op, uint32_t a, uint32_t b) {
    code().op(op, kR0, kR1).op(Op::brk);
    machine_->engine->invalidate(kCode, 4);
    machine_->regs.pc = kCode;
    r(0) = a;
    r(1) = b;
    EXPECT_EQ(machine_->run(100).kind, Stop::brk);
    return r(0);
  }
  std::unique_ptr<Machine> machine_;
};

TEST_P(moxie_cpu, arithmetic) {
  struct Row {
    Op op;
    uint32_t a, b, result;
  };
  const Row rows[] = {
      {Op::mov, 1, 2, 2},
      {Op::add, 0xffffffff, 2, 1},
      {Op::sub, 1, 2, 0xffffffff},
      {Op::and_, 0xff0, 0x0ff, 0x0f0},
      {Op::or_, 0xf0, 0x0f, 0xff},
      {Op::xor_, 0xff, 0x0f, 0xf0},
      {Op::neg, 9, 5, 0xfffffffb},
      {Op::neg, 9, kMin, kMin},
      {Op::not_, 9, 5, 0xfffffffa},
      {Op::lshr, kMin, 31, 1},
      {Op::lshr, kMin, 32, kMin},
      {Op::ashr, kMin, 31, 0xffffffff},
      {Op::ashr, kMin, 33, 0xc0000000},
      {Op::ashl, 3, 31, kMin},
      {Op::ashl, 3, 64, 3},
      {Op::mul, 0x10001, 0x10001, 0x20001},
      {Op::mul, 0xffffffff, 0xffffffff, 1},
      {Op::umul_x, 0xffffffff, 0xffffffff, 0xfffffffe},
      {Op::mul_x, 0xffffffff, 0xffffffff, 0},
      {Op::mul_x, 0xffffffff, 1, 0xffffffff},
      {Op::umul_x, 0xffffffff, 1, 0},
      {Op::mul_x, kMin, kMin, 0x40000000},
      {Op::sex_b, 0, 0x1280, 0xffffff80},
      {Op::sex_b, 0, 0x127f, 0x7f},
      {Op::sex_s, 0, 0x12348000, 0xffff8000},
      {Op::zex_b, 0, 0x1280, 0x80},
      {Op::zex_s, 0, 0x12348000, 0x8000},
      {Op::div, 0xfffffff9, 2, 0xfffffffd},
      {Op::mod, 0xfffffff9, 2, 0xffffffff},
      {Op::div, kMin, 0xffffffff, kMin},
      {Op::mod, kMin, 0xffffffff, 0},
      {Op::div, 7, 0xffffffff, 0xfffffff9},
      {Op::mod, 7, 0xffffffff, 0},
      {Op::udiv, kMin, 0xffffffff, 0},
      {Op::umod, kMin, 0xffffffff, kMin},
      {Op::udiv, 0xffffffff, 16, 0x0fffffff},
      {Op::umod, 0xffffffff, 16, 15},
  };
  for (const Row& row : rows)
    EXPECT_EQ(binary(row.op, row.a, row.b), row.result)
        << moxie::info(row.op).name << ' ' << std::hex << row.a << ' ' << row.b;
}

TEST_P(moxie_cpu, constants_and_short_immediates) {
  code()
      .op_imm(Op::ldi_l, kR0, 0x12345678)
      .op_imm(Op::ldi_b, kR1, 0x89abcdef)
      .op_imm(Op::ldi_s, kR2, 0xfedcba98)
      .form2(Op::inc, kR0, 255)
      .form2(Op::dec, kR1, 255)
      .op(Op::brk);
  machine_->run(100);
  EXPECT_EQ(r(0), 0x12345678u + 255);
  EXPECT_EQ(r(1), 0x89abcdefu - 255);  // ldi.b loads all 32 bits
  EXPECT_EQ(r(2), 0xfedcba98u);
}

TEST_P(moxie_cpu, loads_and_stores_are_big_endian_and_loads_extend_with_zeroes) {
  machine_->put32(0x4000, 0x81828384);
  r(5) = 0x4004;
  code()
      .op_imm(Op::lda_l, kR0, 0x4000)
      .op_imm(Op::lda_s, kR1, 0x4000)
      .op_imm(Op::lda_b, kR2, 0x4003)
      .op_ofs(Op::ldo_l, kR0 + 3, kR0 + 5, 0xfffc)
      .op_ofs(Op::ldo_s, kR0 + 4, kR0 + 5, 0xfffe)
      .op_ofs(Op::ldo_b, kR0 + 6, kR0 + 5, 0xffff)
      .op_imm(Op::sta_b, kR0, 0x4010)
      .op_imm(Op::sta_s, kR0, 0x4012)
      .op_imm(Op::sta_l, kR0, 0x4014)
      .op_ofs(Op::sto_b, kR0 + 5, kR0, 0x20)
      .op_ofs(Op::sto_s, kR0 + 5, kR0, 0x22)
      .op(Op::st_l, kR0 + 5, kR0)
      .op(Op::ld_b, kR0 + 7, kR0 + 5)
      .op(Op::brk);
  ASSERT_EQ(machine_->run(100).kind, Stop::brk);
  EXPECT_EQ(r(0), 0x81828384u);
  EXPECT_EQ(r(1), 0x8182u);
  EXPECT_EQ(r(2), 0x84u);
  EXPECT_EQ(r(3), 0x81828384u);
  EXPECT_EQ(r(4), 0x8384u);
  EXPECT_EQ(r(6), 0x84u);
  EXPECT_EQ(machine_->get32(0x4010), 0x84008384u);
  EXPECT_EQ(machine_->get32(0x4014), 0x81828384u);
  EXPECT_EQ(machine_->get32(0x4024), 0x84008384u);
  EXPECT_EQ(machine_->get32(0x4004), 0x81828384u);
  EXPECT_EQ(r(7), 0x81u);
}

TEST_P(moxie_cpu, push_and_pop_of_the_stack_pointer_itself) {
  code().op(Op::push, kSp, kSp).op(Op::mov, kR0, kSp).op(Op::pop, kSp, kSp).op(Op::brk);
  machine_->run(100);
  EXPECT_EQ(machine_->get32(kStack - 4), kStack) << "the old value is pushed";
  EXPECT_EQ(r(0), kStack - 4);
  EXPECT_EQ(machine_->regs.r[kSp], kStack) << "the new top wins over what was popped";
}

TEST_P(moxie_cpu, call_builds_the_frame_and_ret_takes_it_down) {
  machine_->regs.r[kFp] = 0x7777;
  code().op_imm(Op::jsra, 0, 0x1100).op(Op::brk);
  Assembler{*machine_, 0x1100}.op(Op::mov, kR0, kSp).op(Op::mov, kR1, kFp).op(Op::ret);
  machine_->put32(kStack - 4, 0xabad1dea);
  ASSERT_EQ(machine_->run(100).kind, Stop::brk);
  EXPECT_EQ(machine_->regs.pc, kCode + 6);
  EXPECT_EQ(r(0), kStack - 12);
  EXPECT_EQ(r(1), kStack - 12);
  EXPECT_EQ(machine_->get32(kStack - 4), 0xabad1deau) << "the static chain's slot is not written";
  EXPECT_EQ(machine_->get32(kStack - 8), kCode + 6);
  EXPECT_EQ(machine_->get32(kStack - 12), 0x7777u);
  EXPECT_EQ(machine_->regs.r[kSp], kStack);
  EXPECT_EQ(machine_->regs.r[kFp], 0x7777u);
}

TEST_P(moxie_cpu, jsr_through_the_stack_pointer_reads_it_first) {
  machine_->regs.r[kSp] = 0x2000;
  code().op(Op::jsr, kSp);
  Assembler{*machine_, 0x2000}.op(Op::brk);
  ASSERT_EQ(machine_->run(100).kind, Stop::brk);
  EXPECT_EQ(machine_->regs.pc, 0x2000u);
  EXPECT_EQ(machine_->get32(0x2000 - 8), kCode + 2);
}

TEST_P(moxie_cpu, every_branch_on_every_relation) {
  const std::pair<uint32_t, uint32_t> operands[] = {
      {1, 1}, {1, 2}, {2, 1}, {0xffffffff, 1}, {1, 0xffffffff}};
  const std::pair<Op, std::string_view> rows[] = {
      // y: taken, for each pair above
      {Op::beq, "ynnnn"},  {Op::bne, "nyyyy"},  {Op::blt, "nynyn"}, {Op::bgt, "nnyny"},
      {Op::bltu, "nynny"}, {Op::bgtu, "nnyyn"}, {Op::bge, "ynyny"}, {Op::ble, "yynyn"},
      {Op::bgeu, "ynyyn"}, {Op::bleu, "yynny"}};
  for (const auto& [op, taken] : rows) {
    for (unsigned i = 0; i < 10; ++i) {
      const auto [a, b] = operands[i / 2];
      Assembler program = code();
      program.op(Op::cmp, kR0, kR1);
      if (i % 2) program.op(Op::xor_, kR2, kR2);  // the branch is not beside its cmp
      program.branch(op, 0x1040).op(Op::brk);
      Assembler{*machine_, 0x1040}.op(Op::brk);
      machine_->engine->invalidate(kCode, 0x100);
      machine_->regs.pc = kCode;
      r(0) = a;
      r(1) = b;
      ASSERT_EQ(machine_->run(100).kind, Stop::brk);
      EXPECT_EQ(machine_->regs.pc == 0x1040, taken[i / 2] == 'y')
          << moxie::info(op).name << ' ' << a << ' ' << b;
      EXPECT_EQ(machine_->regs.cmp_a, a);
      EXPECT_EQ(machine_->regs.cmp_b, b);
    }
  }
}

TEST_P(moxie_cpu, special_registers_and_those_that_do_not_exist) {
  r(0) = 42;
  r(1) = 43;
  code()
      .form2(Op::ssr, kR0, 15)
      .form2(Op::gsr, kR2, 15)
      .form2(Op::ssr, kR0, 16)
      .form2(Op::gsr, kR1, 16)
      .op(Op::brk);
  machine_->run(100);
  EXPECT_EQ(machine_->regs.sreg[15], 42u);
  EXPECT_EQ(r(2), 42u);
  EXPECT_EQ(r(1), 0u);
}

TEST_P(moxie_cpu, swi_stops_behind_itself_and_counts) {
  code().op(Op::nop).op_imm(Op::swi, 0, 0xffffffff).op(Op::brk);
  const Stop stop = machine_->run(10);
  EXPECT_EQ(stop.kind, Stop::swi);
  EXPECT_EQ(stop.number, 0xffffffffu);
  EXPECT_EQ(machine_->regs.pc, kCode + 8);
  EXPECT_EQ(machine_->budget, 8u);
}

// Runs `faulty` between two instructions, with enough behind it to be in the middle of a block; nothing
// of it may have happened, everything before it must have.
struct Fault {
  const char* what;
  std::function<void(Assembler&)> faulty;
  Stop::Kind kind;
  uint32_t address;
  bool write;
};

TEST_P(moxie_cpu, exceptions_are_precise) {
  const uint32_t end = 1 << 16;
  const Fault faults[] = {
      {"div", [](Assembler& c) { c.op(Op::div, kR0, kR2); }, Stop::divide, kCode + 2, false},
      {"umod", [](Assembler& c) { c.op(Op::umod, kR0, kR2); }, Stop::divide, kCode + 2, false},
      {"bad", [](Assembler& c) { c.unit(0x1600); }, Stop::illegal, kCode + 2, false},
      {"brk", [](Assembler& c) { c.op(Op::brk); }, Stop::brk, kCode + 2, false},
      {"load at 0", [](Assembler& c) { c.op(Op::ld_l, kR1, kR2); }, Stop::bus_error, 0, false},
      {"load in page 0", [](Assembler& c) { c.op_imm(Op::lda_b, kR1, 0xfff); }, Stop::bus_error,
       0xfff, false},
      {"load at the end", [=](Assembler& c) { c.op_imm(Op::lda_l, kR1, end); }, Stop::bus_error,
       end, false},
      {"store far out", [](Assembler& c) { c.op_imm(Op::sta_l, kR1, 0xfffffffc); }, Stop::bus_error,
       0xfffffffc, true},
      {"store below the register", [](Assembler& c) { c.op_ofs(Op::sto_l, kR2, kR1, 0xfffc); },
       Stop::bus_error, 0xfffffffc, true},
      {"misaligned load", [](Assembler& c) { c.op_ofs(Op::ldo_l, kR1, kFp, 2); }, Stop::misaligned,
       kStack + 2, false},
      {"misaligned store", [](Assembler& c) { c.op_ofs(Op::sto_s, kFp, kR1, 1); }, Stop::misaligned,
       kStack + 1, true},
      {"misaligned before out of bounds", [=](Assembler& c) { c.op_imm(Op::lda_l, kR1, end + 1); },
       Stop::misaligned, end + 1, false},
      {"push", [](Assembler& c) { c.op(Op::push, kR2, kR1); }, Stop::bus_error, 0xfffffffc, true},
      {"pop", [](Assembler& c) { c.op(Op::pop, kR2, kR1); }, Stop::bus_error, 0, false},
  };
  for (const Fault& fault : faults) {
    Assembler program = code();
    program.form2(Op::inc, kR0, 1);
    fault.faulty(program);
    program.form2(Op::inc, kR0, 1).op_ofs(Op::ldo_l, kR1, kFp, 0).op(Op::brk);
    machine_->engine->invalidate(kCode, 64);
    machine_->regs.pc = kCode;
    r(0) = 5;
    r(1) = 77;
    r(2) = 0;
    moxie::Registers before = machine_->regs;
    const Stop stop = machine_->run(100);
    EXPECT_EQ(stop.kind, fault.kind) << fault.what;
    EXPECT_EQ(stop.address, fault.address) << fault.what;
    EXPECT_EQ(stop.write, fault.write) << fault.what;
    EXPECT_EQ(machine_->budget, 99u) << fault.what;
    before.r[kR0] = 6;
    before.pc = kCode + 2;
    EXPECT_EQ(machine_->regs.r, before.r) << fault.what;
    EXPECT_EQ(machine_->regs.pc, before.pc) << fault.what;
  }
}

TEST_P(moxie_cpu, a_call_that_faults_leaves_memory_and_registers_alone) {
  machine_->regs.r[kSp] = 0x1008;  // the return pc would fit, the frame pointer would not
  code().unit(0);
  Assembler{*machine_, 0x2000}.op_imm(Op::jsra, 0, 0x3000);
  machine_->regs.pc = 0x2000;
  const uint32_t old = machine_->get32(0x1000);
  const Stop stop = machine_->run(10);
  EXPECT_EQ(stop.kind, Stop::bus_error);
  EXPECT_EQ(stop.address, 0xffcu);
  EXPECT_EQ(machine_->get32(0x1000), old);
  EXPECT_EQ(machine_->regs.r[kSp], 0x1008u);
  EXPECT_EQ(machine_->regs.pc, 0x2000u);
}

TEST_P(moxie_cpu, fetching_where_there_is_no_code) {
  const std::tuple<uint32_t, Stop::Kind, uint32_t> rows[] = {
      {0, Stop::bus_error, 0},
      {0xffe, Stop::bus_error, 0xffe},
      {0x10000, Stop::bus_error, 0x10000},
      {0xfffffffe, Stop::bus_error, 0xfffffffe},
      {0x2001, Stop::misaligned, 0x2001},
      {0xfffe, Stop::bus_error, 0x10000}};  // the last: an instruction that reaches over the end
  machine_->put16(0xfffe, 0x0120);
  for (const auto& [pc, kind, address] : rows) {
    machine_->regs.pc = pc;
    const Stop stop = machine_->run(10);
    EXPECT_EQ(stop.kind, kind) << pc;
    EXPECT_EQ(stop.address, address) << pc;
    EXPECT_EQ(machine_->regs.pc, pc);
    EXPECT_EQ(machine_->budget, 10u);
  }
}

TEST_P(moxie_cpu, budget_is_exact_at_every_length) {
  // inc; inc; cmp; bne to the start: four instructions a round.
  code()
      .form2(Op::inc, kR0, 1)
      .form2(Op::inc, kR1, 1)
      .op(Op::cmp, kR0, kR2)
      .branch(Op::bne, kCode)
      .op(Op::brk);
  r(2) = 0xffffffff;
  const uint32_t pcs[] = {kCode, kCode + 2, kCode + 4, kCode + 6};
  for (unsigned n = 0; n < 40; ++n) {
    machine_->regs.pc = kCode;
    r(0) = r(1) = 0;
    EXPECT_EQ(machine_->run(n).kind, Stop::budget);
    EXPECT_EQ(machine_->budget, 0u);
    EXPECT_EQ(r(0), (n + 3) / 4) << n;
    EXPECT_EQ(r(1), (n + 2) / 4) << n;
    EXPECT_EQ(machine_->regs.pc, pcs[n % 4]) << n;
  }
  machine_->regs.pc = kCode;
  r(0) = 0;
  machine_->run(4'000'001);  // across many time slices of the engine's own
  EXPECT_EQ(r(0), 1'000'001u);
}

TEST_P(moxie_cpu, interrupt_stops_a_loop_without_losing_an_instruction) {
  code().op_imm(Op::jmpa, 0, kCode);
  machine_->budget = 1000;
  machine_->engine->interrupt();
  EXPECT_EQ(machine_->run().kind, Stop::interrupted);
  EXPECT_EQ(machine_->budget, 1000u);
  EXPECT_EQ(machine_->run().kind, Stop::budget) << "it is asked for once";
}

TEST_P(moxie_cpu, code_that_overwrites_the_next_instruction) {
  // The store turns the inc behind it, decoded in the same block, into a brk.
  r(0) = 0x3500;
  r(1) = kCode + 8;
  code()
      .op(Op::nop)
      .op(Op::nop)
      .op(Op::nop)
      .op(Op::st_s, kR1, kR0)
      .form2(Op::inc, kR2, 1)
      .op(Op::brk);
  const Stop stop = machine_->run(100);
  EXPECT_EQ(stop.kind, Stop::brk);
  EXPECT_EQ(machine_->regs.pc, kCode + 8);
  EXPECT_EQ(r(2), 0u);
  EXPECT_EQ(machine_->budget, 96u);
}

TEST_P(moxie_cpu, code_that_is_changed_from_outside_needs_invalidate) {
  Assembler loop = code();
  loop.form2(Op::inc, kR0, 1).op_imm(Op::jmpa, 0, 0x1100);
  Assembler{*machine_, 0x1100}.op_imm(Op::jmpa, 0, kCode);
  machine_->run(300);  // decoded and chained
  EXPECT_EQ(r(0), 100u);
  machine_->put16(kCode, 0x8202);  // inc $r0, 2
  machine_->engine->invalidate(kCode, 1);
  machine_->run(300);
  EXPECT_EQ(r(0), 300u);
}

TEST_P(moxie_cpu, data_beside_code_may_be_written) {
  code().op_imm(Op::sta_l, kR0, kCode + 0x20).form2(Op::inc, kR0, 1).op_imm(Op::jmpa, 0, kCode);
  machine_->run(300);
  EXPECT_EQ(machine_->get32(kCode + 0x20), 99u);
}

TEST_P(moxie_cpu, data_relocation_moves_data_and_not_code) {
  machine_->regs.reloc_start = 0x4000;
  machine_->regs.reloc_len = 0x1000;
  machine_->regs.reloc_delta = 0x3000;
  machine_->put32(0x4010, 1);
  machine_->put32(0x7010, 2);
  machine_->put32(0x5000, 3);
  code()
      .op_imm(Op::lda_l, kR0, 0x4010)
      .op_imm(Op::lda_l, kR1, 0x5000)
      .op_imm(Op::sta_l, kR1, 0x4ffc)
      .op_imm(Op::jmpa, 0, 0x4100);
  Assembler{*machine_, 0x4100}.op(Op::brk);
  ASSERT_EQ(machine_->run(100).kind, Stop::brk);
  EXPECT_EQ(machine_->regs.pc, 0x4100u);
  EXPECT_EQ(r(0), 2u);
  EXPECT_EQ(r(1), 3u);
  EXPECT_EQ(machine_->get32(0x7ffc), 3u);
  EXPECT_EQ(machine_->get32(0x4ffc), 0u);
}

TEST_P(moxie_cpu, data_relocation_out_of_memory_reports_the_program_s_address) {
  machine_->regs.reloc_start = 0x4000;
  machine_->regs.reloc_len = 0x1000;
  machine_->regs.reloc_delta = 0xffff0000;
  code().op_imm(Op::sta_l, kR0, 0x4010).op(Op::brk);
  const Stop stop = machine_->run(10);
  EXPECT_EQ(stop.kind, Stop::bus_error);
  EXPECT_EQ(stop.address, 0x4010u);
  EXPECT_TRUE(stop.write);
}

struct Recorder final : moxie::Observer {
  void instruction(const moxie::Registers& before) override { pcs.push_back(before.pc); }
  void store(const moxie::Registers& before, uint32_t address, unsigned bytes) override {
    stores.emplace_back(before.pc, address, bytes);
  }
  std::vector<uint32_t> pcs;
  std::vector<std::tuple<uint32_t, uint32_t, unsigned>> stores;
};

TEST_P(moxie_cpu, an_observer_sees_every_instruction_and_store) {
  code().op(Op::push, kSp, kR0).op_imm(Op::jsra, 0, 0x1100);
  Assembler{*machine_, 0x1100}.op_imm(Op::sta_b, kR0, 0x4001).op(Op::brk);
  machine_->run(100);  // decoded before anybody looks
  machine_->regs.pc = kCode;
  machine_->regs.r[kSp] = kStack;
  Recorder recorder;
  machine_->engine->set_observer(&recorder);
  machine_->run(100);
  machine_->engine->set_observer(nullptr);
  EXPECT_EQ(recorder.pcs, (std::vector<uint32_t>{kCode, kCode + 2, 0x1100, 0x1106}));
  const std::vector<std::tuple<uint32_t, uint32_t, unsigned>> stores = {{kCode, kStack - 4, 4},
                                                                        {kCode + 2, kStack - 12, 4},
                                                                        {kCode + 2, kStack - 16, 4},
                                                                        {0x1100, 0x4001, 1}};
  EXPECT_EQ(recorder.stores, stores);
}

INSTANTIATE_TEST_SUITE_P(
    , moxie_cpu,
    testing::Values(EngineUnderTest{"stepper", moxie_test::make_reference},
                    EngineUnderTest{"interpreter", moxie::make_interpreter},
                    EngineUnderTest{"translator", moxie::make_jit},
                    EngineUnderTest{"translator_without_movbe", moxie_test::make_jit_without_movbe},
                    EngineUnderTest{"translator_without_bmi2", moxie_test::make_jit_without_bmi2}),
    [](const auto& info) { return info.param.name; });

TEST(moxie_memory, bounds) {
  EXPECT_FALSE(moxie::Memory::make(4096));
  EXPECT_FALSE(moxie::Memory::make(8193));
  EXPECT_FALSE(moxie::Memory::make(moxie::kMaxMemory + 4096));
  auto memory = std::move(*moxie::Memory::make(3 * 4096));
  EXPECT_TRUE(memory->at(0, 4).empty());
  EXPECT_TRUE(memory->at(4095, 2).empty());
  EXPECT_EQ(memory->at(4096, 2 * 4096).size(), 2u * 4096);
  EXPECT_TRUE(memory->at(4096, 2 * 4096 + 1).empty());
  EXPECT_TRUE(memory->at(0xffffffff, 2).empty());
  EXPECT_TRUE(memory->at(3 * 4096, 1).empty());
  EXPECT_TRUE(memory->at(4096, SIZE_MAX).empty());
}

}  // namespace
