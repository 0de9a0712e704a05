// slot190 diff: what counts as a difference at each level, which lines stand beside each other, and
// what tasks were doing, worked out from their events.
#include "tools/diff/compare.h"
#include "tools/diff/lanes.h"
#include "tools/record/options.h"

#include "gtest.h"

namespace {

using diff::Level;
using record::Event;

Event make(Event::Kind kind, int pid, std::string name = {}, int other = 0, std::string text = {}) {
  Event e;
  e.kind = kind;
  e.pid = pid;
  e.other = other;
  e.name = std::move(name);
  e.text = std::move(text);
  return e;
}

// A parent that vforks and a child that exits, as recorded.
record::Run vfork_run(const std::string& wchan) {
  record::Run r;
  r.events = {make(Event::fork, 1, "kernel_thread", 2),
              make(Event::sched_switch, 1, "S", 2),
              make(Event::exec, 2, "/bin/p"),
              make(Event::call, 2, "vfork"),
              make(Event::fork, 2, "vfork", 3, "p"),
              make(Event::sleep, 2, "D", 0, wchan),
              make(Event::sched_switch, 2, "D", 3),
              make(Event::call, 3, "exit_group", 0, "0"),
              make(Event::exit, 3, "exited with 0"),
              make(Event::wake, 2, "", 3),
              make(Event::zombie, 3),
              make(Event::sched_switch, 3, "Z", 2),
              make(Event::ret, 2, "vfork")};
  r.parents = {{2, 1}, {3, 2}};
  return r;
}

TEST(Compare, NamesOfSleepsCountAtTheHighestLevelOnly) {
  const record::Run a = vfork_run("sys_vfork"), b = vfork_run("kernel_clone");
  EXPECT_TRUE(diff::compare(a, b, Level::output).same());
  EXPECT_TRUE(diff::compare(a, b, Level::calls).same());
  EXPECT_TRUE(diff::compare(a, b, Level::events).same());
  const auto all = diff::compare(a, b, Level::all);
  ASSERT_TRUE(all.trace);
  EXPECT_EQ(all.trace->a, 5U);
  EXPECT_EQ(all.trace->b, 5U);
}

TEST(Compare, OrderAcrossTasksCountsAsEvents) {
  const record::Run a = vfork_run("x");
  record::Run b = a;
  std::swap(b.events[8], b.events[9]);  // woken before the exit
  EXPECT_TRUE(diff::compare(a, b, Level::calls).same());
  const auto events = diff::compare(a, b, Level::events);
  ASSERT_TRUE(events.trace);
  EXPECT_EQ(events.trace->a, 8U);
}

TEST(Compare, ResultsCountAsCalls) {
  const record::Run a = vfork_run("x");
  record::Run b = a;
  b.events.back().result = "-1 EAGAIN";
  EXPECT_TRUE(diff::compare(a, b, Level::output).same());
  EXPECT_FALSE(diff::compare(a, b, Level::calls).same());
}

TEST(Compare, OneSideLonger) {
  const record::Run a = vfork_run("x");
  record::Run b = a;
  b.events.push_back(make(Event::call, 2, "pause"));
  const auto d = diff::compare(a, b, Level::events).trace;
  ASSERT_TRUE(d);
  EXPECT_EQ(d->a, diff::Divergence::npos);
  EXPECT_EQ(d->b, a.events.size());
}

TEST(Compare, OutputStatusAndDamageCountAlways) {
  const record::Run a = vfork_run("x");
  record::Run b = a;
  b.out = "more";
  EXPECT_TRUE(diff::compare(a, b, Level::output).out);
  b = a;
  b.status = 1;
  EXPECT_TRUE(diff::compare(a, b, Level::output).ending);
  b = a;
  b.found.two_tasks = 1;
  EXPECT_TRUE(diff::compare(a, b, Level::output).damage);
}

TEST(Align, WhatOneSideHasAloneSharesARow) {
  auto line = [](const char* key) { return diff::Line{0, 2, key, key, false}; };
  const std::vector<diff::Line> a{line("1"), line("x"), line("2")};
  const std::vector<diff::Line> b{line("1"), line("y"), line("z"), line("2")};
  const auto rows = diff::align(a, b);
  ASSERT_EQ(rows.size(), 4U);
  EXPECT_TRUE(rows[0].same);
  EXPECT_FALSE(rows[1].same);
  EXPECT_EQ(rows[1].a->key, "x");
  EXPECT_EQ(rows[1].b->key, "y");
  EXPECT_EQ(rows[2].a, nullptr);
  EXPECT_EQ(rows[2].b->key, "z");
  EXPECT_TRUE(rows[3].same);
}

TEST(Lanes, StatesOfParentAndChild) {
  const auto lanes = diff::lanes(vfork_run("sys_vfork"));
  ASSERT_EQ(lanes.size(), 2U);  // not the idle task, not init
  std::string parent, child;
  for (size_t e = 0; e < 13; ++e) {
    for (const auto& [lane, to] : {std::pair{&lanes[0], &parent}, std::pair{&lanes[1], &child}}) {
      char c = ' ';
      for (const diff::Span& s : lane->spans)
        if (s.from <= e && e < s.to) c = diff::state_letter(s.state);
      *to += c;
    }
  }
  EXPECT_EQ(parent, ".#=###DDD..#=");
  EXPECT_EQ(child.substr(0, 8), "    ..=#");
  EXPECT_EQ(child.substr(10), "ZZZ");
  EXPECT_EQ(lanes[0].spans[4].where, "sys_vfork");
}

TEST(RunSpec, CommandLineIsQuotedForTheShell) {
  record::RunSpec spec;
  spec.timeout = "60s";
  spec.set("profile", "patch-1999");
  spec.set("preempt", "3,17");
  spec.program = {"sh", "-c", "echo it's; true"};
  EXPECT_EQ(spec.command_line({"run"}),
            "slot190 run --time=virtual --seed=1 --timeout=60s -k profile=patch-1999 -k "
            "preempt=3,17 -- sh -c "
            "'echo it'\\''s; true' </dev/null");
  spec.set("preempt", "");
  EXPECT_EQ(spec.child().words[7], "preempt=");
}

TEST(Parameters, Sides) {
  const auto p = record::parse_parameters({"A:swi=user-stack", "cpus=2"}, true);
  ASSERT_TRUE(p);
  EXPECT_EQ((*p)[0].side, 'A');
  EXPECT_EQ((*p)[0].name, "swi");
  EXPECT_EQ((*p)[1].side, 0);
  EXPECT_FALSE(record::parse_parameters({"vfork"}, true));
}

}  // namespace
