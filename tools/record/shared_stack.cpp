// See shared_stack.h. The comparison is made at every entry to and exit from user mode and at every
// switch, so what has changed since the last one was done by the task that ran in between, or by the
// kernel on its behalf.
#include "tools/record/shared_stack.h"

#include <algorithm>
#include <array>

#include "kernel/sched.h"
#include "mm/mm.h"

namespace record {

namespace {

constexpr uint64_t kWatched = 128 << 10;  // bytes of the stack that are compared
constexpr uint64_t kBelow = 16 << 10;     // of them below the lowest stack pointer
constexpr size_t kWordsTold = 16;

// Still on the memory it was forked with?
bool lives_on(int pid, const mm_struct* mm) {
  task_struct* t = find_task_by_pid(pid);
  return t != nullptr && t->exit_state == 0 && (t->flags & PF_EXITING) == 0 && t->mm.get() == mm;
}

std::vector<uint64_t> read_words(mm_struct& mm, uint64_t base, size_t count) {
  const unsigned size = mm.isa->word_bytes();
  std::vector<std::byte> bytes(count * size);
  if (mm.space->copy_in(bytes.data(), base, bytes.size()) != 0) return {};
  std::vector<uint64_t> words(count);
  for (size_t i = 0; i < count; ++i) {
    for (unsigned b = 0; b < size; ++b) {
      const unsigned shift = 8 * (mm.isa->big_endian() ? size - 1 - b : b);
      words[i] |= static_cast<uint64_t>(bytes[i * size + b]) << shift;
    }
  }
  return words;
}

// Does `address` lie in code behind a call instruction? Only x86's are known: elsewhere any code will do.
bool is_return_address(mm_struct& mm, uint64_t address) {
  const vm_area_struct* v = find_vma(mm, address);
  constexpr size_t kBefore = 7;
  if (v == nullptr || address < v->start + kBefore || (v->flags & VM_EXEC) == 0) return false;
  std::array<uint8_t, kBefore> code{};
  if (mm.space->copy_in(code.data(), address - kBefore, kBefore) != 0) return false;
  if (mm.isa->machine() != "x86_64") return true;
  if (code[kBefore - 5] == 0xe8) return true;  // call rel32
  for (const size_t length : {2, 3, 4, 6, 7})  // call r/m
    if (code[kBefore - length] == 0xff && (code[kBefore - length + 1] & 0x38) == 0x10) return true;
  return false;
}

}  // namespace

SharedStacks::Group* SharedStacks::group_of(int pid) {
  for (Group& g : groups_)
    for (const Member& m : g.members)
      if (m.pid == pid) return &g;
  return nullptr;
}

void SharedStacks::forked(const task_struct& parent, const task_struct& child, bool vfork) {
  if (vfork) vforks_[parent.pid] = {child.pid, child.mm.get()};
  if (!child.mm || child.mm != parent.mm) return;
  const uint64_t sp = child.isa->sp(child.thread);
  if (sp != parent.isa->sp(parent.thread)) return;  // it has a stack of its own
  Group* g = group_of(parent.pid);
  if (g == nullptr) {
    groups_.push_back({child.mm.get(), {{parent.pid, sp}}, {}, 0, {}});
    g = &groups_.back();
  }
  g->members.push_back({child.pid, sp});
}

void SharedStacks::gone(int pid) {
  Group* g = group_of(pid);
  if (g == nullptr) return;
  std::erase_if(g->members, [&](const Member& m) { return m.pid == pid; });
  if (g->members.size() < 2) groups_.remove_if([&](const Group& x) { return &x == g; });
}

void SharedStacks::watch(Group& g, task_struct& t) {
  uint64_t low = ~0ULL;
  for (const Member& m : g.members) low = std::min(low, m.sp);
  const vm_area_struct* stack = find_vma(*t.mm, low);
  if (stack == nullptr || stack->start > low) return;
  low = std::max(stack->start, low - std::min(low, kBelow));
  const unsigned size = t.mm->isa->word_bytes();
  g.base = low & ~static_cast<uint64_t>(size - 1);
  g.words = read_words(*t.mm, g.base, std::min(stack->end - g.base, kWatched) / size);
}

void SharedStacks::compare(Group& g, task_struct& by) {
  if (g.words.empty()) return;
  mm_struct& mm = *g.mm;
  std::vector<uint64_t> now = read_words(mm, g.base, g.words.size());
  if (now.empty()) return;
  const unsigned size = mm.isa->word_bytes();
  for (const Member& victim : g.members) {
    if (victim.pid == by.pid || !lives_on(victim.pid, &mm)) continue;
    std::vector<ChangedWord> changed;
    size_t count = 0;
    const uint64_t first = victim.sp > g.base ? (victim.sp - g.base) / size : 0;
    for (size_t i = first; i < now.size(); ++i) {
      if (now[i] == g.words[i]) continue;
      if (++count <= kWordsTold)
        changed.push_back(
            {g.base + i * size, g.words[i], now[i], is_return_address(mm, g.words[i])});
    }
    if (count != 0) tell_.clobbered(victim.pid, by.pid, changed, count);
  }
  g.words = std::move(now);
}

void SharedStacks::boundary(task_struct& t) {
  if (groups_.empty() || !t.mm) return;
  if (Group* g = group_of(t.pid); g != nullptr && g->mm == t.mm.get()) compare(*g, t);
}

void SharedStacks::user_enter(task_struct& t) {
  if (auto v = vforks_.find(t.pid); v != vforks_.end()) {
    const auto [child, mm] = v->second;
    vforks_.erase(v);
    if (lives_on(child, mm)) tell_.early_return(t.pid, child);
  }
  Group* g = group_of(t.pid);
  if (g == nullptr) return;
  compare(*g, t);
  bool mine = false;
  for (Member& m : g->members) {
    if (m.pid == t.pid) {
      m.sp = t.isa->sp(t.thread);
      mine = true;
    } else if (mine && lives_on(m.pid, g->mm) && g->reported.insert({t.pid, m.pid}).second) {
      // A younger one: it runs on this task's stack, which should be asleep.
      tell_.two_tasks(t.pid, m.pid);
      watch(*g, t);
    }
  }
}

void SharedStacks::user_leave(task_struct& t) {
  Group* g = group_of(t.pid);
  if (g == nullptr) return;
  compare(*g, t);
  for (Member& m : g->members)
    if (m.pid == t.pid) m.sp = t.isa->sp(t.thread);
}

}  // namespace record
