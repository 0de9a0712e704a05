// `--record`: writes down everything that happens in a run, one JSON object a line, for slot190 diff
// and slot190 explore, which run this program as their child (tools/record/run.h has the reading
// side and the meaning of every field). Ours; a TraceSink.
#pragma once

#include <cstdint>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "init/main.h"
#include "kernel/signal.h"
#include "kernel/trace.h"
#include "tools/record/shared_stack.h"
#include "tools/trace/call.h"

namespace record {

class Recorder final : public TraceSink {
 public:
  explicit Recorder(std::FILE* out);

  void syscall_enter(task_struct& t, const syscall_entry& e,
                     const arch::SyscallArgs& args) override;
  void syscall_exit(task_struct& t, const syscall_entry& e, const arch::SyscallArgs& args,
                    long ret) override;
  void signal_delivered(task_struct& t, const kernel_siginfo& info) override;
  void signal_settled(task_struct& t, const kernel_siginfo& info) override;
  void task_stopped(task_struct& t, int signal) override;
  void task_exit(task_struct& t, long code) override;
  void event(const TraceEvent& e) override;
  void user_enter(task_struct& t) override;
  void user_leave(task_struct& t) override;
  void finish(int status);  // the last line

 private:
  struct Open {  // the system call that a task is in
    std::string name;
    arch::SyscallArgs regs{};
    uint32_t length_before = 0;
    bool more_args = false, makes_vfork = false;
  };

  trace::Call make_call(task_struct& t, const Open& o, bool exiting, long ret) const;
  void put(const char* kind, int pid, nlohmann::ordered_json rest);
  void forked(const TraceEvent& e);
  std::string sleeps_where(const TraceEvent& e) const;

  trace::FormatOptions options_;
  std::FILE* out_;
  std::map<int, Open> open_;
  SharedStacks stacks_;
  uint64_t lines_ = 0;
};

// Boots and records the run into the file, or the descriptor that a parent has opened. The exit status.
int run_recorded(const BootOptions& boot, const std::string& to);

}  // namespace record
