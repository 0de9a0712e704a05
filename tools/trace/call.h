// One system call as the tracer sees it, at its entry or at its exit, and how each argument is
// turned into text. calls.cpp has the table; format_*.cpp the formatters.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "arch/arch.h"
#include "kernel/syscall.h"

namespace trace {

struct FormatOptions {
  size_t string_limit = 32;  // -s
  bool fd_paths = false;     // -y
  // What descriptor `fd` of the current task is; only asked with fd_paths.
  std::function<std::string(int fd)> fd_path;
};

struct Call {
  const FormatOptions& options;
  std::string_view name;        // without "sys_"
  unsigned word = 8;            // the guest's word in bytes
  std::array<uint64_t, 6> a{};  // registers, zero-extended
  bool exiting = false;
  long ret = 0;                     // when exiting
  uint64_t sp = 0;                  // the user's stack pointer
  uint32_t length_before = 0;       // a socket call's length argument as it was at entry
  std::vector<std::string> args{};  // the texts so far
  std::string aux{};                // what follows the result in parentheses

  int32_t sint(size_t i) const { return static_cast<int32_t>(a[i]); }
  uint32_t uint(size_t i) const { return static_cast<uint32_t>(a[i]); }
  int64_t slong(size_t i) const { return word == 4 ? sint(i) : static_cast<int64_t>(a[i]); }
  bool failed() const { return exiting && ret < 0 && ret >= -4095; }
};

// Classes of calls, for -e trace=%class.
enum Class : uint32_t {
  kFile = 1,
  kProcess = 2,
  kNetwork = 4,
  kSignal = 8,
  kIpc = 16,
  kDesc = 32,
  kMemory = 64,
  kClock = 128,
  kCreds = 256,
  kStat = 512,
  kLstat = 1024,
  kFstat = 2048,
  kStatfs = 4096,
  kPure = 8192,
};

// How one argument is printed. `late`: the call fills it in, so it is shown when the call is over
// (and as an address if the call failed, unless it is `even_failed`). `late_if` decides that by the
// other arguments. A `present` that says no ends the list of arguments.
struct Arg {
  std::string (*text)(Call& c, size_t i) = nullptr;
  bool late = false;
  bool even_failed = false;
  bool (*present)(const Call& c) = nullptr;
  bool (*late_if)(const Call& c) = nullptr;
};

enum class Returns : uint8_t { decimal, hex, octal, fd, nothing };

struct CallFormat {
  std::string_view name;
  uint32_t classes = 0;
  std::array<Arg, 6> args{};
  Returns returns = Returns::decimal;
  void (*aux)(Call& c) = nullptr;  // fills c.aux at a successful exit
  bool comma_at_exit = false;      // the exit's part begins with its own separator
};

using Table = std::span<const CallFormat>;
Table file_calls();     // calls_file.cpp
Table process_calls();  // calls_process.cpp
Table memory_calls();   // calls_memory.cpp: memory, time, the rest
Table signal_calls();   // calls_signal.cpp
Table io_calls();       // calls_io.cpp: polling, sockets, ioctl, fcntl

// By the name without "sys_"; nullptr for a call that only its ArgKinds describe.
const CallFormat* find_format(std::string_view name);

// i386's socketcall carries the call in its first argument and the arguments in memory; puts the call
// that it stands for in its place.
void unfold_socketcall(std::string& name, arch::SyscallArgs& args);
// Which argument of a socket call points to a length that the call changes; 0 for none.
size_t length_argument(std::string_view name);
// Formats the arguments that belong to this stage into c.args. Returns true at entry if some are
// left for the exit.
bool format_args(Call& c, const CallFormat* format, const syscall_entry* entry);
// "3", "-1 ENOENT (No such file or directory)", "? ERESTARTSYS (...)".
std::string format_result(const Call& c, const CallFormat* format);

// ---- text of simple things (format_basic.cpp) ---------------------------------------------------

// Guest memory of the current task; false if it is not there.
bool fetch(uint64_t address, void* to, size_t n);
// The structures of a 32-bit ABI are words but for a few: those of a big-endian one have the same order.
void words_in_user_order(void* structure, size_t n);
template <class T>
void structure_in_user_order(T& s) {
  if (!user_order_differs()) return;
  if constexpr (requires { s.revents; }) {  // pollfd
    s.fd = std::byteswap(s.fd);
    s.events = std::byteswap(s.events);
    s.revents = std::byteswap(s.revents);
  } else {
    words_in_user_order(&s, sizeof s);
  }
}
template <class T>
bool fetch(uint64_t address, T& to) {
  if (!fetch(address, &to, sizeof to)) return false;
  if constexpr (std::is_array_v<T>)
    for (auto& element : to) element = in_user_order(element);
  else if constexpr (std::is_class_v<T>)
    structure_in_user_order(to);
  else
    to = in_user_order(to);
  return true;
}
// One word of the guest's into the low bytes of an integer.
bool fetch_word(uint64_t address, void* to, size_t word);
std::string address(uint64_t value);  // "NULL", "0x7ffe..."
enum class Quote { text, hex };
std::string c_quoted(std::string_view bytes, Quote style = Quote::text);
// The first bytes of a buffer, quoted, with "..." when there are more.
std::string buffer(const Call& c, uint64_t at, uint64_t len, Quote style = Quote::text);
std::string c_string(const Call& c, uint64_t at, size_t limit);  // a NUL-terminated string
std::string fd_text(const Call& c, int fd);

}  // namespace trace
