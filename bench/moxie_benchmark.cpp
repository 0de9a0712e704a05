// How fast the moxie engines execute: a counting loop, and one that loads and stores. Items are
// instructions.
#include <benchmark/benchmark.h>

#include "tests/unit/moxie_fixture.h"

namespace {

using moxie::Op;
using moxie_test::Assembler;
using moxie_test::Machine;

std::unique_ptr<moxie::Engine> engine_of(int64_t kind, moxie::Memory& memory) {
  return kind == 0 ? moxie::make_interpreter(memory) : moxie::make_jit(memory);
}

void run_loop(benchmark::State& state, bool memory_too) {
  {
    auto memory = moxie::Memory::make(1 << 16);
    if (!memory || engine_of(state.range(0), **memory) == nullptr) {
      state.SkipWithError("there is no such engine here");
      return;
    }
  }
  Machine machine([&](moxie::Memory& m) { return engine_of(state.range(0), m); });
  state.SetLabel(std::string(machine.engine->name()));
  Assembler code{machine};
  const uint32_t start = code.at;
  machine.regs.r[moxie::kR0] = 0;
  machine.regs.r[moxie::kR0 + 1] = 0x8000;
  code.form2(Op::inc, moxie::kR0, 1);
  if (memory_too) {
    code.op(Op::st_l, moxie::kR0 + 1, moxie::kR0);
    code.op(Op::ld_l, moxie::kR0 + 2, moxie::kR0 + 1);
  }
  code.op(Op::add, moxie::kR0 + 3, moxie::kR0);
  code.op_imm(Op::jmpa, 0, start);
  machine.regs.pc = start;
  constexpr uint64_t kSlice = 100'000;
  for (auto _ : state)
    if (machine.run(kSlice).kind != moxie::Stop::budget) state.SkipWithError("the loop stopped");
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(kSlice));
}

void moxie_count(benchmark::State& state) { run_loop(state, false); }
BENCHMARK(moxie_count)->Arg(0)->Arg(1);
void moxie_memory(benchmark::State& state) { run_loop(state, true); }
BENCHMARK(moxie_memory)->Arg(0)->Arg(1);

}  // namespace
