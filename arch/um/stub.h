// A Stub: one host process that is nothing but an address space and a CPU context, the hardware
// that guest tasks run on. Which task that is changes; a stub never knows.
#pragma once

#include <array>
#include <cstdint>

#include "arch/arch.h"

namespace um {

class HostSpace;

struct Stub {
  int pid = 0;                 // 0: dead
  HostSpace* space = nullptr;  // nullptr: in the pool
  bool unborn = false;         // cloned; its first stop has not been waited for
  bool full = false;           // in the pool with the last guest's memory still mapped
  bool pooled = false;         // has been in the pool: such a stub lives long
  int statm = -1;              // /proc/PID/statm, open
  unsigned contention = 0;     // how often a thread came back and found another live one here

  // Whose state the host holds in this stub. A pointer is compared, never followed blindly:
  // drop_thread() clears it when the task goes.
  arch::thread_struct* regs_owner = nullptr;
  arch::thread_struct* fp_owner = nullptr;
  std::array<arch::TlsDesc, 3> tls{};

  bool fp_staged = false;  // its next resume goes through the fp gadget

  // Running on another CPU (run_away) for `away_thread`.
  bool away = false;
  bool interrupt_wanted = false;  // interrupt() asked for the next stop
  bool has_trap = false;          // it stopped; `trap` waits for collect()
  bool reported = false;
  arch::thread_struct* away_thread = nullptr;
  arch::Trap trap{};
};

}  // namespace um
