// From a system call to its text: looks the call up in the tables, runs the formatters that belong
// to this stage, and falls back on the types of the handler's parameters for a call no table knows.
#include <fmt/format.h>

#include <array>
#include <unordered_map>

#include "tools/trace/args.h"

namespace trace {

namespace {

using Index = std::unordered_map<std::string_view, const CallFormat*>;

Index build_index() {
  Index index;
  for (Table t : {file_calls(), process_calls(), memory_calls(), signal_calls(), io_calls()})
    for (const CallFormat& f : t) index.emplace(f.name, &f);
  return index;
}

// An argument that only its C++ type describes.
std::string by_kind(Call& c, size_t i, ArgKind kind) {
  using namespace args;
  switch (kind) {
    case ArgKind::sint:
    case ArgKind::pid:
    case ArgKind::exit_code: return sint.text(c, i);
    case ArgKind::uint:
    case ArgKind::resource: return uint.text(c, i);
    case ArgKind::slong: return slong.text(c, i);
    case ArgKind::uid:
    case ArgKind::gid: return id.text(c, i);
    case ArgKind::string: return str.text(c, i);
    case ArgKind::fd: return fd.text(c, i);
    case ArgKind::dirfd: return dirfd.text(c, i);
    case ArgKind::open_flags: return open_flags_text(c.uint(i));
    case ArgKind::mode: return mode_text(c.uint(i));
    case ArgKind::signum: return signal_name(c.sint(i));
    case ArgKind::at_flags: return flags(sym::at, c.uint(i), "AT_???");
    case ArgKind::clockid: return one_of(sym::clock, c.uint(i), "CLOCK_???");
    case ArgKind::prot: return flags(sym::prot, c.uint(i), "PROT_???");
    case ArgKind::whence: return one_of(sym::whence, c.uint(i), "SEEK_???");
    case ArgKind::clone_flags: return flags(sym::clone, c.a[i], "CLONE_???");
    case ArgKind::pointer: return address(c.a[i]);
    default: return c.a[i] == 0 ? "0" : fmt::format("{:#x}", c.a[i]);
  }
}

bool is_late(const Arg& a, const Call& c) {
  return a.late || (a.late_if != nullptr && a.late_if(c));
}

}  // namespace

const CallFormat* find_format(std::string_view name) {
  static const Index kIndex = build_index();
  auto it = kIndex.find(name);
  return it == kIndex.end() ? nullptr : it->second;
}

bool format_args(Call& c, const CallFormat* format, const syscall_entry* entry) {
  if (format == nullptr) {
    size_t n = entry != nullptr && entry->implemented ? entry->nargs : 6;
    for (size_t i = 0; i < n && !c.exiting; ++i)
      c.args.push_back(entry != nullptr && entry->implemented ? by_kind(c, i, entry->kinds[i])
                                                              : fmt::format("{:#x}", c.a[i]));
    return false;
  }
  bool seen_late = false;
  for (size_t i = 0; i < format->args.size(); ++i) {
    const Arg& a = format->args[i];
    if (a.text == nullptr || (a.present != nullptr && !a.present(c))) break;
    bool late = is_late(a, c);
    seen_late = seen_late || late;
    if (seen_late && !c.exiting) return true;
    if (!seen_late && c.exiting) continue;  // already shown
    c.args.push_back(late && c.failed() && !a.even_failed ? address(c.a[i]) : a.text(c, i));
  }
  return false;
}

std::string format_result(const Call& c, const CallFormat* format) {
  if (c.failed()) {
    int error = static_cast<int>(-c.ret);
    bool restart = error >= ERESTARTSYS && error <= ERESTART_RESTARTBLOCK;
    return fmt::format("{} {} ({})", restart ? "?" : "-1", errno_name(error), errno_text(error));
  }
  Returns how = format != nullptr ? format->returns : Returns::decimal;
  std::string text;
  switch (how) {
    case Returns::hex: text = fmt::format("{:#x}", static_cast<uint64_t>(c.ret)); break;
    case Returns::octal: text = mode_text(static_cast<uint32_t>(c.ret)); break;
    case Returns::fd: text = fd_text(c, static_cast<int>(c.ret)); break;
    case Returns::nothing: return "?";
    case Returns::decimal: text = fmt::format("{}", c.ret); break;
  }
  if (c.aux.starts_with("flags ")) text = fmt::format("{:#x}", c.ret);
  return c.aux.empty() ? text : fmt::format("{} ({})", text, c.aux);
}

}  // namespace trace
