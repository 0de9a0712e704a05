// The system-call tables that the eras had, derived from today's: a number, the holes below it, and for
// x86-64, which came later, the calls of the same names. Numbers: arch/i386/kernel/entry.S of 2.2.0 and
// 2.4.7, whose thirteen holes never changed.
#include "arch/x86/era_table.h"

#include <algorithm>
#include <array>
#include <optional>

#include "arch/x86/tables.h"

namespace {

constexpr std::array<uint64_t, 13> kHoles{0, 17, 31, 32, 35, 44, 53, 56, 58, 98, 137, 188, 189};

// The last slot that was filled.
uint64_t last_call(CallTable era) {
  switch (era) {
    case CallTable::v2_2_0_pre5:
    case CallTable::v2_2_0_pre8: return 187;  // sendfile; 188 and 189 are holes, 190 is empty (again)
    case CallTable::v2_2_0: return 190;       // vfork
    case CallTable::v2_4_7: return 221;       // fcntl64
    case CallTable::v6: break;
  }
  return ~0ULL;
}

bool i386_had(CallTable era, uint64_t nr) { return nr <= last_call(era) && std::ranges::find(kHoles, nr) == kHoles.end(); }

// i386 reached these through socketcall and ipc.
bool was_multiplexed(std::string_view name) {
  constexpr std::array<std::string_view, 27> kCalls{
      "sys_socket", "sys_bind", "sys_connect", "sys_listen", "sys_accept", "sys_getsockname", "sys_getpeername",
      "sys_socketpair", "sys_sendto", "sys_recvfrom", "sys_shutdown", "sys_setsockopt", "sys_getsockopt",
      "sys_sendmsg", "sys_recvmsg", "sys_semget", "sys_semop", "sys_semctl", "sys_msgget", "sys_msgsnd",
      "sys_msgrcv", "sys_msgctl", "sys_shmget", "sys_shmat", "sys_shmdt", "sys_shmctl", "sys_arch_prctl"};
  return std::ranges::find(kCalls, name) != kCalls.end();
}

std::optional<uint64_t> i386_number(std::string_view name) {
  for (uint64_t nr = 0; nr < 512; ++nr)
    if (ia32_sys_call_table[nr].name == name) return nr;
  return {};
}

}  // namespace

bool era_has_call(CallTable era, unsigned word, uint64_t nr) {
  if (era == CallTable::v6) return true;
  if (word == 4) return i386_had(era, nr);
  const std::string_view name = sys_call_table[nr].name;
  if (was_multiplexed(name)) return true;
  const auto namesake = i386_number(name);
  return namesake && i386_had(era, *namesake);
}
