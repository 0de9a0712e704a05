// See frame_report.h. No Linux counterpart: there the task just left for nowhere.
#include "arch/moxie/kernel/frame_report.h"

#include <algorithm>
#include <array>
#include <optional>

#include "arch/moxie/kernel/space.h"
#include "arch/moxie/kernel/traps.h"
#include "kernel/printk.h"
#include "kernel/sched.h"
#include "kernel/trace.h"
#include "mm/mm.h"

namespace moxie {

namespace {

constexpr unsigned kAlert = 1;
constexpr unsigned kMostReports =
    16;                           // of one boot: a task that has gone astray may come by for ever
constexpr size_t kMostShown = 8;  // words of one report

struct Changed {
  const OverwrittenWord* word;
  uint32_t now;
  std::string name;
  bool control;  // a return goes through it
};

std::string function_at(uint32_t pc, size_t depth) {
  const std::string text = address_text(*current->mm, pc);
  const size_t name = text.find('<');
  if (name == std::string::npos) return "the function of frame " + std::to_string(depth);
  return text.substr(name + 1, text.find('+') - name - 1);
}

// Nothing for the slot of the static chain, which is nobody's.
std::optional<Changed> name_word(const Guarded& g, const OverwrittenWord& word, uint32_t now) {
  if (g.frame != 0 && word.addr < g.sp) {
    if (word.addr >= g.frame + 8) return {};
    return Changed{&word, now, word.addr == g.frame ? "saved $fp" : "return address", true};
  }
  for (size_t i = 0; i < g.frames.size(); ++i) {
    const auto [fp, pc] = g.frames[i];
    if (word.addr > fp + 8) continue;
    if (word.addr == fp + 8) return {};
    const std::string of = " of " + function_at(pc, i);
    if (word.addr == fp) return Changed{&word, now, "saved $fp" + of, true};
    if (word.addr == fp + 4) return Changed{&word, now, "return address" + of, true};
    return Changed{&word, now, "register or local" + of, false};
  }
  return Changed{&word, now, "word", false};
}

// Those that a return goes through first, each kind upwards.
std::vector<Changed> changed_words(const Guarded& g) {
  std::vector<Changed> out;
  for (const OverwrittenWord& word : g.words) {
    const auto now = g.space->load(word.addr);
    if (!now || *now == word.was) continue;
    if (auto changed = name_word(g, word, *now)) out.push_back(std::move(*changed));
  }
  std::sort(out.begin(), out.end(), [](const Changed& a, const Changed& b) {
    return a.control != b.control ? a.control : a.word->addr < b.word->addr;
  });
  return out;
}

// Of a word that a return goes through, the writer with its backtrace; of others one line.
void show_word(const Changed& c) {
  mm_struct& mm = *current->mm;
  const auto addr = static_cast<unsigned>(c.word->addr);
  const std::string was = address_text(mm, c.word->was), now = address_text(mm, c.now);
  if (!c.word->writer) {
    printk_level(kAlert, "  [0x%08x] %s: was %s, is %s, written by nobody that was watched", addr,
                 c.name.c_str(), was.c_str(), now.c_str());
    return;
  }
  const Writer& w = *c.word->writer;
  const std::string by = "task " + std::to_string(w.pid) + " (" + w.comm + ") at " +
                         address_text(mm, w.pc) + ": " + w.what;
  if (!c.control) {
    printk_level(kAlert, "  [0x%08x] %s: was %s, is %s, by %s", addr, c.name.c_str(), was.c_str(),
                 now.c_str(), by.c_str());
    return;
  }
  printk_level(kAlert, "  [0x%08x] %s: was %s, is %s", addr, c.name.c_str(), was.c_str(),
               now.c_str());
  printk_level(kAlert, "    written by %s", by.c_str());
  for (size_t k = 1; k < w.chain.size(); ++k)
    printk_level(kAlert, "      called from %s", address_text(mm, w.chain[k]).c_str());
}

// A task that has gone astray may come by again and again; the same story is told once.
bool told_before(const Changed& c) {
  static std::vector<std::array<uint32_t, 3>> told;
  const std::array<uint32_t, 3> story{c.word->addr, c.now, c.word->writer ? c.word->writer->pc : 0};
  if (told.size() >= kMostReports || std::find(told.begin(), told.end(), story) != told.end())
    return true;
  told.push_back(story);
  return false;
}

std::string story_of(const Changed& c) {
  if (!c.word->writer) return c.name + " overwritten";
  const Writer& w = *c.word->writer;
  return c.name + " overwritten by task " + std::to_string(w.pid) + " at " +
         address_text(*current->mm, w.pc) + ": " + w.what;
}

}  // namespace

void report_overwritten(const Guarded& g) {
  const std::vector<Changed> changed = changed_words(g);
  if (changed.empty()) return;
  const Changed& first = changed.front();
  trace_event(TraceEvent::frame_overwritten, g.pid, 0, story_of(first),
              static_cast<long>(first.now));
  if (told_before(first)) return;
  const uint32_t back =
      g.frame != 0 ? g.space->load(g.frame + 4).value_or(0) : task_pt_regs(*g.owner).cpu.pc;
  const bool frame = first.word->addr < g.sp;
  if (frame)
    printk_level(kAlert,
                 "BUG: the swi frame of task %d (%s) at 0x%08x was overwritten before the return "
                 "through it",
                 g.pid, current->comm.c_str(), static_cast<unsigned>(g.frame));
  else
    printk_level(kAlert,
                 "BUG: the stack of task %d (%s) was overwritten while its vfork child ran on it",
                 g.pid, current->comm.c_str());
  const size_t shown = std::min(changed.size(), kMostShown);
  for (size_t i = 0; i < shown; ++i) show_word(changed[i]);
  if (shown < changed.size()) printk_level(kAlert, "  and %zu more", changed.size() - shown);
  printk_level(kAlert, "  task %d returns to %s with $sp 0x%08x%s", g.pid,
               address_text(*current->mm, back).c_str(), static_cast<unsigned>(g.sp),
               frame ? "" : ", and then through these words");
}

}  // namespace moxie
