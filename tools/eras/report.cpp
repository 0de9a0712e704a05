// See report.h.
#include "tools/eras/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace tools::eras {

namespace {

constexpr size_t kIdWidth = 5, kMinCell = 11, kMaxCell = 22;

// Words to lines of at most `width`; a word that is longer has its own.
std::vector<std::string> wrapped(const std::string& text, size_t width) {
  std::vector<std::string> lines;
  for (size_t at = 0; at < text.size();) {
    size_t end = text.size();
    if (end - at > width) {
      end = text.rfind(' ', at + width);
      if (end == std::string::npos || end <= at) end = std::min(text.find(' ', at), text.size());
    }
    lines.push_back(text.substr(at, end - at));
    at = end < text.size() ? end + 1 : end;
  }
  return lines;
}

// "0, flag 0", or with several outcomes "5x 0, flag 0" and the next on a line of its own.
std::vector<std::string> lines_of(const Cell& cell, size_t width) {
  std::vector<std::string> lines;
  for (const Outcome& o : cell.outcomes) {
    const std::string count = cell.outcomes.size() > 1 ? fmt::format("{}x ", o.seeds.size()) : "";
    for (std::string& line : wrapped(count + o.line, width)) lines.push_back(std::move(line));
  }
  return lines;
}

struct Style {
  bool colour;
  std::string bad(const std::string& s) const { return colour ? "\033[1;31m" + s + "\033[0m" : s; }
  std::string dim(const std::string& s) const { return colour ? "\033[2m" + s + "\033[0m" : s; }
  std::string strong(const std::string& s) const { return colour ? "\033[1m" + s + "\033[0m" : s; }
};

std::string joined(const std::vector<std::string>& list) {
  return fmt::format("{}", fmt::join(list, " / "));
}

std::string row_block(const Plan& plan, std::span<const Cell> cells, size_t width,
                      const Style& style) {
  const Row& row = *cells.front().row;
  std::string text = fmt::format(
      "{} {}\n", style.strong(fmt::format("{:<{}}", row.id, kIdWidth - 1)), style.dim(row.what));
  std::vector<std::vector<std::string>> columns;
  size_t height = 0;
  for (const Cell& cell : cells) {
    columns.push_back(lines_of(cell, width - 1));
    height = std::max(height, columns.back().size());
  }
  for (size_t y = 0; y < height; ++y) {
    std::string line(kIdWidth, ' ');
    for (size_t x = 0; x < columns.size(); ++x) {
      const std::string part = y < columns[x].size() ? columns[x][y] : "";
      const std::string padded = fmt::format("{:<{}}", part, width - 1);
      line += cells[x].as_expected() ? " " + padded : style.bad((y == 0 ? "!" : " ") + padded);
    }
    while (line.ends_with(' ')) line.pop_back();
    text += line + "\n";
  }
  (void)plan;
  return text;
}

std::string disagreement(const Plan& plan, const Cell& cell) {
  std::string text = fmt::format("{} under {}: expected {}\n", cell.row->id, cell.column->name,
                                 joined(cell.expected->lines));
  if (!cell.wrong().empty()) text += fmt::format("  got {}\n", joined(cell.wrong()));
  if (!cell.missing().empty()) text += fmt::format("  no seed shows {}\n", joined(cell.missing()));
  unsigned seed = 1;
  for (const Outcome& o : cell.outcomes)
    if (!cell.expected->allows(o.line)) seed = o.seeds.front();
  return text + fmt::format("  try: {}\n",
                            fmt::join(command_of(plan, *cell.row, *cell.column, seed), " "));
}

}  // namespace

std::string text_report(const Plan& plan, const std::vector<Cell>& cells, unsigned width,
                        bool colour) {
  const Style style{colour};
  const size_t columns = plan.columns.size();
  const size_t cell_width = std::clamp(
      (std::max<size_t>(width, kIdWidth + columns) - kIdWidth) / columns, kMinCell, kMaxCell);
  std::string text(kIdWidth, ' ');
  for (const Column* c : plan.columns) text += fmt::format(" {:<{}}", c->name, cell_width - 1);
  while (text.ends_with(' ')) text.pop_back();
  text = style.strong(text) + "\n";
  for (size_t i = 0; i < cells.size(); i += columns)
    text += row_block(plan, std::span(cells).subspan(i, columns), cell_width, style);
  const auto bad = std::ranges::count_if(cells, [](const Cell& c) { return !c.as_expected(); });
  text += "\n";
  for (const Cell& cell : cells)
    if (!cell.as_expected()) text += disagreement(plan, cell);
  if (bad == 0)
    text += fmt::format("all {} cells as expected\n", cells.size());
  else
    text += fmt::format("{} of {} cells disagree with the table\n", bad, cells.size());
  return text;
}

std::string json_report(const Plan& plan, const std::vector<Cell>& cells, unsigned bits) {
  using nlohmann::ordered_json;
  ordered_json list = ordered_json::array();
  size_t bad = 0;
  for (const Cell& cell : cells) {
    ordered_json outcomes = ordered_json::array();
    for (const Outcome& o : cell.outcomes)
      outcomes.push_back({{"line", o.line}, {"seeds", o.seeds}});
    bad += cell.as_expected() ? 0 : 1;
    const unsigned seed = cell.outcomes.empty() ? 1 : cell.outcomes.front().seeds.front();
    list.push_back({{"row", cell.row->id},
                    {"what", cell.row->what},
                    {"column", cell.column->name},
                    {"profile", cell.column->profile()},
                    {"outcomes", outcomes},
                    {"expected", cell.expected->lines},
                    {"must", cell.expected->must},
                    {"as_expected", cell.as_expected()},
                    {"command", command_of(plan, *cell.row, *cell.column, seed)}});
  }
  return ordered_json{
             {"isa", bits}, {"cells", list}, {"disagreements", bad}, {"as_expected", bad == 0}}
             .dump(2) +
         "\n";
}

}  // namespace tools::eras
