// Kernel threads and the first program, before and after Al Viro's redesign of 2012 (-k kthread=).
//   callback  3.7: kernel_thread() hands copy_thread a function; the thread has a pt_regs block like
//             every task; kernel_execve() is a plain function, and a callback that returns after it
//             falls into the ordinary return to user mode.
//   trap      before: the kernel issues clone, execve and exit through its own system-call table, with
//             user pointers that are the kernel's own (set_fs(KERNEL_DS)); the table's handlers cannot
//             tell, and a trace shows the calls.
// Known difference: i386 told parent and child apart by comparing stack pointers behind the trap; here
// the request stands in the kernel while clone runs, as User-mode Linux had it until 3.1.
#include "kernel/kthread.h"

#include <algorithm>

#include "fs/fs.h"
#include "kernel/profile.h"
#include "kernel/sched.h"
#include "kernel/syscall.h"
#include "kernel/trace.h"

namespace {

kernel_thread_request request;

// A call through the table of the kernel's own architecture, from kernel mode. The return value as
// user mode would see it.
long kernel_syscall(std::string_view name, const std::array<uint64_t, 6>& a) {
  static const arch::Isa& isa = *arch::isa_by_name("x86_64");
  arch::SyscallArgs args{0, a, isa.word_bytes()};
  while (isa.syscall(args).name.substr(4) != name) ++args.nr;  // "sys_" + name
  const syscall_entry& entry = isa.syscall(args);
  if (trace_sink != nullptr) trace_sink->syscall_enter(*current, entry, args);
  const long ret = entry.call(args);
  if (trace_sink != nullptr) trace_sink->syscall_exit(*current, entry, args, ret);
  return ret;
}

Result<long> as_result(long ret) {
  if (ret < 0) return std::unexpected(Errno{static_cast<int>(-ret)});
  return ret;
}

std::vector<const char*> pointers(const std::vector<std::string>& strings) {
  std::vector<const char*> list;
  for (const std::string& s : strings) list.push_back(s.c_str());
  list.push_back(nullptr);
  return list;
}

uint64_t address(const void* p) { return reinterpret_cast<uint64_t>(p); }

bool by_trap() { return mechanisms().kthread == KthreadDesign::trap; }

}  // namespace

kernel_thread_request take_kernel_thread_request() { return std::exchange(request, {}); }

Result<int> kernel_thread(int (*fn)(void*), void* arg, uint64_t flags) {
  if (by_trap()) {
    request = {fn, arg};
    return static_cast<int>(TRY(as_result(kernel_syscall("clone", {flags, 0, 0, 0, 0, 0}))));
  }
  kernel_clone_args args;
  args.flags = flags & ~static_cast<uint64_t>(CSIGNAL);
  args.exit_signal = static_cast<int>(flags & CSIGNAL);
  args.fn = fn;
  args.fn_arg = arg;
  return static_cast<int>(TRY(do_fork(args)));
}

Result<void> kernel_execve(const std::string& file, const std::vector<std::string>& argv,
                           const std::vector<std::string>& envp) {
  if (!by_trap())
    return do_execve(AT_FDCWD, file, [&]() -> Result<ExecStrings> { return ExecStrings{argv, envp}; }, 0);
  const std::vector<const char*> args = pointers(argv), env = pointers(envp);
  current->kernel_ds = true;
  const long ret =
      kernel_syscall("execve", {address(file.c_str()), address(args.data()), address(env.data()), 0, 0, 0});
  current->kernel_ds = false;
  TRY(as_result(ret));
  return {};
}

void kernel_thread_exit(int code) {
  if (by_trap()) (void)kernel_syscall("exit", {static_cast<uint64_t>(code), 0, 0, 0, 0, 0});
  do_exit(static_cast<long>(code & 0xff) << 8);
}

Result<Ref<task_struct>> fork_idle() {
  kernel_clone_args args;
  args.flags = CLONE_VM;
  args.fn = +[](void*) { return 0; };
  args.idle = true;
  return copy_process(args);
}
