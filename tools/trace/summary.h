// -c: the table of calls, with strace(1)'s columns.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace trace {

class Summary {
 public:
  // What a call took, in nanoseconds.
  void count(std::string_view name, uint64_t ns, bool error);
  // Sorted by "time", "calls", "errors", "name" or "nothing" (avg: time-avg).
  std::string table(std::string_view sort) const;
  std::string json(std::string_view sort) const;
  static bool knows_sort(std::string_view sort);

 private:
  struct Row {
    uint64_t ns = 0, calls = 0, errors = 0, order = 0;
  };
  using Entry = std::pair<std::string, Row>;
  std::vector<Entry> sorted(std::string_view sort) const;
  std::map<std::string, Row, std::less<>> rows_;
};

}  // namespace trace
