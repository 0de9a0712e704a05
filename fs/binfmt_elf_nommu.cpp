// ELF without an MMU: static programs, placed anywhere by means of the relocations that `ld --emit-relocs`
// left in the file. Ours: Linux loads there only FDPIC, for which moxie's tools have no support. All words
// that need an address are R_MOXIE_32; PC-relative ones are final. A program without any relocations is put
// where it was linked, if that is free. A program of the base-register ABI says so in a note (owner
// "slot190", type 1); its data segment, which is writable and linked from kBaseRegisterData on, is
// placed by itself, and references to it are left as they are: they are offsets from the base already.
#include <boost/endian/arithmetic.hpp>

#include <algorithm>
#include <cstring>
#include <string_view>

#include "fs/fs.h"
#include "fs/nommu_image.h"

namespace {

using be16 = boost::endian::big_uint16_t;
using be32 = boost::endian::big_uint32_t;

struct Ehdr {
  unsigned char e_ident[16];
  be16 e_type, e_machine;
  be32 e_version, e_entry, e_phoff, e_shoff, e_flags;
  be16 e_ehsize, e_phentsize, e_phnum, e_shentsize, e_shnum, e_shstrndx;
};
struct Phdr {
  be32 p_type, p_offset, p_vaddr, p_paddr, p_filesz, p_memsz, p_flags, p_align;
};
struct Shdr {
  be32 sh_name, sh_type, sh_flags, sh_addr, sh_offset, sh_size, sh_link, sh_info, sh_addralign,
      sh_entsize;
};
struct Sym {
  be32 st_name, st_value, st_size;
  unsigned char st_info, st_other;
  be16 st_shndx;
};
struct Rela {
  be32 r_offset, r_info, r_addend;
};
static_assert(sizeof(Ehdr) == 52 && sizeof(Phdr) == 32 && sizeof(Shdr) == 40 && sizeof(Sym) == 16 &&
              sizeof(Rela) == 12);

constexpr uint32_t R_MOXIE_NONE = 0, R_MOXIE_32 = 1, R_MOXIE_PCREL10 = 2;
constexpr uint64_t kDefaultStack = 128ULL << 10;  // as FDPIC has it
constexpr size_t kMostSegments = 16, kMostSections = 4096;

// `count` structures of the file at an offset, or nothing.
template <class T>
Result<std::vector<T>> table(std::span<const std::byte> file, uint64_t offset, uint64_t count) {
  if (offset > file.size() || count > (file.size() - offset) / sizeof(T)) return Err(ENOEXEC);
  std::vector<T> out(count);
  if (count != 0) std::memcpy(out.data(), file.data() + offset, count * sizeof(T));
  return out;
}

struct Elf {
  std::span<const std::byte> file;
  Ehdr head;
  std::vector<Phdr> segments;
  std::vector<Shdr> sections;
};

Result<Elf> read_headers(std::span<const std::byte> file) {
  Elf e{file, TRY(table<Ehdr>(file, 0, 1))[0], {}, {}};
  const Ehdr& h = e.head;
  if (std::memcmp(h.e_ident, ELFMAG, SELFMAG) != 0 || h.e_ident[EI_CLASS] != ELFCLASS32 ||
      h.e_ident[EI_DATA] != ELFDATA2MSB)
    return Err(ENOEXEC);
  if (h.e_type != ET_EXEC || h.e_phentsize != sizeof(Phdr) || h.e_phnum == 0 ||
      h.e_phnum > kMostSegments)
    return Err(ENOEXEC);
  e.segments = TRY(table<Phdr>(file, h.e_phoff, h.e_phnum));
  if (h.e_shoff == 0 || h.e_shnum == 0) return e;
  if (h.e_shentsize != sizeof(Shdr) || h.e_shnum > kMostSections) return Err(ENOEXEC);
  e.sections = TRY(table<Shdr>(file, h.e_shoff, h.e_shnum));
  return e;
}

Result<void> check_segment(const Elf& e, const Phdr& p) {
  const uint64_t offset = p.p_offset, filesz = p.p_filesz, memsz = p.p_memsz, vaddr = p.p_vaddr;
  if (filesz > memsz || offset > e.file.size() || filesz > e.file.size() - offset)
    return Err(ENOEXEC);
  if (memsz > kMostNommuImage || vaddr + memsz > UINT32_MAX) return Err(ENOEXEC);
  return {};
}

// Notes of one segment: is ours among them?
bool has_base_register_note(std::span<const std::byte> notes) {
  constexpr std::string_view kOwner("slot190\0", 8);
  constexpr uint32_t kBaseRegisterAbi = 1;
  while (notes.size() >= 12) {
    be32 word[3];  // length of the name, of the contents, type
    std::memcpy(word, notes.data(), sizeof word);
    const uint64_t name = (uint64_t{word[0]} + 3) & ~uint64_t{3},
                   body = (uint64_t{word[1]} + 3) & ~uint64_t{3};
    if (12 + name + body > notes.size()) return false;
    const std::string_view owner(reinterpret_cast<const char*>(notes.data()) + 12, word[0]);
    if (owner == kOwner && word[2] == kBaseRegisterAbi) return true;
    notes = notes.subspan(12 + name + body);
  }
  return false;
}

// Where a link-time address is.
struct Place {
  uint8_t part;
  uint32_t offset;
};

// The parts with the addresses they were linked at.
class Layout {
 public:
  Result<void> build(const Elf& e, NommuImage& image) {
    for (const Phdr& p : e.segments) {
      if (p.p_type == PT_NOTE && p.p_offset <= e.file.size() &&
          p.p_filesz <= e.file.size() - p.p_offset)
        image.base_register |= has_base_register_note(e.file.subspan(p.p_offset, p.p_filesz));
      if (p.p_type == PT_GNU_STACK && p.p_memsz != 0)
        image.stack = std::min<uint64_t>(p.p_memsz, kMostNommuImage);
      if (p.p_type == PT_INTERP) return Err(ENOEXEC);  // there are no dynamic programs
    }
    for (const Phdr& p : e.segments)
      if (p.p_type == PT_LOAD && p.p_memsz != 0) TRY(reserve(e, p, image));
    if (image.part[0].size == 0) return Err(ENOEXEC);
    for (const Phdr& p : e.segments)
      if (p.p_type == PT_LOAD && p.p_memsz != 0) TRY(copy(e, p, image));
    return {};
  }
  // The word of 4 bytes at a link-time address, if the file has it.
  Result<Place> word(const NommuImage& image, uint32_t addr) const {
    for (uint8_t i = 0; i < 2; ++i) {
      const std::vector<std::byte>& bytes = image.part[i].bytes;
      if (addr >= low_[i] && addr - low_[i] < bytes.size() && bytes.size() - (addr - low_[i]) >= 4)
        return Place{i, addr - low_[i]};
    }
    return Err(ENOEXEC);
  }
  // Which part an address belongs to; its end counts, and so does what a symbol beyond has.
  uint8_t part_of(const NommuImage& image, uint32_t addr) const {
    const bool data =
        image.base_register && !(addr >= low_[0] && addr - low_[0] <= image.part[0].size);
    return data ? NommuImage::kData : NommuImage::kText;
  }
  uint32_t low(uint8_t part) const { return low_[part]; }

 private:
  static uint8_t part_for(const Phdr& p, const NommuImage& image) {
    return image.base_register && (p.p_flags & PF_W) != 0 ? NommuImage::kData : NommuImage::kText;
  }
  Result<void> reserve(const Elf& e, const Phdr& p, NommuImage& image) {
    TRY(check_segment(e, p));
    const uint8_t i = part_for(p, image);
    // Offsets from the base begin below the data.
    const uint32_t start = i == NommuImage::kData ? 0 : static_cast<uint32_t>(p.p_vaddr);
    const uint64_t end = uint64_t{p.p_vaddr} + p.p_memsz;
    if (i == NommuImage::kData && p.p_vaddr < kBaseRegisterData) return Err(ENOEXEC);
    if (image.part[i].size != 0) {
      const uint64_t old_end = low_[i] + image.part[i].size;
      low_[i] = std::min(low_[i], start);
      image.part[i].size = std::max(old_end, end) - low_[i];
    } else {
      low_[i] = start;
      image.part[i].size = end - start;
    }
    return image.part[i].size > kMostNommuImage ? Result<void>(Err(ENOEXEC)) : Result<void>();
  }
  Result<void> copy(const Elf& e, const Phdr& p, NommuImage& image) {
    const uint8_t i = part_for(p, image);
    const uint64_t at = p.p_vaddr - low_[i];
    std::vector<std::byte>& bytes = image.part[i].bytes;
    if (p.p_filesz != 0 && bytes.size() < at + p.p_filesz) bytes.resize(at + p.p_filesz);
    if (p.p_filesz != 0) std::memcpy(bytes.data() + at, e.file.data() + p.p_offset, p.p_filesz);
    if ((p.p_flags & PF_X) != 0) image.code_end = std::max(image.code_end, at + p.p_filesz);
    if ((p.p_flags & PF_W) != 0) {
      image.data_start = at;
      image.data_end = at + p.p_filesz;
    }
    return {};
  }

  uint32_t low_[2] = {0, 0};
};

// One section of relocations, those of debug information left out.
Result<void> read_relocs(const Elf& e, const Shdr& section, const Layout& layout,
                         NommuImage& image) {
  if (section.sh_info >= e.sections.size() || section.sh_link >= e.sections.size())
    return Err(ENOEXEC);
  if ((e.sections[section.sh_info].sh_flags & SHF_ALLOC) == 0) return {};
  const Shdr& symtab = e.sections[section.sh_link];
  if (symtab.sh_type != SHT_SYMTAB) return Err(ENOEXEC);
  const auto symbols = TRY(table<Sym>(e.file, symtab.sh_offset, symtab.sh_size / sizeof(Sym)));
  for (const Rela& r :
       TRY(table<Rela>(e.file, section.sh_offset, section.sh_size / sizeof(Rela)))) {
    const uint32_t type = r.r_info & 0xff, symbol = r.r_info >> 8;
    if (type == R_MOXIE_NONE || type == R_MOXIE_PCREL10) continue;
    if (type != R_MOXIE_32 || symbol >= symbols.size()) return Err(ENOEXEC);
    const Sym& s = symbols[symbol];
    // Absolute symbols do not move, and a weak one that nobody defines stays 0.
    if (s.st_shndx == SHN_ABS || s.st_shndx == SHN_UNDEF) continue;
    const Place place = TRY(layout.word(image, r.r_offset));
    const uint32_t target = s.st_value;
    const uint8_t to = layout.part_of(image, target);
    if (image.base_register && to == NommuImage::kData) continue;
    std::byte* const at = image.part[place.part].bytes.data() + place.offset;
    be32 word;
    std::memcpy(&word, at, sizeof word);
    word -= layout.low(to);
    std::memcpy(at, &word, sizeof word);
    image.relocs.push_back({place.offset, place.part, to});
  }
  return {};
}

}  // namespace

Result<NommuImage> parse_nommu_elf(std::span<const std::byte> file, const arch::Isa& isa) {
  const Elf e = TRY(read_headers(file));
  if (arch::isa_for_elf(e.head.e_machine, ELFCLASS32) != &isa) return Err(ENOEXEC);
  NommuImage image;
  image.isa = &isa;
  image.stack = kDefaultStack;
  Layout layout;
  TRY(layout.build(e, image));
  image.link_address = layout.low(NommuImage::kText);
  if (e.head.e_entry < image.link_address ||
      e.head.e_entry - image.link_address >= image.part[0].size)
    return Err(ENOEXEC);
  image.entry = e.head.e_entry - image.link_address;
  bool relocatable = false;
  for (const Shdr& s : e.sections) {
    if (s.sh_type == SHT_REL) return Err(ENOEXEC);
    if (s.sh_type != SHT_RELA) continue;
    relocatable = true;
    TRY(read_relocs(e, s, layout, image));
  }
  image.fixed = !relocatable;
  if (image.fixed && (image.base_register || (image.link_address & ~kPageMask) != 0))
    return Err(ENOEXEC);
  if (image.base_register) image.heap = kBaseRegisterHeap;
  return image;
}

Result<void> load_elf_nommu_binary(linux_binprm& bprm, const arch::Isa& isa) {
  const std::vector<std::byte> bytes = TRY(read_whole_file(*bprm.file));
  return exec_nommu_image(bprm, TRY(parse_nommu_elf(bytes, isa)));
}
