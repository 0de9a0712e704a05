// Options as users type them: cutting the command line in front of the guest's own words, and
// turning text into values with one clear sentence when the text is wrong.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/commands.h"

namespace tools {

// ---- text to values -----------------------------------------------------------------------------

Parsed<uint64_t> parse_number(std::string_view option, std::string_view text, uint64_t low,
                              uint64_t high);
// "64M", "1.5G", "4096": bytes, with K, M, G, T as powers of 1024.
Parsed<uint64_t> parse_size(std::string_view option, std::string_view text);
// "10", "1.5s", "250ms", "2m", "1h": nanoseconds; a bare number is seconds.
Parsed<uint64_t> parse_duration(std::string_view option, std::string_view text);
Parsed<BootOptions::Volume> parse_volume(std::string_view text);  // HOST:GUEST[:rw|:ro]

// ---- the line -----------------------------------------------------------------------------------

// The user's words cut in two: ours, and the guest's, which begin at the first word that is no
// option. Knows from `app` which options take a value, so that `-w /tmp prog -w` cuts in the right
// place, and tells unknown options apart with a suggestion.
struct SplitLine {
  std::vector<std::string> options, program;
};
Parsed<SplitLine> split_line(const CLI::App& app, const std::vector<std::string>& words);

// ---- the options of every command that boots ----------------------------------------------------

struct BootWords {
  std::string root, cwd, mem, max_tasks, cpus, cpu, thp, ahead, time, seed, hostname, timeout, user, init,
      profile, record;
  std::vector<std::string> env, volumes, params;
  bool rw = false, clear_env = false, verbose = false, quiet = false, strict_table = false;
};
// `tracing`: -r is strace's, and --root has no short form.
void add_boot_options(CLI::App& app, BootWords& words, bool tracing = false);
Parsed<BootOptions> boot_options(const BootWords& words, const std::vector<std::string>& program,
                                 const std::vector<std::string>& env);
// The words that say the same again, for a run that another command starts: files, guest, limits and
// machine, but not time, parameters and what a single run is asked.
std::vector<std::string> boot_arguments(const BootWords& words);

// CLI11's help with a usage line of our own.
void set_usage(CLI::App& app, std::string usage);

// Runs CLI11 over the options. An exit status if the command is over (help was asked, or an error
// was reported), nothing if it should go on.
std::optional<int> parse_options(CLI::App& app, std::vector<std::string> options);

}  // namespace tools
