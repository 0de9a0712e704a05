// AheadCpu's vector registers and operands. For ahead_*.cpp alone, inline as ahead_step.h's.
#pragma once

#include "arch/um/ahead_step.h"

namespace um {

// The image with the registers, `all` of them or VEX's.
inline bool AheadStep::vectors_ready(bool all) {
  AheadVectors& v = cpu.vectors_;
  if (v.xmm == nullptr || (all && v.masks == nullptr)) v = cpu.memory_.vectors(all);
  return v.xmm != nullptr && (!all || v.masks != nullptr);
}

inline vectors::Vector AheadStep::vector(unsigned n) const {
  const AheadVectors& at = cpu.vectors_;
  vectors::Vector v;
  if (n < 16) {
    std::memcpy(v.data(), at.xmm + 16 * n, 16);
    std::memcpy(v.data() + 16, at.ymm + 16 * n, 16);
  } else {
    std::memcpy(v.data(), at.zmm16 + 64 * (n - 16), 32);
  }
  return v;
}

// What lies behind the instruction's vectors is zero then, but for SSE's, which do not know of it.
inline void AheadStep::set_vector(unsigned n, const vectors::Vector& v) const {
  const AheadVectors& to = cpu.vectors_;
  if (n >= 16) {
    uint8_t* own = to.zmm16 + 64 * (n - 16);
    std::memset(own, 0, 64);
    std::memcpy(own, v.data(), bytes);
    return;
  }
  std::memcpy(to.xmm + 16 * n, v.data(), 16);
  if (coding == legacy) return;
  if (bytes == 32)
    std::memcpy(to.ymm + 16 * n, v.data() + 16, 16);
  else
    std::memset(to.ymm + 16 * n, 0, 16);
  if (to.zmm_high != nullptr) std::memset(to.zmm_high + 32 * n, 0, 32);
}

// Of the first 16: all, or what lies behind SSE's part.
inline void AheadStep::zero_vectors(bool all_of_them) const {
  const AheadVectors& to = cpu.vectors_;
  if (all_of_them) std::memset(to.xmm, 0, size_t{16} * 16);
  std::memset(to.ymm, 0, size_t{16} * 16);
  if (to.zmm_high != nullptr) std::memset(to.zmm_high, 0, size_t{16} * 32);
}

inline bool AheadStep::misplaced(unsigned size) const {
  return segment != flat || effective() % size != 0;
}

// These may cross the end of a page: half of a string's vectors that do not end before it do. Bytes that
// `which` has no bits for need not be there, and are left alone if they are not.
inline bool AheadStep::load_vector(uint8_t* to, unsigned size, bool aligned, uint64_t which) {
  if (aligned && misplaced(size)) return false;
  const uint64_t address = effective(), room = kPage - address % kPage;
  if (segment != flat || size <= room) {
    const uint8_t* m = memory(size, AheadPage::kRead);
    if (m != nullptr) std::memcpy(to, m, size);
    return m != nullptr;
  }
  const auto first = static_cast<unsigned>(room), rest = size - first;
  const auto part = [&](unsigned from, unsigned n) {
    if ((which >> from & ((1ULL << n) - 1)) == 0) return true;
    const uint8_t* m = at(mask_address(address + from), n, AheadPage::kRead);
    if (m != nullptr) std::memcpy(to + from, m, n);
    return m != nullptr;
  };
  return part(0, first) && part(first, rest);
}

// The bytes that `which` has bits for.
inline bool AheadStep::store_vector(const uint8_t* from, unsigned size, bool aligned,
                                    uint64_t which) {
  if (aligned && misplaced(size)) return false;
  const uint64_t address = effective(), room = kPage - address % kPage;
  const bool two_pages = segment == flat && size > room;
  const auto first = two_pages ? static_cast<unsigned>(room) : size;
  uint8_t* m = memory(first, AheadPage::kWrite);
  uint8_t* rest = m;
  if (two_pages && m != nullptr) {
    rest = at(address + first, size - first, AheadPage::kWrite);
    m = memory(first, AheadPage::kWrite);  // to ask for the other may have cost this one its place
  }
  if (m == nullptr || rest == nullptr) return false;
  if (which == ~0ULL) {
    std::memcpy(m, from, first);
    if (two_pages) std::memcpy(rest, from + first, size - first);
    return true;
  }
  for (unsigned i = 0; i < size; ++i)
    if ((which >> i & 1) != 0) (i < first ? m[i] : rest[i - first]) = from[i];
  return true;
}

// What ModRM names, `size` bytes of it in memory, the rest zeros.
inline bool AheadStep::vector_operand(vectors::Vector& v, unsigned size, bool aligned,
                                      uint64_t which) {
  if (!vectors_ready(coding == evex)) return false;
  if (in_register()) {
    v = vector(rm);
    return true;
  }
  v = {};
  return load_vector(v.data(), size, aligned || coding == legacy, which);
}

namespace vectors {

// The bytes whose elements the mask has bits for.
template <class T>
uint64_t masked_bytes(const AheadStep& s) {
  if (s.opmask == 0) return ~0ULL;
  const uint64_t mask = s.opmask_of(s.opmask);
  uint64_t which = 0;
  for (unsigned i = 0; i < s.bytes; ++i) which |= (mask >> i / sizeof(T) & 1) << i;
  return which;
}

// An operand of which a mask says what counts: the rest is not touched, wherever it lies.
template <class T>
bool masked_operand(AheadStep& s, Vector& v, bool aligned) {
  if (!s.vectors_ready(s.coding == AheadInsn::evex)) return false;
  return s.vector_operand(v, s.bytes, aligned, masked_bytes<T>(s));
}

// `r` becomes register `n`'s, as far as the mask has bits for its elements.
template <class T>
void write(const AheadStep& s, unsigned n, const Vector& r) {
  if (s.opmask == 0) return s.set_vector(n, r);
  const uint64_t which = s.opmask_of(s.opmask);
  const auto old = elements<T>(s.vector(n));
  auto now = elements<T>(r);
  for (size_t i = 0; i < now.size(); ++i)
    if ((which >> i & 1) == 0) now[i] = s.zeroing ? T{} : old[i];
  s.set_vector(n, bytes_of<T>(now));
}

}  // namespace vectors
}  // namespace um
