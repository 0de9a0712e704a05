// Lines as strace(1) writes them. A call's line is opened at its entry and finished at its exit;
// when another task has something to say in between, the line ends in "<unfinished ...>" and the
// call is taken up again with "<... name resumed>". Differences: -f is always on, nothing is said
// when a task appears, and -c counts the CPU time of our kernel.
#include "tools/trace/sink.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <nlohmann/json.hpp>
#include <utility>

#include "kernel/sched.h"
#include "tools/trace/structs.h"
#include "tools/trace/symbols.h"

namespace trace {

namespace {
constexpr size_t kResultColumn = 40;  // strace's -a

std::string joined(const std::vector<std::string>& args) {
  return fmt::format("{}", fmt::join(args, ", "));
}

void put_json(std::FILE* out, const nlohmann::ordered_json& j) {
  // A path may hold bytes that are no UTF-8: replace them rather than throw in the kernel.
  std::string line = j.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  std::fwrite(line.data(), 1, line.size(), out);
}

}  // namespace

Tracer::Tracer(TraceOptions options, TraceClock clock)
    : o_(std::move(options)), clock_(std::move(clock)) {}
Tracer::~Tracer() { std::fflush(o_.out); }

Tracer::Tcb& Tracer::tcb(int pid) { return tasks_[pid]; }

Call Tracer::make_call(task_struct& t, const Tcb& b, bool exiting, long ret) const {
  Call c{.options = o_.format, .name = b.name};
  c.word = b.word;
  c.a = b.regs.a;
  if (b.word == 4)
    for (uint64_t& r : c.a) r &= 0xffffffff;
  c.exiting = exiting;
  c.ret = ret;
  c.length_before = b.length_before;
  if (t.isa != nullptr) c.sp = t.isa->sp(t.thread);
  return c;
}

// ---- lines --------------------------------------------------------------------------------------

void Tracer::put(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), o_.out);
  column_ += text.size();
}

void Tracer::end_line() {
  std::fputc('\n', o_.out);
  column_ = 0;
  open_pid_ = 0;
  if (!o_.to_file) std::fflush(o_.out);
}

void Tracer::tab() {
  if (column_ < kResultColumn) put(std::string(kResultColumn - column_, ' '));
}

void Tracer::begin_line(int pid) {
  if (open_pid_ != 0) {
    put(" <unfinished ...>");
    end_line();
  }
  if (o_.to_file) {
    put(fmt::format("{:<5} ", pid));
  } else if (tasks_.size() > 1) {
    put(fmt::format("[pid {:5}] ", pid));
  }
  uint64_t now = clock_.real();
  if (o_.relative) {
    uint64_t delta = last_stamp_ == 0 ? 0 : now - last_stamp_;
    put(fmt::format("{:6}.{:06} ", delta / kNsec, delta % kNsec / 1000));
    last_stamp_ = now;
  }
  if (o_.clock_level == 3) {
    put(fmt::format("{}.{:06} ", now / kNsec, now % kNsec / 1000));
  } else if (o_.clock_level > 0) {
    auto t = static_cast<std::time_t>(now / kNsec);
    std::tm tm{};
    localtime_r(&t, &tm);
    put(fmt::format("{:02}:{:02}:{:02}", tm.tm_hour, tm.tm_min, tm.tm_sec));
    put(o_.clock_level == 2 ? fmt::format(".{:06} ", now % kNsec / 1000) : " ");
  }
}

void Tracer::message(int pid, std::string_view text) {
  begin_line(pid);
  put(text);
  end_line();
}

void Tracer::charge() {
  if (!o_.count) return;
  uint64_t now = clock_.cpu();
  if (running_ != nullptr) running_->cpu += now - last_cpu_;
  last_cpu_ = now;
}

// ---- system calls -------------------------------------------------------------------------------

// The kernel's init made the program with execve; strace's first line is that call.
void Tracer::first_line(task_struct& t) {
  started_ = true;
  if (o_.argv.empty() || !o_.print || o_.json || !o_.filter.wants_call("execve") ||
      !o_.filter.wants_result(false, true))
    return;
  tcb(t.pid);
  std::vector<std::string> words;
  for (const std::string& w : o_.argv) {
    bool cut = w.size() > o_.format.string_limit;
    words.push_back(c_quoted(std::string_view(w).substr(0, o_.format.string_limit)) +
                    (cut ? "..." : ""));
  }
  begin_line(t.pid);
  put(fmt::format("execve({}, [{}], {:#x} /* {} var{} */) ", c_quoted(o_.argv[0]), joined(words),
                  t.isa != nullptr ? t.isa->sp(t.thread) : 0, o_.env_count,
                  o_.env_count == 1 ? "" : "s"));
  tab();
  put("= 0");
  end_line();
}

void Tracer::syscall_enter(task_struct& t, const syscall_entry& e, const arch::SyscallArgs& args) {
  if (!started_) first_line(t);
  charge();
  Tcb& b = tcb(t.pid);
  show_settled(t.pid, b);
  running_ = &b;
  b.in_syscall = true;
  b.name = e.implemented ? std::string(e.name.substr(e.name.starts_with("sys_") ? 4 : 0))
                         : fmt::format("syscall_{:#x}", args.nr);
  b.regs = args;
  if (b.name == "socketcall") unfold_socketcall(b.name, b.regs);
  b.format = find_format(b.name);
  b.entry = &e;
  b.word = args.word;
  b.shown = o_.filter.wants_call(b.name);
  b.started = clock_.monotonic();
  b.cpu = 0;
  b.args.clear();
  b.more_args = false;
  b.length_before = 0;
  if (size_t i = length_argument(b.name); i != 0 && b.shown) fetch(b.regs.a[i], b.length_before);
  if (!b.shown || !o_.print) return;
  Call c = make_call(t, b, false, 0);
  b.more_args = format_args(c, b.format, &e);
  b.args = c.args;
  if (!o_.json) print_entry(t.pid, b, c);
}

void Tracer::print_entry(int pid, Tcb& b, const Call& c) {
  std::string text = b.name + "(" + joined(c.args);
  if (b.more_args && !c.args.empty() && !b.format->comma_at_exit) text += ", ";
  if (o_.filter.filters_results()) {  // shown only if the result is wanted
    b.deferred = std::move(text);
    return;
  }
  b.deferred.clear();
  begin_line(pid);
  put(text);
  open_pid_ = pid;
  if (!o_.to_file) std::fflush(o_.out);
}

void Tracer::syscall_exit(task_struct& t, const syscall_entry& e, const arch::SyscallArgs&,
                          long ret) {
  charge();
  auto it = tasks_.find(t.pid);
  if (it == tasks_.end() || !it->second.in_syscall) return;
  if (fatal_signal_pending(t)) return;  // it will not come back from this call: "= ?" at its exit
  Tcb& b = it->second;
  if (running_ == &b) running_ = nullptr;
  b.in_syscall = false;
  if (b.shown) finish_call(t, b, e, ret);
  show_settled(t.pid, b);
}

void Tracer::finish_call(task_struct& t, Tcb& b, const syscall_entry& e, long ret) {
  Call c = make_call(t, b, true, ret);
  uint64_t elapsed = clock_.monotonic() - b.started;
  if (o_.count)
    summary_.count(b.name, o_.wall_clock ? elapsed : b.cpu, c.failed() && ret > -ERESTARTSYS);
  if (!o_.print || !o_.filter.wants_result(c.failed(), true)) return;
  if (b.more_args) format_args(c, b.format, &e);
  if (!c.failed() && b.format != nullptr && b.format->aux != nullptr) b.format->aux(c);
  if (o_.json) {
    json_line(t.pid, b, c, format_result(c, b.format), elapsed);
  } else {
    print_exit(t.pid, b, c);
  }
}

void Tracer::print_exit(int pid, Tcb& b, Call& c) {
  if (!b.deferred.empty()) {
    begin_line(pid);
    put(b.deferred);
    b.deferred.clear();
  } else if (open_pid_ != pid) {
    begin_line(pid);
    put(fmt::format("<... {} resumed>", b.name));
  }
  open_pid_ = 0;
  put(joined(c.args) + ") ");
  tab();
  put("= " + format_result(c, b.format));
  if (o_.durations) {
    uint64_t d = clock_.monotonic() - b.started;
    put(fmt::format(" <{}.{:06}>", d / kNsec, d % kNsec / 1000));
  }
  end_line();
}

// ---- signals, exits -----------------------------------------------------------------------------

void Tracer::signal_delivered(task_struct& t, const kernel_siginfo& info) {
  if (!started_) first_line(t);
  show_signal(t.pid, info);
}

void Tracer::signal_settled(task_struct& t, const kernel_siginfo& info) {
  auto it = tasks_.find(t.pid);
  if (it != tasks_.end()) it->second.settled.push_back(info);
}

void Tracer::show_settled(int pid, Tcb& b) {
  for (const kernel_siginfo& info : std::exchange(b.settled, {})) show_signal(pid, info);
}

void Tracer::show_signal(int pid, const kernel_siginfo& info) {
  if (!o_.print || !o_.filter.wants_signal(info.si_signo)) return;
  tcb(pid);
  if (o_.json) {
    nlohmann::ordered_json j{{"type", "signal"},
                             {"pid", pid},
                             {"signal", signal_name(info.si_signo)},
                             {"siginfo", siginfo_text(info)},
                             {"time", clock_.real()}};
    put_json(o_.out, j);
    return;
  }
  message(pid, fmt::format("--- {} {} ---", signal_name(info.si_signo), siginfo_text(info)));
}

void Tracer::task_stopped(task_struct& t, int signal) {
  if (o_.print && !o_.json && o_.filter.wants_signal(signal))
    message(t.pid, fmt::format("--- stopped by {} ---", signal_name(signal)));
}

void Tracer::task_exit(task_struct& t, long code) {
  charge();
  auto it = tasks_.find(t.pid);
  if (it == tasks_.end()) return;  // a kernel thread
  Tcb& b = it->second;
  if (running_ == &b) running_ = nullptr;
  auto status = static_cast<unsigned>(code);
  unsigned sig = status & 0x7f;
  std::string how = sig == 0 ? fmt::format("exited with {}", status >> 8 & 0xff)
                             : fmt::format("killed by {}{}", signal_name(static_cast<int>(sig)),
                                           (status & 0x80) != 0 ? " (core dumped)" : "");
  if (o_.print && o_.json) {
    nlohmann::ordered_json j{
        {"type", "exit"}, {"pid", t.pid}, {"how", how}, {"time", clock_.real()}};
    put_json(o_.out, j);
  } else if (o_.print) {
    if (b.in_syscall && b.shown && o_.filter.wants_result(false, false)) {
      if (!b.deferred.empty()) {
        begin_line(t.pid);
        put(b.deferred);
      } else if (open_pid_ != t.pid) {
        begin_line(t.pid);
        put(fmt::format("<... {} resumed>", b.name));
      }
      open_pid_ = 0;
      put(b.more_args ? " <unfinished ...>) " : ") ");
      tab();
      put("= ?");
      end_line();
    }
    show_settled(t.pid, b);
    if (!o_.quiet && !o_.filter.quiet_exit()) message(t.pid, "+++ " + how + " +++");
  }
  tasks_.erase(it);
}

// ---- kernel events ------------------------------------------------------------------------------

void Tracer::event(const TraceEvent& e) {
  // strace counts a child from the moment that it exists: lines get their [pid N] then.
  if (e.kind == TraceEvent::fork && tasks_.contains(e.pid)) tcb(e.other);
  if (!o_.events || !o_.print) return;
  if (o_.json) {
    nlohmann::ordered_json j{
        {"type", "event"}, {"event", trace_event_name(e.kind)}, {"pid", e.pid}};
    if (e.other != 0) j["other"] = e.other;
    if (e.value != 0) j["value"] = e.value;
    if (!e.what.empty()) j["what"] = e.what;
    j["time"] = clock_.real();
    put_json(o_.out, j);
    return;
  }
  std::string what = e.what.empty() ? "" : fmt::format(" ({})", e.what);
  std::string text;
  switch (e.kind) {
    case TraceEvent::sched_switch:
      text = fmt::format("sched: switch {} -> {}{}", e.pid, e.other, what);
      break;
    case TraceEvent::sleep: text = fmt::format("sched: {} sleeps{}", e.pid, what); break;
    case TraceEvent::wakeup: text = fmt::format("sched: {} wakes {}", e.other, e.pid); break;
    case TraceEvent::fork: text = fmt::format("fork: {} made {}{}", e.pid, e.other, what); break;
    case TraceEvent::vfork_wait:
      text = fmt::format("vfork: {} waits for {}", e.pid, e.other);
      break;
    case TraceEvent::vfork_done:
      text = fmt::format("vfork: {} releases {}{}", e.pid, e.other, what);
      break;
    case TraceEvent::exec: text = fmt::format("exec: {} is now {}", e.pid, e.what); break;
    case TraceEvent::exit: text = fmt::format("exit: {} is a zombie", e.pid); break;
    case TraceEvent::reap: text = fmt::format("exit: {} was reaped by {}", e.other, e.pid); break;
    case TraceEvent::signal_send:
      text = fmt::format("signal: {} sends {} to {}", e.pid, signal_name(static_cast<int>(e.value)),
                         e.other);
      break;
    case TraceEvent::timer: text = "timer: fires"; break;
    case TraceEvent::preempt:
      text = fmt::format("preempt: {} {} point {}{}", e.pid, e.other != 0 ? "leaves the CPU at" : "passes",
                         e.value, what);
      break;
    case TraceEvent::hang: text = fmt::format("hang: {} sleeps for ever{}", e.pid, what); break;
    case TraceEvent::dead_object:
      text = fmt::format("vfork: {} touches what is on a dead stack{}", e.pid, what);
      break;
    case TraceEvent::frame_overwritten:
      text = fmt::format("swi: {} returns through a frame that is not its own any more{}", e.pid, what);
      break;
  }
  message(e.pid, "*** " + text + " ***");
}

void Tracer::instruction(task_struct& t, uint64_t pc, std::string_view text) {
  if (!started_) first_line(t);
  if (!o_.json) {
    message(t.pid, fmt::format("{:#010x}: {}", pc, text));
    return;
  }
  put_json(o_.out, nlohmann::ordered_json{{"type", "insn"}, {"pid", t.pid}, {"pc", pc}, {"text", text}});
}

// ---- JSON, the end ------------------------------------------------------------------------------

void Tracer::json_line(int pid, const Tcb& b, const Call& c, const std::string& result,
                       uint64_t duration) {
  std::vector<std::string> args = b.args;
  args.insert(args.end(), c.args.begin(), c.args.end());
  nlohmann::ordered_json j{
      {"type", "syscall"}, {"pid", pid}, {"name", b.name}, {"args", args}, {"ret", c.ret}};
  if (c.failed()) j["errno"] = errno_name(static_cast<int>(-c.ret));
  j["result"] = result;
  j["time"] = clock_.real();
  j["duration"] = duration;
  put_json(o_.out, j);
}

void Tracer::finish() {
  if (open_pid_ != 0) end_line();
  if (o_.count)
    std::fputs((o_.json ? summary_.json(o_.sort) : summary_.table(o_.sort)).c_str(), o_.out);
  std::fflush(o_.out);
}

}  // namespace trace
