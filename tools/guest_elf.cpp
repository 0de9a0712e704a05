// Reading a guest's ELF file. Formats: the System V ABI's ELF chapters, and the Linux Standard Base
// on .eh_frame. Differences: only the pointer encodings that compilers use for code are understood.
#include "tools/guest_elf.h"

#include <cxxabi.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <span>

#include "fs/fs.h"
#include "lib/uapi.h"

namespace tools {

namespace {

constexpr uint64_t kMaxSection = 64 << 20;  // more is no program that we want to wait for

std::vector<std::byte> read_range(file& f, uint64_t offset, uint64_t size) {
  if (size > kMaxSection || offset > INT64_MAX - size) return {};
  std::vector<std::byte> bytes(size);
  size_t have = 0;
  while (have < size) {
    auto n = kernel_read(f, bytes.data() + have, size - have, offset + have);
    if (!n || *n == 0) return {};
    have += *n;
  }
  return bytes;
}

template <class T>
bool read_struct(file& f, uint64_t offset, T& to) {
  auto n = kernel_read(f, &to, sizeof to, offset);
  return n && *n == sizeof to;
}

template <class T>
bool at(std::span<const std::byte> bytes, uint64_t offset, T& to) {
  if (offset > bytes.size() || bytes.size() - offset < sizeof to) return false;
  std::memcpy(&to, bytes.data() + offset, sizeof to);
  return true;
}

std::string name_in(std::span<const std::byte> strings, uint64_t offset) {
  if (offset >= strings.size()) return "";
  const char* p = reinterpret_cast<const char*>(strings.data()) + offset;
  return {p, strnlen(p, std::min<uint64_t>(strings.size() - offset, 512))};
}

std::string demangled(const std::string& name) {
  int status = 0;
  std::unique_ptr<char, void (*)(void*)> text(
      abi::__cxa_demangle(name.c_str(), nullptr, nullptr, &status), std::free);
  return status == 0 && text ? std::string(text.get()) : name;
}

}  // namespace

std::optional<GuestElf> GuestElf::load(file& f, uint64_t entry) {
  GuestElf elf;
  std::vector<Section> list = elf.sections(f, entry);
  if (list.empty()) return {};
  elf.read_symbols(f, list);
  for (const Section& s : list)
    if (s.name == ".eh_frame" && elf.is64_) elf.read_eh_frame(f, s);
  return elf;
}

std::vector<GuestElf::Section> GuestElf::sections(file& f, uint64_t entry) {
  std::vector<Section> list;
  std::vector<uint32_t> name_offsets;
  auto collect = [&]<class Ehdr, class Shdr>(const Ehdr& h, Shdr) {
    if (h.e_type == ET_DYN) bias_ = entry - h.e_entry;
    if (h.e_shentsize != sizeof(Shdr)) return;
    std::vector<std::byte> table = read_range(f, h.e_shoff, uint64_t{h.e_shnum} * sizeof(Shdr));
    for (uint64_t i = 0; i < table.size() / sizeof(Shdr); ++i) {
      Shdr s;
      at(table, i * sizeof(Shdr), s);
      list.push_back({s.sh_type, s.sh_link, s.sh_addr, s.sh_offset, s.sh_size, ""});
      name_offsets.push_back(s.sh_name);
    }
    if (h.e_shstrndx >= list.size()) return;
    std::vector<std::byte> names =
        read_range(f, list[h.e_shstrndx].offset, list[h.e_shstrndx].size);
    for (size_t i = 0; i < list.size(); ++i) list[i].name = name_in(names, name_offsets[i]);
  };
  Elf64_Ehdr h64{};
  Elf32_Ehdr h32{};
  if (!read_struct(f, 0, h32) || std::memcmp(h32.e_ident, ELFMAG, SELFMAG) != 0) return {};
  is64_ = h32.e_ident[EI_CLASS] == ELFCLASS64;
  if (!is64_) {
    collect(h32, Elf32_Shdr{});
  } else if (read_struct(f, 0, h64)) {
    collect(h64, Elf64_Shdr{});
  }
  return list;
}

void GuestElf::read_symbols(file& f, const std::vector<Section>& list) {
  auto collect = [&]<class Sym>(const Section& s, Sym) {
    if (s.link >= list.size()) return;
    std::vector<std::byte> table = read_range(f, s.offset, s.size);
    std::vector<std::byte> names = read_range(f, list[s.link].offset, list[s.link].size);
    for (uint64_t i = 0; i < table.size() / sizeof(Sym); ++i) {
      Sym sym;
      at(table, i * sizeof(Sym), sym);
      if ((sym.st_info & 15) != STT_FUNC || sym.st_value == 0) continue;
      symbols_.push_back({sym.st_value + bias_, sym.st_size, name_in(names, sym.st_name)});
    }
  };
  for (const Section& s : list) {
    if (s.type != SHT_SYMTAB && s.type != SHT_DYNSYM) continue;
    if (is64_) {
      collect(s, Elf64_Sym{});
    } else {
      collect(s, Elf32_Sym{});
    }
  }
  std::ranges::sort(symbols_, {}, &Symbol::start);
}

std::string GuestElf::symbolise(uint64_t address) const {
  auto next = std::ranges::upper_bound(symbols_, address, {}, &Symbol::start);
  // Aliases and nested labels: the nearest one that covers the address wins.
  for (auto it = next; it != symbols_.begin() && next - it < 16;) {
    --it;
    uint64_t offset = address - it->start;
    if (it->size != 0 && offset >= it->size) continue;
    if (it->size == 0) return fmt::format("{}+{:#x}", demangled(it->name), offset);
    return fmt::format("{}+{:#x}/{:#x}", demangled(it->name), offset, it->size);
  }
  return "";
}

namespace {

// Reads LEB128 only to step over it.
uint64_t leb128(std::span<const std::byte> b, uint64_t& pos) {
  uint64_t value = 0;
  for (unsigned shift = 0; pos < b.size() && shift < 64; shift += 7) {
    auto byte = std::to_integer<uint8_t>(b[pos++]);
    value |= uint64_t{byte & 0x7fU} << shift;
    if ((byte & 0x80) == 0) break;
  }
  return value;
}

// The encoding of code addresses that the CIE at `pos` gives its FDEs; absolute if it says nothing.
uint8_t code_encoding(std::span<const std::byte> b, uint64_t pos) {
  pos += 8;  // length, id
  if (pos >= b.size()) return 0xff;
  auto version = std::to_integer<uint8_t>(b[pos++]);
  std::string augmentation = name_in(b, pos);
  pos += augmentation.size() + 1;
  leb128(b, pos);  // code alignment
  leb128(b, pos);  // data alignment
  if (version == 1) {
    ++pos;
  } else {
    leb128(b, pos);
  }
  if (!augmentation.starts_with('z')) return 0;
  leb128(b, pos);
  for (char c : augmentation.substr(1)) {
    if (pos >= b.size()) return 0xff;
    auto byte = std::to_integer<uint8_t>(b[pos]);
    switch (c) {
      case 'R': return byte;
      case 'L': ++pos; break;
      case 'P':
        pos += 1 + ((byte & 7) == 3 ? 4 : (byte & 7) == 2 ? 2 : 8);
        break;  // a pointer behind its encoding
      case 'S':
      case 'B': break;
      default: return 0xff;
    }
  }
  return 0;
}

}  // namespace

void GuestElf::read_eh_frame(file& f, const Section& s) {
  std::vector<std::byte> b = read_range(f, s.offset, s.size);
  const uint64_t base = s.address + bias_;
  uint64_t cie_seen = ~0ULL;
  uint8_t encoding = 0;
  for (uint64_t pos = 0;;) {
    uint32_t length = 0, id = 0;
    if (!at(b, pos, length) || length == 0 || length == 0xffffffff || !at(b, pos + 4, id)) break;
    if (id != 0 && id <= pos + 4) {
      uint64_t cie = pos + 4 - id;
      if (cie != cie_seen) encoding = code_encoding(b, cie);
      cie_seen = cie;
      int32_t relative = 0;
      uint64_t absolute = 0;
      if ((encoding == 0x1b || encoding == 0x3b) && at(b, pos + 8, relative)) {
        unwind_.push_back(
            {base + pos + 8 + static_cast<uint64_t>(static_cast<int64_t>(relative)), base + pos});
      } else if (encoding == 0 && at(b, pos + 8, absolute)) {
        unwind_.push_back({absolute + bias_, base + pos});
      }
    }
    pos += 4 + uint64_t{length};
  }
  std::ranges::sort(unwind_, {}, &UnwindEntry::start);
}

}  // namespace tools
