// Character classes as the kernel has them: ISO 8859-1, whatever the user's locale. Linux:
// lib/ctype.c.
#pragma once

#include <cstdint>

namespace latin1 {

constexpr bool is_upper(uint8_t c) { return (c >= 'A' && c <= 'Z') || (c >= 192 && c <= 222 && c != 215); }
constexpr bool is_lower(uint8_t c) { return (c >= 'a' && c <= 'z') || (c >= 223 && c != 247); }
constexpr bool is_alnum(uint8_t c) { return is_upper(c) || is_lower(c) || (c >= '0' && c <= '9'); }
constexpr bool is_cntrl(uint8_t c) { return c < 32 || c == 127; }
constexpr uint8_t to_lower(uint8_t c) { return is_upper(c) ? static_cast<uint8_t>(c + 32) : c; }
// sharp s (223) and y with diaeresis (255) have no capital here; the kernel subtracts all the same.
constexpr uint8_t to_upper(uint8_t c) { return is_lower(c) ? static_cast<uint8_t>(c - 32) : c; }

}  // namespace latin1
