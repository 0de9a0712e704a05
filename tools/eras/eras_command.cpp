// `slot190 eras`: the table of observable differences, run and compared with what is expected. Exit
// status: 0 all as expected, 1 not, 2 trouble. Ours alone.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <filesystem>
#include <thread>

#include "arch/um/os-Linux/terminal.h"
#include "kernel/profile.h"
#include "tools/commands.h"
#include "tools/eras/report.h"
#include "tools/options.h"

namespace tools {

namespace {

namespace fs = std::filesystem;
constexpr int kDisagrees = 1, kTrouble = 2;

struct ErasWords {
  std::vector<std::string> profiles;
  std::string isa, seeds, jobs, programs;
  bool json = false, list = false;
};

int trouble(const Complaint& text) {
  complain("eras: " + text);
  return kTrouble;
}

void add_options(CLI::App& app, ErasWords& w) {
  app.set_help_flag("-h,--help", "Show this help");
  auto one = [&](const char* name, std::string& to, const char* help, const char* type) {
    app.add_option(name, to, help)
        ->type_name(type)
        ->allow_extra_args(false)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  };
  app.add_option("-p,--profile", w.profiles,
                 "Only this kernel: a profile, or a column of the table; repeat for more")
      ->type_name("P")
      ->expected(1, 1 << 16)
      ->allow_extra_args(false);
  one("--isa", w.isa, "Run the i386 or the x86-64 programs (default: 64)", "32|64");
  one("--seeds", w.seeds, "Interleavings to try where there are two CPUs", "N");
  one("-j,--jobs", w.jobs, "Kernels that run at once (default: one for each host CPU)", "N");
  one("--programs", w.programs, "The folder of eras.32, eras.64 and table.md", "DIR");
  app.add_flag("--json", w.json, "One JSON object on standard output");
  app.add_flag("-l,--list", w.list, "List the rows and columns and run nothing");
}

// Empty if the host does not say.
fs::path own_executable() {
  std::error_code ec;
  return fs::read_symlink("/proc/self/exe", ec);
}

// Beside the executable in a build tree, or where it was installed.
Parsed<fs::path> programs_folder(const std::string& asked) {
  std::error_code ec;
  if (!asked.empty()) {
    if (fs::exists(fs::path(asked) / "table.md", ec)) return fs::path(asked);
    return std::unexpected(fmt::format(
        "there is no table.md in '{}': --programs names the folder that holds it", asked));
  }
  const fs::path here = own_executable().parent_path();
  for (const fs::path& p : {here / "tests/eras", here / "../lib/slot190/eras"})
    if (fs::exists(p / "table.md", ec)) return fs::canonical(p, ec);
  return std::unexpected(
      std::string("the scenario programs are not beside this executable: try --programs=DIR"));
}

// "B6", "b6" or "6"; also "B3-B6".
Parsed<void> add_rows(const eras::Table& table, const std::string& word,
                      std::vector<const eras::Row*>& rows) {
  auto number = [](std::string_view w) -> int {
    if (!w.empty() && (w[0] == 'B' || w[0] == 'b')) w.remove_prefix(1);
    const bool digits = !w.empty() && w.size() < 4 && std::ranges::all_of(w, [](unsigned char c) {
      return std::isdigit(c) != 0;
    });
    return digits ? std::stoi(std::string(w)) : -1;
  };
  const size_t dash = word.find('-');
  const int from = number(std::string_view(word).substr(0, dash));
  const int to = dash == std::string::npos ? from : number(std::string_view(word).substr(dash + 1));
  bool any = false;
  for (const eras::Row& r : table.rows) {
    const int n = number(r.id);
    if (n < from || n > to || from < 0) continue;
    any = true;
    if (std::ranges::find(rows, &r) == rows.end()) rows.push_back(&r);
  }
  if (any) return {};
  return std::unexpected(
      fmt::format("there is no row '{}': the rows are {} to {}; try B6 or B9-B12", word,
                  table.rows.front().id, table.rows.back().id));
}

Parsed<void> add_columns(const eras::Table& table, const std::string& word,
                         std::vector<const eras::Column*>& columns) {
  bool any = false;
  std::vector<std::string> names;
  for (const eras::Column& c : table.columns) {
    names.push_back("'" + c.name + "'");
    if (c.name != word && c.profile() != word) continue;
    any = true;
    if (std::ranges::find(columns, &c) == columns.end()) columns.push_back(&c);
  }
  if (any) return {};
  for (const Profile& p : profiles()) names.emplace_back(p.name);
  return std::unexpected(fmt::format("there is no profile or column '{}'; there are: {}", word,
                                     fmt::join(names, ", ")));
}

struct Chosen {
  eras::Table table;
  eras::Plan plan;
  unsigned bits = 64;
};

Parsed<void> choose_program(const ErasWords& w, const fs::path& folder, Chosen& c) {
  if (!w.isa.empty() && w.isa != "32" && w.isa != "64")
    return std::unexpected(fmt::format("--isa: '{}' is neither 32 nor 64", w.isa));
  c.bits = w.isa == "32" ? 32 : 64;
  c.plan.slot190 = own_executable();
  c.plan.program = folder / fmt::format("eras.{}", c.bits);
  std::error_code ec;
  if (fs::exists(c.plan.program, ec)) return {};
  return std::unexpected(
      fmt::format("there is no '{}': was it built for this ISA?", c.plan.program));
}

Parsed<void> choose_cells(const ErasWords& w, const std::vector<std::string>& row_words,
                          Chosen& c) {
  for (const std::string& word : row_words)
    if (auto added = add_rows(c.table, word, c.plan.rows); !added) return added;
  for (const std::string& word : w.profiles)
    if (auto added = add_columns(c.table, word, c.plan.columns); !added) return added;
  if (row_words.empty())
    for (const eras::Row& r : c.table.rows) c.plan.rows.push_back(&r);
  if (w.profiles.empty())
    for (const eras::Column& col : c.table.columns) c.plan.columns.push_back(&col);
  return {};
}

Parsed<void> set_number(std::string_view option, const std::string& text, uint64_t high,
                        unsigned& to) {
  if (text.empty()) return {};
  const auto n = parse_number(option, text, 1, high);
  if (!n) return std::unexpected(n.error());
  to = static_cast<unsigned>(*n);
  return {};
}

// Fills `c`, whose plan points into its own table.
Parsed<void> choose(const ErasWords& w, const std::vector<std::string>& row_words, Chosen& c) {
  const auto folder = programs_folder(w.programs);
  if (!folder) return std::unexpected(folder.error());
  auto table = eras::read_table(*folder / "table.md");
  if (!table) return std::unexpected(table.error());
  c.table = std::move(*table);
  c.plan.jobs = std::max(1U, std::thread::hardware_concurrency());
  for (auto step : {choose_program(w, *folder, c), choose_cells(w, row_words, c),
                    set_number("--seeds", w.seeds, 10000, c.plan.seeds),
                    set_number("--jobs", w.jobs, 256, c.plan.jobs)})
    if (!step) return step;
  return {};
}

void list(const eras::Table& table) {
  for (const eras::Column& c : table.columns)
    fmt::print("{:<9} {}\n", c.name, fmt::join(c.parameters, " "));
  fmt::print("\n");
  for (const eras::Row& r : table.rows) fmt::print("{:<9} {}\n", r.id, r.what);
}

void show_progress(size_t done, size_t all) {
  if (done == all)
    fmt::print(stderr, "\r\033[K");
  else if (done % 8 == 0)
    fmt::print(stderr, "\r{} of {} boots", done, all);
  std::fflush(stderr);
}

}  // namespace

int eras_command(const Invocation& call) {
  CLI::App app(
      "Runs the table of differences between the kernels of history: each row a program, each "
      "column a\n"
      "kernel, each cell a boot. Compares with what is expected.",
      "eras");
  set_usage(app, "slot190 eras [OPTIONS] [ROW...]");
  ErasWords words;
  add_options(app, words);
  app.footer(R"(examples:
  slot190 eras                            the whole matrix
  slot190 eras B6 B9-B12                  some rows
  slot190 eras --profile patch-1999 --profile linux-6
  slot190 eras --isa 32 --seeds 50 B3 B4  more interleavings, where there are two CPUs

exit status: 0 all as expected; 1 not; 2 trouble.)");
  std::vector<std::string> options, rows, rest = call.words;
  // Rows and options in any order.
  while (!rest.empty()) {
    auto line = split_line(app, rest);
    if (!line) return trouble(line.error());
    options.insert(options.end(), line->options.begin(), line->options.end());
    rest = line->program;
    while (!rest.empty() && !rest[0].starts_with("-")) {
      rows.push_back(rest[0]);
      rest.erase(rest.begin());
    }
  }
  if (auto status = parse_options(app, options)) return *status == kOk ? kOk : kTrouble;
  Chosen chosen;
  if (auto ok = choose(words, rows, chosen); !ok) return trouble(ok.error());
  if (words.list) {
    list(chosen.table);
    return kOk;
  }
  chosen.plan.env = call.env;
  const unsigned columns = um::os::terminal_columns(1);
  auto cells = eras::run_matrix(chosen.plan, [&](size_t done, size_t all) {
    if (columns != 0) show_progress(done, all);
  });
  if (!cells) return trouble(cells.error());
  const std::string report =
      words.json
          ? eras::json_report(chosen.plan, *cells, chosen.bits)
          : eras::text_report(chosen.plan, *cells, columns != 0 ? columns : 160, columns != 0);
  fmt::print("{}", report);
  return std::ranges::all_of(*cells, &eras::Cell::as_expected) ? kOk : kDisagrees;
}

}  // namespace tools
