// `slot190 explore`: one program under every schedule up to a bound of preemptions, or under the dice
// of many seeds, for one kernel of history after the other; what goes wrong, how often, and the
// shortest way to see it again.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "arch/um/os-Linux/terminal.h"
#include "kernel/profile.h"
#include "tools/explore/search.h"
#include "tools/record/options.h"

namespace explore {

namespace {

using tools::Parsed;

struct ExploreWords {
  record::RunWords run;
  std::string preemptions, max_runs, expect;
};

constexpr const char* kFooter =
    R"(What counts as failing: a task that sleeps for ever, a vfork that returns while its child has
neither exec'd nor exited, two tasks on one stack, a run that does not end, an exit status other than
--expect-status.

exit status: 0 no schedule fails, 1 some do, 2 trouble.

examples:
  slot190 explore -p patch-1999 -p linux-6 ./vfork-test        every schedule of up to 2 preemptions
  slot190 explore -p patch-1999 --seeds=1000 ./vfork-test      1000 throws of the dice
  slot190 explore -k fork-order=early ./fork-test              exit status 1: it sees half a child)";

void add_options(CLI::App& app, ExploreWords& w) {
  tools::set_usage(app, "slot190 explore [OPTIONS] [--profile P]... [--] PROGRAM [ARGS...]");
  record::add_run_options(app, w.run);
  const char* group = "Search";
  auto one = [&](const char* name, std::string& to, const char* help) {
    app.add_option(name, to, help)->type_name("N")->group(group);
  };
  one("--preemptions", w.preemptions, "All schedules with at most so many preemptions (2)");
  one("--seeds", w.run.seeds, "Dice instead: so many seeds, from --seed on");
  one("--max-runs", w.max_runs, "Stop after so many runs of a profile (2000)");
  one("--expect-status", w.expect, "The exit status that is right (0)");
  app.footer(kFooter);
}

Parsed<Search> make_search(const ExploreWords& w, const record::RunSpec& common) {
  Search s;
  s.spec = common;
  const auto params = record::parse_parameters(w.run.boot.params, false);
  if (!params) return std::unexpected(params.error());
  for (const record::Parameter& p : *params) {
    if (p.name == "preempt")
      return std::unexpected(
          "-k preempt= is what explore chooses: leave it out, or replay one "
          "schedule with 'slot190 run -k preempt=...'");
    if (p.name == "profile" && !w.run.profiles.empty())
      return std::unexpected("--profile and -k profile= contradict each other: leave one out");
    s.spec.set(p.name, p.value);
  }
  if (w.run.cpus == "1" || s.spec.param("cpus") == "1")
    return std::unexpected(
        "with one CPU there is one schedule and nothing to explore: try --cpus=2");
  s.spec.set("cpus", "2");
  if (!w.run.seeds.empty() && !w.preemptions.empty())
    return std::unexpected("--seeds throws dice and --preemptions tries all: leave one out");
  struct Number {
    const char* option;
    const std::string& text;
    uint64_t low, high;
    std::function<void(uint64_t)> take;
  };
  for (const Number& n :
       {Number{"--preemptions", w.preemptions, 0, 8,
               [&](uint64_t v) { s.preemptions = static_cast<unsigned>(v); }},
        Number{"--seeds", w.run.seeds, 1, 1'000'000,
               [&](uint64_t v) { s.seeds = v, s.max_runs = v; }},
        Number{"--max-runs", w.max_runs, 1, 10'000'000, [&](uint64_t v) { s.max_runs = v; }},
        Number{"--expect-status", w.expect, 0, 255,
               [&](uint64_t v) { s.expected_status = static_cast<int>(v); }}}) {
    if (n.text.empty()) continue;
    const auto v = tools::parse_number(n.option, n.text, n.low, n.high);
    if (!v) return std::unexpected(v.error());
    n.take(*v);
  }
  const auto jobs = record::parse_jobs(w.run.jobs);
  if (!jobs) return std::unexpected(jobs.error());
  s.jobs = *jobs;
  return s;
}

// ---- the report ---------------------------------------------------------------------------------

std::string_view verb(Fault f) {
  switch (f) {
    case Fault::hang: return "deadlock";
    case Fault::damage: return "run two tasks on one stack";
    case Fault::early: return "let vfork return early";
    case Fault::dead_object: return "touch a dead object";
    case Fault::timeout: return "do not end in time";
    case Fault::status: return "end with a wrong status";
  }
  return {};
}

// "3 of 1000 schedules deadlock under patch-1999 cpus=2, none under linux-6."
std::string sentence(const std::vector<Result>& results, Fault f) {
  const auto i = static_cast<size_t>(f);
  std::vector<std::string> some, none;
  for (const Result& r : results) {
    if (r.with[i] == 0)
      none.push_back(r.label);
    else
      some.push_back(fmt::format("{} of {} schedules {} under {} cpus=2", r.with[i], r.schedules,
                                 verb(f), r.label));
  }
  if (some.empty()) return {};
  std::string text = fmt::format("{}", fmt::join(some, ", "));
  if (!none.empty()) text += fmt::format(", none under {}", fmt::join(none, ", "));
  return text + ".";
}

void print_table(const std::vector<Result>& results) {
  constexpr std::array<std::string_view, kFaults> kHeads = {"deadlock",    "one stack", "early",
                                                            "dead object", "no end",    "status"};
  size_t w = 7;
  for (const Result& r : results) w = std::max(w, r.label.size());
  std::string head = fmt::format("{:<{}}  {:>9}", "profile", w, "schedules");
  for (std::string_view h : kHeads) head += fmt::format("  {:>11}", h);
  fmt::print("{}  {:>8}\n", head, "outcomes");
  for (const Result& r : results) {
    std::string row = fmt::format("{:<{}}  {:>9}", r.label, w, r.schedules);
    for (size_t n : r.with) row += fmt::format("  {:>11}", n == 0 ? "-" : std::to_string(n));
    fmt::print("{}  {:>8}\n", row, r.outcomes);
  }
  fmt::print("\n");
}

void print_shortest(const Result& r, Fault f) {
  const auto& found = r.shortest[static_cast<size_t>(f)];
  if (!found) return;
  const Schedule& schedule = found->outcome.schedule;
  fmt::print("{} under {}, shortest schedule: {}{}\n", fault_name(f), r.label,
             schedule.empty()       ? "no preemption at all"
             : schedule.size() == 1 ? "1 preemption"
                                    : fmt::format("{} preemptions", schedule.size()),
             f == Fault::status ? ", " + found->outcome.ending : "");
  for (const Point& p : found->outcome.points)
    if (p.effective) fmt::print("  at point {}, process {}: {}\n", p.ordinal, p.pid, p.name);
  fmt::print("  {}\n\n", found->spec.command_line({"run"}));
}

void print_text(const Search& s, const std::vector<Result>& results) {
  if (s.seeds != 0)
    fmt::print("2 CPUs, {} throws of the dice\n\n", s.seeds);
  else
    fmt::print("2 CPUs, every schedule of at most {} preemption{}\n\n", s.preemptions,
               s.preemptions == 1 ? "" : "s");
  print_table(results);
  bool any = false;
  for (size_t f = 0; f < kFaults; ++f) {
    const std::string line = sentence(results, static_cast<Fault>(f));
    if (!line.empty()) fmt::print("{}\n", line);
    any = any || !line.empty();
  }
  fmt::print("{}", any ? "\n" : "No schedule fails.\n");
  for (const Result& r : results)
    for (size_t f = 0; f < kFaults; ++f) print_shortest(r, static_cast<Fault>(f));
  for (const Result& r : results)
    if (r.untried != 0)
      fmt::print(
          "{}: stopped after {} runs, at least {} schedules were not tried: try --max-runs={} "
          "or fewer --preemptions.\n",
          r.label, r.runs, r.untried, r.runs + r.untried);
}

void print_json(const Search& s, const std::vector<Result>& results) {
  using nlohmann::ordered_json;
  ordered_json j{{"program", s.spec.program}};
  if (s.seeds != 0)
    j["seeds"] = s.seeds;
  else
    j["preemptions"] = s.preemptions;
  j["profiles"] = ordered_json::array();
  for (const Result& r : results) {
    ordered_json p{{"profile", r.label},   {"runs", r.runs},         {"schedules", r.schedules},
                   {"failing", r.failing}, {"outcomes", r.outcomes}, {"untried", r.untried}};
    p["faults"] = ordered_json::object();
    for (size_t f = 0; f < kFaults; ++f) {
      if (r.with[f] == 0) continue;
      const Found& found = *r.shortest[f];
      ordered_json points = ordered_json::array();
      for (const Point& x : found.outcome.points)
        if (x.effective)
          points.push_back({{"ordinal", x.ordinal}, {"pid", x.pid}, {"name", x.name}});
      p["faults"][std::string(fault_name(static_cast<Fault>(f)))] = {
          {"schedules", r.with[f]},
          {"shortest", points},
          {"ending", found.outcome.ending},
          {"replay", found.spec.command_line({"run"})}};
    }
    j["profiles"].push_back(std::move(p));
  }
  fmt::print("{}\n", j.dump(1, ' ', false, ordered_json::error_handler_t::replace));
}

int explore_all(const ExploreWords& w, const Search& common) {
  std::vector<std::string> names = w.run.profiles;
  if (names.empty()) {
    const std::string given = common.spec.param("profile");
    names.push_back(given.empty() ? std::string(profile().name) : given);
  }
  const bool progress = um::os::is_terminal(2) && !w.run.json;
  std::vector<Result> results;
  bool failing = false;
  for (const std::string& name : names) {
    Search s = common;
    s.spec.set("profile", name);
    if (progress)
      s.progress = [&](size_t runs) { fmt::print(stderr, "\r{}: {} runs ", name, runs); };
    auto r = search(s);
    if (progress) fmt::print(stderr, "\r\033[K");
    if (!r) return record::trouble(r.error());
    r->label = name;
    failing = failing || r->failing != 0;
    results.push_back(std::move(*r));
  }
  if (w.run.json)
    print_json(common, results);
  else
    print_text(common, results);
  return failing ? record::kDifferent : record::kSame;
}

}  // namespace

}  // namespace explore

namespace tools {

int explore_command(const Invocation& call) {
  CLI::App app("Runs PROGRAM under every interleaving of two CPUs and says what goes wrong.",
               "explore");
  explore::ExploreWords words;
  explore::add_options(app, words);
  auto line = split_line(app, call.words);
  if (!line) return record::trouble(line.error());
  if (auto status = parse_options(app, line->options))
    return *status == kOk ? record::kSame : record::kTrouble;
  if (line->program.empty() || line->program[0].empty())
    return record::trouble(
        "explore: no program is named: try 'slot190 explore -p patch-1999 busybox time true'");
  auto common = record::common_spec(words.run, line->program, call.env);
  if (!common) return record::trouble(common.error());
  auto search = explore::make_search(words, *common);
  if (!search) return record::trouble(search.error());
  return explore::explore_all(words, *search);
}

}  // namespace tools
