// What slot190 diff found, for people, for programs and for browsers.
#pragma once

#include <array>
#include <nlohmann/json.hpp>
#include <string>

#include "tools/diff/compare.h"
#include "tools/diff/lanes.h"
#include "tools/record/run.h"

namespace diff {

struct Side {
  std::string label;    // "patch-1999", "linux-6 swi=user-stack"
  std::string summary;  // what kernel that is
  record::RunSpec spec;
  record::Run run;
};

struct Report {
  std::array<Side, 2> sides;
  Comparison found;
  Level level = Level::events;
  size_t seeds = 1, differing = 0;  // how many were tried, how many differ
};

struct TextStyle {
  bool colour = false;
  unsigned columns = 100;
};
std::string text_report(const Report& r, const TextStyle& style);
nlohmann::ordered_json json_report(const Report& r);
// One self-contained page (tools/diff/page/).
std::string html_report(const Report& r);

// The tasks that the first difference is about: a parent and its child, or one task alone.
std::vector<int> tasks_concerned(const Report& r);

}  // namespace diff
