// See matrix.h.
#include "tools/eras/matrix.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <mutex>
#include <thread>

#include "arch/um/os-Linux/child_process.h"

namespace tools::eras {

namespace {

// Virtual time: a row that hangs has ended long before this.
constexpr const char* kVirtualLimit = "--timeout=300";
constexpr uint64_t kWallLimitNs = 20'000'000'000;

struct Boot {
  Cell* cell;
  unsigned seed;
  std::string line;
};

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

// "B6  0, flag 0\n" -> "0, flag 0"; anything else is described.
std::string line_of(const Row& row, const um::os::ChildOutput& output) {
  const std::string prefix = row.id + "  ";
  if (output.timed_out) return "no end after 20 s";
  if (output.status == 0 && output.out.starts_with(prefix)) {
    std::string line = first_line(output.out).substr(prefix.size());
    while (line.ends_with(' ')) line.pop_back();
    return line;
  }
  std::string why = first_line(!output.err.empty() ? output.err : output.out);
  return fmt::format("status {}{}{}", output.status, why.empty() ? "" : ": ", why);
}

void add_outcome(Cell& cell, const std::string& line, unsigned seed) {
  auto known = std::ranges::find(cell.outcomes, line, &Outcome::line);
  if (known == cell.outcomes.end()) known = cell.outcomes.insert(known, Outcome{line, {}});
  known->seeds.push_back(seed);
}

}  // namespace

std::vector<std::string> Cell::wrong() const {
  std::vector<std::string> list;
  for (const Outcome& o : outcomes)
    if (!expected->allows(o.line)) list.push_back(o.line);
  return list;
}

std::vector<std::string> Cell::missing() const {
  std::vector<std::string> list;
  for (const std::string& line : expected->must)
    if (std::ranges::find(outcomes, line, &Outcome::line) == outcomes.end()) list.push_back(line);
  return list;
}

std::vector<std::string> command_of(const Plan& plan, const Row& row, const Column& column,
                                    unsigned seed) {
  std::vector<std::string> words{plan.slot190, row.init ? "boot" : "run", "--time=virtual",
                                 fmt::format("--seed={}", seed), kVirtualLimit};
  for (const std::string& p : column.parameters) {
    words.emplace_back("-k");
    words.push_back(p);
  }
  words.insert(words.end(), row.boot.begin(), row.boot.end());
  words.push_back(row.init ? "--init=" + plan.program : plan.program);
  words.push_back(row.id);
  return words;
}

Parsed<std::vector<Cell>> run_matrix(const Plan& plan,
                                     const std::function<void(size_t, size_t)>& finished) {
  std::vector<Cell> cells;
  for (const Row* row : plan.rows)
    for (const Column* column : plan.columns)
      cells.push_back({row, column, &row->cells.at(column->name), {}});
  std::vector<Boot> boots;
  for (Cell& cell : cells) {
    // A machine with one schedule has nothing to seed.
    const unsigned seeds =
        cell.column->seeds == 1 || plan.seeds == 0 ? cell.column->seeds : plan.seeds;
    for (unsigned seed = 1; seed <= seeds; ++seed) boots.push_back({&cell, seed, {}});
  }

  std::atomic<size_t> next = 0;
  std::mutex guard;  // of the two below, and of `finished`
  size_t done = 0;
  Complaint trouble;
  auto work = [&] {
    for (size_t i; (i = next++) < boots.size();) {
      Boot& boot = boots[i];
      const auto words = command_of(plan, *boot.cell->row, *boot.cell->column, boot.seed);
      auto output = um::os::run_child(words, kWallLimitNs);
      const std::lock_guard held(guard);
      if (!output) {
        trouble =
            fmt::format("cannot start '{}': {}", words[0], std::strerror(output.error().value));
        next = boots.size();
        return;
      }
      boot.line = line_of(*boot.cell->row, *output);
      finished(++done, boots.size());
    }
  };
  std::vector<std::jthread> workers;
  for (unsigned i = 0; i < std::max(1U, plan.jobs); ++i) workers.emplace_back(work);
  workers.clear();
  if (!trouble.empty()) return std::unexpected(trouble);
  for (const Boot& boot : boots) add_outcome(*boot.cell, boot.line, boot.seed);
  return cells;
}

}  // namespace tools::eras
