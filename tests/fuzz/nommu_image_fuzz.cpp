// Fuzzes the loaders of bFLT and moxie ELF: mutations of well-formed files, the same for the same seed.
// Whatever a file says, parsing ends, and an image that is accepted can be placed anywhere without a write
// outside its own parts (which the sanitizers would notice, and the checks below do).
//   nommu_image_fuzz [COUNT [SEED]]      COUNT defaults to a few thousand; the long mode is 100000
#include <cstdio>
#include <cstdlib>
#include <random>

#include "arch/moxie/moxie.h"
#include "fs/nommu_image.h"
#include "tests/unit/nommu_files.h"

namespace {

using test::Bytes;

std::mt19937_64 dice;

uint32_t interesting() {
  constexpr uint32_t kWords[] = {0,          1,          3,          4,          12,
                                 52,         63,         64,         65,         0x1000,
                                 0xfff,      0x7fffffff, 0x80000000, 0xffffffff, 0xfffffffc,
                                 0x0fffffff, 0x10000000, 0x40000000, 0xc0000000, 0x04000000};
  const uint64_t r = dice();
  return r % 3 == 0 ? static_cast<uint32_t>(r >> 8)
                    : kWords[(r >> 8) % std::size(kWords)] + static_cast<uint32_t>(r >> 60);
}

void mutate(Bytes& b) {
  for (uint64_t n = 1 + dice() % 4; n != 0 && !b.empty(); --n) {
    const size_t at = dice() % b.size();
    switch (dice() % 6) {
      case 0: b[at] = static_cast<std::byte>(dice()); break;
      case 1: b[at] ^= static_cast<std::byte>(1U << dice() % 8); break;
      case 2: b.resize(at); break;
      case 3:
        b.insert(b.begin() + static_cast<ptrdiff_t>(at), dice() % 9,
                 static_cast<std::byte>(dice()));
        break;
      default: {  // a word, where words stand
        const size_t word = at & ~size_t{3};
        if (word + 4 > b.size()) break;
        const uint32_t v = interesting();
        for (size_t i = 0; i < 4; ++i) b[word + i] = static_cast<std::byte>(v >> (24 - 8 * i));
      }
    }
  }
}

// False, with a message, if an accepted image could do harm.
bool harmless(NommuImage& image) {
  for (const NommuImage::Part& p : image.part)
    if (p.size < p.bytes.size() || p.size > 2 * kMostNommuImage)
      return std::puts("a part's size is wrong"), false;
  if (image.entry >= image.part[0].size) return std::puts("the entry is outside"), false;
  if (image.stack > kMostNommuImage) return std::puts("the stack is too large"), false;
  for (const NommuImage::Reloc& r : image.relocs) {
    const Bytes& bytes = image.part[r.in].bytes;
    if (r.to > 1 || r.offset > bytes.size() || bytes.size() - r.offset < 4)
      return std::puts("a relocation is outside"), false;
  }
  relocate(image, 0x123000, 0x456000);
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  const long count = argc > 1 ? std::atol(argv[1]) : 4000;
  const unsigned long seed = argc > 2 ? std::strtoul(argv[2], nullptr, 0) : 190;
  dice.seed(seed);
  test::Flat old = test::small_flat(0);
  old.version = 2;
  old.relocs = {0, 0x40000004};
  const std::vector<Bytes> seeds{test::small_flat().file(),
                                 test::small_flat(1 | 4).file(),
                                 test::small_flat(1 | 8).file(),
                                 test::small_flat(1 | 2).file(),
                                 test::small_flat(0x101).file(),
                                 old.file(),
                                 test::small_elf(),
                                 test::small_elf(0xFEED),
                                 test::small_elf(223, false)};
  long accepted = 0;
  for (long i = 0; i < count; ++i) {
    Bytes b = seeds[dice() % seeds.size()];
    mutate(b);
    auto flat = parse_flat(b);
    auto elf = parse_nommu_elf(b, moxie_isa());
    accepted += (flat ? 1 : 0) + (elf ? 1 : 0);
    if ((flat && !harmless(*flat)) || (elf && !harmless(*elf))) {
      std::printf("mutation %ld of seed %lu\n", i, seed);
      return 1;
    }
  }
  std::printf("%ld files, %ld accepted\n", count, accepted);
  // A fuzzer whose every file is refused at the door tests nothing.
  return accepted > count / 50 ? 0 : 1;
}
