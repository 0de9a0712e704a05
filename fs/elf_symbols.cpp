// See elf_symbols.h. The table is read anew each time: an oops is rare, and the file may be replaced.
#include "fs/elf_symbols.h"

#include <boost/endian/arithmetic.hpp>

#include <cstring>
#include <span>
#include <vector>

#include "fs/fs.h"
#include "mm/mm.h"

namespace {

using be16 = boost::endian::big_uint16_t;
using be32 = boost::endian::big_uint32_t;

struct Section {
  be32 name, type, flags, addr, offset, size, link, info, addralign, entsize;
};
struct Symbol {
  be32 name, value, size;
  unsigned char info, other;
  be16 shndx;
};
static_assert(sizeof(Section) == 40 && sizeof(Symbol) == 16);

constexpr uint64_t kMostBytes = 16ULL << 20;

template <class T>
std::vector<T> read_table(file& f, uint64_t offset, uint64_t bytes) {
  std::vector<T> out(bytes <= kMostBytes ? bytes / sizeof(T) : 0);
  const auto n = kernel_read(f, out.data(), out.size() * sizeof(T), offset);
  if (!n || *n != out.size() * sizeof(T)) out.clear();
  return out;
}

struct Best {
  uint64_t value = 0;
  std::string name;
};

// The function or label with the highest value that is not above `addr`.
void search(file& f, const Section& symtab, const Section& strtab, uint64_t addr, Best& best) {
  const auto names = read_table<char>(f, strtab.offset, strtab.size);
  for (const Symbol& s : read_table<Symbol>(f, symtab.offset, symtab.size)) {
    const unsigned type = s.info & 0xf;
    if (type != STT_FUNC && type != STT_NOTYPE) continue;
    if (s.shndx == SHN_UNDEF || s.shndx >= SHN_LORESERVE || s.value > addr ||
        s.name >= names.size())
      continue;
    if (!best.name.empty() && s.value < best.value) continue;
    const std::string name(names.data() + s.name,
                           strnlen(names.data() + s.name, names.size() - s.name));
    if (!name.empty()) best = {s.value, name};
  }
}

}  // namespace

std::string symbol_at(mm_struct& mm, uint64_t addr) {
  if (!mm.exe_file || addr < mm.start_code || addr >= mm.end_code) return {};
  file& f = *mm.exe_file;
  const auto head = read_table<unsigned char>(f, 0, 52);
  if (head.size() != 52 || std::memcmp(head.data(), ELFMAG, SELFMAG) != 0 ||
      head[EI_CLASS] != ELFCLASS32 || head[EI_DATA] != ELFDATA2MSB)
    return {};
  be32 shoff;
  be16 shnum;
  std::memcpy(&shoff, head.data() + 32, sizeof shoff);
  std::memcpy(&shnum, head.data() + 48, sizeof shnum);
  const auto sections = read_table<Section>(f, shoff, uint64_t{shnum} * sizeof(Section));
  const uint64_t linked = addr - mm.load_bias;
  Best best;
  for (const Section& s : sections)
    if (s.type == SHT_SYMTAB && s.link < sections.size())
      search(f, s, sections[s.link], linked, best);
  if (best.name.empty()) return {};
  char offset[24];
  std::snprintf(offset, sizeof offset, "+0x%llx",
                static_cast<unsigned long long>(linked - best.value));
  return best.name + offset;
}
