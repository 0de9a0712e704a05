// The vocabulary of the call tables: one constexpr Arg for each kind of argument, and what combines
// them. Used by calls_*.cpp only.
#pragma once

#include <fmt/format.h>

#include "tools/trace/call.h"
#include "tools/trace/structs.h"
#include "tools/trace/symbols.h"

namespace trace::args {

using Text = std::string;

// ---- combinators --------------------------------------------------------------------------------

constexpr Arg late(Arg a) {
  a.late = true;
  return a;
}
constexpr Arg late_even_failed(Arg a) {
  a.late = a.even_failed = true;
  return a;
}
constexpr Arg when(bool (*present)(const Call&), Arg a) {
  a.present = present;
  return a;
}
constexpr Arg late_when(bool (*late_if)(const Call&), Arg a) {
  a.late_if = late_if;
  return a;
}

// ---- numbers ------------------------------------------------------------------------------------

inline constexpr Arg sint{[](Call& c, size_t i) -> Text { return fmt::format("{}", c.sint(i)); }};
inline constexpr Arg uint{[](Call& c, size_t i) -> Text { return fmt::format("{}", c.uint(i)); }};
inline constexpr Arg slong{[](Call& c, size_t i) -> Text { return fmt::format("{}", c.slong(i)); }};
inline constexpr Arg ulong{[](Call& c, size_t i) -> Text { return fmt::format("{}", c.a[i]); }};
inline constexpr Arg size = ulong;
inline constexpr Arg hex{
    [](Call& c, size_t i) -> Text { return c.a[i] == 0 ? "0" : fmt::format("{:#x}", c.a[i]); }};
inline constexpr Arg hex0{[](Call& c, size_t i) -> Text { return fmt::format("{:#x}", c.a[i]); }};
inline constexpr Arg ptr{[](Call& c, size_t i) -> Text { return address(c.a[i]); }};
inline constexpr Arg mode{[](Call& c, size_t i) -> Text { return mode_text(c.uint(i)); }};
inline constexpr Arg id{
    [](Call& c, size_t i) -> Text { return fmt::format("{}", c.sint(i)); }};  // -1 shows as such
inline constexpr Arg pid = sint;
inline constexpr Arg fd{[](Call& c, size_t i) -> Text { return fd_text(c, c.sint(i)); }};
inline constexpr Arg dirfd{[](Call& c, size_t i) -> Text {
  return c.sint(i) == -100 ? "AT_FDCWD" : fd_text(c, c.sint(i));
}};
inline constexpr Arg signum{[](Call& c, size_t i) -> Text { return signal_name(c.sint(i)); }};
// A 64-bit offset: one register, or two of a 32-bit guest.
inline constexpr Arg offset{[](Call& c, size_t i) -> Text {
  uint64_t v = c.a[i];
  if (c.word == 4 && i + 1 < c.a.size()) v = c.uint(i) | c.a[i + 1] << 32;
  return fmt::format("{}", static_cast<int64_t>(v));
}};

template <size_t N>
struct Literal {
  char text[N];
  constexpr Literal(const char (&s)[N]) { std::copy_n(s, N, text); }  // NOLINT: a literal
};
// One name of a table, or several joined.
template <const Symbols* Table, Literal Unknown>
inline constexpr Arg one{
    [](Call& c, size_t i) -> Text { return one_of(*Table, c.uint(i), Unknown.text); }};
template <const Symbols* Table, Literal Unknown>
inline constexpr Arg some{
    [](Call& c, size_t i) -> Text { return flags(*Table, c.uint(i), Unknown.text); }};

// ---- memory -------------------------------------------------------------------------------------

inline constexpr Arg path{[](Call& c, size_t i) -> Text { return c_string(c, c.a[i], 4095); }};
inline constexpr Arg str{
    [](Call& c, size_t i) -> Text { return c_string(c, c.a[i], c.options.string_limit); }};
// A buffer whose length is the next argument; one that the call filled with as many bytes as it
// returns.
inline constexpr Arg buf{[](Call& c, size_t i) -> Text { return buffer(c, c.a[i], c.a[i + 1]); }};
inline constexpr Arg filled{
    [](Call& c, size_t i) -> Text { return buffer(c, c.a[i], static_cast<uint64_t>(c.ret)); },
    true};
inline constexpr Arg filled_hex{[](Call& c, size_t i) -> Text {
                                  return buffer(c, c.a[i], static_cast<uint64_t>(c.ret),
                                                Quote::hex);
                                },
                                true};
inline constexpr Arg filled_str{[](Call& c, size_t i) -> Text { return c_string(c, c.a[i], 4095); },
                                true};
inline constexpr Arg int_out{[](Call& c, size_t i) -> Text { return int_at(c.a[i]); }, true};
inline constexpr Arg uint_out{[](Call& c, size_t i) -> Text { return ints_at(c.a[i], 1, true); },
                              true};
inline constexpr Arg argv{[](Call& c, size_t i) -> Text { return strings_at(c, c.a[i]); }};
inline constexpr Arg envp{[](Call& c, size_t i) -> Text {
  if (c.a[i] == 0) return "NULL";
  size_t n = count_pointers(c.word, c.a[i]);
  return fmt::format("{:#x} /* {} var{} */", c.a[i], n, n == 1 ? "" : "s");
}};

template <std::string (*At)(unsigned, uint64_t)>
inline constexpr Arg by_word{[](Call& c, size_t i) -> Text { return At(c.word, c.a[i]); }};
template <std::string (*At)(unsigned, uint64_t)>
inline constexpr Arg wide{
    [](Call& c, size_t i) -> Text { return At(8, c.a[i]); }};  // the 64-bit form on any ABI
template <std::string (*At)(uint64_t)>
inline constexpr Arg fixed{[](Call& c, size_t i) -> Text { return At(c.a[i]); }};

inline constexpr Arg timespec = by_word<timespec_at>, timespec64 = wide<timespec_at>;
inline constexpr Arg timeval = by_word<timeval_at>;
inline constexpr Arg clockid = one<&sym::clock, "CLOCK_???">;
inline constexpr Arg rusage{[](Call& c, size_t i) -> Text {
                              return c.ret > 0 ? rusage_at(c.word, c.a[i]) : address(c.a[i]);
                            },
                            true};

}  // namespace trace::args
