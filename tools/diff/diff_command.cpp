// `slot190 diff`: one program under two kernels of history, or under any two settings, and what
// differs. Each run is a child of this program, in virtual time and with a fixed seed, so that a
// difference is a difference of the kernels.
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>

#include "arch/um/os-Linux/terminal.h"
#include "kernel/params.h"
#include "kernel/profile.h"
#include "tools/diff/report.h"
#include "tools/record/options.h"

namespace diff {

namespace {

using record::RunSpec;
using tools::Parsed;

struct DiffWords {
  record::RunWords run;
  std::string level = "events", html;
};

constexpr const char* kFooter = R"(What counts as a difference (--compare):
  output   standard output, standard error, the exit status, tasks that sleep for ever
  calls    and each task's own system calls with arguments and results, its signals and its end
  events   and the order of all that across tasks, who sleeps and who wakes whom       (default)
  all      and wchan names, switches, zombies and the clock
The disk is cold on both sides (-k disk=warm for another): who looks at a file's name for the first
time sleeps, and others run. vfork back too early, two tasks on one stack and words that one task
overwrites on the stack of the other count always.

exit status: 0 no difference, 1 a difference, 2 trouble.

examples:
  slot190 diff --profile patch-1999 --profile linux-6 -- busybox sh -c 'busybox time true'
  slot190 diff -p patch-1999 -p linux-6 --cpus=2 --seeds=100 ./vfork-test
  slot190 diff -p linux-6 -k A:fork-order=early -k B:fork-order=complete --cpus=2 ./fork-test
  slot190 diff -p linux-2.2 -p linux-2.4 --html page.html ./program   then open page.html)";

void add_options(CLI::App& app, DiffWords& w) {
  tools::set_usage(app, "slot190 diff [OPTIONS] --profile A --profile B [--] PROGRAM [ARGS...]");
  record::add_run_options(app, w.run);
  app.get_option("--append")
      ->description("A kernel parameter of both sides; A:NAME=VALUE or B:NAME=VALUE of one");
  const char* group = "Comparison";
  app.add_option("--seeds", w.run.seeds, "Compare under so many seeds, from --seed on")
      ->type_name("N")
      ->group(group);
  app.add_option("--compare", w.level, "What counts: output, calls, events or all (see below)")
      ->type_name("LEVEL")
      ->group(group);
  app.add_option("--html", w.html, "Write a page with both timelines, for a browser")
      ->type_name("FILE")
      ->group(group);
  app.footer(kFooter);
}

Parsed<Level> parse_level(const std::string& text) {
  if (text == "output") return Level::output;
  if (text == "calls") return Level::calls;
  if (text == "events") return Level::events;
  if (text == "all") return Level::all;
  return std::unexpected(fmt::format(
      "--compare: '{}' is none of output, calls, events, all: try --compare=calls", text));
}

bool has_parameter(std::string_view name) {
  register_profile_parameters();
  return std::ranges::find(kernel_parameters(), name, &KernelParameter::name) !=
         kernel_parameters().end();
}

// The two sides, without seed and run.
Parsed<std::array<Side, 2>> make_sides(const DiffWords& w, const RunSpec& common) {
  const auto params = record::parse_parameters(w.run.boot.params, true);
  if (!params) return std::unexpected(params.error());
  std::array<Side, 2> sides;
  bool told_apart = false;
  for (size_t i : {0, 1}) {
    Side& side = sides[i];
    side.spec = common;
    std::string own;
    for (const record::Parameter& p : *params) {
      if (p.side != 0 && p.side != "AB"[i]) continue;
      const std::string before = side.spec.param(p.name);
      if (!before.empty() && before != p.value && p.side == 0)
        return std::unexpected(fmt::format("-k: {} is {} and {}: try -k A:{}={} -k B:{}={}", p.name,
                                           before, p.value, p.name, before, p.name, p.value));
      if (p.name == "cpus" && !w.run.cpus.empty() && w.run.cpus != p.value)
        return std::unexpected(
            fmt::format("--cpus={} and -k cpus={} contradict each other: leave "
                        "one out",
                        w.run.cpus, p.value));
      if (p.name == "profile" && !w.run.profiles.empty())
        return std::unexpected("--profile and -k profile= contradict each other: leave one out");
      side.spec.set(p.name, p.value);
      if (p.side != 0 && p.name != "profile") own += fmt::format(" {}={}", p.name, p.value);
      told_apart = told_apart || p.side != 0;
    }
    side.label = own;
  }
  const auto& names = w.run.profiles;
  if (names.size() > 2)
    return std::unexpected(
        "diff compares two kernels, not more: try two --profile, or 'slot190 "
        "explore' with all of them");
  if (names.size() < 2 && !told_apart)
    return std::unexpected(
        names.empty()
            ? "nothing to compare: try --profile patch-1999 --profile linux-6, or -k A:NAME=VALUE "
              "-k B:NAME=VALUE"
            : fmt::format("compare {} with what? try --profile {} --profile linux-6", names[0],
                          names[0]));
  for (size_t i : {0, 1}) {
    Side& side = sides[i];
    if (!names.empty()) side.spec.set("profile", names[std::min(i, names.size() - 1)]);
    if (!w.run.cpus.empty()) side.spec.set("cpus", w.run.cpus);
    if (side.spec.param("disk").empty() && has_parameter("disk")) side.spec.set("disk", "cold");
    std::string profile_name = side.spec.param("profile");
    if (profile_name.empty()) profile_name = profile().name;
    side.label = profile_name + side.label;
    if (const Profile* p = find_profile(profile_name)) side.summary = p->summary;
  }
  return sides;
}

// Runs both sides under every seed; keeps the first seed that differs, or the first of all.
Parsed<Report> run_all(std::array<Side, 2> sides, Level level, uint64_t first_seed, size_t seeds,
                       size_t jobs) {
  Report kept;
  kept.level = level;
  kept.seeds = seeds;
  std::optional<std::string> complaint;
  std::optional<record::Run> run_a;
  auto spec = [&](size_t i) {
    RunSpec s = sides[i % 2].spec;
    s.seed = first_seed + i / 2;
    return s;
  };
  um::os::run_children(
      2 * seeds, jobs, [&](size_t i) { return spec(i).child(); },
      [&](size_t i, um::os::ChildOutcome outcome) {
        auto run = record::read_run(std::move(outcome), spec(i));
        if (!run) {
          complaint = run.error();
          return false;
        }
        if (i % 2 == 0) {
          run_a = std::move(*run);
          return true;
        }
        const Comparison found = compare(*run_a, *run, level);
        const bool first_to_differ = !found.same() && kept.differing++ == 0;
        if (i == 1 || first_to_differ) {
          kept.found = found;
          kept.sides = sides;
          kept.sides[0].spec = spec(i - 1);
          kept.sides[1].spec = spec(i);
          kept.sides[0].run = std::move(*run_a);
          kept.sides[1].run = std::move(*run);
        }
        return true;
      });
  if (complaint) return std::unexpected(*complaint);
  return kept;
}

Parsed<void> write_page(const std::string& file, const Report& report) {
  const std::string page = html_report(report);
  std::FILE* out = std::fopen(file.c_str(), "we");
  bool good = out != nullptr && std::fwrite(page.data(), 1, page.size(), out) == page.size();
  if (out != nullptr) good = std::fclose(out) == 0 && good;
  if (good) return {};
  return std::unexpected(fmt::format("cannot write the page to '{}': {}: try another --html FILE",
                                     file, std::strerror(errno)));
}

TextStyle style_of_output() {
  TextStyle style;
  style.colour = um::os::is_terminal(1) && std::getenv("NO_COLOR") == nullptr;
  if (const unsigned columns = um::os::terminal_columns(1); columns != 0) style.columns = columns;
  return style;
}

int compare_and_report(const DiffWords& w, const RunSpec& common) {
  const auto level = parse_level(w.level);
  if (!level) return record::trouble(level.error());
  auto sides = make_sides(w, common);
  if (!sides) return record::trouble(sides.error());
  size_t seeds = 1;
  if (!w.run.seeds.empty()) {
    const auto n = tools::parse_number("--seeds", w.run.seeds, 1, 1'000'000);
    if (!n) return record::trouble(n.error());
    seeds = *n;
  }
  const auto jobs = record::parse_jobs(w.run.jobs);
  if (!jobs) return record::trouble(jobs.error());
  const auto report = run_all(*std::move(sides), *level, common.seed, seeds, *jobs);
  if (!report) return record::trouble(report.error());
  if (w.run.json)
    fmt::print("{}\n", json_report(*report).dump(1, ' ', false,
                                                 nlohmann::ordered_json::error_handler_t::replace));
  else
    fmt::print("{}", text_report(*report, style_of_output()));
  if (!w.html.empty())
    if (auto written = write_page(w.html, *report); !written)
      return record::trouble(written.error());
  return report->found.same() ? record::kSame : record::kDifferent;
}

}  // namespace

}  // namespace diff

namespace tools {

int diff_command(const Invocation& call) {
  CLI::App app("Runs PROGRAM under two kernels and shows where the runs part.", "diff");
  diff::DiffWords words;
  diff::add_options(app, words);
  auto line = split_line(app, call.words);
  if (!line) return record::trouble(line.error());
  if (auto status = parse_options(app, line->options))
    return *status == kOk ? record::kSame : record::kTrouble;
  if (line->program.empty() || line->program[0].empty())
    return record::trouble(
        "diff: no program is named: try 'slot190 diff -p patch-1999 -p linux-6 "
        "busybox sh -c true'");
  auto common = record::common_spec(words.run, line->program, call.env);
  if (!common) return record::trouble(common.error());
  return diff::compare_and_report(words, *common);
}

}  // namespace tools
