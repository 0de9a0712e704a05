// See frame_guard.h; what is said about it is in frame_report.cpp. The engine's observer is set only while
// some stack is at risk, for it makes the engine take one instruction at a time.
//
// Which words of a shared stack belong to the sleeper alone? All from its $sp up were in use when it
// went to sleep, and a vfork child may well write there: the caller's locals are for both. But as soon as
// the child's $sp rises above a word, the child has returned from the function that the word belongs to,
// and what it writes there later is its own, over what the sleeper still needs.
#include "arch/moxie/kernel/frame_guard.h"

#include <algorithm>

#include "arch/moxie/kernel/frame_report.h"
#include "arch/moxie/kernel/space.h"
#include "arch/moxie/kernel/traps.h"
#include "kernel/sched.h"
#include "kernel/signal.h"
#include "mm/mm.h"

namespace moxie {

namespace {

// A careful wrapper never lets $sp rise; a naive one does within some twenty instructions. After so many
// without, the child may run at full speed again.
constexpr unsigned kPatience = 1 << 14;
constexpr uint32_t kMostStack = 64 << 10;  // no wrapper's frames are larger
// Sleepers at a time: every instruction and every store of a child looks at all of them.
constexpr size_t kMostGuarded = 64;

std::vector<Guarded> guarded;

Writer describe_writer(const Registers& cpu, uint32_t pc, std::string what) {
  Writer w{current->pid, current->comm, std::move(what), pc, {}};
  if (current->mm) w.chain = frame_chain(space_of(*current->mm->space), pc, cpu.r[kFp]);
  return w;
}

// A child of the sleeper, or a child of its child, on the sleeper's memory.
bool is_child(const Guarded& g) {
  return current->mm && current->mm->space.get() == g.space && g.children.contains(current->pid);
}

OverwrittenWord* find_word(Guarded& g, uint32_t addr) {
  const auto it = std::find_if(g.words.begin(), g.words.end(),
                               [addr](const OverwrittenWord& w) { return w.addr == addr; });
  return it == g.words.end() ? nullptr : &*it;
}

// [physical, physical + bytes) is about to be written by make(): each word of it that is at risk
// remembers what it was, and by whom.
template <class Make>
void note(int except, uint32_t physical, size_t bytes, Make make) {
  std::shared_ptr<const Writer> writer;
  for (Guarded& g : guarded) {
    if (g.pid == except) continue;
    const uint32_t first = g.low - (g.low_physical - (physical & ~3U));
    const bool child = is_child(g);
    for (uint64_t at = first; at < first + (physical & 3) + bytes; at += 4) {
      const auto addr = static_cast<uint32_t>(at);
      OverwrittenWord* word = find_word(g, addr);
      const bool stale = child && addr >= g.low && addr < g.high;
      if (word == nullptr && stale && g.words.size() < kMostWords)
        if (const auto was = g.space->load(addr))
          word = &g.words.emplace_back(OverwrittenWord{addr, *was, {}});
      if (word == nullptr) continue;
      if (!writer) writer = std::make_shared<const Writer>(make());
      word->writer = writer;
    }
  }
}

struct Watcher final : Observer {
  void instruction(const Registers& before) override {
    for (Guarded& g : guarded) {
      if (!g.child_runs || g.patience == 0) continue;
      const uint32_t sp = before.r[kSp];
      if (sp > g.high && sp <= g.limit && !on_sig_stack(*current, g.space->user_view(sp)))
        g.high = sp;
      if (g.high == g.sp) --g.patience;
    }
  }
  void store(const Registers& before, uint32_t address, unsigned bytes) override {
    note(0, address, bytes, [&] {
      return describe_writer(before, before.pc,
                             instruction_text(space_of(*current->mm->space), before.pc));
    });
  }
};
Watcher watcher;

void watch(Board& board) {
  if (guarded.empty())
    board.observers.remove(watcher);
  else
    board.observers.add(watcher);
}

// The frames of the sleeper, innermost first.
std::vector<Guarded::Frame> frames_of(MoxieSpace& space, const Registers& cpu) {
  std::vector<Guarded::Frame> frames;
  uint32_t fp = cpu.r[kFp];
  for (const uint32_t pc : frame_chain(space, cpu.pc, fp)) {
    frames.push_back({fp, pc});
    fp = space.load(fp).value_or(0);
  }
  return frames;
}

}  // namespace

void FrameGuard::guard_frame(MoxieSpace& space, arch::thread_struct& owner, int pid) {
  const pt_regs& r = task_pt_regs(owner);
  if (options().swi != Swi::user_stack || !r.in_trap || r.frame == 0) return;
  const auto fp = space.load(r.frame), pc = space.load(r.frame + 4);
  if (!fp || !pc) return;
  drop(owner);
  if (guarded.size() >= kMostGuarded) return;
  Guarded g{.owner = &owner, .space = &space, .pid = pid, .frame = r.frame, .sp = r.cpu.r[kSp]};
  g.low = r.frame;
  g.low_physical = space.physical(r.frame);
  g.words = {{r.frame, *fp, {}}, {r.frame + 4, *pc, {}}};
  guarded.push_back(std::move(g));
  watch(space.board());
}

void FrameGuard::guard_stack(MoxieSpace& space, arch::thread_struct& owner, int pid, int child) {
  const pt_regs& r = task_pt_regs(owner);
  for (Guarded& g : guarded)
    if (is_child(g)) g.children.insert(child);
  guard_frame(space, owner, pid);
  if (!r.in_trap || r.cpu.r[kSp] % 4 != 0) return;
  auto it = std::find_if(guarded.begin(), guarded.end(),
                         [&](const Guarded& g) { return g.owner == &owner; });
  if (it == guarded.end()) {
    if (guarded.size() >= kMostGuarded) return;
    Guarded g{.owner = &owner, .space = &space, .pid = pid, .sp = r.cpu.r[kSp]};
    g.low = g.sp;
    g.low_physical = space.physical(g.sp);
    it = guarded.insert(guarded.end(), std::move(g));
  }
  it->high = it->sp;
  const auto top = static_cast<uint32_t>(current->mm->start_stack) + space.data_base();
  it->limit = top > it->sp ? std::min(top, it->sp + kMostStack) : it->sp;
  it->patience = kPatience;
  it->children = {child};
  it->frames = frames_of(space, r.cpu);
  watch(space.board());
}

void FrameGuard::check(MoxieSpace& space, arch::thread_struct& owner) {
  const auto it = std::find_if(guarded.begin(), guarded.end(),
                               [&](const Guarded& g) { return g.owner == &owner; });
  if (it == guarded.end()) return;
  report_overwritten(*it);
  guarded.erase(it);
  watch(space.board());
}

void FrameGuard::drop(const arch::thread_struct& owner) {
  if (std::erase_if(guarded, [&](const Guarded& g) { return g.owner == &owner; }) == 0) return;
  if (Board* b = board()) watch(*b);
}

// A frame of swi stays watched: it lies below $sp, where every child may write.
void FrameGuard::resume() {
  if (guarded.empty()) return;
  for (Guarded& g : guarded) g.child_runs = is_child(g);
  const auto safe = [](const Guarded& g) { return g.frame == 0 && g.patience == 0; };
  if (std::erase_if(guarded, safe) == 0) return;
  if (Board* b = board()) watch(*b);
}

void FrameGuard::swi_push(MoxieSpace& space, const pt_regs& by) {
  if (guarded.empty() || options().swi != Swi::user_stack) return;
  const uint32_t bytes = swi().frame_bytes(), pc = by.cpu.pc - kSwiBytes;
  note(current->pid, space.physical(by.cpu.r[kSp] - bytes), bytes, [&] {
    return describe_writer(by.cpu, pc, instruction_text(space, pc) + " (its own frame)");
  });
}

void FrameGuard::kernel_copy(uint32_t physical, size_t bytes) {
  if (guarded.empty() || current == nullptr || !current->mm || current->isa->has_mmu()) return;
  const Registers& cpu = task_pt_regs(current->thread).cpu;
  note(0, physical, bytes, [&] {
    return describe_writer(cpu, cpu.pc - kSwiBytes, "a copy by the kernel on its behalf");
  });
}

}  // namespace moxie
