// Small executables for machines without an MMU, made by hand: for the tests of the loaders and as seeds
// of their fuzzer.
#pragma once

#include <zlib.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

namespace test {

using Bytes = std::vector<std::byte>;

inline void put32(Bytes& to, uint32_t v) {
  for (int shift = 24; shift >= 0; shift -= 8) to.push_back(static_cast<std::byte>(v >> shift));
}
inline void put16(Bytes& to, uint32_t v) {
  to.push_back(static_cast<std::byte>(v >> 8));
  to.push_back(static_cast<std::byte>(v));
}
inline uint32_t get32(const Bytes& from, size_t at) {
  uint32_t v = 0;
  for (size_t i = 0; i < 4; ++i) v = v << 8 | std::to_integer<uint32_t>(from.at(at + i));
  return v;
}

inline Bytes gzip(const Bytes& in) {
  Bytes out(in.size() + 256);
  z_stream z{};
  deflateInit2(&z, 9, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  z.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(in.data()));
  z.avail_in = static_cast<uInt>(in.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  deflate(&z, Z_FINISH);
  out.resize(out.size() - z.avail_out);
  deflateEnd(&z);
  return out;
}

struct Flat {
  uint32_t version = 4, flags = 1, bss = 0, stack = 4096;
  Bytes text, data;
  std::vector<uint32_t> relocs;

  Bytes file() const {
    Bytes out;
    for (const char c : std::string_view("bFLT")) out.push_back(static_cast<std::byte>(c));
    const auto data_start = static_cast<uint32_t>(64 + text.size());
    const auto data_end = static_cast<uint32_t>(data_start + data.size());
    for (const uint32_t v : {version, 64U, data_start, data_end, data_end + bss, stack, data_end,
                             static_cast<uint32_t>(relocs.size()), flags, 0U, 0U, 0U, 0U, 0U, 0U})
      put32(out, v);
    Bytes tail = data;
    for (const uint32_t r : relocs) put32(tail, r);
    Bytes body = text;
    if ((flags & 8) != 0) tail = gzip(tail);
    body.insert(body.end(), tail.begin(), tail.end());
    if ((flags & 4) != 0) body = gzip(body);
    out.insert(out.end(), body.begin(), body.end());
    return out;
  }
};

// Text of 12 bytes whose word at 4 names data, and data of 8 whose word at 0 names text.
inline Flat small_flat(uint32_t flags = 1) {
  Flat f;
  f.flags = flags;
  put32(f.text, 0x0f000f00);
  put32(f.text, 12 + 4);
  put32(f.text, 0);
  put32(f.data, 8);
  put32(f.data, 0x11223344);
  f.bss = 16;
  f.relocs = {4, 8, 12};
  return f;
}

// One segment with text and data at 0x1000, a symbol table and relocations: words at +4 and +8.
inline Bytes small_elf(uint32_t machine = 223, bool with_relocs = true) {
  constexpr uint32_t kVaddr = 0x1000, kImage = 84, kSyms = kImage + 16, kRela = kSyms + 32,
                     kSections = kRela + 24;
  Bytes out;
  for (const int c :
       std::initializer_list<int>{0x7f, 'E', 'L', 'F', 1, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0})
    out.push_back(static_cast<std::byte>(c));
  put16(out, 2);
  put16(out, machine);
  for (const uint32_t v : {1U, kVaddr, 52U, with_relocs ? kSections : 0U, 0U}) put32(out, v);
  for (const uint32_t v : {52U, 32U, 1U, 40U, with_relocs ? 4U : 0U, 0U}) put16(out, v);
  for (const uint32_t v : {1U, kImage, kVaddr, kVaddr, 16U, 32U, 7U, 4U}) put32(out, v);  // PT_LOAD
  for (const uint32_t v : {0x0f000f00U, kVaddr + 8, kVaddr, 0U}) put32(out, v);
  for (int i = 0; i < 4; ++i) put32(out, 0);                             // symbol 0
  for (const uint32_t v : {0U, kVaddr, 0U, 0x01000001U}) put32(out, v);  // symbol 1, section 1
  for (const uint32_t v : {kVaddr + 4, 0x101U, 8U, kVaddr + 8, 0x101U, 0U})
    put32(out, v);  // R_MOXIE_32
  const auto section = [&](uint32_t type, uint32_t flags, uint32_t addr, uint32_t offset,
                           uint32_t size, uint32_t link, uint32_t info, uint32_t entsize) {
    for (const uint32_t v : {0U, type, flags, addr, offset, size, link, info, 4U, entsize})
      put32(out, v);
  };
  section(0, 0, 0, 0, 0, 0, 0, 0);
  section(1, 7, kVaddr, kImage, 16, 0, 0, 0);
  section(2, 0, 0, kSyms, 32, 0, 0, 16);
  section(4, 0, 0, kRela, 24, 2, 1, 12);
  return out;
}

}  // namespace test
