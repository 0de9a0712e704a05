// Where the vector registers lie in an XSAVE image of the standard form, as ptrace gives it: behind
// FXSAVE's 512 bytes and a header, at places that the host's CPU chose (CPUID leaf 0xd). What the header
// says is in its initial state is zeros, whatever stands there, and is made so before its first use.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "arch/um/ahead_cpu.h"

namespace um {

// XSTATE_BV's bits, by component.
enum XsaveComponent : uint8_t {
  kXsaveSse = 1,
  kXsaveYmm = 2,  // upper halves of the first 16
  kXsaveMasks = 5,
  kXsaveZmmHigh = 6,  // and what AVX-512 adds to these
  kXsaveZmm16 = 7,    // the other 16
  kXsaveComponents,
};

inline std::span<uint8_t> xsave_bytes(std::vector<std::byte>& image) {
  return {reinterpret_cast<uint8_t*>(image.data()), image.size()};
}

// The component is there and may be used; its bytes are what the CPU would load. False: there is none.
bool xsave_begin(std::span<uint8_t> image, XsaveComponent which);
// With the masks and the other 16 registers if `all`. No xmm: not to be had.
AheadVectors xsave_vectors(std::span<uint8_t> image, bool all);

}  // namespace um
