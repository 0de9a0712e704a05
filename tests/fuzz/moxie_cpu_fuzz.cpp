// Arbitrary bytes as moxie code: the decoder and the disassembler take them at every offset, and all
// engines run them from the first on, with registers taken from the same bytes, and must agree. The
// function has libFuzzer's signature; without libFuzzer main() feeds it seeded random inputs.
//
// usage: moxie_cpu_fuzz [INPUTS [SEED]]
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <vector>

#include "arch/moxie/cpu/cpu.h"
#include "arch/moxie/cpu/insn.h"
#include "tests/unit/moxie_fixture.h"

namespace {

using moxie_test::Machine;

constexpr uint32_t kCode = 0x1000;

[[noreturn]] void fail(const char* what, const char* engine) {
  std::fprintf(stderr, "moxie_cpu_fuzz: %s (%s)\n", what, engine);
  std::abort();
}

void check_disassembly(std::span<const std::byte> code) {
  for (size_t at = 0; at <= code.size(); ++at) {
    const auto rest = code.subspan(at);
    const moxie::Disassembly shown = moxie::disassemble(rest, static_cast<uint32_t>(at));
    if (shown.text.empty()) fail("no text", "disassembler");
    if (rest.size() < 2) continue;
    const moxie::Insn insn = moxie::decode(rest.data(), rest.size());
    const bool whole = insn.op != moxie::Op::bad && insn.length <= rest.size();
    if (shown.length != (whole ? insn.length : 2u)) fail("lengths differ", "disassembler");
  }
}

void set_up(Machine& machine, std::span<const std::byte> input) {
  const size_t length = std::min(input.size(), machine.memory->size() - kCode);
  std::memcpy(machine.memory->base() + kCode, input.data(), length);
  for (unsigned reg = 0; reg < 16; ++reg) {
    const uint32_t word = machine.get32(kCode + 4 * reg);
    // Often a place inside memory, or the interesting faults come too early.
    machine.regs.r[reg] = word & 1 ? word : kCode + word % 0x7000;
  }
  if (input.size() % 5 == 0) {
    machine.regs.reloc_start = 0x4000;
    machine.regs.reloc_len = 0x1000;
    machine.regs.reloc_delta = machine.get32(kCode);
  }
  machine.regs.pc = kCode;
}

void compare(Machine& one, Machine& two, const char* engine) {
  for (uint64_t slice : {3, 1, 200, 2000}) {
    const moxie::Stop a = one.run(slice), b = two.run(slice);
    if (a.kind != b.kind || a.address != b.address || a.number != b.number || a.write != b.write)
      fail("stops differ", engine);
    if (one.budget != two.budget) fail("budgets differ", engine);
    if (std::memcmp(&one.regs, &two.regs, sizeof one.regs) != 0) fail("registers differ", engine);
    if (!one.same_contents(two)) fail("memory differs", engine);
    // Past whatever stopped it, as a handler might.
    if (a.kind != moxie::Stop::budget && a.kind != moxie::Stop::swi)
      one.regs.pc = two.regs.pc = (one.regs.pc & ~1u) + 2;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::span input(reinterpret_cast<const std::byte*>(data), size);
  check_disassembly(input);
  const std::pair<const char*, moxie_test::MakeEngine> engines[] = {
      {"interpreter", moxie::make_interpreter},
      {"translator", moxie::make_jit},
      {"translator without movbe", moxie_test::make_jit_without_movbe},
      {"translator without bmi2", moxie_test::make_jit_without_bmi2}};
  for (const auto& [name, make] : engines) {
    Machine reference(moxie_test::make_reference, 1 << 15), machine(make, 1 << 15);
    if (!machine.engine) continue;
    set_up(reference, input);
    set_up(machine, input);
    compare(reference, machine, name);
  }
  return 0;
}

#ifndef SLOT190_LIBFUZZER
int main(int argc, char** argv) {
  const long inputs = argc > 1 ? std::atol(argv[1]) : 2000;
  std::mt19937_64 random(argc > 2 ? std::strtoull(argv[2], nullptr, 0) : 190);
  for (long i = 0; i < inputs; ++i) {
    std::vector<uint8_t> input(64 + random() % 1024);
    for (uint8_t& byte : input) byte = static_cast<uint8_t>(random());
    // Most first bytes are no instruction: make every second input mostly legal.
    for (size_t at = 0; i % 2 && at < input.size(); at += 2)
      if (input[at] < 0x80) input[at] %= 0x3a;
    LLVMFuzzerTestOneInput(input.data(), input.size());
  }
  std::printf("%ld inputs\n", inputs);
}
#endif
