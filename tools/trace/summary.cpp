// The summary table. Columns and rules are strace(1)'s.
#include "tools/trace/summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace trace {

bool Summary::knows_sort(std::string_view s) {
  constexpr std::string_view kSorts[] = {
      "time",   "time-total", "total-time", "avg-time", "time-avg", "calls", "count",
      "errors", "error",      "name",       "syscall",  "nothing",  "none"};
  return std::ranges::find(kSorts, s) != std::end(kSorts);
}

void Summary::count(std::string_view name, uint64_t ns, bool error) {
  auto it = rows_.find(name);
  if (it == rows_.end()) it = rows_.emplace(std::string(name), Row{.order = rows_.size()}).first;
  it->second.ns += ns;
  ++it->second.calls;
  it->second.errors += error ? 1 : 0;
}

std::vector<Summary::Entry> Summary::sorted(std::string_view sort) const {
  std::vector<Entry> list(rows_.begin(), rows_.end());
  auto by = [&](auto key) {
    std::ranges::stable_sort(
        list, [&](const Entry& a, const Entry& b) { return key(a.second) > key(b.second); });
  };
  if (sort == "name" || sort == "syscall") return list;  // the map is by name
  std::ranges::sort(list, {}, [](const Entry& e) { return e.second.order; });
  if (sort == "calls" || sort == "count") {
    by([](const Row& r) { return r.calls; });
  } else if (sort == "errors" || sort == "error") {
    by([](const Row& r) { return r.errors; });
  } else if (sort == "avg-time" || sort == "time-avg") {
    by([](const Row& r) { return r.calls == 0 ? 0 : r.ns / r.calls; });
  } else if (sort != "nothing" && sort != "none") {
    by([](const Row& r) { return r.ns; });
  }
  return list;
}

std::string Summary::table(std::string_view sort) const {
  Row total;
  for (const auto& [name, r] : rows_) {
    total.ns += r.ns;
    total.calls += r.calls;
    total.errors += r.errors;
  }
  std::string out =
      "% time     seconds  usecs/call     calls    errors syscall\n"
      "------ ----------- ----------- --------- --------- ----------------\n";
  auto line = [&](const Row& r, std::string_view name, double percent) {
    out += fmt::format("{:6.2f} {:11.6f} {:11} {:9} {:>9} {}\n", percent,
                       static_cast<double>(r.ns) / 1e9, r.calls == 0 ? 0 : r.ns / 1000 / r.calls,
                       r.calls, r.errors == 0 ? std::string() : std::to_string(r.errors), name);
  };
  for (const auto& [name, r] : sorted(sort))
    line(r, name,
         total.ns == 0 ? 0 : 100.0 * static_cast<double>(r.ns) / static_cast<double>(total.ns));
  out += "------ ----------- ----------- --------- --------- ----------------\n";
  line(total, "total", 100.0);
  return out;
}

std::string Summary::json(std::string_view sort) const {
  auto calls = nlohmann::ordered_json::array();
  for (const auto& [name, r] : sorted(sort))
    calls.push_back({{"name", name}, {"calls", r.calls}, {"errors", r.errors}, {"ns", r.ns}});
  return nlohmann::ordered_json{{"type", "summary"}, {"syscalls", calls}}.dump() + "\n";
}

}  // namespace trace
