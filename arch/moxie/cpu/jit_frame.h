// The stack frame of generated code: distances from rsp.
#pragma once

namespace moxie {

inline constexpr int kSlots = 0;  // the guest's registers that have no host register; 4 bytes each
inline constexpr int kCmpA = 64, kCmpB = 68;
inline constexpr int kPc = 72;  // where the guest goes on, on the way out
inline constexpr int kScratch = 76;
inline constexpr int kRegs = 80, kSlice = 88,
                     kLines = 96;  // pointers: Registers, the slice, the lines
inline constexpr int kRelocStart = 104, kRelocLen = 108, kRelocDelta = 112;
inline constexpr int kFrame = 120;  // with six saved registers and the return address: 16-aligned

}  // namespace moxie
