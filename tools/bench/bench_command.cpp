// `slot190 bench`: measures beside native, and beside other launchers. Exit status 0; 1 if a
// --fail-above was exceeded; 125 if something is wrong. Ours alone.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "arch/um/os-Linux/coprocess.h"
#include "arch/um/os-Linux/cpu.h"
#include "arch/um/os-Linux/terminal.h"
#include "kernel/vfork/vfork.h"
#include "tools/bench/peers.h"
#include "tools/bench/report.h"
#include "tools/commands.h"
#include "tools/options.h"

namespace tools {

namespace {

using namespace bench;
namespace fs = std::filesystem;

struct BenchWords {
  std::vector<std::string> cases, peers, fail_above, params;
  std::string mem = "0,1,8,64,256,1024", isa = um::os::host_machine(), cpu, rounds, batches, ms;
  std::string html, svg, from, guests, cpus;
  bool known_peers = false, json = false, csv = false, markdown = false, quick = false,
       quiet = false, list = false, no_huge = false, no_mechanisms = false, no_nommu = false;
};

void add_bench_options(CLI::App& app, BenchWords& w) {
  app.set_help_flag("-h,--help", "Show this help");
  auto one = [&](const char* name, std::string& to, const char* help, const char* type) {
    return app.add_option(name, to, help)->type_name(type)->allow_extra_args(false);
  };
  auto many = [&](const char* name, std::vector<std::string>& to, const char* help,
                  const char* type) {
    return app.add_option(name, to, help)
        ->type_name(type)
        ->expected(1, 1 << 16)
        ->allow_extra_args(false);
  };
  const char* what = "What";
  many("--case", w.cases, "Only this case (repeatable)", "NAME")->group(what);
  one("--mem", w.mem, "MiB touched before process creation is measured (0,1,8,64,256,1024)", "LIST")
      ->group(what);
  one("--isa", w.isa, "Guest programs of x86_64 or i386", "ISA")->group(what);
  app.add_flag("--no-huge", w.no_huge, "Leave the rows with huge pages out")->group(what);
  app.add_flag("--no-mechanisms", w.no_mechanisms, "Leave the mechanisms of history out")
      ->group(what);
  app.add_flag("--no-nommu", w.no_nommu, "Leave vfork and fork without an MMU (moxie) out")
      ->group(what);
  many("-k,--append", w.params, "A kernel parameter for every slot190 row", "NAME=VALUE")
      ->group(what);
  app.add_flag("--list", w.list, "List the cases and end")->group(what);
  const char* beside = "Beside";
  many("--peer", w.peers, "Another launcher, words and {} for the program (repeatable)",
       "[NAME=]CMD")
      ->group(beside);
  app.add_flag("--peers", w.known_peers, "All launchers found here: UML, gVisor, PRoot, qemu-user")
      ->group(beside);
  const char* how = "How";
  one("--rounds", w.rounds, "Rounds: each launcher once, in turn (7)", "N")->group(how);
  one("--batches", w.batches, "Batches of a launcher in a round (3)", "N")->group(how);
  one("--ms", w.ms, "Milliseconds that a batch lasts at least (2)", "N")->group(how);
  one("--cpu", w.cpu, "Pin everything to this CPU (the last allowed one); none: do not", "N")
      ->group(how);
  one("--cpus", w.cpus, "CPUs for slot190's guests; more than 1 implies --cpu=none", "N")
      ->group(how);
  app.add_flag("--quick", w.quick, "Two short rounds, 0 and 1 MiB: to see that all works")
      ->group(how);
  one("--guests", w.guests, "Directory of bench.ISA and tiny.ISA", "DIR")->group(how);
  const char* report = "Report";
  app.add_flag("--json", w.json, "JSON in Google Benchmark's schema on stdout")->group(report);
  app.add_flag("--csv", w.csv, "CSV on stdout")->group(report);
  app.add_flag("--markdown", w.markdown, "Markdown tables on stdout")->group(report);
  one("--html", w.html, "Write a page with charts and tables", "FILE")->group(report);
  one("--svg", w.svg, "Write the charts; of `all`, those of its first suite", "FILE")
      ->group(report);
  one("--from", w.from, "Report on the JSON of an earlier run instead of measuring", "FILE")
      ->group(report);
  many("--fail-above", w.fail_above,
       "Exit status 1 if slot190's ratio is higher; NAME is CASE or CASE@MIB (repeatable)",
       "NAME=RATIO")
      ->group(report);
  app.add_flag("-q,--quiet", w.quiet, "No progress on the terminal");
  app.footer(R"(suites: fork-vs-vfork, syscalls, files, all

examples:
  slot190 bench fork-vs-vfork                  process creation against memory, beside native
  slot190 bench syscalls --peers               beside every launcher that is installed here
  slot190 bench all --json > run.json; slot190 bench all --from run.json --html run.html
  slot190 bench --case vfork --mem 1,1024 --fail-above vfork@1024=1.5
  slot190 bench files --peer 'strace=strace -f -o /dev/null {}'

Everything is pinned to one CPU; each round runs every launcher in turn, and a ratio is the median
of the rounds' ratios. Exit status 1 if a --fail-above was exceeded.)");
}

Parsed<std::string> guest_program(const BenchWords& w) {
  if (w.isa != "x86_64" && w.isa != "i386")
    return std::unexpected(
        fmt::format("--isa: '{}' is neither x86_64 nor i386: try --isa=x86_64", w.isa));
  fs::path here = fs::read_symlink("/proc/self/exe").parent_path();
  std::vector<fs::path> places{here / "bench/guest", here.parent_path() / "libexec/slot190/bench"};
  if (!w.guests.empty()) places = {fs::absolute(w.guests)};
  for (const fs::path& place : places) {
    fs::path program = place / ("bench." + w.isa);
    if (fs::exists(program) && fs::exists(place / ("tiny." + w.isa))) return program.string();
  }
  return std::unexpected(fmt::format(
      "the guest programs bench.{} and tiny.{} are not in {}: try --guests=DIR, or build them with "
      "'cmake --build build/release --target bench_guests'",
      w.isa, w.isa, places[0].string()));
}

Parsed<std::vector<long>> parse_sizes(const std::string& text) {
  std::vector<long> out;
  std::istringstream in(text);
  for (std::string word; std::getline(in, word, ',');) {
    auto n = parse_number("--mem", word, 0, 65536);
    if (!n) return std::unexpected(n.error());
    out.push_back(static_cast<long>(*n));
  }
  std::ranges::sort(out);
  out.erase(std::unique(out.begin(), out.end()), out.end());
  if (out.empty()) return std::unexpected("--mem: no size is named: try --mem=1,64");
  return out;
}

struct Limit {
  std::string case_name;
  std::optional<long> mem;
  double ratio;
};

Parsed<std::vector<Limit>> parse_limits(const BenchWords& w) {
  std::vector<Limit> out;
  for (const std::string& text : w.fail_above) {
    size_t eq = text.find('='), at = text.find('@');
    Limit l;
    std::string name = text.substr(0, eq);
    char* end = nullptr;
    if (eq != std::string::npos) l.ratio = std::strtod(text.c_str() + eq + 1, &end);
    if (end == nullptr || *end != 0 || end == text.c_str() + eq + 1 || !std::isfinite(l.ratio) ||
        l.ratio <= 0)
      return std::unexpected(
          fmt::format("--fail-above: '{}' is not NAME=RATIO: try --fail-above fork@64=1.1", text));
    if (at != std::string::npos && at < eq) {
      name = text.substr(0, at);
      auto n = parse_number("--fail-above", text.substr(at + 1, eq - at - 1), 0, 65536);
      if (!n) return std::unexpected(n.error());
      l.mem = static_cast<long>(*n);
    }
    if (find_case(name) == nullptr)
      return std::unexpected(
          fmt::format("--fail-above: there is no case '{}': try 'slot190 bench --list'", name));
    l.case_name = name;
    out.push_back(std::move(l));
  }
  return out;
}

// Before a long run, not behind it: a limit must name what is measured, and what is written to must be.
std::string why_useless(const BenchWords& w, const Plan& plan, const std::vector<Limit>& limits) {
  for (const Limit& l : limits) {
    const auto named = std::ranges::find(plan.cases, l.case_name, &Case::name);
    const bool measured = named != plan.cases.end();
    const long mem = l.mem.value_or(0);
    if (measured &&
        (!l.mem ||
         ((*named)->memory ? std::ranges::find(plan.sizes, mem) != plan.sizes.end() : mem == 0)))
      continue;
    return fmt::format(
        "--fail-above: {}{} is not among what is measured: try --case={} and --mem={}", l.case_name,
        l.mem ? fmt::format("@{}", mem) : "", l.case_name, mem);
  }
  for (const std::string* path : {&w.html, &w.svg})
    if (!path->empty() && !std::ofstream(*path, std::ios::app))
      return fmt::format("bench: cannot write '{}': try another --{}", *path,
                         path == &w.html ? "html" : "svg");
  return {};
}

Parsed<std::vector<const Case*>> choose_cases(const BenchWords& w, std::string_view suite) {
  std::vector<const Case*> out;
  for (const std::string& name : w.cases)
    if (find_case(name) == nullptr)
      return std::unexpected(
          fmt::format("--case: there is no case '{}': try 'slot190 bench --list'", name));
  for (const Case& c : cases()) {
    if (w.cases.empty() ? in_suite(c, suite) : std::ranges::find(w.cases, c.name) != w.cases.end())
      out.push_back(&c);
  }
  return out;
}

// ---- who measures -------------------------------------------------------------------------------

Launcher slot190_launcher(const BenchWords& w, std::string name, std::string group,
                          const std::vector<std::string>& options) {
  Launcher l;
  l.argv = {fs::read_symlink("/proc/self/exe").string(), "run"};
  for (const std::string& p : w.params) l.argv.insert(l.argv.end(), {"-k", p});
  if (!w.cpus.empty()) l.argv.push_back("--cpus=" + w.cpus);
  l.argv.insert(l.argv.end(), options.begin(), options.end());
  std::string command = "slot190";
  for (size_t i = 1; i < l.argv.size(); ++i) command += " " + l.argv[i];
  l.what = {std::move(name), command + " {}", std::move(group)};
  return l;
}

// On a machine without an MMU: vfork, and the three ways to have a fork all the same.
void add_nommu(const BenchWords& w, const std::string& program, std::vector<Launcher>& out) {
  const std::string memory = "moxie-mem=1536M";
  out.push_back(slot190_launcher(w, "slot190, nommu", "slot190", {"-k", memory}));
  out.back().program = program;
  out.back().only = {"vfork", "vfork_exec", "getpid"};
  const std::string based = fs::path(program).replace_filename("questions-base.flt");
  for (const char* mode : {"exchange", "relocate", "rebase"}) {
    const bool rebase = std::string_view(mode) == "rebase";
    if (rebase && !fs::exists(based)) continue;
    out.push_back(slot190_launcher(w, fmt::format("nommu, {}", mode), "slot190",
                                   {"-k", memory, "-k", fmt::format("nommu-fork={}", mode)}));
    out.back().program = rebase ? based : program;
    out.back().only = {"fork"};
  }
}

Parsed<std::vector<Launcher>> choose_launchers(const BenchWords& w, bool memory, bool vforks,
                                               const std::string& nommu) {
  std::vector<Launcher> out;
  Launcher native;
  native.what = {"native", "{}", "native"};
  native.argv = {"{}"};
  out.push_back(native);
  out.push_back(slot190_launcher(w, "slot190", "slot190", {}));
  if (memory && !w.no_huge) {
    native.what.name = "native, thp";
    native.words = "huge=1";
    native.memory_only = true;
    out.insert(out.begin() + 1, native);
    out.push_back(slot190_launcher(w, "slot190, thp", "slot190", {"--thp=always"}));
    out.back().memory_only = true;
    out.push_back(slot190_launcher(w, "slot190, small pages", "slot190", {"--thp=host"}));
    out.back().memory_only = true;
  }
  // What running ahead saves, and what a call costs where it does not help.
  out.push_back(slot190_launcher(w, "slot190, stops", "slot190", {"--ahead=off"}));
  if (!nommu.empty() && !w.no_nommu) add_nommu(w, nommu, out);
  if (w.known_peers)
    for (Launcher& l : bench::known_peers(w.isa)) out.push_back(std::move(l));
  for (const std::string& text : w.peers) {
    auto l = parse_peer(text);
    if (!l) return std::unexpected(l.error());
    // Its rows are known by its name alone.
    if (std::ranges::any_of(out, [&](const Launcher& o) { return o.what.name == l->what.name; }))
      return std::unexpected(fmt::format("--peer: there is a '{0}' already: try --peer '{0}-2={1}'",
                                         l->what.name, l->what.command));
    out.push_back(std::move(*l));
  }
  if (vforks && !w.no_mechanisms && !w.quick)
    for (VforkMechanism* m : vfork_mechanisms()) {
      if (!m->has_sys_vfork()) continue;
      std::string name(m->name());
      out.push_back(slot190_launcher(w, name, "mechanism", {"-k", "vfork=" + name}));
      out.back().only = {"vfork", "vfork_exec", "clone_vfork"};
    }
  return out;
}

Parsed<Plan> make_plan(const BenchWords& w, std::string_view suite, Results& results) {
  Plan plan;
  auto chosen = choose_cases(w, suite);
  if (!chosen) return std::unexpected(chosen.error());
  plan.cases = *chosen;
  auto sizes = parse_sizes(w.quick && w.mem == BenchWords{}.mem ? "0,1" : w.mem);
  if (!sizes) return std::unexpected(sizes.error());
  plan.sizes = *sizes;
  auto program = guest_program(w);
  if (!program) return std::unexpected(program.error());
  plan.program = *program;
  bool memory = std::ranges::any_of(plan.cases, [](const Case* c) { return c->memory; });
  bool vforks = std::ranges::any_of(plan.cases, [](const Case* c) { return uses_vfork(*c); });
  fs::path nommu = fs::path(plan.program).parent_path() / "questions.flt";
  auto launchers = choose_launchers(w, memory, vforks, fs::exists(nommu) ? nommu.string() : "");
  if (!launchers) return std::unexpected(launchers.error());
  plan.launchers = *launchers;
  std::erase_if(plan.launchers, [&](const Launcher& l) {
    return !l.only.empty() && std::ranges::none_of(plan.cases, [&](const Case* c) {
      return std::ranges::find(l.only, c->name) != l.only.end();
    });
  });
  if (w.quick) plan.rounds = 2, plan.batches = 1, plan.milliseconds = 0.2;
  for (auto [option, text, to] :
       {std::tuple{"--rounds", &w.rounds, &plan.rounds}, {"--batches", &w.batches, &plan.batches}})
    if (!text->empty()) {
      auto n = parse_number(option, *text, 1, 250);
      if (!n) return std::unexpected(n.error());
      *to = static_cast<long>(*n);
    }
  if (!w.ms.empty()) {
    auto n = parse_number("--ms", w.ms, 1, 10000);
    if (!n) return std::unexpected(n.error());
    plan.milliseconds = static_cast<double>(*n);
  }
  if (!w.cpus.empty())
    if (auto n = parse_number("--cpus", w.cpus, 1, 64); !n) return std::unexpected(n.error());
  const std::vector<int> allowed = um::os::allowed_cpus();
  plan.cpu = allowed.back();
  if (w.cpu == "none" || (!w.cpus.empty() && w.cpus != "1")) {
    plan.cpu = -1;
  } else if (!w.cpu.empty()) {
    auto n = parse_number("--cpu", w.cpu, 0, 4095);
    if (!n || std::ranges::find(allowed, static_cast<int>(*n)) == allowed.end())
      return std::unexpected(fmt::format(
          "--cpu: '{}' is no CPU that we may use: try --cpu={} or --cpu=none", w.cpu, plan.cpu));
    plan.cpu = static_cast<int>(*n);
  }
  results.cpu = plan.cpu;
  return plan;
}

// Every launcher holds the memory at once, and during a fork with everything written twice.
void drop_sizes_too_large(Plan& plan, Results& results) {
  // The mechanisms run after the others; machines without an MMU have one memory of bounded size.
  long together = std::ranges::count_if(plan.launchers, [](const Launcher& l) {
    return l.what.group != "mechanism" && l.program.empty();
  });
  long room = available_memory() * 7 / 10 / (together + 3);
  while (!plan.sizes.empty() && plan.sizes.back() > room) {
    results.warnings.push_back(
        fmt::format("memory: {} are left out; {} launchers would need them at once and {} MiB are "
                    "free",
                    size_text(plan.sizes.back()), together, available_memory()));
    plan.sizes.pop_back();
  }
}

Parsed<Results> measure(const BenchWords& w, std::string_view suite,
                        const std::vector<Limit>& limits) {
  Results results;
  results.suite = suite;
  results.isa = w.isa;
  auto plan = make_plan(w, suite, results);
  if (!plan) return std::unexpected(plan.error());
  if (std::string why = why_useless(w, *plan, limits); !why.empty()) return std::unexpected(why);
  note_conditions(results);
  drop_sizes_too_large(*plan, results);
  for (const Launcher& l : plan->launchers) results.implementations.push_back(l.what);
  if (!w.quiet && um::os::is_terminal(2))
    plan->progress = [](const std::string& text) { fmt::print(stderr, "\r\033[K{} ", text); };
  auto done = run_plan(*plan, results);
  if (plan->progress) fmt::print(stderr, "\r\033[K");
  if (!done) return std::unexpected(done.error());
  results.load_after = load_average();
  return results;
}

Parsed<Results> load(const std::string& path) {
  std::ifstream in(path);
  if (!in)
    return std::unexpected(fmt::format("--from: cannot read '{}': try a file that exists", path));
  std::stringstream text;
  text << in.rdbuf();
  return from_json(text.str());
}

bool write_file(const std::string& path, const std::string& text) {
  std::ofstream out(path);
  return out && (out << text) && out.flush();
}

// Exit status 1 if a limit was exceeded, or if what it names was not measured.
int judge(const Results& results, const std::vector<Limit>& limits) {
  int status = kOk;
  for (const Limit& l : limits) {
    size_t seen = 0;
    for (const Row& row : results.rows) {
      if (row.implementation != "slot190" || row.case_name != l.case_name) continue;
      if (l.mem && *l.mem != row.mem) continue;
      if (!row.ratio) continue;
      ++seen;
      if (*row.ratio <= l.ratio) continue;
      fmt::print(stderr, "slot190: bench: {} at {} is x{:.2f} of native, above {:g}\n",
                 row.case_name, size_text(row.mem), *row.ratio, l.ratio);
      status = 1;
    }
    if (seen == 0) {
      fmt::print(stderr, "slot190: bench: {} was not measured, so it is not below {:g}\n",
                 l.case_name, l.ratio);
      status = 1;
    }
  }
  return status;
}

// Of `all`, the first suite that has anything to draw.
std::string one_picture(const Results& results, std::string_view suite) {
  for (std::string_view s : suites())
    if (s != "all" && (suite == "all" || suite == s))
      if (std::string chart = svg_charts(results, s); !chart.empty()) return chart;
  return {};
}

bool to_stdout(const std::string& text) {
  return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() &&
         std::fflush(stdout) == 0;
}

int report(const BenchWords& w, std::string_view suite, const Results& results) {
  const std::string text = w.json       ? json_text(results) + "\n"
                           : w.csv      ? csv_report(results)
                           : w.markdown ? markdown_report(results)
                                        : text_report(results);
  int status = kOk;
  if (!to_stdout(text))
    status = complain("bench: cannot write all of the report to stdout: try a file with room");
  if (!w.html.empty() && !write_file(w.html, html_report(results)))
    return complain(fmt::format("bench: cannot write '{}': try another --html", w.html));
  if (w.svg.empty()) return status;
  std::string chart = one_picture(results, suite);
  if (chart.empty())
    return complain(
        fmt::format("bench: nothing of {} was measured that could be drawn: try without "
                    "--svg",
                    suite));
  if (!write_file(w.svg, chart))
    return complain(fmt::format("bench: cannot write '{}': try another --svg", w.svg));
  return status;
}

void list_cases() {
  for (const Case& c : cases())
    fmt::print("{:<16} {:<14} {}{}\n", c.name, c.suite, c.title, c.memory ? " [memory]" : "");
}

}  // namespace

int bench_command(const Invocation& call) {
  CLI::App app("Measures process creation, system calls and files beside native.", "bench");
  set_usage(app, "slot190 bench [OPTIONS] [SUITE]");
  BenchWords w;
  add_bench_options(app, w);
  // The suite may stand before the options, behind them or between them.
  auto line = split_line(app, call.words);
  if (!line) return complain(line.error());
  std::string suite;
  if (!line->program.empty()) {
    suite = line->program[0];
    auto rest = split_line(app, {line->program.begin() + 1, line->program.end()});
    if (!rest) return complain(rest.error());
    line->options.insert(line->options.end(), rest->options.begin(), rest->options.end());
    line->program = rest->program;
  }
  if (auto status = parse_options(app, line->options)) return *status;
  if (!line->program.empty())
    return complain(fmt::format("bench: '{}' is one word too many: try 'slot190 bench {}'",
                                line->program[0], suite));
  if (w.list) {
    list_cases();
    return kOk;
  }
  if (suite.empty()) suite = w.cases.empty() && w.from.empty() ? "" : "all";
  if (std::ranges::find(suites(), suite) == suites().end())
    return complain(
        suite.empty()
            ? std::string("bench: no suite is named: try 'slot190 bench fork-vs-vfork'")
            : fmt::format(
                  "bench: there is no suite '{}': try fork-vs-vfork, syscalls, files or all",
                  suite));
  if (w.json + w.csv + w.markdown > 1)
    return complain("bench: --json, --csv and --markdown exclude one another: try one, and --from");
  auto limits = parse_limits(w);
  if (!limits) return complain(limits.error());
  auto results = w.from.empty() ? measure(w, suite, *limits) : load(w.from);
  if (!results) return complain(results.error());
  if (int status = report(w, suite, *results); status != kOk) return status;
  return judge(*results, *limits);
}

}  // namespace tools
