// How strace(1) prints the calls on signals.
#include "lib/uapi.h"
#include "tools/trace/args.h"

namespace trace {

using namespace args;

namespace {

constexpr Arg kHow = one<&sym::sig_how, "SIG_???">;
constexpr Arg kAction{[](Call& c, size_t i) -> Text { return sigaction_at(c.word, c.a[i], 8); }};
// A set whose size is the argument Size (the last one of its call).
template <size_t Size>
constexpr Arg kSet{[](Call& c, size_t i) -> Text { return sigset_at(c.a[i], c.a[Size]); }};
// What fills a set: as much as the call wrote.
constexpr Arg kOldSet{[](Call& c, size_t i) -> Text { return sigset_at(c.a[i], 4); }};
constexpr Arg kOldSetValue{[](Call& c, size_t i) -> Text { return sigset_text(c.uint(i)); }};
constexpr Arg kSiginfo = by_word<siginfo_at>;
constexpr Arg kOldHandler{[](Call& c, size_t i) -> Text {
  return c.a[i] == SIG_DFL   ? "SIG_DFL"
         : c.a[i] == SIG_IGN ? "SIG_IGN"
                             : fmt::format("{:#x}", c.a[i]);
}};

// rt_sigreturn: the mask that it puts back, read from the frame at the stack pointer. The handler's
// return has taken the return address off, so the stack pointer stands at the frame's next member.
constexpr Arg kFrameMask{[](Call& c, size_t) -> Text {
  // x86-64: ucontext { flags, link, stack (24), sigcontext (256), mask }; i386: sig, two pointers
  // and siginfo (128) come first, and its ucontext is { flags, link, stack (12), sigcontext (88),
  // mask }.
  uint64_t at = c.sp + (c.word == 4 ? 12 + 128 + 108 : 296);
  return "{mask=" + sigset_at(at, 8) + "}";
}};
// i386 sigreturn: sigcontext at the stack pointer; the low half of the mask is its oldmask, the
// high half stands behind the frame's unused floating-point area.
constexpr Arg kOldFrameMask{[](Call& c, size_t) -> Text {
  uint32_t low = 0, high = 0;
  if (!fetch(c.sp + 80, low)) return address(c.sp);
  fetch(c.sp + 88 + 624, high);
  return "{mask=" + sigset_text(low | uint64_t{high} << 32) + "}";
}};

// clang-format off
constexpr CallFormat kCalls[] = {
    {"rt_sigaction", kSignal, {signum, kAction, late(kAction), size}},
    {"sigaction", kSignal, {signum, fixed<old_sigaction_at>, late(fixed<old_sigaction_at>)}},
    {"signal", kSignal, {signum, kOldHandler}},
    {"rt_sigprocmask", kSignal, {kHow, kSet<3>, late(kSet<3>), size}},
    {"sigprocmask", kSignal, {kHow, kOldSet, late(kOldSet)}},
    {"rt_sigpending", kSignal, {late(kSet<1>), size}},
    {"sigpending", kSignal, {late(kOldSet)}},
    {"rt_sigsuspend", kSignal, {kSet<1>, size}},
    {"sigsuspend", kSignal, {sint, sint, kOldSetValue}},
    {"rt_sigtimedwait", kSignal, {kSet<3>, late(kSiginfo), timespec, size}},
    {"rt_sigtimedwait_time64", kSignal, {kSet<3>, late(kSiginfo), timespec64, size}},
    {"rt_sigqueueinfo", kSignal, {pid, signum, kSiginfo}},
    {"rt_tgsigqueueinfo", kSignal, {pid, pid, signum, kSiginfo}},
    {"rt_sigreturn", kSignal, {kFrameMask}},
    {"sigreturn", kSignal, {kOldFrameMask}},
    {"sigaltstack", kSignal, {by_word<stack_at>, late(by_word<stack_at>)}},
    {"kill", kSignal | kProcess, {pid, signum}},
    {"tkill", kSignal | kProcess, {pid, signum}},
    {"tgkill", kSignal | kProcess, {pid, pid, signum}},
    {"pause", kSignal, {}},
    {"signalfd", kSignal | kDesc, {fd, kSet<2>, size}, Returns::fd},
    {"signalfd4", kSignal | kDesc, {fd, kSet<2>, size, some<&sym::sfd, "SFD_???">}, Returns::fd},
    {"restart_syscall", 0, {}},
};
// clang-format on

}  // namespace

Table signal_calls() { return kCalls; }

}  // namespace trace
