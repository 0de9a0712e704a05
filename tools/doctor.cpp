// `slot190 doctor`: what this host allows, one line a check. Ours alone; the checks themselves are
// the machine's (arch/um). Exit status 0 if everything that slot190 needs is there, 1 if not.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "arch/um/machine.h"
#include "tools/commands.h"
#include "tools/options.h"

namespace tools {

int doctor_command(const Invocation& call) {
  CLI::App app("Says what this host allows and what it does not, one line each.", "doctor");
  set_usage(app, "slot190 doctor [--json]");
  bool json = false;
  app.set_help_flag("-h,--help", "Show this help");
  app.add_flag("--json", json, "One JSON object instead of lines");
  auto line = split_line(app, call.words);
  if (!line) return complain(line.error());
  if (auto status = parse_options(app, line->options)) return *status;
  if (!line->program.empty())
    return complain(
        fmt::format("doctor: '{}' is not wanted here: try 'slot190 doctor'", line->program[0]));

  bool healthy = true;
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const um::Check& check : um::doctor()) {
    healthy = healthy && check.ok;
    if (json) {
      list.push_back({{"name", check.name}, {"ok", check.ok}, {"detail", check.detail}});
    } else {
      fmt::print("{:<4} {:<18} {}\n", check.ok ? "ok" : "FAIL", check.name, check.detail);
    }
  }
  if (json) fmt::print("{}\n", nlohmann::ordered_json{{"ok", healthy}, {"checks", list}}.dump(2));
  return healthy ? 0 : 1;
}

}  // namespace tools
