// The expressions of -e, in strace(1)'s syntax.
#include "tools/trace/filter.h"

#include <fmt/format.h>

#include <algorithm>
#include <regex>

#include "tools/trace/call.h"
#include "tools/trace/symbols.h"

namespace trace {

namespace {

using Outcome = std::expected<void, std::string>;
std::unexpected<std::string> wrong(std::string text) { return std::unexpected(std::move(text)); }

struct ClassName {
  std::string_view name;
  uint32_t bits;
};
constexpr ClassName kClasses[] = {{"file", kFile},       {"process", kProcess},
                                  {"network", kNetwork}, {"net", kNetwork},
                                  {"signal", kSignal},   {"ipc", kIpc},
                                  {"desc", kDesc},       {"memory", kMemory},
                                  {"clock", kClock},     {"creds", kCreds},
                                  {"stat", kStat},       {"lstat", kLstat},
                                  {"fstat", kFstat},     {"%stat", kStat | kLstat | kFstat},
                                  {"statfs", kStatfs},   {"fstatfs", kStatfs},
                                  {"pure", kPure}};

std::vector<std::string_view> split(std::string_view list) {
  std::vector<std::string_view> out;
  while (!list.empty()) {
    size_t comma = std::min(list.find(','), list.size());
    if (comma != 0) out.push_back(list.substr(0, comma));
    list.remove_prefix(std::min(list.size(), comma + 1));
  }
  return out;
}

// True and cut if the set begins with '!'.
bool negation(std::string_view& set) {
  if (!set.starts_with('!')) return false;
  set.remove_prefix(1);
  return true;
}

}  // namespace

Outcome Filter::add(std::string_view e) {
  size_t eq = e.find('=');
  std::string_view key = eq == std::string_view::npos ? "trace" : e.substr(0, eq);
  std::string_view set = eq == std::string_view::npos ? e : e.substr(eq + 1);
  if (key.starts_with('!'))
    return wrong(fmt::format("-e {}: the '!' belongs after the '=': try -e {}='!{}'", e,
                             key.substr(1), set));
  if (key == "trace" || key == "t") return set_trace(set);
  if (key == "signal" || key == "signals" || key == "s") return set_signal(set);
  if (key == "status") return set_status(set);
  if (key == "quiet" || key == "silent" || key == "q") return set_quiet(set);
  if (key == "abbrev" || key == "verbose" || key == "raw" || key == "a" || key == "v" || key == "x")
    return wrong(fmt::format(
        "-e {}=: slot190 has no {} sets: try -e trace=, -e signal= or -e status=", key, key));
  return wrong(
      fmt::format("-e {}: '{}' is not known: try -e trace=open,close or -e trace=%file", e, key));
}

Outcome Filter::set_trace(std::string_view set) {
  negated_ = negation(set);
  all_calls_ = false;
  tests_.clear();
  for (std::string_view item : split(set)) {
    bool optional = item.starts_with('?');  // strace: no complaint if the name is unknown
    if (optional) item.remove_prefix(1);
    if (item == "all") {
      tests_.emplace_back([](std::string_view) { return true; });
      continue;
    }
    if (item == "none") continue;
    if (item.starts_with('/')) {
      try {
        std::regex re(std::string(item.substr(1)), std::regex::extended | std::regex::nosubs);
        tests_.emplace_back(
            [re](std::string_view n) { return std::regex_search(n.begin(), n.end(), re); });
      } catch (const std::regex_error&) {
        return wrong(
            fmt::format("-e trace={}: not a regular expression: try -e trace='/^open'", item));
      }
      continue;
    }
    // Classes are %name; the old spellings without the percent sign stand for the first six.
    bool percent = item.starts_with('%');
    std::string_view name = percent ? item.substr(1) : item;
    auto cls = std::ranges::find(kClasses, name, &ClassName::name);
    bool old_style =
        cls != std::end(kClasses) && cls - std::begin(kClasses) < 8 && find_format(name) == nullptr;
    if (percent || old_style) {
      if (cls == std::end(kClasses))
        return wrong(
            fmt::format("-e trace={}: there is no class {}: try %file, %process, %network, "
                        "%signal, %ipc, %desc, "
                        "%memory, %clock, %creds or %stat",
                        item, item));
      tests_.emplace_back([bits = cls->bits](std::string_view n) {
        const CallFormat* f = find_format(n);
        return f != nullptr && (f->classes & bits) != 0;
      });
      continue;
    }
    bool plausible = !name.empty() && std::ranges::all_of(name, [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    });
    if (!plausible)
      return wrong(
          fmt::format("-e trace={}: '{}' is no system call: try -e trace=openat,read", set, item));
    tests_.emplace_back([own = std::string(name)](std::string_view n) { return n == own; });
  }
  return {};
}

Outcome Filter::set_signal(std::string_view set) {
  bool inverted = negation(set);
  signals_.reset();
  for (std::string_view item : split(set)) {
    if (item == "all") signals_.set();
    if (item == "all" || item == "none") continue;
    int found = 0;
    for (int sig = 1; sig <= 64 && found == 0; ++sig) {
      std::string name = signal_name(sig);
      auto same = [](char a, char b) { return a == b || (a >= 'a' && a <= 'z' && a - 32 == b); };
      if (std::ranges::equal(item, name, same) ||
          std::ranges::equal(item, std::string_view(name).substr(3), same) ||
          item == std::to_string(sig))
        found = sig;
    }
    if (found == 0)
      return wrong(
          fmt::format("-e signal={}: '{}' is no signal: try -e signal=SIGINT,SIGTERM", set, item));
    signals_.set(static_cast<size_t>(found));
  }
  if (inverted) signals_.flip();
  return {};
}

Outcome Filter::set_status(std::string_view set) {
  bool inverted = negation(set);
  bool s = false, f = false, u = false;
  for (std::string_view item : split(set)) {
    if (item == "successful" || item == "all") s = true;
    if (item == "failed" || item == "all") f = true;
    if (item == "unfinished" || item == "all") u = true;
    if (item != "successful" && item != "failed" && item != "unfinished" && item != "all" &&
        item != "none")
      return wrong(fmt::format(
          "-e status={}: '{}' is not known: try -e status=successful or -e status=failed", set,
          item));
  }
  status_successful_ = s != inverted;
  status_failed_ = f != inverted;
  status_unfinished_ = u != inverted;
  return {};
}

Outcome Filter::set_quiet(std::string_view set) {
  for (std::string_view item : split(set))
    if (item == "exit" || item == "exits" || item == "all") quiet_exit_ = true;
  return {};
}

bool Filter::wants_call(std::string_view name) const {
  if (all_calls_) return true;
  bool hit = std::ranges::any_of(tests_, [&](const auto& t) { return t(name); });
  return hit != negated_;
}

bool Filter::wants_result(bool failed, bool finished) const {
  return !finished ? status_unfinished_ : failed ? status_failed_ : status_successful_;
}

}  // namespace trace
