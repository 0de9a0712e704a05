// A program for a machine without an MMU, read and checked but not yet placed: what the loaders of bFLT
// and of relocatable ELF make, and what is then put wherever there is room. Everything that could be wrong
// with the file has been found by then: placing it writes nothing outside its own parts.
#pragma once

#include <cstdint>
#include <vector>

#include "arch/arch.h"
#include "fs/binfmts.h"

struct NommuImage {
  struct Part {
    std::vector<std::byte>
        bytes;          // from the file, already as the program will see it but for relocation
    uint64_t size = 0;  // with bss; at least bytes.size()
  };
  // A big-endian word in part `in` that the address of part `to` is added to.
  struct Reloc {
    uint32_t offset;
    uint8_t in, to;
  };
  static constexpr uint8_t kText = 0, kData = 1;

  const arch::Isa* isa = nullptr;
  Part part[2];  // text, data and bss in part 0; base-register programs: data in part 1
  std::vector<Reloc> relocs;
  uint64_t entry = 0;            // into part 0
  uint64_t stack = 0, heap = 0;  // bytes; heap beyond what rounding leaves
  uint64_t link_address = 0;     // what part 0 was linked at, for symbols
  bool fixed = false;            // no relocations: it runs at its link address or nowhere
  bool base_register = false;
  uint64_t code_end = 0, data_start = 0, data_end = 0;  // into part 0 (data: part 1 if it is there)
};

// Where base-register programs have their data: the words below stand in for the page at 0.
inline constexpr uint64_t kBaseRegisterData = 0x40;
// A base-register program has no heap but brk's, and no room for it comes about by rounding.
inline constexpr uint64_t kBaseRegisterHeap = 64ULL << 10;
// More than any program of such a machine.
inline constexpr uint64_t kMostNommuImage = 64ULL << 20;

// Adds the addresses of the parts to the relocated words.
void relocate(NommuImage& image, uint64_t text, uint64_t data);
// Becomes the program: allocates, copies, builds the stack, starts the thread. Errors before the point of
// no return leave the caller as it was.
Result<void> exec_nommu_image(linux_binprm& bprm, NommuImage image);

// The whole file as the loaders want it. ENOEXEC if it is too large.
Result<std::vector<std::byte>> read_whole_file(file& f);
// Pure functions of the file's bytes, for the loaders and the fuzzers: ENOEXEC for anything malformed.
Result<NommuImage> parse_flat(std::span<const std::byte> bytes);
Result<NommuImage> parse_nommu_elf(std::span<const std::byte> bytes, const arch::Isa& isa);
