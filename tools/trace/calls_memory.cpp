// How strace(1) prints the calls on memory, clocks, timers and futexes.
#include "lib/uapi.h"
#include "tools/trace/args.h"

namespace trace {

using namespace args;

namespace {

constexpr Arg kProt{[](Call& c, size_t i) -> Text {
  return c.uint(i) == 0 ? "PROT_NONE" : flags(sym::prot, c.uint(i), "PROT_???");
}};
constexpr Arg kMapFlags{[](Call& c, size_t i) -> Text { return mmap_flags_text(c.uint(i)); }};
constexpr Arg kPageOffset{[](Call& c, size_t i) -> Text {
  return c.a[i] == 0 ? "0" : fmt::format("{:#x}", c.a[i] << 12);
}};
constexpr Arg kOldMmap{[](Call& c, size_t) -> Text {
  uint32_t w[6];
  if (!fetch(c.a[0], w)) return address(c.a[0]);
  return fmt::format("{{addr={}, len={}, prot={}, flags={}, fd={}, offset={}}}", address(w[0]),
                     w[1], w[2] == 0 ? "PROT_NONE" : flags(sym::prot, w[2], "PROT_???"),
                     mmap_flags_text(w[3]), fd_text(c, static_cast<int>(w[4])),
                     w[5] == 0 ? "0" : fmt::format("{:#x}", w[5]));
}};
constexpr Arg kMadvise = one<&sym::madvise, "MADV_???">;
constexpr Arg kMremapNew = when([](const Call& c) { return (c.a[3] & 2) != 0; }, ptr);

// nanosleep's rest: written only when a signal ended the sleep.
template <std::string (*At)(unsigned, uint64_t), unsigned Word>
std::string remaining(Call& c, size_t i) {
  bool interrupted = c.ret == -ERESTART_RESTARTBLOCK || c.ret == -EINTR;
  return interrupted ? At(Word == 0 ? c.word : Word, c.a[i]) : address(c.a[i]);
}
constexpr Arg kRemaining = late_even_failed({remaining<timespec_at, 0>});
constexpr Arg kRemaining64 = late_even_failed({remaining<timespec_at, 8>});
constexpr Arg kTimerFlags = some<&sym::timer_flags, "TIMER_???">;
constexpr Arg kTimezone = late({[](Call& c, size_t i) -> Text {
  int32_t z[2];
  if (c.a[i] == 0) return "NULL";
  return fetch(c.a[i], z) ? fmt::format("{{tz_minuteswest={}, tz_dsttime={}}}", z[0], z[1])
                          : address(c.a[i]);
}});
constexpr Arg kTimeOut = late({[](Call& c, size_t i) -> Text {
  int64_t t = 0;
  if (c.a[i] == 0) return "NULL";
  return fetch_word(c.a[i], &t, c.word) ? fmt::format("[{} /* {} */]", t, date_text(t, 0))
                                   : address(c.a[i]);
}});
constexpr Arg kItimer = one<&sym::itimer, "ITIMER_???">;

// ---- futex: the operation says what the other arguments are ----

enum FutexArg : uint8_t { kNone, kVal, kTimeout, kVal2, kUaddr2, kVal3, kBitset, kWakeOp };
struct FutexShape {
  FutexArg arg[4];  // the arguments 2 to 5
};
constexpr FutexShape futex_shape(uint32_t op) {
  switch (op & 0x7f) {
    case 0: return {{kVal, kTimeout, kNone, kNone}};
    case 1:
    case 2: return {{kVal, kNone, kNone, kNone}};
    case 3: return {{kVal, kVal2, kUaddr2, kNone}};
    case 4:
    case 12: return {{kVal, kVal2, kUaddr2, kVal3}};
    case 5: return {{kVal, kVal2, kUaddr2, kWakeOp}};
    case 6:
    case 13: return {{kTimeout, kNone, kNone, kNone}};  // strace leaves out the unused val
    case 7:
    case 8: return {{kNone, kNone, kNone, kNone}};
    case 9: return {{kVal, kTimeout, kBitset, kNone}};
    case 10: return {{kVal, kBitset, kNone, kNone}};
    case 11: return {{kVal, kTimeout, kUaddr2, kBitset}};
    default: return {{kVal, kVal2, kUaddr2, kVal3}};
  }
}
constexpr Arg kFutexOp{[](Call& c, size_t i) -> Text {
  uint32_t op = c.uint(i);
  std::string name = one_of(sym::futex_op, op & 0x7f, "FUTEX_???");
  if ((op & 128) != 0) name += "_PRIVATE";
  if ((op & 256) != 0) name += "|FUTEX_CLOCK_REALTIME";
  return name;
}};
std::string futex_wake_op(uint32_t v) {
  static constexpr const char* kOps[] = {"FUTEX_OP_SET", "FUTEX_OP_ADD", "FUTEX_OP_OR",
                                         "FUTEX_OP_ANDN", "FUTEX_OP_XOR"};
  static constexpr const char* kCmps[] = {"FUTEX_OP_CMP_EQ", "FUTEX_OP_CMP_NE", "FUTEX_OP_CMP_LT",
                                          "FUTEX_OP_CMP_LE", "FUTEX_OP_CMP_GT", "FUTEX_OP_CMP_GE"};
  uint32_t op = v >> 28 & 7, cmp = v >> 24 & 15;
  std::string shift = (v >> 31) != 0 ? "FUTEX_OP_OPARG_SHIFT|" : "";
  auto arg = [](uint32_t n) { return n == 0 ? std::string("0") : fmt::format("{:#x}", n); };
  return fmt::format("{}{}<<28|{}<<12|{}<<24|{}", shift,
                     op < 5 ? kOps[op] : "0x7 /* FUTEX_OP_??? */", arg(v >> 12 & 0xfff),
                     cmp < 6 ? kCmps[cmp] : "0xf /* FUTEX_OP_CMP_??? */", arg(v & 0xfff));
}
std::string futex_arg(Call& c, FutexArg what, unsigned timespec_word) {
  switch (what) {
    case kVal: return fmt::format("{}", c.uint(2));
    case kTimeout: return timespec_at(timespec_word, c.a[3]);
    case kVal2: return fmt::format("{}", c.a[3]);
    case kUaddr2: return address(c.a[4]);
    case kVal3: return fmt::format("{}", c.uint(5));
    case kBitset:
      return c.uint(5) == 0xffffffff ? "FUTEX_BITSET_MATCH_ANY" : fmt::format("{:#x}", c.uint(5));
    case kWakeOp: return futex_wake_op(c.uint(5));
    case kNone: break;
  }
  return "";
}
template <size_t N, bool Time64>
constexpr Arg futex_nth{[](Call& c, size_t) -> Text {
                          return futex_arg(c, futex_shape(c.uint(1)).arg[N], Time64 ? 8 : c.word);
                        },
                        false, false,
                        [](const Call& c) { return futex_shape(c.uint(1)).arg[N] != kNone; }};

constexpr Arg kTimerId = {[](Call& c, size_t i) -> Text { return fmt::format("{}", c.sint(i)); }};
constexpr Arg kTimerIdOut = int_out;
constexpr Arg kGrnd = some<&sym::grnd, "GRND_???">;

// clang-format off
constexpr CallFormat kCalls[] = {
    {"brk", kMemory, {ptr}, Returns::hex},
    {"mmap", kMemory | kDesc, {ptr, size, kProt, kMapFlags, fd, hex}, Returns::hex},
    {"mmap2", kMemory | kDesc, {ptr, size, kProt, kMapFlags, fd, kPageOffset}, Returns::hex},
    {"old_mmap", kMemory | kDesc, {kOldMmap}, Returns::hex},
    {"munmap", kMemory, {ptr, size}},
    {"mprotect", kMemory, {ptr, size, kProt}},
    {"mremap", kMemory, {ptr, size, size, some<&sym::mremap, "MREMAP_???">, kMremapNew}, Returns::hex},
    {"madvise", kMemory, {ptr, size, kMadvise}},
    {"msync", kMemory, {ptr, size, some<&sym::msync, "MS_???">}},
    {"mlock", kMemory, {ptr, size}},
    {"mlock2", kMemory, {ptr, size, hex}},
    {"munlock", kMemory, {ptr, size}},
    {"mlockall", kMemory, {some<&sym::mlockall, "MCL_???">}},
    {"munlockall", kMemory, {}},
    {"mincore", kMemory, {ptr, size, late(ptr)}},

    {"nanosleep", 0, {timespec, kRemaining}},
    {"clock_nanosleep", 0, {clockid, kTimerFlags, timespec, kRemaining}},
    {"clock_nanosleep_time64", 0, {clockid, kTimerFlags, timespec64, kRemaining64}},
    {"clock_gettime", kClock, {clockid, late(timespec)}},
    {"clock_gettime64", kClock, {clockid, late(timespec64)}},
    {"clock_settime", kClock, {clockid, timespec}},
    {"clock_settime64", kClock, {clockid, timespec64}},
    {"clock_getres", kClock, {clockid, late(timespec)}},
    {"clock_getres_time64", kClock, {clockid, late(timespec64)}},
    {"gettimeofday", kClock, {late(timeval), kTimezone}},
    {"settimeofday", kClock, {timeval, ptr}},
    {"time", kClock, {kTimeOut}},
    {"alarm", 0, {uint}},
    {"getitimer", 0, {kItimer, late(by_word<itimerval_at>)}},
    {"setitimer", 0, {kItimer, by_word<itimerval_at>, late(by_word<itimerval_at>)}},
    {"timer_create", 0, {clockid, by_word<sigevent_at>, kTimerIdOut}},
    {"timer_settime", 0, {kTimerId, kTimerFlags, by_word<itimerspec_at>, late(by_word<itimerspec_at>)}},
    {"timer_settime64", 0, {kTimerId, kTimerFlags, wide<itimerspec_at>, late(wide<itimerspec_at>)}},
    {"timer_gettime", 0, {kTimerId, late(by_word<itimerspec_at>)}},
    {"timer_gettime64", 0, {kTimerId, late(wide<itimerspec_at>)}},
    {"timer_getoverrun", 0, {kTimerId}},
    {"timer_delete", 0, {kTimerId}},
    {"timerfd_create", kDesc, {clockid, some<&sym::tfd, "TFD_???">}, Returns::fd},
    {"timerfd_settime", kDesc, {fd, kTimerFlags, by_word<itimerspec_at>, late(by_word<itimerspec_at>)}},
    {"timerfd_settime64", kDesc, {fd, kTimerFlags, wide<itimerspec_at>, late(wide<itimerspec_at>)}},
    {"timerfd_gettime", kDesc, {fd, late(by_word<itimerspec_at>)}},
    {"timerfd_gettime64", kDesc, {fd, late(wide<itimerspec_at>)}},

    {"futex", 0, {ptr, kFutexOp, futex_nth<0, false>, futex_nth<1, false>, futex_nth<2, false>, futex_nth<3, false>}},
    {"futex_time64", 0, {ptr, kFutexOp, futex_nth<0, true>, futex_nth<1, true>, futex_nth<2, true>, futex_nth<3, true>}},
    {"getrandom", 0, {filled_hex, size, kGrnd}},
};
// clang-format on

}  // namespace

Table memory_calls() { return kCalls; }

}  // namespace trace
