// See table.h. A markdown file with two tables: one whose head begins with "column", one with "row".
#include "tools/eras/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "tools/options.h"

namespace tools::eras {

namespace {

std::string trimmed(std::string_view s) {
  const size_t from = s.find_first_not_of(" \t");
  if (from == std::string_view::npos) return {};
  return std::string(s.substr(from, s.find_last_not_of(" \t") - from + 1));
}

// The cells of "| a | b \| c |".
std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> cells;
  std::string cell;
  for (size_t i = 1; i < line.size(); ++i) {
    if (line[i] == '\\' && i + 1 < line.size() && line[i + 1] == '|') {
      cell += line[++i];
    } else if (line[i] == '|') {
      cells.push_back(trimmed(cell));
      cell.clear();
    } else {
      cell += line[i];
    }
  }
  return cells;
}

bool is_rule(const std::string& line) {
  return line.find_first_not_of("|-: ") == std::string::npos;
}

Expected expected_of(const std::string& cell) {
  Expected e;
  std::string_view rest = cell;
  while (true) {
    const size_t slash = rest.find(" / ");
    std::string line = trimmed(rest.substr(0, slash));
    const bool bold = line.size() > 4 && line.starts_with("**") && line.ends_with("**");
    if (bold) line = line.substr(2, line.size() - 4);
    e.lines.push_back(line);
    if (bold) e.must.push_back(line);
    if (slash == std::string_view::npos) break;
    rest.remove_prefix(slash + 3);
  }
  return e;
}

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> words;
  for (std::string w; in >> w;) words.push_back(w);
  return words;
}

// Which table a line belongs to, and what its columns are called.
struct Reader {
  Table table;
  std::vector<std::string> head;

  Parsed<void> column(const std::vector<std::string>& cells) {
    if (cells.size() != 3) return std::unexpected("a column has a name, parameters and seeds");
    auto seeds = parse_number("seeds", cells[2], 1, 10000);
    if (!seeds) return std::unexpected(seeds.error());
    table.columns.push_back({cells[0], words_of(cells[1]), static_cast<unsigned>(*seeds)});
    return {};
  }
  Parsed<void> row(const std::vector<std::string>& cells) {
    if (cells.size() != head.size())
      return std::unexpected(fmt::format("{} cells under {} heads", cells.size(), head.size()));
    Row r{.id = cells[0], .what = cells[1]};
    for (size_t i = 2; i < cells.size(); ++i) {
      if (head[i] == "boot") {
        r.boot = words_of(cells[i]);
        r.init = std::erase(r.boot, "init") != 0;
      } else if (cells[i] == "=" && i > 2) {
        r.cells[head[i]] = r.cells[head[i - 1]];
      } else {
        r.cells[head[i]] = expected_of(cells[i]);
      }
    }
    for (const Column& c : table.columns)
      if (!r.cells.contains(c.name))
        return std::unexpected(fmt::format("no cell for '{}'", c.name));
    table.rows.push_back(std::move(r));
    return {};
  }
  Parsed<void> take(const std::string& line) {
    if (!line.starts_with("|")) {
      head.clear();
      return {};
    }
    const std::vector<std::string> cells = cells_of(line);
    if (head.empty()) {
      head = cells;
      return {};
    }
    if (is_rule(line)) return {};
    if (head[0] == "column") return column(cells);
    return head[0] == "row" ? row(cells) : Parsed<void>();
  }
};

}  // namespace

std::string Column::profile() const {
  for (const std::string& p : parameters)
    if (p.starts_with("profile=")) return p.substr(8);
  return {};
}

bool Expected::allows(const std::string& line) const {
  return std::ranges::find(lines, line) != lines.end();
}

Parsed<Table> read_table(const std::string& path) {
  std::ifstream in(path);
  if (!in) return std::unexpected(fmt::format("cannot read the table '{}'", path));
  Reader reader;
  std::string line;
  for (unsigned number = 1; std::getline(in, line); ++number)
    if (auto taken = reader.take(line); !taken)
      return std::unexpected(fmt::format("{}:{}: {}", path, number, taken.error()));
  if (reader.table.rows.empty() || reader.table.columns.empty())
    return std::unexpected(fmt::format("there is no table in '{}'", path));
  return std::move(reader.table);
}

}  // namespace tools::eras
