// See options.h.
#include "tools/record/options.h"

#include <fmt/format.h>

#include <filesystem>

#include "arch/um/os-Linux/cpu.h"
#include "kernel/profile.h"

namespace record {

using tools::Parsed;

void add_run_options(CLI::App& app, RunWords& w) {
  tools::add_boot_options(app, w.boot);
  // These runs are recorded, repeatable and on one host CPU: what would say otherwise has no place.
  for (const char* name :
       {"--time", "--cpus", "--verbose", "--quiet", "--append", "--seed", "--profile"})
    app.remove_option(app.get_option(name));
  const char* group = "Runs";
  auto one = [&](const char* name, std::string& to, const char* help, const char* type) {
    app.add_option(name, to, help)->type_name(type)->allow_extra_args(false)->group(group);
  };
  auto many = [&](const char* name, std::vector<std::string>& to, const char* help,
                  const char* type) {
    app.add_option(name, to, help)
        ->type_name(type)
        ->expected(1, 1 << 16)
        ->allow_extra_args(false)
        ->group(group);
  };
  many("-p,--profile", w.profiles, "A kernel of history: 'slot190 profiles' lists them", "NAME");
  many("-k,--append", w.boot.params, "A kernel parameter", "NAME=VALUE");
  one("--cpus", w.cpus, "CPUs of the guest: with 2 another task may run between two statements",
      "1|2");
  one("--seed", w.seed, "Seed of the guest's randomness and of the dice that preempt (1)", "N");
  one("--stdin", w.input, "The program's standard input (default: nothing)", "FILE");
  one("-j,--jobs", w.jobs, "Runs at once (default: one a host CPU)", "N");
  app.add_flag("--json", w.json, "One JSON object instead of text")->group(group);
}

Parsed<RunSpec> common_spec(const RunWords& w, const std::vector<std::string>& program,
                            const std::vector<std::string>& env) {
  tools::BootWords files_and_limits = w.boot;
  files_and_limits.params.clear();  // each side or schedule has its own
  auto checked = tools::boot_options(files_and_limits, program, env);
  if (!checked) return std::unexpected(checked.error());
  RunSpec spec;
  spec.boot = tools::boot_arguments(w.boot);
  spec.timeout = w.boot.timeout.empty() ? "60s" : w.boot.timeout;
  spec.program = program;
  spec.env = env;
  if (!w.seed.empty()) {
    // 0 is the host's own randomness: such a run does not repeat.
    auto n = tools::parse_number("--seed", w.seed, 1, ~0ULL);
    if (!n) return std::unexpected(n.error());
    spec.seed = *n;
  }
  if (!w.input.empty()) {
    std::error_code ec;
    if (!std::filesystem::exists(w.input, ec) || std::filesystem::is_directory(w.input, ec))
      return std::unexpected(
          fmt::format("--stdin: there is no file '{}': try an existing one", w.input));
    spec.input = w.input;
  }
  for (const std::string& name : w.profiles) {
    if (find_profile(name) != nullptr) continue;
    std::vector<std::string_view> names;
    for (const Profile& p : profiles()) names.push_back(p.name);
    const std::string_view near = tools::nearest(name, names);
    return std::unexpected(fmt::format("there is no profile '{}'{}; there are: {}", name,
                                       near.empty() ? "" : fmt::format(" (did you mean {}?)", near),
                                       fmt::join(names, ", ")));
  }
  if (!w.cpus.empty() && w.cpus != "1" && w.cpus != "2")
    return std::unexpected(
        fmt::format("--cpus: the guest has 1 or 2 CPUs, not '{}': try --cpus=2", w.cpus));
  return spec;
}

Parsed<std::vector<Parameter>> parse_parameters(const std::vector<std::string>& words, bool sides) {
  std::vector<Parameter> list;
  for (const std::string& line : words) {
    Parameter p;
    std::string_view text = line;
    if (sides && (text.starts_with("A:") || text.starts_with("B:"))) {
      p.side = text[0];
      text.remove_prefix(2);
    }
    const size_t eq = text.find('=');
    if (eq == std::string_view::npos || eq == 0)
      return std::unexpected(fmt::format("-k: '{}' is not NAME=VALUE: try -k {}vfork=killable",
                                         line, sides ? "A:" : ""));
    p.name = text.substr(0, eq);
    p.value = text.substr(eq + 1);
    list.push_back(std::move(p));
  }
  return list;
}

Parsed<size_t> parse_jobs(const std::string& text) {
  if (text.empty()) return um::os::allowed_cpus().size();
  auto n = tools::parse_number("--jobs", text, 1, 64);
  if (!n) return std::unexpected(n.error());
  return static_cast<size_t>(*n);
}

int trouble(std::string_view message) {
  tools::complain(message);
  return kTrouble;
}

}  // namespace record
