// Engine: stubs that run on another CPU while the kernel goes on here. That is how guests use all
// cores; Linux would call it SMP, here it is user code only.
#include <algorithm>

#include "arch/um/engine.h"
#include "arch/um/os-Linux/cpu.h"
#include "lib/uapi.h"

namespace um {

using arch::thread_struct;
using arch::Trap;

Result<void> Engine::go_away(Stub& stub, thread_struct& thread) {
  if (config_.other_cpus.empty()) return Err(EBUSY);
  if (auto trap = load(stub, thread, false)) {
    // It cannot run: the trap is there at once.
    stub.trap = *trap;
    stub.has_trap = true;
  } else {
    if (!os::bind_cpus(stub.pid, config_.other_cpus)) return Err(EBUSY);
  }
  if (away_.empty()) os::watch_children(true);
  away_.push_back(&stub);
  stub.away = true;
  stub.reported = stub.interrupt_wanted = false;
  stub.away_thread = &thread;
  thread.fp_valid = false;
  thread.engine = &stub;
  if (stub.has_trap)
    os::signal_state.child = true;
  else
    os::resume_sysemu(stub.pid);
  return {};
}

void Engine::not_away(Stub& stub) {
  if (!stub.away) return;
  stub.away = stub.has_trap = false;
  stub.away_thread = nullptr;
  std::erase(away_, &stub);
  if (away_.empty()) os::watch_children(false);
  if (stub.pid != 0 && !config_.home_cpus.empty()) os::bind_cpus(stub.pid, config_.home_cpus);
}

Trap Engine::collect(Stub& stub, thread_struct& thread) {
  while (!stub.has_trap) {
    os::interrupt(stub.pid);
    const os::Stop stop = os::wait_stop(stub.pid);
    if (decode(stub, thread, stop, stub.trap))
      stub.has_trap = true;
    else
      os::resume_sysemu(stub.pid);
  }
  const Trap trap = stub.trap;
  not_away(stub);
  return trap;
}

bool Engine::borrow(Stub& stub) {
  if (stub.has_trap) return stub.pid != 0;
  os::interrupt(stub.pid);
  for (;;) {
    const os::Stop stop = os::wait_stop(stub.pid);
    if (decode(stub, *stub.away_thread, stop, stub.trap)) {
      stub.has_trap = stop.kind != os::Stop::interrupted || stub.interrupt_wanted;
      if (stub.has_trap) os::signal_state.child = true;
      return stub.pid != 0;
    }
    os::resume_sysemu(stub.pid);
  }
}

void Engine::give_back(Stub& stub) {
  // Its registers were lost to the kernel's calls.
  stub.regs_owner = nullptr;
  if (stub.pid == 0 || stub.has_trap) return;
  if (auto trap = load(stub, *stub.away_thread, false)) {
    stub.trap = *trap;
    stub.has_trap = true;
    os::signal_state.child = true;
    return;
  }
  stub.away_thread->fp_valid = false;
  os::resume_sysemu(stub.pid);
}

void Engine::check_away() {
  os::signal_state.child = false;
  const std::vector<Stub*> list = away_;
  for (Stub* s : list) {
    if (!s->away || s->reported) continue;
    os::Stop stop;
    while (!s->has_trap && os::poll_stop(s->pid, stop)) {
      if (decode(*s, *s->away_thread, stop, s->trap))
        s->has_trap = true;
      else
        os::resume_sysemu(s->pid);
    }
    if (!s->has_trap) continue;
    s->reported = true;
    if (on_away_ != nullptr) on_away_(*s->away_thread);
  }
}

}  // namespace um
