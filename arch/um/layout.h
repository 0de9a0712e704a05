// Where the machine's own pages lie in every stub: at the very top of the host's user addresses,
// above anything that a guest may map. User-mode Linux keeps its stub pages in the same place
// (arch/um/include/asm/stub...); ours are a code page, two read-only pages with the calls to make,
// and the host's vDSO.
#pragma once

#include <cstdint>

namespace um {

inline constexpr uint64_t kPage = 4096;

// Guests end here; a 64-bit ISA's task_size() must not exceed it.
inline constexpr uint64_t kTaskSize = 0x7fffffff0000;

// [vvar][vdso] moved here as one block, if the host has one that fits below the scratch page.
inline constexpr uint64_t kVdsoArea = kTaskSize;
inline constexpr uint64_t kScratchPage = 0x7fffffffb000;  // writable, in the zygote only
inline constexpr uint64_t kDataPages =
    0x7fffffffc000;  // the calls of a batch; guests can read them
inline constexpr uint64_t kDataSize = 2 * kPage;
inline constexpr uint64_t kCodePage = 0x7fffffffe000;
inline constexpr uint64_t kHostEnd = 0x7ffffffff000;

// GDT entries of the TLS slots on an x86-64 host, as selectors without the privilege bits.
inline constexpr unsigned kTlsEntryMin = 12;

static_assert(kVdsoArea < kScratchPage && kScratchPage + kPage == kDataPages &&
              kDataPages + kDataSize == kCodePage && kCodePage + kPage == kHostEnd);

}  // namespace um
