// How strace(1) prints the calls that wait for input and output, the sockets, and the two calls
// that are many: fcntl and ioctl.
#include "lib/uapi.h"
#include "tools/trace/args.h"

namespace trace {

using namespace args;

namespace {

// ---- pipes, poll, select, epoll -----------------------------------------------------------------

constexpr Arg kFdPair = late({[](Call& c, size_t i) -> Text {
  int32_t p[2];
  if (!fetch(c.a[i], p)) return address(c.a[i]);
  return "[" + fd_text(c, p[0]) + ", " + fd_text(c, p[1]) + "]";
}});
constexpr Arg kPollfds{[](Call& c, size_t i) -> Text { return pollfds_at(c, c.a[i], c.a[i + 1]); }};
constexpr Arg kFdSet{[](Call& c, size_t i) -> Text { return fdset_at(c, c.a[i], c.a[0]); }};
constexpr Arg kPollMask{[](Call& c, size_t i) -> Text { return sigset_at(c.a[i], c.a[i + 1]); }};
constexpr Arg kSelectMask{[](Call& c, size_t i) -> Text {
  uint64_t p = 0, n = 0;
  if (c.a[i] == 0) return "NULL";
  if (!fetch_word(c.a[i], &p, c.word) || !fetch_word(c.a[i] + c.word, &n, c.word)) return address(c.a[i]);
  return fmt::format("{{sigmask={}, sigsetsize={}}}", sigset_at(p, n), n);
}};

void poll_aux(Call& c) { c.aux = c.ret == 0 ? "Timeout" : revents_at(c, c.a[0], c.a[1]); }
template <unsigned Word>
void ppoll_aux(Call& c) {
  poll_aux(c);
  if (c.ret > 0 && c.a[2] != 0) c.aux += ", left " + timespec_at(Word == 0 ? c.word : Word, c.a[2]);
}
void select_sets(Call& c) {
  static constexpr const char* kNames[] = {"in ", "out ", "except "};
  for (size_t i = 0; i < 3; ++i) {
    std::string set = c.a[i + 1] == 0 ? "" : fdset_at(c, c.a[i + 1], c.a[0]);
    if (set.size() <= 2) continue;  // none, or "[]"
    c.aux += (c.aux.empty() ? "" : ", ") + (kNames[i] + set);
  }
}
template <std::string (*At)(unsigned, uint64_t), unsigned Word>
void select_aux(Call& c) {
  if (c.ret == 0) {
    c.aux = "Timeout";
    return;
  }
  select_sets(c);
  if (c.a[4] != 0)
    c.aux += (c.aux.empty() ? "left " : ", left ") + At(Word == 0 ? c.word : Word, c.a[4]);
}
constexpr Arg kEpollEvents =
    late({[](Call& c, size_t i) -> Text { return epoll_events_at(c.a[i], c.ret); }});
constexpr Arg kEpollEvent{[](Call& c, size_t i) -> Text {
  return c.uint(1) == 2 ? address(c.a[i]) : epoll_event_at(c.a[i]);
}};

// ---- sockets ------------------------------------------------------------------------------------

constexpr Arg kDomain = one<&sym::domain, "AF_???">;
constexpr Arg kSocketType{[](Call& c, size_t i) -> Text {
  uint32_t v = c.uint(i), flag_bits = v & ~0xfU;
  std::string t = one_of(sym::socket_type, v & 0xf, "SOCK_???");
  return flag_bits == 0 ? t : t + "|" + flags(sym::socket_flags, flag_bits, "SOCK_???");
}};
constexpr Arg kProtocol{[](Call& c, size_t i) -> Text {
  return c.uint(0) == 2 || c.uint(0) == 10 ? one_of(sym::protocol, c.uint(i), "IPPROTO_???")
                                           : fmt::format("{}", c.uint(i));
}};
constexpr Arg kSockaddr{
    [](Call& c, size_t i) -> Text { return sockaddr_at(c, c.a[i], c.uint(i + 1)); }};
constexpr Arg kSockaddrOut = late({[](Call& c, size_t i) -> Text {
  uint32_t len = 0;
  if (c.a[i] == 0 || !fetch(c.a[i + 1], len)) return address(c.a[i]);
  return sockaddr_at(c, c.a[i], len);
}});
// [110 => 2]: what the caller offered, remembered from the entry, and what it got.
constexpr Arg kLenOut = late({[](Call& c, size_t i) -> Text {
  uint32_t len = 0;
  if (c.a[i] == 0 || !fetch(c.a[i], len)) return address(c.a[i]);
  return c.length_before != len ? fmt::format("[{} => {}]", c.length_before, len)
                                : fmt::format("[{}]", len);
}});
constexpr Arg kMsgFlags = some<&sym::msg, "MSG_???">;
constexpr Arg kMsgIn{[](Call& c, size_t i) -> Text { return msghdr_at(c, c.a[i], ~0ULL); }};
constexpr Arg kMsgOut = late(
    {[](Call& c, size_t i) -> Text { return msghdr_at(c, c.a[i], static_cast<uint64_t>(c.ret)); }});
constexpr Arg kLevel = one<&sym::sol, "SOL_???">;
constexpr Arg kOptName{[](Call& c, size_t i) -> Text {
  return c.uint(i - 1) == 1 ? one_of(sym::so, c.uint(i), "SO_???")
                            : fmt::format("{:#x}", c.uint(i));
}};
constexpr Arg kOptIn{[](Call& c, size_t i) -> Text {
  return c.uint(i + 1) == 4 ? int_at(c.a[i]) : buffer(c, c.a[i], c.uint(i + 1));
}};
constexpr Arg kOptOut = late({[](Call& c, size_t i) -> Text {
  uint32_t len = 0;
  if (!fetch(c.a[i + 1], len)) return address(c.a[i]);
  if (c.uint(1) == 1 && c.uint(2) == 17 && len == 12) {
    int32_t u[3] = {};
    fetch(c.a[i], u);
    return fmt::format("{{pid={}, uid={}, gid={}}}", u[0], u[1], u[2]);
  }
  return len == 4 ? int_at(c.a[i]) : buffer(c, c.a[i], len);
}});

// ---- fcntl --------------------------------------------------------------------------------------

bool is_setlk(uint32_t cmd) {
  return cmd == 6 || cmd == 7 || cmd == 13 || cmd == 14 || cmd == 37 || cmd == 38;
}
bool is_getlk(uint32_t cmd) { return cmd == 5 || cmd == 12 || cmd == 36; }
bool is_wide_lock(const Call& c) { return c.word == 4 && c.uint(1) >= 12; }
constexpr Arg kFcntl3{[](Call& c, size_t i) -> Text {
                        uint32_t cmd = c.uint(1);
                        if (is_setlk(cmd) || is_getlk(cmd)) {
                          if (c.failed() && is_getlk(cmd)) return address(c.a[i]);
                          return is_wide_lock(c) ? flock64_at(c.a[i], is_getlk(cmd))
                                                 : flock_at(c.word, c.a[i], is_getlk(cmd));
                        }
                        switch (cmd) {
                          case 0:
                          case 1030:
                          case 8:
                          case 1031: return fmt::format("{}", c.sint(i));
                          case 2: return flags(sym::fd_flags, c.uint(i), "FD_???");
                          case 4: return open_flags_text(c.uint(i));
                          case 10: return signal_name(c.sint(i));
                          default: return c.a[i] == 0 ? "0" : fmt::format("{:#x}", c.a[i]);
                        }
                      },
                      false, true,
                      [](const Call& c) {
                        uint32_t cmd = c.uint(1);
                        return cmd != 1 && cmd != 3 && cmd != 9 && cmd != 11 && cmd != 1025 &&
                               cmd != 1032 && cmd != 1034;
                      },
                      [](const Call& c) { return is_getlk(c.uint(1)); }};
void fcntl_aux(Call& c) {
  if (c.uint(1) == 3) c.aux = "flags " + open_flags_text(static_cast<uint32_t>(c.ret));
  if (c.uint(1) == 1 && c.ret != 0)
    c.aux = "flags " + flags(sym::fd_flags, static_cast<uint32_t>(c.ret), "FD_???");
}

// ---- ioctl --------------------------------------------------------------------------------------

constexpr Arg kIoctlCmd{[](Call& c, size_t i) -> Text {
  static constexpr const char* kDirections[] = {"_IOC_NONE", "_IOC_WRITE", "_IOC_READ",
                                                "_IOC_READ|_IOC_WRITE"};
  uint32_t cmd = c.uint(i);
  if (std::string_view name = name_of(sym::ioctl, cmd); !name.empty()) return Text(name);
  auto h = [](uint32_t v) { return v == 0 ? Text("0") : fmt::format("{:#x}", v); };
  return fmt::format("_IOC({}, {}, {}, {})", kDirections[cmd >> 30], h(cmd >> 8 & 0xff),
                     h(cmd & 0xff), h(cmd >> 16 & 0x3fff));
}};
enum class IoctlArg : uint8_t {
  none,
  number,
  address,
  termios_in,
  termios_out,
  winsize_in,
  winsize_out,
  int_in,
  int_out
};
IoctlArg ioctl_arg(uint32_t cmd) {
  switch (cmd) {
    case 0x5401:
    case 0x802c542a: return IoctlArg::termios_out;
    case 0x5402:
    case 0x5403:
    case 0x5404:
    case 0x402c542b: return IoctlArg::termios_in;
    case 0x5413: return IoctlArg::winsize_out;
    case 0x5414: return IoctlArg::winsize_in;
    case 0x540f:
    case 0x5411:
    case 0x541b:
    case 0x5424:
    case 0x5429:
    case 0x80045430:
    case 0x80045439: return IoctlArg::int_out;
    case 0x5410:
    case 0x5421:
    case 0x5452:
    case 0x5423:
    case 0x40045431: return IoctlArg::int_in;
    case 0x5409:
    case 0x540a:
    case 0x540b:
    case 0x540e:
    case 0x5425: return IoctlArg::number;
    case 0x540c:
    case 0x540d:
    case 0x5422:
    case 0x5450:
    case 0x5451: return IoctlArg::none;
    default: return IoctlArg::address;
  }
}
bool ioctl_late(const Call& c) {
  IoctlArg a = ioctl_arg(c.uint(1));
  return a == IoctlArg::termios_out || a == IoctlArg::winsize_out || a == IoctlArg::int_out;
}
constexpr Arg kIoctl3{
    [](Call& c, size_t i) -> Text {
      switch (ioctl_arg(c.uint(1))) {
        case IoctlArg::termios_in:
        case IoctlArg::termios_out: return termios_at(c.a[i]);
        case IoctlArg::winsize_in:
        case IoctlArg::winsize_out: return winsize_at(c.a[i]);
        case IoctlArg::int_in:
        case IoctlArg::int_out: return int_at(c.a[i]);
        case IoctlArg::number: return fmt::format("{}", c.a[i]);
        default: return c.a[i] == 0 ? "0" : fmt::format("{:#x}", c.a[i]);
      }
    },
    false, false, [](const Call& c) { return ioctl_arg(c.uint(1)) != IoctlArg::none; }, ioctl_late};

constexpr Arg kTimeoutMs = sint;

// clang-format off
constexpr CallFormat kCalls[] = {
    {"pipe", kDesc, {kFdPair}},
    {"pipe2", kDesc, {kFdPair, some<&sym::pipe_flags, "O_???">}},
    {"poll", kDesc, {kPollfds, uint, kTimeoutMs}, Returns::decimal, poll_aux},
    {"ppoll", kDesc, {kPollfds, uint, timespec, kPollMask, size}, Returns::decimal, ppoll_aux<0>},
    {"ppoll_time64", kDesc, {kPollfds, uint, timespec64, kPollMask, size}, Returns::decimal, ppoll_aux<8>},
    {"select", kDesc, {sint, kFdSet, kFdSet, kFdSet, timeval}, Returns::decimal, select_aux<timeval_at, 0>},
    {"_newselect", kDesc, {sint, kFdSet, kFdSet, kFdSet, timeval}, Returns::decimal, select_aux<timeval_at, 0>},
    {"pselect6", kDesc, {sint, kFdSet, kFdSet, kFdSet, timespec, kSelectMask}, Returns::decimal, select_aux<timespec_at, 0>},
    {"pselect6_time64", kDesc, {sint, kFdSet, kFdSet, kFdSet, timespec64, kSelectMask}, Returns::decimal,
     select_aux<timespec_at, 8>},
    {"epoll_create", kDesc, {sint}, Returns::fd},
    {"epoll_create1", kDesc, {some<&sym::epoll_create, "EPOLL_???">}, Returns::fd},
    {"epoll_ctl", kDesc, {fd, one<&sym::epoll_ctl, "EPOLL_CTL_???">, fd, kEpollEvent}},
    {"epoll_wait", kDesc, {fd, kEpollEvents, sint, kTimeoutMs}},
    {"epoll_pwait", kDesc, {fd, kEpollEvents, sint, kTimeoutMs, kPollMask, size}},
    {"epoll_pwait2", kDesc, {fd, kEpollEvents, sint, timespec64, kPollMask, size}},
    {"eventfd", kDesc, {uint}, Returns::fd},
    {"eventfd2", kDesc, {uint, some<&sym::efd, "EFD_???">}, Returns::fd},

    {"socket", kNetwork | kDesc, {kDomain, kSocketType, kProtocol}, Returns::fd},
    {"socketpair", kNetwork | kDesc, {kDomain, kSocketType, kProtocol, kFdPair}},
    {"bind", kNetwork | kDesc, {fd, kSockaddr, sint}},
    {"connect", kNetwork | kDesc, {fd, kSockaddr, sint}},
    {"listen", kNetwork | kDesc, {fd, sint}},
    {"accept", kNetwork | kDesc, {fd, kSockaddrOut, kLenOut}, Returns::fd},
    {"accept4", kNetwork | kDesc, {fd, kSockaddrOut, kLenOut, some<&sym::socket_flags, "SOCK_???">}, Returns::fd},
    {"getsockname", kNetwork | kDesc, {fd, kSockaddrOut, kLenOut}},
    {"getpeername", kNetwork | kDesc, {fd, kSockaddrOut, kLenOut}},
    {"send", kNetwork | kDesc, {fd, buf, size, kMsgFlags}},
    {"recv", kNetwork | kDesc, {fd, filled, size, kMsgFlags}},
    {"sendto", kNetwork | kDesc, {fd, buf, size, kMsgFlags, kSockaddr, sint}},
    {"recvfrom", kNetwork | kDesc, {fd, filled, size, kMsgFlags, kSockaddrOut, kLenOut}},
    {"sendmsg", kNetwork | kDesc, {fd, kMsgIn, kMsgFlags}},
    {"recvmsg", kNetwork | kDesc, {fd, kMsgOut, kMsgFlags}},
    {"shutdown", kNetwork | kDesc, {fd, one<&sym::shutdown, "SHUT_???">}},
    {"setsockopt", kNetwork | kDesc, {fd, kLevel, kOptName, kOptIn, sint}},
    {"getsockopt", kNetwork | kDesc, {fd, kLevel, kOptName, kOptOut, kLenOut}},

    {"fcntl", kDesc, {fd, one<&sym::fcntl, "F_???">, kFcntl3}, Returns::decimal, fcntl_aux},
    {"fcntl64", kDesc, {fd, one<&sym::fcntl, "F_???">, kFcntl3}, Returns::decimal, fcntl_aux},
    {"ioctl", kDesc, {fd, kIoctlCmd, kIoctl3}},
};
// clang-format on

}  // namespace

Table io_calls() { return kCalls; }

// i386's socketcall carries the call in its first argument and the arguments in memory; strace
// shows the call that it stands for.
void unfold_socketcall(std::string& name, arch::SyscallArgs& args) {
  static constexpr struct {
    std::string_view name;
    size_t args;
  } kCalls[] = {{"", 0},           {"socket", 3},   {"bind", 3},        {"connect", 3},
                {"listen", 2},     {"accept", 3},   {"getsockname", 3}, {"getpeername", 3},
                {"socketpair", 4}, {"send", 4},     {"recv", 4},        {"sendto", 6},
                {"recvfrom", 6},   {"shutdown", 2}, {"setsockopt", 5},  {"getsockopt", 5},
                {"sendmsg", 3},    {"recvmsg", 3},  {"accept4", 4},     {"recvmmsg", 5},
                {"sendmmsg", 4}};
  uint32_t values[6] = {};
  if (args.a[0] == 0 || args.a[0] >= std::size(kCalls)) return;
  const auto& call = kCalls[args.a[0]];
  if (!fetch(args.a[1], values, call.args * 4)) return;
  name = call.name;
  std::ranges::copy(values, args.a.begin());
}

size_t length_argument(std::string_view name) {
  if (name == "accept" || name == "accept4" || name == "getsockname" || name == "getpeername")
    return 2;
  return name == "recvfrom" ? 5 : name == "getsockopt" ? 4 : 0;
}
}  // namespace trace
