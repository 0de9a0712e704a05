// The page of `slot190 diff --html`: the data as JSON, and the three files of tools/diff/page/ that
// draw it, in one file that asks for nothing else.
#include <fmt/format.h>

#include <unordered_map>

#include <tools_diff_page.h>  // generated from page/ by CMake
#include "tools/diff/report.h"
#include "tools/html.h"

namespace diff {

namespace {

using nlohmann::ordered_json;

// A script element ends at the first "</": a program under test may print that.
std::string safe_json(const ordered_json& j) {
  std::string text;
  for (char c : j.dump(-1, ' ', false, ordered_json::error_handler_t::replace))
    if (c == '<')
      text += "\\u003c";
    else
      text += c;
  return text;
}

// Equal keys get equal numbers, on both sides.
using Keys = std::unordered_map<std::string, size_t>;

ordered_json side_data(const Side& side, Level level, Keys& keys) {
  const record::Run& run = side.run;
  const record::Findings& f = run.found;
  ordered_json j{{"name", side.label},
                 {"summary", side.summary},
                 {"ending", record::ending(run)},
                 {"out", run.out},
                 {"err", run.err},
                 {"command", side.spec.command_line({"trace", "--events"})},
                 {"found",
                  {{"hangs", f.hangs},
                   {"timed_out", f.timed_out},
                   {"early", f.early_returns},
                   {"two_tasks", f.two_tasks},
                   {"words", f.clobbered_words},
                   {"dead", f.dead_objects}}}};
  ordered_json events = ordered_json::array(), words = ordered_json::array();
  for (const record::Event& e : run.events) {
    events.push_back({e.time, record::kind_name(e.kind), e.pid, e.other, record::describe(e)});
    for (const record::Event::Word& w : e.words)
      words.push_back({fmt::format("{:#x}", w.address), fmt::format("{:#x}", w.before),
                       fmt::format("{:#x}", w.after), w.return_address, e.pid, e.other});
  }
  ordered_json tasks = ordered_json::array();
  for (const Lane& lane : lanes(run)) {
    ordered_json spans = ordered_json::array();
    for (const Span& s : lane.spans) spans.push_back({s.from, s.to, state_name(s.state), s.where});
    tasks.push_back({{"pid", lane.pid}, {"name", lane.name}, {"spans", std::move(spans)}});
  }
  ordered_json list = ordered_json::array();
  for (const Line& l : lines(run, level, 0, run.events.size()))
    list.push_back(
        {l.event, l.pid, l.text, keys.try_emplace(l.key, keys.size()).first->second, l.damage});
  j["events"] = std::move(events);
  j["words"] = std::move(words);
  j["tasks"] = std::move(tasks);
  j["lines"] = std::move(list);
  return j;
}

}  // namespace

std::string html_report(const Report& r) {
  std::string program;
  for (const std::string& w : r.sides[0].spec.program)
    program += (program.empty() ? "" : " ") + record::shell_quoted(w);
  ordered_json j{{"program", program}, {"same", r.found.same()}};
  auto position = [&](size_t at, size_t side) -> ordered_json {
    if (!r.found.trace || at >= r.sides[side].run.events.size()) return nullptr;
    return at;
  };
  const Divergence d = r.found.trace.value_or(Divergence{});
  j["first"] = {{"a", position(d.a, 0)}, {"b", position(d.b, 1)}};
  Keys keys;
  j["sides"] = {side_data(r.sides[0], r.level, keys), side_data(r.sides[1], r.level, keys)};
  std::string page = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n";
  page += "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n";
  page += "<title>slot190 diff: " + tools::html_escaped(program) + "</title>\n<style>\n";
  page += kPageCss;
  page += "</style>\n</head>\n<body>\n";
  page += kPageHtml;
  page += "<script type=\"application/json\" id=\"data\">" + safe_json(j) + "</script>\n<script>\n";
  page += kPageJs;
  page += "</script>\n</body>\n</html>\n";
  return page;
}

}  // namespace diff
