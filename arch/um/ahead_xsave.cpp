// See ahead_xsave.h.
#include "arch/um/ahead_xsave.h"

#include <cpuid.h>

#include <array>
#include <cstring>

namespace um {
namespace {

constexpr size_t kXstateBv = 512, kXcompBv = 520, kHeaderEnd = 576;

struct Part {
  size_t offset = 0, size = 0;  // size 0: the CPU has none
};

const std::array<Part, kXsaveComponents>& parts() {
  static const auto found = [] {
    constexpr unsigned kLeaf = 0xd;
    std::array<Part, kXsaveComponents> all{};
    all[kXsaveSse] = {160, 256};  // without MXCSR, which is what stands there in any case
    for (const unsigned which : {kXsaveYmm, kXsaveMasks, kXsaveZmmHigh, kXsaveZmm16}) {
      unsigned size = 0, offset = 0, flags = 0, unused = 0;
      if (__get_cpuid_count(kLeaf, which, &size, &offset, &flags, &unused) != 0)
        all[which] = {offset, size};
    }
    return all;
  }();
  return found;
}

uint64_t word(std::span<uint8_t> image, size_t offset) {
  uint64_t v;
  std::memcpy(&v, &image[offset], sizeof v);
  return v;
}

}  // namespace

bool xsave_begin(std::span<uint8_t> image, XsaveComponent which) {
  constexpr uint64_t kCompacted = 1ULL << 63;
  const Part part = parts()[which];
  if (part.size == 0 || image.size() < kHeaderEnd || image.size() < part.offset + part.size ||
      (word(image, kXcompBv) & kCompacted) != 0)
    return false;
  const uint64_t used = word(image, kXstateBv), with = used | 1ULL << which;
  if (with == used) return true;
  std::memset(&image[part.offset], 0, part.size);
  std::memcpy(&image[kXstateBv], &with, sizeof with);
  return true;
}

AheadVectors xsave_vectors(std::span<uint8_t> image, bool all) {
  const auto at = [&](XsaveComponent which) { return &image[parts()[which].offset]; };
  AheadVectors found;
  if (!xsave_begin(image, kXsaveSse) || !xsave_begin(image, kXsaveYmm)) return {};
  found.xmm = at(kXsaveSse);
  found.ymm = at(kXsaveYmm);
  if ((word(image, kXstateBv) >> kXsaveZmmHigh & 1) != 0) {
    if (!xsave_begin(image, kXsaveZmmHigh)) return {};
    found.zmm_high = at(kXsaveZmmHigh);
  }
  if (!all) return found;
  if (!xsave_begin(image, kXsaveMasks) || !xsave_begin(image, kXsaveZmm16)) return {};
  found.masks = at(kXsaveMasks);
  found.zmm16 = at(kXsaveZmm16);
  return found;
}

}  // namespace um
