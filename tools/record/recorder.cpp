// See recorder.h. A run that does not end is cut after so many events: under virtual time a loop of
// system calls takes next to none.
#include "tools/record/recorder.h"

#include <fmt/format.h>

#include <cerrno>
#include <charconv>
#include <cstring>

#include "kernel/sched.h"
#include "kernel/timer.h"
#include "tools/commands.h"
#include "tools/trace/structs.h"
#include "tools/trace/symbols.h"

namespace record {

using nlohmann::ordered_json;

namespace {

constexpr uint64_t kMaxLines = 400'000;
constexpr int kTimedOut = 124;

std::string joined(const std::vector<std::string>& args) {
  return fmt::format("{}", fmt::join(args, ", "));
}

// Does this call ask for a parent that waits?
bool asks_for_vfork(const std::string& name, const arch::SyscallArgs& args) {
  if (name == "vfork") return true;
  if (name == "clone") return (args.a[0] & CLONE_VFORK) != 0;
  uint64_t flags = 0;
  return name == "clone3" && trace::fetch(args.a[0], flags) && (flags & CLONE_VFORK) != 0;
}

std::string_view short_state(unsigned state) {
  if ((state & TASK_INTERRUPTIBLE) != 0) return "S";
  if ((state & TASK_UNINTERRUPTIBLE) != 0) return "D";
  return (state & (TASK_STOPPED | TASK_TRACED)) != 0 ? "T" : "R";
}

std::string how_it_ended(long code) {
  const auto status = static_cast<unsigned>(code);
  const unsigned sig = status & 0x7f;
  if (sig == 0) return fmt::format("exited with {}", status >> 8 & 0xff);
  return fmt::format("killed by {}{}", trace::signal_name(static_cast<int>(sig)),
                     (status & 0x80) != 0 ? " (core dumped)" : "");
}

}  // namespace

Recorder::Recorder(std::FILE* out)
    : out_(out),
      stacks_({.early_return =
                   [this](int p, int c) {
                     put("early", p, {{"o", c}});
                   },
               .two_tasks =
                   [this](int t, int o) {
                     put("onestack", t, {{"o", o}});
                   },
               .clobbered =
                   [this](int victim, int by, const std::vector<ChangedWord>& words, size_t count) {
                     ordered_json list = ordered_json::array();
                     for (const ChangedWord& w : words)
                       list.push_back({w.address, w.before, w.after, w.was_return_address});
                     put("clobber", victim, {{"o", by}, {"v", count}, {"words", list}});
                   }}) {
  options_.string_limit = 64;
}

void Recorder::put(const char* kind, int pid, ordered_json rest) {
  ordered_json line{{"t", ktime_get()}, {"k", kind}, {"p", pid}};
  line.update(rest);
  // A path may hold bytes that are no UTF-8.
  const std::string text = line.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
  std::fwrite(text.data(), 1, text.size(), out_);
  if (++lines_ != kMaxLines) return;
  fmt::print(stderr, "slot190: the run was cut after {} events: it does not seem to end\n", lines_);
  halt_system(kTimedOut);
}

// ---- system calls -------------------------------------------------------------------------------

trace::Call Recorder::make_call(task_struct& t, const Open& o, bool exiting, long ret) const {
  trace::Call c{.options = options_, .name = o.name};
  c.word = o.regs.word;
  c.a = o.regs.a;
  if (c.word == 4)
    for (uint64_t& r : c.a) r &= 0xffffffff;
  c.exiting = exiting;
  c.ret = ret;
  c.length_before = o.length_before;
  if (t.isa != nullptr) c.sp = t.isa->sp(t.thread);
  return c;
}

void Recorder::syscall_enter(task_struct& t, const syscall_entry& e,
                             const arch::SyscallArgs& args) {
  Open& o = open_[t.pid];
  o = {};
  o.name = e.implemented ? std::string(e.name.substr(e.name.starts_with("sys_") ? 4 : 0))
                         : fmt::format("syscall_{:#x}", args.nr);
  o.regs = args;
  if (o.name == "socketcall") trace::unfold_socketcall(o.name, o.regs);
  o.makes_vfork = asks_for_vfork(o.name, o.regs);
  if (size_t i = trace::length_argument(o.name); i != 0)
    (void)trace::fetch(o.regs.a[i], o.length_before);
  trace::Call c = make_call(t, o, false, 0);
  o.more_args = trace::format_args(c, trace::find_format(o.name), &e);
  std::string text = joined(c.args);
  if (o.more_args && !c.args.empty()) text += ", ";
  put("call", t.pid, {{"n", o.name}, {"x", text}});
}

void Recorder::syscall_exit(task_struct& t, const syscall_entry& e, const arch::SyscallArgs&,
                            long ret) {
  auto it = open_.find(t.pid);
  if (it == open_.end() || fatal_signal_pending(t)) return;  // it will not come back from this call
  const Open o = std::move(it->second);
  open_.erase(it);
  const trace::CallFormat* format = trace::find_format(o.name);
  trace::Call c = make_call(t, o, true, ret);
  if (o.more_args) trace::format_args(c, format, &e);
  if (!c.failed() && format != nullptr && format->aux != nullptr) format->aux(c);
  ordered_json line{{"n", o.name}, {"r", trace::format_result(c, format)}};
  if (!c.args.empty()) line["x"] = joined(c.args);
  put("ret", t.pid, std::move(line));
}

void Recorder::user_enter(task_struct& t) { stacks_.user_enter(t); }
void Recorder::user_leave(task_struct& t) { stacks_.user_leave(t); }

// ---- signals, exits -----------------------------------------------------------------------------

void Recorder::signal_delivered(task_struct& t, const kernel_siginfo& info) {
  put("signal", t.pid,
      {{"n", trace::signal_name(info.si_signo)}, {"x", trace::siginfo_text(info)}});
}

void Recorder::signal_settled(task_struct& t, const kernel_siginfo& info) {
  put("settled", t.pid,
      {{"n", trace::signal_name(info.si_signo)}, {"x", trace::siginfo_text(info)}});
}

void Recorder::task_stopped(task_struct& t, int signal) {
  put("stop", t.pid, {{"n", trace::signal_name(signal)}});
}

void Recorder::task_exit(task_struct& t, long code) {
  stacks_.boundary(t);
  stacks_.gone(t.pid);
  open_.erase(t.pid);
  put("exit", t.pid, {{"n", how_it_ended(code)}, {"v", code}});
}

// ---- kernel events ------------------------------------------------------------------------------

void Recorder::forked(const TraceEvent& e) {
  task_struct* parent = find_task_by_pid(e.pid);
  task_struct* child = find_task_by_pid(e.other);
  const auto it = open_.find(e.pid);
  const bool vfork = it != open_.end() && it->second.makes_vfork;
  std::string_view how = e.what;
  if (vfork) how = it->second.name == "vfork" ? "vfork" : "clone(CLONE_VFORK)";
  ordered_json line{{"o", e.other}, {"n", how}};
  if (child != nullptr) {
    line["x"] = child->comm;
    // strace's -f does not need it, a picture does: a thread is no child.
    if (!child->is_group_leader()) line["v"] = child->tgid;
  }
  put("fork", e.pid, std::move(line));
  if (parent != nullptr && child != nullptr && !child->is_kthread())
    stacks_.forked(*parent, *child, vfork);
}

// Where a sleep has no name of its own, the system call has.
std::string Recorder::sleeps_where(const TraceEvent& e) const {
  const auto it = open_.find(e.pid);
  return e.what.empty() && it != open_.end() ? it->second.name : std::string(e.what);
}

void Recorder::event(const TraceEvent& e) {
  switch (e.kind) {
    case TraceEvent::sched_switch:
      stacks_.boundary(*current);
      put("switch", e.pid, {{"o", e.other}, {"n", e.what}});
      break;
    case TraceEvent::sleep:
      put("sleep", e.pid, {{"n", short_state(current->state)}, {"x", sleeps_where(e)}});
      break;
    case TraceEvent::wakeup: put("wake", e.pid, {{"o", e.other}}); break;
    case TraceEvent::fork: forked(e); break;
    case TraceEvent::exec:
      stacks_.gone(e.pid);
      put("exec", e.pid, {{"n", e.what}, {"x", current->comm}});
      break;
    case TraceEvent::exit: put("zombie", e.pid, ordered_json::object()); break;
    case TraceEvent::reap: put("reap", e.pid, {{"o", e.other}}); break;
    case TraceEvent::signal_send:
      put("send", e.pid, {{"o", e.other}, {"n", trace::signal_name(static_cast<int>(e.value))}});
      break;
    case TraceEvent::preempt:
      put("preempt", e.pid, {{"n", e.what}, {"v", e.value}, {"o", e.other}});
      break;
    case TraceEvent::hang: put("hang", e.pid, {{"n", e.what}}); break;
    case TraceEvent::dead_object: put("dead", e.pid, {{"n", e.what}}); break;
    case TraceEvent::frame_overwritten:  // by itself: a trap frame on the user's own stack
      put("clobber", e.pid, {{"o", e.pid}, {"v", 1}, {"n", e.what}});
      break;
    // The sleep and the wake-up that they stand for are there already.
    case TraceEvent::vfork_wait:
    case TraceEvent::vfork_done:
    case TraceEvent::timer: break;
  }
}

void Recorder::finish(int status) {
  put("end", 0, {{"v", status}});
  std::fflush(out_);
}

int run_recorded(const BootOptions& boot, const std::string& to) {
  int fd = -1;
  const auto [end, error] = std::from_chars(to.data(), to.data() + to.size(), fd);
  const bool is_fd = error == std::errc() && end == to.data() + to.size();
  std::FILE* out = is_fd ? fdopen(fd, "we") : std::fopen(to.c_str(), "we");
  if (out == nullptr)
    return tools::complain(fmt::format("cannot write the record to '{}': {}: try --record=FILE", to,
                                       std::strerror(errno)));
  int status;
  {
    Recorder recorder(out);
    trace_sink = &recorder;
    status = start_kernel(boot);
    trace_sink = nullptr;
    recorder.finish(status);
  }
  std::fclose(out);
  return status;
}

}  // namespace record
