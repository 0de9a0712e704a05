// The tracer: hears of system calls, signals, exits and kernel events and writes them down, as
// strace(1) does or as JSON lines.
#pragma once

#include <cstdint>
#include <cstdio>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "kernel/signal.h"
#include "kernel/trace.h"
#include "tools/trace/call.h"
#include "tools/trace/filter.h"
#include "tools/trace/summary.h"

namespace trace {

struct TraceOptions {
  Filter filter;
  FormatOptions format;
  bool print = true;          // false: -c
  bool count = false;         // -c, -C
  std::string sort = "time";  // -S
  bool json = false;
  bool events = false;
  bool instructions = false;
  bool durations = false;    // -T
  bool relative = false;     // -r
  bool wall_clock = false;   // -w: the summary counts elapsed time
  unsigned clock_level = 0;  // -t, -tt, -ttt
  bool quiet = false;        // -q
  std::FILE* out = stderr;
  bool to_file = false;  // -o: every line has its pid
  // The program as the user named it, for the first line.
  std::vector<std::string> argv;
  size_t env_count = 0;
};

// Clocks, so that tests can stand still.
struct TraceClock {
  std::function<uint64_t()> real, monotonic, cpu;  // ns
};

class Tracer final : public TraceSink {
 public:
  Tracer(TraceOptions options, TraceClock clock);
  ~Tracer() override;

  void syscall_enter(task_struct& t, const syscall_entry& e,
                     const arch::SyscallArgs& args) override;
  void syscall_exit(task_struct& t, const syscall_entry& e, const arch::SyscallArgs& args,
                    long ret) override;
  void signal_delivered(task_struct& t, const kernel_siginfo& info) override;
  void signal_settled(task_struct& t, const kernel_siginfo& info) override;
  void task_stopped(task_struct& t, int signal) override;
  void task_exit(task_struct& t, long code) override;
  void event(const TraceEvent& e) override;
  bool wants_instructions() const override { return o_.instructions && o_.print; }
  void instruction(task_struct& t, uint64_t pc, std::string_view text) override;
  void finish();  // at the end: an open line, the summary

 private:
  struct Tcb {
    bool in_syscall = false, shown = false;
    std::string name;
    const CallFormat* format = nullptr;
    const syscall_entry* entry = nullptr;
    arch::SyscallArgs regs{};
    unsigned word = 8;
    uint32_t length_before = 0;
    bool more_args = false;  // some are shown at the exit
    std::string deferred;    // the entry's text, held back until the result is known to be wanted
    uint64_t started = 0;    // monotonic ns
    uint64_t cpu = 0;        // ns of kernel CPU charged to the call so far
    std::vector<std::string> args;
    std::vector<kernel_siginfo> settled;  // signals to show when the task leaves the kernel
  };

  Tcb& tcb(int pid);
  Call make_call(task_struct& t, const Tcb& b, bool exiting, long ret) const;
  void first_line(task_struct& t);
  void begin_line(int pid);  // prefix; finishes a line that another task left open
  void put(std::string_view text);
  void end_line();
  void tab();
  void finish_call(task_struct& t, Tcb& b, const syscall_entry& e, long ret);
  void print_entry(int pid, Tcb& b, const Call& c);
  void print_exit(int pid, Tcb& b, Call& c);
  void json_line(int pid, const Tcb& b, const Call& c, const std::string& result,
                 uint64_t duration);
  void show_signal(int pid, const kernel_siginfo& info);
  void show_settled(int pid, Tcb& b);
  void charge();                                 // the CPU since the last call to the call that ran
  void message(int pid, std::string_view text);  // a line of its own

  TraceOptions o_;
  TraceClock clock_;
  Summary summary_;
  std::map<int, Tcb> tasks_;
  int open_pid_ = 0;  // whose line is not finished
  size_t column_ = 0;
  uint64_t last_stamp_ = 0;
  uint64_t last_cpu_ = 0;
  Tcb* running_ = nullptr;  // the call that the kernel works on
  bool started_ = false;
};

}  // namespace trace
