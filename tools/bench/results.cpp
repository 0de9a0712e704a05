// Results to and from JSON (Google Benchmark's schema: "context" and "benchmarks"; our own fields
// stand beside its own). Ours alone.
#include "tools/bench/results.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace tools::bench {

using json = nlohmann::ordered_json;

const Row* Results::find(std::string_view implementation, std::string_view case_name,
                         long mem) const {
  for (const Row& r : rows)
    if (r.implementation == implementation && r.case_name == case_name && r.mem == mem) return &r;
  return nullptr;
}

std::vector<long> Results::sizes(std::string_view case_name) const {
  std::vector<long> out;
  for (const Row& r : rows)
    if (r.case_name == case_name && std::ranges::find(out, r.mem) == out.end())
      out.push_back(r.mem);
  std::ranges::sort(out);
  return out;
}

double quantile(std::vector<double> values, double q) {
  if (values.empty()) return 0;
  std::ranges::sort(values);
  double at = q * static_cast<double>(values.size() - 1);
  size_t low = static_cast<size_t>(at);
  size_t high = std::min(low + 1, values.size() - 1);
  return values[low] + (values[high] - values[low]) * (at - static_cast<double>(low));
}

json to_json(const Results& r) {
  json out;
  json& context = out["context"];
  context = {{"date", r.date},
             {"host_name", r.host},
             {"executable", "slot190 bench"},
             {"cpu_model", r.cpu_model},
             {"load_avg", {r.load_before, r.load_after}},
             {"library_build_type", "release"},
             {"suite", r.suite},
             {"isa", r.isa},
             {"pinned_to_cpu", r.cpu},
             {"warnings", r.warnings}};
  for (const Implementation& i : r.implementations)
    context["implementations"].push_back(
        {{"name", i.name}, {"command", i.command}, {"group", i.group}});
  out["benchmarks"] = json::array();
  int family = 0;
  for (const Row& row : r.rows) {
    json b;
    b["name"] = fmt::format("{}/mem:{}/{}", row.case_name, row.mem, row.implementation);
    b["family_index"] = family++;
    b["per_family_instance_index"] = 0;
    b["run_name"] = b["name"];
    b["run_type"] = "iteration";
    b["repetitions"] = 1;
    b["repetition_index"] = 0;
    b["threads"] = 1;
    b["iterations"] = row.iterations;
    b["real_time"] = row.median;
    b["cpu_time"] = row.median;
    b["time_unit"] = "ns";
    if (!row.error.empty()) {
      b["error_occurred"] = true;
      b["error_message"] = row.error;
    }
    b["implementation"] = row.implementation;
    b["case"] = row.case_name;
    b["mem_mib"] = row.mem;
    b["batches"] = row.batches;
    b["p10"] = row.p10;
    b["p90"] = row.p90;
    b["minimum"] = row.minimum;
    if (row.ratio) {
      b["ratio"] = *row.ratio;
      b["ratio_p10"] = row.ratio_p10;
      b["ratio_p90"] = row.ratio_p90;
    }
    out["benchmarks"].push_back(std::move(b));
  }
  return out;
}

// A launcher's words may be in any encoding; a report of an hour must not be lost for them.
std::string json_text(const Results& r) {
  return to_json(r).dump(1, ' ', false, json::error_handler_t::replace);
}

namespace {

const char* const kNoReport =
    "--from: the file is no report of 'slot190 bench --json': try one that is";
constexpr long kMostMemory = 65536;  // MiB, as --mem has it

// Figures that can be printed and drawn.
bool is_sane(const Row& row) {
  if (row.mem < 0 || row.mem > kMostMemory) return false;
  return !row.error.empty() ||
         (std::ranges::all_of(std::array{row.median, row.p10, row.p90}, is_figure) &&
          (!row.ratio || is_figure(*row.ratio)));
}

}  // namespace

Parsed<Results> from_json(const std::string& text) try {
  json in = json::parse(text);
  Results r;
  const json& c = in.at("context");
  r.date = c.at("date");
  r.host = c.at("host_name");
  r.cpu_model = c.at("cpu_model");
  r.load_before = c.at("load_avg").at(0);
  r.load_after = c.at("load_avg").at(1);
  r.suite = c.at("suite");
  r.isa = c.at("isa");
  r.cpu = c.at("pinned_to_cpu");
  r.warnings = c.at("warnings");
  for (const json& i : c.at("implementations"))
    r.implementations.push_back({i.at("name"), i.at("command"), i.at("group")});
  for (const json& b : in.at("benchmarks")) {
    Row row;
    row.implementation = b.at("implementation");
    row.case_name = b.at("case");
    row.mem = b.at("mem_mib");
    row.iterations = b.at("iterations");
    row.batches = b.at("batches");
    row.median = b.at("real_time");
    row.p10 = b.at("p10");
    row.p90 = b.at("p90");
    row.minimum = b.at("minimum");
    row.error = b.value("error_message", "");
    if (b.contains("ratio")) {
      row.ratio = b.at("ratio");
      row.ratio_p10 = b.at("ratio_p10");
      row.ratio_p90 = b.at("ratio_p90");
    }
    if (!is_sane(row)) return std::unexpected(kNoReport);
    r.rows.push_back(std::move(row));
  }
  return r;
} catch (const nlohmann::json::exception&) {
  return std::unexpected(kNoReport);
}

std::string time_text(double ns) {
  struct Unit {
    double scale;
    const char* name;
  };
  for (Unit u : {Unit{1e9, "s"}, Unit{1e6, "ms"}, Unit{1e3, "us"}, Unit{1, "ns"}}) {
    if (ns < u.scale * 0.9995 && u.scale > 1) continue;
    double v = ns / u.scale;
    return fmt::format("{:.{}f} {}", v, v < 9.995 ? 2 : v < 99.95 ? 1 : 0, u.name);
  }
  return "0 ns";
}

std::string size_text(long mib) {
  return mib >= 1024 && mib % 1024 == 0 ? fmt::format("{} GiB", mib / 1024)
                                        : fmt::format("{} MiB", mib);
}

}  // namespace tools::bench
