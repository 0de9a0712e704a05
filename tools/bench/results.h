// What a run found: one Row for each implementation, case and memory size; and the conditions that
// it ran under. Written and read as JSON in Google Benchmark's schema, so that a report can be made
// again from a file and Google's compare tools understand it.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/commands.h"

namespace tools::bench {

struct Row {
  std::string implementation, case_name;
  long mem = 0;         // MiB touched
  long iterations = 0;  // in a batch
  size_t batches = 0;
  double median = 0, p10 = 0, p90 = 0, minimum = 0;  // ns an operation
  // Beside native in the same rounds; absent if there was no native row.
  std::optional<double> ratio;
  double ratio_p10 = 0, ratio_p90 = 0;
  std::string error;  // the case could not be measured, and why
};

struct Implementation {
  std::string name;
  std::string command;  // as a user would type it
  std::string group;    // native, slot190, mechanism, peer
};

struct Results {
  std::string suite, date, host, cpu_model, isa;
  int cpu = -1;  // pinned to, or -1
  double load_before = 0, load_after = 0;
  std::vector<std::string> warnings;
  std::vector<Implementation> implementations;
  std::vector<Row> rows;

  const Row* find(std::string_view implementation, std::string_view case_name, long mem) const;
  // The sizes that a case was measured at, ascending.
  std::vector<long> sizes(std::string_view case_name) const;
};

double quantile(std::vector<double> values, double q);

nlohmann::ordered_json to_json(const Results& results);
// A time (ns, up to eleven days) or a ratio that can have been measured.
constexpr bool is_figure(double ns) { return ns > 0 && ns < 1e15; }

std::string json_text(const Results& r);
Parsed<Results> from_json(const std::string& text);

// "1.23 us": three digits.
std::string time_text(double ns);
std::string size_text(long mib);

}  // namespace tools::bench
