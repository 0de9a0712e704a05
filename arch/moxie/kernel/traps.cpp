// See traps.h. moxie's calling convention makes every function keep a frame pointer, and call and ret are
// defined by it: 0($fp) is the caller's $fp, 4($fp) the return address. So a backtrace needs no tables.
#include "arch/moxie/kernel/traps.h"

#include <algorithm>
#include <cstdio>

#include "arch/moxie/kernel/space.h"
#include "fs/elf_symbols.h"
#include "kernel/sched.h"
#include "mm/mm.h"

namespace moxie {

namespace {

constexpr size_t kMostFrames = 32;
constexpr unsigned kCodeBefore = 4, kCodeAfter = 4;  // instructions shown around pc

std::string hex(uint32_t value) {
  char text[16];
  std::snprintf(text, sizeof text, "0x%08x", value);
  return text;
}

unsigned length_at(MoxieSpace& space, uint32_t pc) {
  std::byte code[6];
  if (!space.read(pc, code)) return 2;
  return disassemble(code, pc).length;
}

// Instructions have 2, 4 or 6 bytes, so going back is a guess: the longest start from which decoding
// comes out at pc again.
uint32_t start_of_listing(MoxieSpace& space, uint32_t pc) {
  for (uint32_t back = kCodeBefore * 6; back != 0; back -= 2) {
    if (back > pc) continue;
    uint32_t at = pc - back;
    while (at < pc) at += length_at(space, at);
    if (at == pc) return pc - back;
  }
  return pc;
}

}  // namespace

std::vector<uint32_t> frame_chain(MoxieSpace& space, uint32_t pc, uint32_t fp) {
  std::vector<uint32_t> chain{pc};
  while (chain.size() < kMostFrames && fp % 4 == 0) {
    const auto caller = space.load(fp), back = space.load(fp + 4);
    if (!caller || !back || *back == 0 || *back % 2 != 0 || *back >= space.board().memory->size())
      break;
    if (*caller <= fp) break;  // stacks grow down: a caller's frame is further up
    chain.push_back(*back);
    fp = *caller;
  }
  return chain;
}

std::string address_text(mm_struct& mm, uint32_t addr) {
  const std::string name = symbol_at(mm, addr);
  return name.empty() ? hex(addr) : hex(addr) + " <" + name + ">";
}

std::string instruction_text(MoxieSpace& space, uint32_t pc) {
  std::byte code[6]{};
  if (!space.read(pc, code) && !space.read(pc, std::span(code).first(2))) return "(no memory)";
  std::string text = disassemble(code, pc).text;
  std::replace(text.begin(), text.end(), '\t', ' ');
  return text;
}

std::string describe_task(const task_struct& task) {
  if (!task.mm) return {};
  mm_struct& mm = *task.mm;
  MoxieSpace& space = space_of(*mm.space);
  const Registers& cpu = task_pt_regs(task.thread).cpu;
  std::string out = "Call Trace:\n";
  for (const uint32_t pc : frame_chain(space, cpu.pc, cpu.r[kFp]))
    out += "  " + address_text(mm, pc) + "\n";
  out += "Code:\n";
  uint32_t at = start_of_listing(space, cpu.pc);
  for (unsigned after = 0; after <= kCodeAfter; at += length_at(space, at)) {
    if (at >= cpu.pc) ++after;
    out += (at == cpu.pc ? "> " : "  ") + hex(at) + ": " + instruction_text(space, at) + "\n";
  }
  return out;
}

}  // namespace moxie
