// Pids: numbers for tasks, handed out upwards and wrapping round as in Linux. Linux: kernel/pid.c.
// The table owns one reference to every task until release_task().
#include <map>

#include "kernel/sched.h"

namespace {

constexpr int kPidMax = 32768;
constexpr int kReservedPids = 300;

// Never destroyed: tasks may outlive main().
auto& table = *new std::map<int, Ref<task_struct>>;
int last_pid = 0;
bool wrapped = false;
unsigned max_tasks = kPidMax - kReservedPids;

// A number stays taken while any process group or session still uses it.
bool in_use(int pid) {
  if (table.contains(pid)) return true;
  for (const auto& [n, t] : table)
    if (t->signal->pgrp == pid || t->signal->session == pid) return true;
  return false;
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

void for_each_in_pgrp(int pgrp, const std::function<void(task_struct&)>& f) {
  for_each_process([&](task_struct& t) {
    if (t.signal->pgrp == pgrp) f(t);
  });
}

bool pgrp_exists(int pgrp) {
  for (const auto& [n, t] : table)
    if (t->signal->pgrp == pgrp) return true;
  return false;
}

unsigned nr_tasks() { return static_cast<unsigned>(table.size()); }
void set_max_tasks(unsigned n) { max_tasks = n; }
