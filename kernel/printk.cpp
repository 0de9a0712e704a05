// printk and panic. Linux: kernel/printk/printk.c, kernel/panic.c. Differences: records are lines
// in a ring, no continuation lines; there are no consoles but the one sink.
#include "kernel/printk.h"

#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <deque>

#include "kernel/sched.h"
#include "kernel/timer.h"

namespace {

constexpr size_t kMaxRecords = 1000;
constexpr unsigned kInfo = 6, kEmerg = 0;

struct log_ring {
  std::deque<log_record> records;
  uint64_t next = 0;
  wait_queue readers;
  printk_sink sink = nullptr;
  unsigned loglevel = kEveryLevel;
};

// Never destroyed: messages may come from the destructors of others.
log_ring& ring() {
  static log_ring& r = *new log_ring;
  return r;
}

std::string format_text(const char* format, std::va_list args) {
  std::va_list copy;
  va_copy(copy, args);
  const int n = std::vsnprintf(nullptr, 0, format, copy);
  va_end(copy);
  if (n <= 0) return {};
  std::string text(static_cast<size_t>(n), '\0');
  std::vsnprintf(text.data(), text.size() + 1, format, args);
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

void emit(unsigned level, std::string text) {
  log_ring& r = ring();
  if (r.records.size() == kMaxRecords) r.records.pop_front();
  // Before sched_init there is no clock.
  r.records.push_back(
      {r.next++, current != nullptr ? ktime_get_boottime() : 0, level, std::move(text)});
  // A panic has said its own on stderr.
  const bool said = level == kEmerg && r.loglevel != kEveryLevel;
  if (r.sink != nullptr && level < r.loglevel && !said) r.sink(r.records.back().line());
  if (r.readers.active()) wake_up_interruptible(r.readers);
}

}  // namespace

std::string log_record::line() const {
  char stamp[32];
  std::snprintf(stamp, sizeof stamp, "[%5llu.%06llu] ",
                static_cast<unsigned long long>(time / kNsec),
                static_cast<unsigned long long>(time % kNsec / 1000));
  return stamp + text;
}

void printk(const char* format, ...) {
  std::va_list args;
  va_start(args, format);
  std::string text = format_text(format, args);
  va_end(args);
  emit(kInfo, std::move(text));
}

void printk_level(unsigned level, const char* format, ...) {
  std::va_list args;
  va_start(args, format);
  std::string text = format_text(format, args);
  va_end(args);
  emit(level, std::move(text));
}

void set_printk_sink(printk_sink sink, unsigned loglevel) {
  ring().sink = sink;
  ring().loglevel = loglevel;
}

uint64_t log_first_seq() { return ring().next - ring().records.size(); }
uint64_t log_next_seq() { return ring().next; }
const log_record* log_at(uint64_t seq) {
  const uint64_t first = log_first_seq();
  return seq >= first && seq < ring().next ? &ring().records[seq - first] : nullptr;
}
wait_queue& log_wait() { return ring().readers; }

std::string describe_current() {
  if (current == nullptr) return "no task\n";
  char text[128];
  std::snprintf(text, sizeof text, "Pid: %d, comm: %.15s, state: %u, flags: %#x\n", current->pid,
                current->comm.c_str(), current->state, current->flags);
  std::string out = text;
  if (!current->mm || current->isa == nullptr) return out;
  int column = 0;
  for (const auto& [name, value] : current->isa->registers(current->thread)) {
    std::snprintf(text, sizeof text, "%8.*s: %016llx%c", static_cast<int>(name.size()), name.data(),
                  static_cast<unsigned long long>(value), ++column % 3 == 0 ? '\n' : ' ');
    out += text;
  }
  if (column % 3 != 0) out += '\n';
  return out;
}

void panic(const char* format, ...) {
  static bool panicking = false;
  std::va_list args;
  va_start(args, format);
  const std::string text = format_text(format, args);
  va_end(args);
  std::fflush(stdout);
  if (panic_hook != nullptr && !panicking) panic_hook();
  std::fprintf(stderr, "Kernel panic - not syncing: %s\n", text.c_str());
  // A panic inside the description must not go round in circles.
  if (!panicking) {
    panicking = true;
    std::fputs(describe_current().c_str(), stderr);
    emit(kEmerg, "Kernel panic - not syncing: " + text);
  }
  std::fflush(stderr);
  std::abort();
}
