// The charts of a report: small multiples of cost against memory (both axes logarithmic, a line for
// each implementation, native dashed) and, for what does not depend on memory, the ratio to native
// as dots. SVG without scripts or fonts of its own; colours follow the reader's scheme. Ours alone.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "tools/bench/cases.h"
#include "tools/bench/report.h"
#include "tools/html.h"

namespace tools::bench {

namespace {

constexpr double kWidth = 1080, kMargin = 28, kHead = 62;

struct Ink {
  const char *light, *dark;
};
// In the order in which implementations that have no colour of their own take one.
constexpr Ink kInks[] = {{"#0b6bd3", "#62b0ff"}, {"#00917a", "#3ddbb9"}, {"#d4521f", "#ff9466"},
                         {"#8e44c9", "#c994ff"}, {"#a87900", "#ecc04a"}, {"#c0356f", "#ff82b4"},
                         {"#5b7a00", "#b3d647"}, {"#3f5f8a", "#9db8de"}, {"#7d4427", "#dba583"}};

const char* kStyle = R"(<style>
.ground{fill:#fff}.ink{fill:#1d2530}.faint{fill:#667085}.grid{stroke:#e6e9ee}.axis{stroke:#b4bcc8}
.n0{stroke:#1d2530;fill:#1d2530}.n1{stroke:#7a8494;fill:#7a8494}
path.line{fill:none;stroke-width:2.2;stroke-linejoin:round;stroke-linecap:round}.dash{stroke-dasharray:6 4}
.d0{stroke-dasharray:8 3}.d1{stroke-dasharray:3 3}.d2{stroke-dasharray:8 3 2 3}
.ring{stroke-width:1.5;stroke:#fff}text{font:12px system-ui,sans-serif;stroke:none}
.title{font-size:17px;font-weight:600}.small{font-size:11px}.panel{font-size:13px;font-weight:600}
)";

std::string style() {
  std::string out = kStyle, dark;
  for (size_t i = 0; i < std::size(kInks); ++i) {
    out += fmt::format(".c{}{{stroke:{};fill:{}}}", i, kInks[i].light, kInks[i].light);
    dark += fmt::format(".c{}{{stroke:{};fill:{}}}", i, kInks[i].dark, kInks[i].dark);
  }
  return out +
         "\n@media(prefers-color-scheme:dark){.ground{fill:#12161c}.ink{fill:#e6eaf0}"
         ".faint{fill:#98a2b3}.grid{stroke:#242b35}.axis{stroke:#4a5464}.ring{stroke:#12161c}"
         ".n0{stroke:#e6eaf0;fill:#e6eaf0}.n1{stroke:#8f99a8;fill:#8f99a8}" +
         dark + "}\n</style>\n";
}

std::string text_at(double x, double y, std::string_view anchor, std::string_view classes,
                    std::string_view text) {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\" class=\"{}\">{}</text>\n",
                     x, y, anchor, classes, html_escaped(text));
}

std::string stroke(double x1, double y1, double x2, double y2, std::string_view classes) {
  return fmt::format(
      "<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" class=\"{}\"/>\n", x1, y1, x2,
      y2, classes);
}

bool usable(const Row* r) { return r != nullptr && r->error.empty() && r->median > 0; }

// ---- who is drawn how ---------------------------------------------------------------------------

struct Look {
  const Implementation* who;
  std::string colour;
  std::string dash;  // how the line is broken
};

std::vector<Look> looks(const Results& r) {
  std::vector<Look> out;
  size_t natives = 0, others = 0, broken = 0;
  for (const Implementation& i : r.implementations) {
    if (i.group == "mechanism") continue;
    bool native = i.group == "native";
    // Those without an MMU are of one colour.
    const bool fork_without_mmu = i.name.starts_with("nommu, ") && others != 0;
    if (fork_without_mmu) {
      out.push_back({&i, out.back().colour, fmt::format(" d{}", broken++)});
      continue;
    }
    out.push_back({&i,
                   native ? fmt::format("n{}", std::min<size_t>(natives++, 1))
                          : fmt::format("c{}", others++ % std::size(kInks)),
                   native ? " dash" : ""});
  }
  return out;
}

// Moves y to the last line that it took.
std::string legend(const std::vector<Look>& who, double& y) {
  std::string out;
  double x = kMargin;
  for (const Look& l : who) {
    const double width = 33 + 7.2 * static_cast<double>(l.who->name.size());
    if (x + width > kWidth - kMargin) x = kMargin, y += 20;
    out += fmt::format("<path d=\"M{:.1f} {:.1f}h26\" class=\"line {}{}\"/>\n", x, y - 4, l.colour,
                       l.dash);
    out += text_at(x + 33, y, "start", "ink", l.who->name);
    x += width + 24;
  }
  return out;
}

// ---- cost against memory ------------------------------------------------------------------------

struct Panel {
  double x, y, width, height;
  double low, high;  // decades of ns
  std::vector<long> sizes;

  // 0 stands one step left of 1 MiB: a logarithm has no place for it.
  static double place(long mib) { return mib == 0 ? -2 : std::log2(static_cast<double>(mib)); }
  double at_size(long mib) const {
    double first = place(sizes.front()), last = place(sizes.back());
    return x + (last == first ? width / 2 : width * (place(mib) - first) / (last - first));
  }
  double at_time(double ns) const {
    return y + height - height * (std::log10(ns) - low) / (high - low);
  }
};

std::string panel_frame(const Panel& p, const Case& c, bool labels) {
  std::string out =
      text_at(p.x, p.y - 10, "start", "panel ink",
              c.title.substr(0, c.title.starts_with("clone") ? c.title.find(" + ") : c.title.npos));
  for (int decade = static_cast<int>(p.low); decade <= static_cast<int>(p.high); ++decade) {
    double ns = std::pow(10, decade), y = p.at_time(ns);
    out += stroke(p.x, y, p.x + p.width, y, "grid");
    if (labels) {
      const char* units[] = {"ns", "us", "ms", "s"};
      std::string label = fmt::format("{:g} {}", std::pow(10, decade % 3), units[decade / 3]);
      out += text_at(p.x - 8, y + 4, "end", "small faint", label);
    }
  }
  for (long size : p.sizes) {
    double x = p.at_size(size);
    out += stroke(x, p.y + p.height, x, p.y + p.height + 4, "axis");
    std::string label = size >= 1024 ? fmt::format("{}G", size / 1024) : fmt::format("{}", size);
    out += text_at(x, p.y + p.height + 17, "middle", "small faint", label);
  }
  return out + stroke(p.x, p.y + p.height, p.x + p.width, p.y + p.height, "axis");
}

std::string panel_lines(const Results& r, const Panel& p, const Case& c,
                        const std::vector<Look>& who) {
  std::string out;
  // Ours last: on top.
  std::vector<Look> order = who;
  std::ranges::stable_sort(order, {}, [](const Look& l) { return l.who->group == "slot190"; });
  for (const Look& l : order) {
    std::string path, dots;
    for (long size : p.sizes) {
      const Row* row = r.find(l.who->name, c.name, size);
      if (!usable(row)) continue;
      double x = p.at_size(size), y = p.at_time(row->median);
      path += fmt::format("{}{:.1f} {:.1f}", path.empty() ? "M" : "L", x, y);
      dots += fmt::format(
          "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{}\" class=\"{}\" stroke=\"none\"><title>{}, "
          "{}: "
          "{}</title></circle>\n",
          x, y, l.dash.empty() ? "3.2" : "2.4", l.colour, html_escaped(l.who->name),
          size_text(size), time_text(row->median));
    }
    if (path.empty()) continue;
    out += fmt::format("<path d=\"{}\" class=\"line {}{}\"/>\n{}", path, l.colour, l.dash, dots);
  }
  return out;
}

std::string memory_panels(const Results& r, const std::vector<const Case*>& shown,
                          const std::vector<Look>& who, double top, double& bottom) {
  double lowest = 1e18, highest = 0;
  for (const Row& row : r.rows)
    if (usable(&row) && std::ranges::find(shown, find_case(row.case_name)) != shown.end()) {
      lowest = std::min(lowest, row.median);
      highest = std::max(highest, row.median);
    }
  constexpr int kColumns = 3;
  const double gap = 26, left = 40, height = 250, pitch = height + 84;
  const double width = (kWidth - 2 * kMargin - left - gap * (kColumns - 1)) / kColumns;
  std::string out;
  for (size_t i = 0; i < shown.size(); ++i) {
    Panel p{kMargin + left + static_cast<double>(i % kColumns) * (width + gap),
            top + 30 + static_cast<double>(i / kColumns) * pitch,
            width,
            height,
            std::floor(std::log10(lowest)),
            std::ceil(std::log10(highest)),
            r.sizes(shown[i]->name)};
    out += panel_frame(p, *shown[i], i % kColumns == 0) + panel_lines(r, p, *shown[i], who);
  }
  double rows = std::ceil(static_cast<double>(shown.size()) / kColumns);
  bottom = top + rows * pitch + 6;
  return out + text_at(kWidth - kMargin, bottom - 12, "end", "small faint",
                       "MiB that the parent has touched");
}

// ---- ratios -------------------------------------------------------------------------------------

struct Dot {
  std::string colour, title;
  double ratio, low, high;
};
struct Line {
  std::string label;
  std::vector<Dot> dots;
};

Dot dot_of(const Row& row, const std::string& colour, const std::string& title) {
  return {colour, fmt::format("{}: {}, x{:.2f}", title, time_text(row.median), *row.ratio),
          *row.ratio, row.ratio_p10, row.ratio_p90};
}

std::string ratio_lines(const std::vector<Line>& lines, double top, double& bottom) {
  const double left = kMargin + 270, right = kWidth - kMargin - 20, pitch = 30;
  double low = 0.8, high = 1.25;
  for (const Line& l : lines)
    for (const Dot& d : l.dots)
      low = std::min(low, d.ratio * 0.9), high = std::max(high, d.ratio * 1.1);
  auto at = [&](double ratio) {
    return left + (right - left) * std::log(ratio / low) / std::log(high / low);
  };
  const double end = top + pitch * static_cast<double>(lines.size());
  std::string out;
  // Few doublings: finer ticks.
  const bool narrow = high / low < 5;
  for (double tick : {0.05, 0.1, 0.2, 0.5, 0.8, 1., 1.2, 1.5, 2., 3., 5., 10., 20., 50., 100., 200.,
                      500., 1000.}) {
    if (tick < low || tick > high) continue;
    if (!narrow && (tick == 0.8 || tick == 1.2 || tick == 1.5 || tick == 3.)) continue;
    out += stroke(at(tick), top - 6, at(tick), end, tick == 1 ? "n0 dash" : "grid");
    out += text_at(at(tick), end + 16, "middle", "small faint",
                   tick == 1 ? "native" : fmt::format("x{:g}", tick));
  }
  double y = top + pitch / 2 - 2;
  for (const Line& l : lines) {
    out += text_at(left - 16, y + 4, "end", "ink", l.label);
    out += stroke(left, y, right, y, "grid");
    for (const Dot& d : l.dots) {
      double from = at(std::clamp(d.low, low, high)), to = at(std::clamp(d.high, low, high));
      out += fmt::format(
          "<path d=\"M{:.1f} {:.1f}H{:.1f}\" class=\"{}\" stroke-width=\"3\" "
          "stroke-opacity=\".35\"/>\n",
          from, y, to, d.colour);
      out += fmt::format(
          "<g class=\"{}\"><circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"5\" class=\"ring\">"
          "<title>{}</title></circle></g>\n",
          d.colour, at(d.ratio), y, html_escaped(d.title));
    }
    y += pitch;
  }
  bottom = end + 30;
  return out;
}

std::vector<Line> flat_cases(const Results& r, std::string_view suite,
                             const std::vector<Look>& who) {
  std::vector<Line> lines;
  for (const Case& c : cases()) {
    if (c.suite != suite || c.memory) continue;
    Line line{std::string(c.title), {}};
    for (auto l = who.rbegin(); l != who.rend(); ++l)  // ours on top
      if (const Row* row = r.find(l->who->name, c.name, 0); usable(row) && row->ratio)
        line.dots.push_back(dot_of(*row, l->colour, l->who->name));
    if (!line.dots.empty()) lines.push_back(std::move(line));
  }
  return lines;
}

// A dot for each memory size: where they lie on one another, the size does not matter.
std::vector<Line> mechanism_lines(const Results& r) {
  std::vector<Line> lines;
  for (const Implementation& i : r.implementations) {
    if (i.group != "mechanism") continue;
    Line line{i.name, {}};
    for (long size : r.sizes("vfork"))
      if (const Row* row = r.find(i.name, "vfork", size); usable(row) && row->ratio)
        line.dots.push_back(dot_of(*row, "c0", fmt::format("{}, {}", i.name, size_text(size))));
    if (!line.dots.empty()) lines.push_back(std::move(line));
  }
  return lines;
}

std::vector<const Case*> memory_cases(const Results& r, std::string_view suite) {
  std::vector<const Case*> out;
  for (const Case& c : cases())
    if (c.memory && c.suite == suite && out.size() < 6)
      if (std::ranges::any_of(r.rows,
                              [&](const Row& x) { return usable(&x) && x.case_name == c.name; }))
        out.push_back(&c);
  return out;
}

}  // namespace

std::string svg_charts(const Results& r, std::string_view suite) {
  std::vector<Look> who = looks(r);
  std::erase_if(who, [&](const Look& l) {
    return std::ranges::none_of(r.rows, [&](const Row& x) {
      const Case* c = find_case(x.case_name);
      return x.implementation == l.who->name && c != nullptr && c->suite == suite && usable(&x);
    });
  });
  double y = kHead;
  std::string body = legend(who, y);
  const size_t bare = body.size();
  y += 14;
  if (auto shown = memory_cases(r, suite); !shown.empty())
    body += memory_panels(r, shown, who, y, y);
  auto section = [&](std::string_view title, const std::vector<Line>& lines) {
    if (lines.empty()) return;
    body += text_at(kMargin, y + 24, "start", "panel ink", title);
    body += ratio_lines(lines, y + 46, y);
  };
  section("time beside native", flat_cases(r, suite, who));
  if (suite == "fork-vs-vfork")
    section("vfork + _exit + wait under each mechanism, a dot for each memory size",
            mechanism_lines(r));
  if (body.size() == bare) return {};
  const double height = y + 16;
  return fmt::format(
             "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {:.0f} {:.0f}\" "
             "role=\"img\" aria-label=\"slot190 bench {}\">\n",
             kWidth, height, suite) +
         style() +
         fmt::format("<rect class=\"ground\" width=\"{:.0f}\" height=\"{:.0f}\" rx=\"8\"/>\n",
                     kWidth, height) +
         text_at(kMargin, 32, "start", "title ink", suite) +
         text_at(kWidth - kMargin, 32, "end", "small faint",
                 fmt::format("{}, {} guest, {}", r.cpu_model, r.isa, r.date.substr(0, 10))) +
         body + "</svg>\n";
}

}  // namespace tools::bench
