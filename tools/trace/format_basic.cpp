// Guest memory, strings, addresses and descriptors as strace(1) writes them. Strings are C
// literals: the usual escapes, otherwise octal as short as it can be; at most -s bytes, then "...".
#include <fmt/format.h>

#include <algorithm>

#include "lib/uapi.h"
#include "mm/uaccess.h"
#include "tools/trace/call.h"

namespace trace {

bool fetch(uint64_t address, void* to, size_t n) {
  return copy_from_user(to, address, n).has_value();
}

bool fetch_word(uint64_t address, void* to, size_t word) {
  if (!fetch(address, to, word)) return false;
  auto* bytes = static_cast<unsigned char*>(to);
  if (user_order_differs()) std::reverse(bytes, bytes + word);
  return true;
}

void words_in_user_order(void* structure, size_t n) {
  auto* bytes = static_cast<unsigned char*>(structure);
  for (size_t at = 0; at + 4 <= n; at += 4) std::reverse(bytes + at, bytes + at + 4);
}

std::string address(uint64_t value) { return value == 0 ? "NULL" : fmt::format("{:#x}", value); }

std::string c_quoted(std::string_view bytes, Quote style) {
  std::string out = "\"";
  for (size_t i = 0; i < bytes.size(); ++i) {
    auto c = static_cast<unsigned char>(bytes[i]);
    if (style == Quote::hex) {
      out += fmt::format("\\x{:02x}", c);
      continue;
    }
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\f': out += "\\f"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      case '\v': out += "\\v"; break;
      default: {
        if (c >= ' ' && c < 0x7f) {
          out += static_cast<char>(c);
          break;
        }
        // A digit that follows must not be read as part of the escape.
        bool digit_next = i + 1 < bytes.size() && bytes[i + 1] >= '0' && bytes[i + 1] <= '9';
        out += digit_next ? fmt::format("\\{:03o}", c) : fmt::format("\\{:o}", c);
      }
    }
  }
  return out + '"';
}

std::string buffer(const Call& c, uint64_t at, uint64_t len, Quote style) {
  if (at == 0) return "NULL";
  uint64_t shown = std::min<uint64_t>(len, c.options.string_limit);
  std::string bytes(shown, '\0');
  if (!fetch(at, bytes.data(), shown)) return address(at);
  return c_quoted(bytes, style) + (len > shown ? "..." : "");
}

std::string c_string(const Call& c, uint64_t at, size_t limit) {
  (void)c;
  if (at == 0) return "NULL";
  std::string bytes;
  char chunk[64];
  // Page by page, so that a string at the end of the last page is still found.
  while (bytes.size() <= limit) {
    size_t n = std::min<uint64_t>(sizeof chunk, kPageSize - (at + bytes.size()) % kPageSize);
    if (!fetch(at + bytes.size(), chunk, n)) return address(at);
    size_t len = 0;
    while (len < n && chunk[len] != 0) ++len;
    bytes.append(chunk, len);
    if (len < n) break;
  }
  if (bytes.size() <= limit) return c_quoted(bytes);
  return c_quoted(std::string_view(bytes).substr(0, limit)) + "...";
}

std::string fd_text(const Call& c, int fd) {
  if (!c.options.fd_paths || fd < 0 || !c.options.fd_path) return fmt::format("{}", fd);
  std::string path = c.options.fd_path(fd);
  return path.empty() ? fmt::format("{}", fd) : fmt::format("{}<{}>", fd, path);
}

}  // namespace trace
