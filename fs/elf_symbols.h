// Names for addresses of a program, for oopses and backtraces: the symbol table of its own ELF file.
#pragma once

#include <cstdint>
#include <string>

struct mm_struct;

// "main+0x10", empty if the program's file has no symbol for it.
std::string symbol_at(mm_struct& mm, uint64_t addr);
