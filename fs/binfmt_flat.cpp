// bFLT, the executable format of uClinux, versions 4 and 2. Linux: fs/binfmt_flat.c, include/linux/flat.h
// of 2.6.33. The header's words are big-endian whatever the machine; offsets count from the first byte of
// the file. Differences: no shared libraries (entry's top byte must be 0), text is never run in place but
// always copied, and a malformed file is found out before the old program is given up. The flag for
// programs of the base-register ABI is ours.
#include <zlib.h>

#include <boost/endian/conversion.hpp>

#include <algorithm>
#include <cstring>

#include "fs/nommu_image.h"

namespace {

constexpr size_t kHeader = 64;
constexpr uint32_t kVersion = 4, kOldVersion = 2;
enum : uint32_t {
  FLAT_FLAG_RAM = 1,      // text and data in one allocation
  FLAT_FLAG_GOTPIC = 2,   // data begins with a table of addresses that ends with -1
  FLAT_FLAG_GZIP = 4,     // everything behind the header is one gzip stream
  FLAT_FLAG_GZDATA = 8,   // data and relocations are
  FLAT_FLAG_KTRACE = 16,  // the loader should say what it does
  FLAT_FLAG_BASEREG = 0x100,
};
// The loader leaves room for the addresses of shared libraries in front of data; D-4 is the program's own.
constexpr uint32_t kLibraryWords = 4, kUnloadedLibrary = 0x7ff000ff, kDataAlign = 32;

struct Header {
  uint32_t rev, entry, data_start, data_end, bss_end, stack_size, reloc_start, reloc_count, flags;
  uint32_t text() const { return data_start - static_cast<uint32_t>(kHeader); }
  uint32_t data() const { return data_end - data_start; }
  uint32_t bss() const { return bss_end - data_end; }
};

uint32_t word_at(std::span<const std::byte> bytes, size_t at) {
  return boost::endian::endian_load<uint32_t, 4, boost::endian::order::big>(
      reinterpret_cast<const unsigned char*>(bytes.data() + at));
}
void put_word(std::vector<std::byte>& bytes, size_t at, uint32_t v) {
  boost::endian::endian_store<uint32_t, 4, boost::endian::order::big>(
      reinterpret_cast<unsigned char*>(bytes.data() + at), v);
}

Result<Header> parse_header(std::span<const std::byte> file) {
  if (file.size() < kHeader || std::memcmp(file.data(), "bFLT", 4) != 0) return Err(ENOEXEC);
  Header h;
  uint32_t* const field[] = {&h.rev,        &h.entry,       &h.data_start,  &h.data_end, &h.bss_end,
                             &h.stack_size, &h.reloc_start, &h.reloc_count, &h.flags};
  for (size_t i = 0; i < std::size(field); ++i) *field[i] = word_at(file, 4 + 4 * i);
  if (h.rev != kVersion && h.rev != kOldVersion) return Err(ENOEXEC);
  if (h.rev == kOldVersion && h.flags != 0) h.flags = FLAT_FLAG_RAM;  // it had no other
  if (h.data_start < kHeader || h.data_end < h.data_start || h.bss_end < h.data_end)
    return Err(ENOEXEC);
  // Linux's own bound on each of them keeps sums from wrapping.
  if (((h.bss_end | h.stack_size | h.reloc_count) >> 28) != 0 || h.bss_end > kMostNommuImage)
    return Err(ENOEXEC);
  if (h.stack_size > kMostNommuImage) return Err(ENOEXEC);
  if (h.entry < kHeader || h.entry >= h.data_start) return Err(ENOEXEC);
  return h;
}

// Exactly `want` bytes out of a gzip stream.
Result<std::vector<std::byte>> gunzip(std::span<const std::byte> in, size_t want) {
  std::vector<std::byte> out(want);
  z_stream z{};
  constexpr int kGzipOnly = 16 + MAX_WBITS;
  if (inflateInit2(&z, kGzipOnly) != Z_OK) return Err(ENOMEM);
  z.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(in.data()));
  z.avail_in = static_cast<uInt>(in.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(want);
  const int status = inflate(&z, Z_FINISH);
  const bool full =
      z.avail_out == 0 && (status == Z_STREAM_END || status == Z_BUF_ERROR || status == Z_OK);
  inflateEnd(&z);
  if (!full) return Err(ENOEXEC);
  return out;
}

// Text, data and relocation words, one behind the other and unpacked.
struct Contents {
  std::vector<std::byte> text, data, relocs;
};

Result<Contents> unpack(std::span<const std::byte> file, const Header& h) {
  const size_t reloc_bytes = size_t{h.reloc_count} * 4;
  Contents c;
  const auto part = [](std::span<const std::byte> from, size_t at, size_t n) {
    const auto s = from.subspan(at, n);
    return std::vector<std::byte>(s.begin(), s.end());
  };
  if (reloc_bytes > kMostNommuImage) return Err(ENOEXEC);
  if ((h.flags & FLAT_FLAG_GZIP) != 0) {
    const size_t all = h.data_end - kHeader;
    const auto bytes = TRY(gunzip(file.subspan(kHeader), all + reloc_bytes));
    c.text = part(bytes, 0, h.text());
    c.data = part(bytes, h.text(), h.data());
    c.relocs = part(bytes, all, reloc_bytes);
  } else if ((h.flags & FLAT_FLAG_GZDATA) != 0) {
    if (file.size() < h.data_start) return Err(ENOEXEC);
    const auto bytes = TRY(gunzip(file.subspan(h.data_start), h.data() + reloc_bytes));
    c.text = part(file, kHeader, h.text());
    c.data = part(bytes, 0, h.data());
    c.relocs = part(bytes, h.data(), reloc_bytes);
  } else {
    if (file.size() < h.data_end) return Err(ENOEXEC);
    if (reloc_bytes != 0 &&
        (h.reloc_start > file.size() || reloc_bytes > file.size() - h.reloc_start))
      return Err(ENOEXEC);
    c.text = part(file, kHeader, h.text());
    c.data = part(file, h.data_start, h.data());
    c.relocs = part(file, reloc_bytes != 0 ? h.reloc_start : 0, reloc_bytes);
  }
  return c;
}

// One program being put together: text at 0, data at `gap` behind where the linker had it.
class Builder {
 public:
  Builder(const Header& h, NommuImage& image) : h_(h), image_(image), data_at_(place_of_data(h)) {}

  Result<void> fill(const Contents& c) {
    NommuImage::Part& block = image_.part[0];
    block.bytes = c.text;
    if (image_.base_register) {
      NommuImage::Part& data = image_.part[1];
      data.bytes.resize(kBaseRegisterData);
      data.bytes.insert(data.bytes.end(), c.data.begin(), c.data.end());
      block.size = block.bytes.size();
      data.size = data.bytes.size() + h_.bss();
      return {};
    }
    block.bytes.resize(data_at_);
    block.bytes.insert(block.bytes.end(), c.data.begin(), c.data.end());
    block.size = block.bytes.size() + h_.bss();
    if (h_.rev == kOldVersion) return {};
    for (uint32_t i = 1; i < kLibraryWords; ++i)
      put_word(block.bytes, data_at_ - 4 * (i + 1), kUnloadedLibrary);
    put_word(block.bytes, data_at_ - 4, data_at_);
    image_.relocs.push_back({data_at_ - 4, NommuImage::kText, NommuImage::kText});
    return {};
  }

  // Version 4: the word at `at` holds an offset from the first byte of text; zero means none.
  Result<void> relocate_v4(uint32_t at) {
    const uint32_t p = TRY(map(at));
    return relocate_word(p);
  }
  // Version 2: an offset from data, and which of the three addresses the word counts from.
  Result<void> relocate_v2(uint32_t reloc) {
    enum : uint32_t { kOldText = 0, kOldData = 1, kOldBss = 2 };
    const auto offset =
        static_cast<int64_t>(static_cast<int32_t>(reloc << 2) >> 2);  // 30 bits with sign
    const int64_t p = int64_t{data_at_} + offset;
    const auto size = static_cast<int64_t>(image_.part[0].bytes.size());
    if (p < 0 || p > size - 4) return Err(ENOEXEC);
    const auto at = static_cast<uint32_t>(p);
    uint32_t from = 0;
    switch (reloc >> 30) {
      case kOldText: break;
      case kOldData: from = data_at_; break;
      case kOldBss: from = data_at_ + h_.data(); break;
      default: return Err(ENOEXEC);
    }
    put_word(image_.part[0].bytes, at, word_at(image_.part[0].bytes, at) + from);
    image_.relocs.push_back({at, NommuImage::kText, NommuImage::kText});
    return {};
  }
  Result<void> relocate_got() {
    for (uint32_t at = data_at_; at - data_at_ + 4 <= h_.data(); at += 4) {
      if (word_at(image_.part[0].bytes, at) == UINT32_MAX) return {};
      TRY(relocate_word(at));
    }
    return Err(ENOEXEC);  // no end
  }

 private:
  static uint32_t place_of_data(const Header& h) {
    if (h.rev == kOldVersion) return (h.text() + 3) & ~3U;
    return (h.text() + 4 * kLibraryWords + kDataAlign - 1) & ~(kDataAlign - 1);
  }
  // A linker's offset as an offset into the block.
  Result<uint32_t> map(uint32_t x) const {
    const uint32_t text = h_.text();
    if (x < text) return x;
    if (image_.base_register || x > text + h_.data() + h_.bss()) return Err(ENOEXEC);
    return data_at_ + (x - text);
  }
  Result<void> relocate_word(uint32_t p) {
    std::vector<std::byte>& bytes = image_.part[0].bytes;
    if (p > bytes.size() || bytes.size() - p < 4) return Err(ENOEXEC);
    const uint32_t value = word_at(bytes, p);
    if (value == 0) return {};
    put_word(bytes, p, TRY(map(value)));
    image_.relocs.push_back({p, NommuImage::kText, NommuImage::kText});
    return {};
  }

  const Header& h_;
  NommuImage& image_;
  uint32_t data_at_;
};

// Of a base-register program only references to text are relocated, in text or, by an offset beyond it,
// in data (function pointers).
Result<void> relocate_base_register(const Header& h, NommuImage& image, uint32_t at) {
  const bool in_data = at >= h.text();
  const uint8_t part = in_data ? NommuImage::kData : NommuImage::kText;
  const uint64_t offset = in_data ? at - h.text() + kBaseRegisterData : at;
  const std::vector<std::byte>& bytes = image.part[part].bytes;
  if (offset > bytes.size() || bytes.size() - offset < 4) return Err(ENOEXEC);
  if (word_at(bytes, offset) > h.text()) return Err(ENOEXEC);
  image.relocs.push_back({static_cast<uint32_t>(offset), part, NommuImage::kText});
  return {};
}

// A word that is relocated twice would get the address twice.
bool relocated_twice(std::vector<NommuImage::Reloc> relocs) {
  const auto key = [](const NommuImage::Reloc& r) { return uint64_t{r.in} << 32 | r.offset; };
  std::sort(relocs.begin(), relocs.end(),
            [&](const auto& a, const auto& b) { return key(a) < key(b); });
  for (size_t i = 1; i < relocs.size(); ++i)
    if (key(relocs[i]) - key(relocs[i - 1]) < 4) return true;
  return false;
}

}  // namespace

Result<NommuImage> parse_flat(std::span<const std::byte> file) {
  const Header h = TRY(parse_header(file));
  // A table of absolute addresses is what base-register programs must not have.
  if ((h.flags & (FLAT_FLAG_BASEREG | FLAT_FLAG_GOTPIC)) == (FLAT_FLAG_BASEREG | FLAT_FLAG_GOTPIC))
    return Err(ENOEXEC);
  const Contents contents = TRY(unpack(file, h));
  NommuImage image;
  image.base_register = (h.flags & FLAT_FLAG_BASEREG) != 0;
  image.stack = h.stack_size;
  image.entry = h.entry - kHeader;
  Builder builder(h, image);
  TRY(builder.fill(contents));
  if ((h.flags & FLAT_FLAG_GOTPIC) != 0) TRY(builder.relocate_got());
  for (size_t i = 0; i < contents.relocs.size(); i += 4) {
    const uint32_t r = word_at(contents.relocs, i);
    if (image.base_register)
      TRY(relocate_base_register(h, image, r));
    else
      TRY(h.rev == kOldVersion ? builder.relocate_v2(r) : builder.relocate_v4(r));
  }
  if (relocated_twice(image.relocs)) return Err(ENOEXEC);
  const NommuImage::Part& data = image.part[image.base_register ? 1 : 0];
  image.code_end = h.text();
  image.data_end = data.bytes.size();
  image.data_start = data.bytes.size() - h.data();
  if (image.base_register) image.heap = kBaseRegisterHeap;
  return image;
}

Result<void> load_flat_binary(linux_binprm& bprm) {
  if (bprm.buf_len < kHeader || std::memcmp(bprm.buf.data(), "bFLT", 4) != 0) return Err(ENOEXEC);
  const std::vector<std::byte> bytes = TRY(read_whole_file(*bprm.file));
  NommuImage image = TRY(parse_flat(bytes));
  image.isa = arch::isa_for_flat();
  return exec_nommu_image(bprm, std::move(image));
}
