// See matrix.h.
#include "tools/eras/matrix.h"

#include <fmt/format.h>

#include <algorithm>

#include "arch/um/os-Linux/child.h"

namespace tools::eras {

namespace {

// Virtual time: a row that hangs has ended long before this.
constexpr const char* kVirtualLimit = "--timeout=300";
constexpr unsigned kWallSeconds = 20;

struct Boot {
  Cell* cell;
  unsigned seed;
};

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

// "B6  0, flag 0\n" -> "0, flag 0"; anything else is described.
std::string line_of(const Row& row, const um::os::ChildOutcome& output) {
  const std::string prefix = row.id + "  ";
  if (output.too_slow) return fmt::format("no end after {} s", kWallSeconds);
  if (output.status == 0 && output.out.starts_with(prefix)) {
    std::string line = first_line(output.out).substr(prefix.size());
    while (line.ends_with(' ')) line.pop_back();
    return line;
  }
  std::string why = first_line(!output.err.empty() ? output.err : output.out);
  return fmt::format("status {}{}{}", output.status, why.empty() ? "" : ": ", why);
}

um::os::ChildCommand child_of(const Plan& plan, const Boot& boot) {
  um::os::ChildCommand child;
  child.words = command_of(plan, *boot.cell->row, *boot.cell->column, boot.seed);
  child.words.erase(child.words.begin());
  child.env = plan.env;
  child.wall_seconds = kWallSeconds;
  return child;
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
    for (unsigned seed = 1; seed <= seeds; ++seed) boots.push_back({&cell, seed});
  }

  Complaint trouble;
  um::os::run_children(
      boots.size(), plan.jobs, [&](size_t i) { return child_of(plan, boots[i]); },
      [&](size_t i, const um::os::ChildOutcome& outcome) {
        trouble = outcome.trouble;
        if (!trouble.empty()) return false;
        const Boot& boot = boots[i];
        add_outcome(*boot.cell, line_of(*boot.cell->row, outcome), boot.seed);
        finished(i + 1, boots.size());
        return true;
      });
  if (!trouble.empty()) return std::unexpected(trouble);
  return cells;
}

}  // namespace tools::eras
