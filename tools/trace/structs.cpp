// Structures of time, files, limits, terminals and descriptors, as strace(1) writes them
// (version 6.1, abbreviated as without its -v). Signals and processes: structs_process.cpp; sockets
// and vectors: structs_io.cpp.
#include "tools/trace/structs.h"

#include <fmt/format.h>

#include <ctime>

#include "arch/moxie/abi.h"
#include "arch/x86/abi.h"
#include "lib/uapi.h"
#include "tools/trace/symbols.h"

namespace trace {

namespace {

// Reads a T; the text of what print(T) makes of it, or the address.
template <class T, class Print>
std::string with(uint64_t at, Print print) {
  if (at == 0) return "NULL";
  T value;
  if (!fetch(at, value)) return address(at);
  return print(value);
}

template <class Print>
std::string by_word(unsigned word, Print print) {
  return word == 4 ? print(I386Abi{}) : print(X86_64Abi{});
}

template <class T>
std::string timespec_text(const T& t) {
  return fmt::format("{{tv_sec={}, tv_nsec={}}}", t.tv_sec, t.tv_nsec);
}
template <class T>
std::string timeval_text(const T& t) {
  return fmt::format("{{tv_sec={}, tv_usec={}}}", t.tv_sec, t.tv_usec);
}
// strace writes zero without a prefix.
std::string hex(uint64_t v) { return v == 0 ? "0" : fmt::format("{:#x}", v); }
// KiB where it is a round number of them, as strace writes limits.
std::string limit_text(uint64_t v, uint64_t infinity, const char* infinity_name) {
  if (v == infinity) return infinity_name;
  if (v > 1024 && v % 1024 == 0) return fmt::format("{}*1024", v / 1024);
  return fmt::format("{}", v);
}

}  // namespace

std::string timespec_at(unsigned word, uint64_t at) {
  return by_word(word, [&]<class A>(A) {
    return with<typename A::timespec>(at, [](const auto& t) { return timespec_text(t); });
  });
}
std::string timeval_at(unsigned word, uint64_t at) {
  return by_word(word, [&]<class A>(A) {
    return with<typename A::timeval>(at, [](const auto& t) { return timeval_text(t); });
  });
}
std::string itimerspec_at(unsigned word, uint64_t at) {
  return by_word(word, [&]<class A>(A) {
    return with<typename A::itimerspec>(at, [](const auto& t) {
      return fmt::format("{{it_interval={}, it_value={}}}", timespec_text(t.it_interval),
                         timespec_text(t.it_value));
    });
  });
}
std::string itimerval_at(unsigned word, uint64_t at) {
  return by_word(word, [&]<class A>(A) {
    return with<typename A::itimerval>(at, [](const auto& t) {
      return fmt::format("{{it_interval={}, it_value={}}}", timeval_text(t.it_interval),
                         timeval_text(t.it_value));
    });
  });
}

std::string date_text(int64_t sec, uint64_t nsec) {
  std::time_t t = sec;
  std::tm tm{};
  if (localtime_r(&t, &tm) == nullptr) return "";
  char day[64], zone[16];
  std::strftime(day, sizeof day, "%FT%T", &tm);
  std::strftime(zone, sizeof zone, "%z", &tm);
  return nsec == 0 ? fmt::format("{}{}", day, zone) : fmt::format("{}.{:09}{}", day, nsec, zone);
}

std::string utimes_at(unsigned word, uint64_t at) {
  if (at == 0) return "NULL";
  return by_word(word, [&]<class A>(A) {
    struct two {
      typename A::timespec t[2];
    };
    return with<two>(at, [](const two& v) {
      std::string out = "[";
      for (const auto& t : v.t) {
        if (out.size() > 1) out += ", ";
        if (t.tv_nsec == 0x3fffffff) {
          out += "UTIME_NOW";
        } else if (t.tv_nsec == 0x3ffffffe) {
          out += "UTIME_OMIT";
        } else {
          out += fmt::format("{} /* {} */", timespec_text(t),
                             date_text(t.tv_sec, static_cast<uint64_t>(t.tv_nsec)));
        }
      }
      return out + "]";
    });
  });
}

// ---- files --------------------------------------------------------------------------------------

namespace {
std::string stat_text(uint32_t mode, uint64_t size, uint64_t rdev) {
  uint32_t type = mode & S_IFMT;
  if (type == S_IFCHR || type == S_IFBLK) {
    uint64_t major = (rdev >> 8) & 0xfff, minor = (rdev & 0xff) | ((rdev >> 12) & 0xfff00);
    return fmt::format("{{st_mode={}, st_rdev=makedev({}, {}), ...}}", file_mode_text(mode),
                       hex(major), hex(minor));
  }
  return fmt::format("{{st_mode={}, st_size={}, ...}}", file_mode_text(mode), size);
}
}  // namespace

std::string stat_at(unsigned word, uint64_t at) {
  return by_word(word, [&]<class A>(A) {
    return with<typename A::stat>(at, [](const auto& s) {
      return stat_text(s.st_mode, static_cast<uint64_t>(s.st_size), s.st_rdev);
    });
  });
}
std::string stat64_at(uint64_t at) {
  if (user_order_differs()) {
    MoxieAbi::stat64 s;
    if (at == 0 || !fetch(at, &s, sizeof s)) return at == 0 ? "NULL" : address(at);
    return stat_text(s.st_mode, static_cast<uint64_t>(s.st_size), s.st_rdev);
  }
  return with<I386Abi::stat64>(at, [](const auto& s) {
    return stat_text(s.st_mode, static_cast<uint64_t>(s.st_size), s.st_rdev);
  });
}

std::string statx_at(uint64_t at) {
  struct statx_wire {
    uint32_t mask, blksize;
    uint64_t attributes;
    uint32_t nlink, uid, gid;
    uint16_t mode, pad;
    uint64_t ino, size;
  };
  return with<statx_wire>(at, [](const statx_wire& s) {
    return fmt::format("{{stx_mask={}, stx_attributes={}, stx_mode={}, stx_size={}, ...}}",
                       flags(sym::statx_mask, s.mask, "STATX_???"),
                       s.attributes == 0 ? "0" : fmt::format("{:#x}", s.attributes),
                       file_mode_text(s.mode), s.size);
  });
}

namespace {

constexpr Symbol kFsMagic[] = {
    {0x9fa0, "PROC_SUPER_MAGIC"},          {0x01021994, "TMPFS_MAGIC"},
    {0xef53, "EXT2_SUPER_MAGIC"},          {0x858458f6, "RAMFS_MAGIC"},
    {0x794c7630, "OVERLAYFS_SUPER_MAGIC"}, {0x1cd1, "DEVPTS_SUPER_MAGIC"},
    {0x58465342, "XFS_SUPER_MAGIC"},       {0x9123683e, "BTRFS_SUPER_MAGIC"},
    {0x62656572, "SYSFS_MAGIC"},           {0x50495045, "PIPEFS_MAGIC"},
    {0x534f434b, "SOCKFS_MAGIC"},          {0x6969, "NFS_SUPER_MAGIC"}};
constexpr Symbol kFsFlags[] = {{0x20, "ST_VALID"},   {1, "ST_RDONLY"},     {2, "ST_NOSUID"},
                               {4, "ST_NODEV"},      {8, "ST_NOEXEC"},     {16, "ST_SYNCHRONOUS"},
                               {64, "ST_MANDLOCK"},  {1024, "ST_NOATIME"}, {2048, "ST_NODIRATIME"},
                               {4096, "ST_RELATIME"}};

template <class T>
std::string statfs_text(const T& s) {
  return fmt::format(
      "{{f_type={}, f_bsize={}, f_blocks={}, f_bfree={}, f_bavail={}, f_files={}, f_ffree={}, "
      "f_fsid={{val=[{}, {}]}}, f_namelen={}, f_frsize={}, f_flags={}}}",
      one_of(kFsMagic, static_cast<uint64_t>(s.f_type), "FSMAGIC_???"), uint64_t(s.f_bsize),
      uint64_t(s.f_blocks), uint64_t(s.f_bfree), uint64_t(s.f_bavail), uint64_t(s.f_files),
      uint64_t(s.f_ffree), hex(static_cast<uint32_t>(s.f_fsid[0])),
      hex(static_cast<uint32_t>(s.f_fsid[1])), uint64_t(s.f_namelen), uint64_t(s.f_frsize),
      flags(kFsFlags, static_cast<uint64_t>(s.f_flags), "ST_???"));
}

}  // namespace

std::string statfs_at(const Call& c, uint64_t at, bool i386_64) {
  auto print = [](const auto& s) { return statfs_text(s); };
  if (i386_64) return with<I386Abi::statfs64>(at, print);
  return by_word(c.word, [&]<class A>(A) { return with<typename A::statfs>(at, print); });
}

namespace {
template <class T>
std::string flock_text(const T& f, bool with_pid) {
  return fmt::format("{{l_type={}, l_whence={}, l_start={}, l_len={}{}}}",
                     one_of(sym::lock_type, static_cast<uint64_t>(f.l_type), "F_???"),
                     one_of(sym::whence, static_cast<uint64_t>(f.l_whence), "SEEK_???"),
                     int64_t(f.l_start), int64_t(f.l_len),
                     with_pid ? fmt::format(", l_pid={}", int32_t(f.l_pid)) : "");
}
}  // namespace

std::string flock_at(unsigned word, uint64_t at, bool with_pid) {
  return by_word(word, [&]<class A>(A) {
    return with<typename A::flock>(at, [&](const auto& f) { return flock_text(f, with_pid); });
  });
}
std::string flock64_at(uint64_t at, bool with_pid) {
  return with<I386Abi::flock64>(at, [&](const auto& f) { return flock_text(f, with_pid); });
}

size_t count_dirents(unsigned word, uint64_t at, uint64_t len, bool new_form) {
  size_t entries = 0;
  size_t reclen_at = new_form ? 16 : 2 * word;
  for (uint64_t pos = 0; pos + reclen_at + 2 <= len; ++entries) {
    uint16_t reclen = 0;
    if (!fetch(at + pos + reclen_at, reclen) || reclen == 0) break;
    pos += reclen;
  }
  return entries;
}

// ---- limits and accounts ------------------------------------------------------------------------

std::string rlimit_at(unsigned word, uint64_t at) {
  return by_word(word, [&]<class A>(A) {
    return with<typename A::rlimit>(at, [](const auto& r) {
      constexpr bool k64 = sizeof(r.rlim_cur) == 8;
      uint64_t infinity = k64 ? ~0ULL : 0xffffffffULL;
      const char* name = k64 ? "RLIM64_INFINITY" : "RLIM_INFINITY";
      return fmt::format("{{rlim_cur={}, rlim_max={}}}", limit_text(r.rlim_cur, infinity, name),
                         limit_text(r.rlim_max, infinity, name));
    });
  });
}

std::string rusage_at(unsigned word, uint64_t at) {
  return by_word(word, [&]<class A>(A) {
    return with<typename A::rusage>(at, [](const auto& r) {
      return fmt::format("{{ru_utime={}, ru_stime={}, ...}}", timeval_text(r.ru_utime),
                         timeval_text(r.ru_stime));
    });
  });
}

std::string sysinfo_at(unsigned word, uint64_t at) {
  return by_word(word, [&]<class A>(A) {
    return with<typename A::sysinfo>(at, [](const auto& s) {
      return fmt::format(
          "{{uptime={}, loads=[{}, {}, {}], totalram={}, freeram={}, sharedram={}, bufferram={}, "
          "totalswap={}, "
          "freeswap={}, procs={}, totalhigh={}, freehigh={}, mem_unit={}}}",
          s.uptime, s.loads[0], s.loads[1], s.loads[2], s.totalram, s.freeram, s.sharedram,
          s.bufferram, s.totalswap, s.freeswap, s.procs, s.totalhigh, s.freehigh, s.mem_unit);
    });
  });
}

std::string tms_at(unsigned word, uint64_t at) {
  return by_word(word, [&]<class A>(A) {
    return with<typename A::tms>(at, [](const auto& t) {
      return fmt::format("{{tms_utime={}, tms_stime={}, tms_cutime={}, tms_cstime={}}}",
                         t.tms_utime, t.tms_stime, t.tms_cutime, t.tms_cstime);
    });
  });
}

std::string utsname_at(uint64_t at) {
  return with<abi::utsname>(at, [](const abi::utsname& u) {
    return fmt::format("{{sysname={}, nodename={}, ...}}", c_quoted(u.sysname),
                       c_quoted(u.nodename));
  });
}

// ---- terminals ----------------------------------------------------------------------------------

namespace {

constexpr Symbol kIflag[] = {
    {1, "IGNBRK"},   {2, "BRKINT"},    {4, "IGNPAR"},     {010, "PARMRK"},     {020, "INPCK"},
    {040, "ISTRIP"}, {0100, "INLCR"},  {0200, "IGNCR"},   {0400, "ICRNL"},     {01000, "IUCLC"},
    {02000, "IXON"}, {04000, "IXANY"}, {010000, "IXOFF"}, {020000, "IMAXBEL"}, {040000, "IUTF8"}};
constexpr Symbol kOflag[] = {{1, "OPOST"},   {2, "OLCUC"},    {4, "ONLCR"},    {010, "OCRNL"},
                             {020, "ONOCR"}, {040, "ONLRET"}, {0100, "OFILL"}, {0200, "OFDEL"}};
constexpr Symbol kLflag[] = {
    {1, "ISIG"},       {2, "ICANON"},       {4, "XCASE"},       {010, "ECHO"},
    {020, "ECHOE"},    {040, "ECHOK"},      {0100, "ECHONL"},   {0200, "NOFLSH"},
    {0400, "TOSTOP"},  {0100000, "IEXTEN"}, {01000, "ECHOCTL"}, {02000, "ECHOPRT"},
    {04000, "ECHOKE"}, {010000, "FLUSHO"},  {040000, "PENDIN"}, {0200000, "EXTPROC"}};
constexpr Symbol kCflag[] = {{0100, "CSTOPB"},         {0200, "CREAD"},  {0400, "PARENB"},
                             {01000, "PARODD"},        {02000, "HUPCL"}, {04000, "CLOCAL"},
                             {020000000000, "CRTSCTS"}};
constexpr Symbol kBaud[] = {{0, "B0"},           {1, "B50"},           {2, "B75"},
                            {3, "B110"},         {7, "B300"},          {8, "B600"},
                            {9, "B1200"},        {11, "B2400"},        {12, "B4800"},
                            {13, "B9600"},       {14, "B19200"},       {15, "B38400"},
                            {0010001, "B57600"}, {0010002, "B115200"}, {0010003, "B230400"}};

}  // namespace

std::string termios_at(uint64_t at) {
  struct wire {
    uint32_t iflag, oflag, cflag, lflag;
  };
  return with<wire>(at, [](const wire& t) {
    // Delays first, each field by its value, then the flags.
    std::string oflag = fmt::format("NL{}|CR{}|TAB{}|BS{}|VT{}|FF{}", (t.oflag >> 8) & 1,
                                    (t.oflag >> 9) & 3, (t.oflag >> 11) & 3, (t.oflag >> 13) & 1,
                                    (t.oflag >> 14) & 1, (t.oflag >> 15) & 1);
    if ((t.oflag & 0377) != 0) oflag += '|' + flags(kOflag, t.oflag & 0377, "");
    std::string cflag =
        one_of(kBaud, t.cflag & 0010017, "B???") + fmt::format("|CS{}", 5 + ((t.cflag >> 4) & 3));
    uint64_t rest = t.cflag & ~uint64_t{0010077};
    if (rest != 0) cflag += '|' + flags(kCflag, rest, "");
    return fmt::format("{{c_iflag={}, c_oflag={}, c_cflag={}, c_lflag={}, ...}}",
                       flags(kIflag, t.iflag, "IFLAG_???"), oflag, cflag,
                       flags(kLflag, t.lflag, "LFLAG_???"));
  });
}

std::string winsize_at(uint64_t at) {
  struct wire {
    uint16_t row, col, x, y;
  };
  return with<wire>(at, [](const wire& w) {
    return fmt::format("{{ws_row={}, ws_col={}, ws_xpixel={}, ws_ypixel={}}}", w.row, w.col, w.x,
                       w.y);
  });
}

// ---- numbers ------------------------------------------------------------------------------------

std::string int_at(uint64_t at) {
  return with<int32_t>(at, [](int32_t v) { return fmt::format("[{}]", v); });
}

std::string ints_at(uint64_t at, size_t n, bool as_unsigned) {
  if (at == 0) return "NULL";
  std::string out = "[";
  for (size_t i = 0; i < n; ++i) {
    int32_t v = 0;
    if (!fetch(at + 4 * i, v)) return i == 0 ? address(at) : out + ", ...]";
    if (i != 0) out += ", ";
    if (i == 32) return out + "...]";
    out += as_unsigned ? fmt::format("{}", static_cast<uint32_t>(v)) : fmt::format("{}", v);
  }
  return out + "]";
}

}  // namespace trace
