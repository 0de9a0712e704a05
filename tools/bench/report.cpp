// Tables. A cell is the median and the ratio to native of the same rounds; a plus-minus is half of
// the distance from the 10th to the 90th percentile of all batches. Ours alone.
#include "tools/bench/report.h"

#include <fmt/format.h>

#include <algorithm>

#include "tools/bench/cases.h"
#include "tools/html.h"

namespace tools::bench {

namespace {

using Table = std::vector<std::vector<std::string>>;

std::string ratio_text(double r) {
  return fmt::format("x{:.{}f}", r, r < 9.995 ? 2 : r < 99.5 ? 1 : 0);
}

std::string cell(const Row* row) {
  if (row == nullptr) return "";
  if (!row->error.empty()) return "-";
  std::string text = time_text(row->median);
  if (row->ratio) text += " " + ratio_text(*row->ratio);
  return text;
}

std::string spread(const Row* row) {
  if (row == nullptr || !row->error.empty() || row->median <= 0) return "";
  return fmt::format("{:.0f} %", 50 * (row->p90 - row->p10) / row->median);
}

// One table for cases of the suite, or of the mechanisms.
Table table_of(const Results& r, std::string_view suite, bool mechanisms) {
  std::vector<const Implementation*> columns;
  for (const Implementation& i : r.implementations)
    if ((i.group == "mechanism") == mechanisms) {  // they have a native of their own
      bool measured = std::ranges::any_of(r.rows, [&](const Row& row) {
        const Case* c = find_case(row.case_name);
        return row.implementation == i.name && c != nullptr && c->suite == suite;
      });
      if (measured) columns.push_back(&i);
    }
  Table table{{"case"}};
  for (const Implementation* i : columns) table[0].push_back(i->name);
  if (!mechanisms) table[0].push_back("spread");
  if (columns.empty()) return {};
  for (const Case& c : cases()) {
    if (c.suite != suite || (mechanisms && !uses_vfork(c))) continue;
    for (long mem : r.sizes(c.name)) {
      std::vector<std::string> line{c.memory ? fmt::format("{}, {}", c.title, size_text(mem))
                                             : std::string(c.title)};
      for (const Implementation* i : columns) line.push_back(cell(r.find(i->name, c.name, mem)));
      if (!mechanisms)
        line.push_back(fmt::format("{} / {}", spread(r.find("native", c.name, mem)),
                                   spread(r.find("slot190", c.name, mem))));
      table.push_back(std::move(line));
    }
  }
  if (table.size() == 1) return {};
  return table;
}

std::string aligned(const Table& table) {
  std::vector<size_t> width(table[0].size());
  for (const auto& line : table)
    for (size_t i = 0; i < line.size(); ++i) width[i] = std::max(width[i], line[i].size());
  std::string out;
  for (const auto& line : table) {
    std::string text;
    for (size_t i = 0; i < line.size(); ++i)
      text += i == 0 ? fmt::format("{:<{}}", line[i], width[i])
                     : fmt::format("  {:>{}}", line[i], width[i]);
    while (text.ends_with(' ')) text.pop_back();
    out += text + "\n";
  }
  return out;
}

std::string marked(const Table& table) {
  std::string out;
  for (size_t l = 0; l < table.size(); ++l) {
    out += fmt::format("| {} |\n", fmt::join(table[l], " | "));
    if (l == 0) {
      out += "|---";
      for (size_t i = 1; i < table[0].size(); ++i) out += "|--:";
      out += "|\n";
    }
  }
  return out;
}

std::string heading(std::string_view suite, bool mechanisms) {
  return mechanisms ? fmt::format("{}: the mechanisms of history", suite) : std::string(suite);
}

template <class Render>
std::string all_tables(const Results& r, Render render) {
  std::string out;
  for (std::string_view suite : suites())
    for (bool mechanisms : {false, true})
      if (suite != "all")
        if (Table t = table_of(r, suite, mechanisms); !t.empty())
          out += render(heading(suite, mechanisms), t);
  return out;
}

std::string conditions(const Results& r) {
  return fmt::format("{}, {}, {} guest, {}; load {:.1f} to {:.1f}; {}", r.host, r.cpu_model, r.isa,
                     r.cpu < 0 ? std::string("no pinning") : fmt::format("pinned to CPU {}", r.cpu),
                     r.load_before, r.load_after, r.date);
}

constexpr std::string_view kLegend =
    "median of all batches, and xN: the ratio to native (median over the rounds, each round's "
    "native batch beside it); spread: half of 10th to 90th percentile, native / slot190";

}  // namespace

std::string text_report(const Results& r) {
  std::string out = conditions(r) + "\n";
  for (const std::string& w : r.warnings) out += "warning: " + w + "\n";
  out += all_tables(r, [](const std::string& title, const Table& t) {
    return fmt::format("\n{}\n{}", title, aligned(t));
  });
  for (const Row& row : r.rows)
    if (!row.error.empty())
      out += fmt::format("{} {} {}: {}\n", row.implementation, row.case_name, size_text(row.mem),
                         row.error);
  return out + fmt::format("\n({})\n", kLegend);
}

std::string markdown_report(const Results& r) {
  std::string out = conditions(r) + ".\n\n";
  for (const std::string& w : r.warnings) out += "- " + w + "\n";
  out += all_tables(r, [](const std::string& title, const Table& t) {
    return fmt::format("\n### {}\n\n{}", title, marked(t));
  });
  return out + fmt::format("\n({}.)\n", kLegend);
}

// As RFC 4180 has it: names have commas in them.
std::string quoted(const std::string& field) {
  if (field.find_first_of(",\"\n") == std::string::npos) return field;
  std::string out = "\"";
  for (char c : field) out += c == '"' ? "\"\"" : std::string(1, c);
  return out + "\"";
}

std::string csv_report(const Results& r) {
  std::string out =
      "case,mem_mib,implementation,median_ns,p10_ns,p90_ns,minimum_ns,batches,iterations,ratio,"
      "ratio_p10,ratio_p90,error\n";
  for (const Row& row : r.rows) {
    std::string ratio =
        row.ratio ? fmt::format("{:.4f},{:.4f},{:.4f}", *row.ratio, row.ratio_p10, row.ratio_p90)
                  : ",,";
    out += fmt::format("{},{},{},{:.1f},{:.1f},{:.1f},{:.1f},{},{},{},{}\n", row.case_name, row.mem,
                       quoted(row.implementation), row.median, row.p10, row.p90, row.minimum,
                       row.batches, row.iterations, ratio, quoted(row.error));
  }
  return out;
}

std::string html_report(const Results& r) {
  std::string out = R"(<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>slot190 bench</title><style>
:root{color-scheme:light dark;--ground:#fff;--ink:#1d2530;--faint:#667085;--line:#e3e7ec}
@media(prefers-color-scheme:dark){:root{--ground:#12161c;--ink:#e6eaf0;--faint:#98a2b3;--line:#2a313b}}
body{background:var(--ground);color:var(--ink);font:15px/1.5 system-ui,sans-serif;max-width:1120px;margin:2rem auto;padding:0 1rem}
h1{font-size:1.5rem;margin-bottom:.2rem}h2{font-size:1.1rem;margin-top:2.2rem}
p,li{color:var(--faint)}svg{width:100%;height:auto}
div{overflow-x:auto}table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:13px}
td,th{padding:.25rem .7rem;text-align:right;white-space:nowrap;border-bottom:1px solid var(--line)}
td:first-child,th:first-child{text-align:left}th{font-weight:600}code{color:var(--ink)}
</style></head><body>
)";
  out += fmt::format("<h1>slot190 bench {}</h1>\n<p>{}</p>\n<ul>\n", html_escaped(r.suite),
                     html_escaped(conditions(r)));
  for (const std::string& w : r.warnings) out += fmt::format("<li>{}</li>\n", html_escaped(w));
  out += "</ul>\n";
  for (std::string_view suite : suites())
    if (suite != "all")
      if (std::string chart = svg_charts(r, suite); !chart.empty())
        out += fmt::format("<h2>{}</h2>\n{}", suite, chart);
  out += all_tables(r, [](const std::string& title, const Table& t) {
    std::string text = fmt::format("<h2>{}</h2>\n<div><table>\n", title);
    for (size_t l = 0; l < t.size(); ++l) {
      text += "<tr>";
      for (const std::string& c : t[l])
        text += fmt::format("<{0}>{1}</{0}>", l == 0 ? "th" : "td", html_escaped(c));
      text += "</tr>\n";
    }
    return text + "</table></div>\n";
  });
  out += fmt::format("<p>{}.</p>\n<h2>commands</h2>\n<ul>\n", kLegend);
  for (const Implementation& i : r.implementations)
    out += fmt::format("<li>{}: <code>{}</code></li>\n", html_escaped(i.name),
                       html_escaped(i.command));
  return out + "</ul>\n</body></html>\n";
}

}  // namespace tools::bench
