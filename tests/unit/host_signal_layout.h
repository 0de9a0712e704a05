// Offsets in the host's own signal structures. In a file of their own because the C library's
// signal names and ours cannot meet in one.
#pragma once

#include <cstddef>

namespace host {

extern const size_t kUcFlags, kUcStack, kUcMcontext, kUcSigmask;
extern const size_t kGregRip, kGregRsp, kGregEfl, kGregCsgsfs, kGregErr, kGregCr2, kFpregs;
extern const size_t kSiginfoSize, kSiCode, kSiPid, kSiValue, kSiStatus, kSiUtime, kSiAddr,
    kSiOverrun, kSiFd, kSiSyscall;

}  // namespace host
