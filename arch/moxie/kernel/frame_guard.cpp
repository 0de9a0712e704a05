// See frame_guard.h. The engine's observer is set only while some frame is at risk, for it makes the
// engine take one instruction at a time.
#include "arch/moxie/kernel/frame_guard.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "arch/moxie/kernel/space.h"
#include "arch/moxie/kernel/traps.h"
#include "kernel/printk.h"
#include "kernel/sched.h"
#include "kernel/trace.h"
#include "mm/mm.h"

namespace moxie {

namespace {

constexpr unsigned kAlert = 1;
constexpr unsigned kMostReports = 16;  // of one boot
constexpr size_t kWords = 2;           // the chain slot is nobody's
constexpr std::array<const char*, kWords> kWordName{"saved $fp", "return address"};

// Who stored into a word of the frame last.
struct Writer {
  int pid = 0;
  std::string comm, what;
  uint32_t pc = 0;
  std::vector<uint32_t> chain;
};

struct Guarded {
  const arch::thread_struct* owner;
  int pid;
  uint32_t addr, physical;
  std::array<uint32_t, kWords> words;
  std::array<std::optional<Writer>, kWords> writer;
};
std::vector<Guarded> guarded;

Writer describe_writer(const Registers& cpu, uint32_t pc, std::string what) {
  Writer w{current->pid, current->comm, std::move(what), pc, {}};
  if (current->mm) w.chain = frame_chain(space_of(*current->mm->space), pc, cpu.r[kFp]);
  return w;
}

// Calls make() for the writer of each guarded word that [physical, physical + bytes) touches.
template <class Make>
void note(const arch::thread_struct* except, uint32_t physical, size_t bytes, Make make) {
  for (Guarded& g : guarded) {
    if (g.owner == except) continue;
    for (size_t i = 0; i < kWords; ++i) {
      const uint64_t word = g.physical + 4 * i;
      if (word < uint64_t{physical} + bytes && physical < word + 4) g.writer[i] = make();
    }
  }
}

struct Watcher final : Observer {
  void instruction(const Registers&) override {}
  void store(const Registers& before, uint32_t address, unsigned bytes) override {
    note(nullptr, address, bytes, [&] {
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

void report(const Guarded& g, const std::array<uint32_t, kWords>& now) {
  mm_struct& mm = *current->mm;
  printk_level(
      kAlert,
      "BUG: the swi frame of task %d (%s) at 0x%08x was overwritten before the return through it",
      g.pid, current->comm.c_str(), g.addr);
  std::string story;
  for (size_t i = 0; i < kWords; ++i) {
    if (now[i] == g.words[i]) continue;
    printk_level(kAlert, "  [0x%08x] %s: was %s, is %s", static_cast<unsigned>(g.addr + 4 * i),
                 kWordName[i], address_text(mm, g.words[i]).c_str(),
                 address_text(mm, now[i]).c_str());
    if (!g.writer[i]) {
      printk_level(kAlert, "    written by nobody that was watched");
      continue;
    }
    const Writer& w = *g.writer[i];
    printk_level(kAlert, "    written by task %d (%s) at %s: %s", w.pid, w.comm.c_str(),
                 address_text(mm, w.pc).c_str(), w.what.c_str());
    for (size_t k = 1; k < w.chain.size(); ++k)
      printk_level(kAlert, "      called from %s", address_text(mm, w.chain[k]).c_str());
    if (story.empty())
      story = std::string(kWordName[i]) + " overwritten by task " + std::to_string(w.pid) + " at " +
              address_text(mm, w.pc) + ": " + w.what;
  }
  printk_level(kAlert, "  task %d returns to %s with $sp 0x%08x", g.pid,
               address_text(mm, now[1]).c_str(), g.addr + 12);
  trace_event(TraceEvent::frame_overwritten, g.pid, 0, story, static_cast<long>(now[1]));
}

}  // namespace

void FrameGuard::guard(MoxieSpace& space, arch::thread_struct& owner, int pid) {
  const pt_regs& r = task_pt_regs(owner);
  if (options().swi != Swi::user_stack || !r.in_trap || r.frame == 0) return;
  const auto fp = space.load(r.frame), pc = space.load(r.frame + 4);
  if (!fp || !pc) return;
  drop(owner);
  guarded.push_back({&owner, pid, r.frame, space.physical(r.frame), {*fp, *pc}, {}});
  watch(space.board());
}

void FrameGuard::check(MoxieSpace& space, arch::thread_struct& owner) {
  const auto it = std::find_if(guarded.begin(), guarded.end(),
                               [&](const Guarded& g) { return g.owner == &owner; });
  if (it == guarded.end()) return;
  const auto fp = space.load(it->addr), pc = space.load(it->addr + 4);
  if (fp && pc) {
    const std::array<uint32_t, kWords> now{*fp, *pc};
    // A task that has gone astray may come by here for ever.
    static unsigned reports = 0;
    if (now != it->words && ++reports <= kMostReports) report(*it, now);
  }
  guarded.erase(it);
  watch(space.board());
}

void FrameGuard::drop(const arch::thread_struct& owner) {
  if (std::erase_if(guarded, [&](const Guarded& g) { return g.owner == &owner; }) == 0) return;
  if (Board* b = board()) watch(*b);
}

void FrameGuard::kernel_store(MoxieSpace& space, const pt_regs& by, uint32_t addr, uint32_t bytes,
                              uint32_t pc) {
  if (options().swi != Swi::user_stack) return;
  if (!guarded.empty())
    note(&current->thread, space.physical(addr), bytes, [&] {
      return describe_writer(by.cpu, pc, instruction_text(space, pc) + " (its own frame)");
    });
  if (current->mm->mm_users > 1) guard(space, current->thread, current->pid);
}

void FrameGuard::kernel_copy(uint32_t physical, size_t bytes) {
  if (guarded.empty() || current == nullptr || !current->mm || current->isa->has_mmu()) return;
  const Registers& cpu = task_pt_regs(current->thread).cpu;
  note(nullptr, physical, bytes, [&] {
    return describe_writer(cpu, cpu.pc - kSwiBytes, "a copy by the kernel on its behalf");
  });
}

}  // namespace moxie
