// Pids: numbers for tasks, handed out upwards and wrapping round as in Linux. Linux: kernel/pid.c.
// The table owns one reference to every task until release_task().
#include <algorithm>
#include <array>
#include <map>
#include <utility>
#include <vector>

#include "kernel/sched.h"

namespace {

constexpr int kPidMax = 32768;
constexpr int kReservedPids = 300;

// Never destroyed: tasks may outlive main().
auto& table = *new std::map<int, Ref<task_struct>>;
int last_pid = 0;
bool wrapped = false;
unsigned max_tasks = kPidMax - kReservedPids;

// Heads of the lists of those who bear a number, by the number. 0 is nobody's group and has none.
using Bearers = std::array<GroupNumber*, kPidMax>;
constinit Bearers groups{}, sessions{};

// A number stays taken while any process group or session still uses it.
bool in_use(int pid) {
  return table.contains(pid) || groups[pid] != nullptr || sessions[pid] != nullptr;
}

}  // namespace

Result<int> alloc_pid() {
  if (table.size() >= max_tasks) return Err(EAGAIN);
  for (int n = 0; n < kPidMax; ++n) {
    if (++last_pid >= kPidMax) {
      last_pid = kReservedPids;
      wrapped = true;
    }
    // Before the first wrap every next number is fresh: no scan on the fork path.
    if (!wrapped || !in_use(last_pid)) return last_pid;
  }
  return Err(EAGAIN);
}

void attach_pid(task_struct& t) { table.emplace(t.pid, &t); }
void detach_pid(task_struct& t) { table.erase(t.pid); }

task_struct* find_task_by_pid(int pid) {
  auto it = table.find(pid);
  return it == table.end() ? nullptr : it->second.get();
}

task_struct* find_process(int tgid) {
  task_struct* t = find_task_by_pid(tgid);
  return t != nullptr && t->is_group_leader() ? t : nullptr;
}

task_struct* child_reaper() { return find_task_by_pid(1); }

void for_each_task(const std::function<void(task_struct&)>& f) {
  // f may end tasks: walk by number, not by iterator.
  for (auto it = table.begin(); it != table.end();) {
    const int pid = it->first;
    Ref<task_struct> t = it->second;
    f(*t);
    it = table.upper_bound(pid);
  }
}

void for_each_process(const std::function<void(task_struct&)>& f) {
  for_each_task([&](task_struct& t) {
    if (t.is_group_leader()) f(t);
  });
}

GroupNumber& GroupNumber::operator=(int number) {
  leave();
  number_ = number;
  if (number <= 0 || number >= kPidMax) return *this;
  GroupNumber*& head = (kind_ == Kind::pgrp ? groups : sessions)[number];
  next_ = std::exchange(head, this);
  before_ = &head;
  if (next_ != nullptr) next_->before_ = &next_;
  return *this;
}

void GroupNumber::leave() {
  if (before_ == nullptr) return;
  *before_ = next_;
  if (next_ != nullptr) next_->before_ = before_;
  next_ = nullptr;
  before_ = nullptr;
}

namespace {

// What is kept of a process that was released is no member.
task_struct* member(const signal_struct& s) {
  task_struct* t = find_process(s.tgid);
  return t != nullptr && t->signal.get() == &s ? t : nullptr;
}

const GroupNumber* first_of(int pgrp) {
  return pgrp > 0 && pgrp < kPidMax ? groups[pgrp] : nullptr;
}

}  // namespace

void for_each_in_pgrp(int pgrp, const std::function<void(task_struct&)>& f) {
  // f may end tasks and move them: numbers, and a look at each when its turn comes.
  std::vector<int> pids;
  for (const GroupNumber* g = first_of(pgrp); g != nullptr; g = g->next())
    pids.push_back(g->bearer().tgid);
  std::ranges::sort(pids);
  for (int pid : pids)
    if (Ref<task_struct> t = find_process(pid); t != nullptr && t->signal->pgrp == pgrp) f(*t);
}

bool pgrp_exists(int pgrp) {
  for (const GroupNumber* g = first_of(pgrp); g != nullptr; g = g->next())
    if (member(g->bearer()) != nullptr) return true;
  return false;
}

unsigned nr_tasks() { return static_cast<unsigned>(table.size()); }
void set_max_tasks(unsigned n) { max_tasks = n; }
