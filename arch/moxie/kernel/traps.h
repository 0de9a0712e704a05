// What an oops says of a moxie task. Linux: arch/*/kernel/traps.c (show_stack, show_code).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "arch/moxie/ptrace.h"

struct mm_struct;
struct task_struct;

namespace moxie {

class MoxieSpace;

// pc and the return addresses of the frame chain, innermost first.
std::vector<uint32_t> frame_chain(MoxieSpace& space, uint32_t pc, uint32_t fp);
// "0x00001234 <main+0x10>", as far as the program's file has symbols.
std::string address_text(mm_struct& mm, uint32_t addr);
// One instruction, as the disassembler prints it with spaces for tabs.
std::string instruction_text(MoxieSpace& space, uint32_t pc);
// Call trace and the code around pc, several lines.
std::string describe_task(const task_struct& task);

}  // namespace moxie
