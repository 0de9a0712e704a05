// Expected faults of generated code (arch/pages.h): a handler for SIGSEGV that moves the program counter
// from the faulting access to where its translator wants to go on. What the exception tables of Linux
// (arch/x86/mm/extable.c) are to uaccess. Any other fault is handed to whoever had the signal before,
// so that a sanitizer reports it, or the host kills us as it would have.
#include <signal.h>
#include <ucontext.h>

#include <algorithm>
#include <vector>

#include "arch/pages.h"

namespace arch {

namespace {

// The handler runs only on faults of code that is being executed, never while the list changes. It is never
// destroyed: a translator that lives until the process ends takes itself off it then.
std::vector<const FaultingCode*>& watched = *new std::vector<const FaultingCode*>;
struct sigaction before;

bool recover(void* context) {
  greg_t& pc = static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_RIP];
  const auto* at = reinterpret_cast<const std::byte*>(pc);
  for (const FaultingCode* faulting : watched) {
    const auto code = faulting->code;
    if (at < code.data() || at >= code.data() + code.size()) continue;
    const void* where = faulting->recover(at);
    if (where == nullptr) return false;
    pc = reinterpret_cast<greg_t>(where);
    return true;
  }
  return false;
}

void on_fault(int signal, siginfo_t* info, void* context) {
  if (recover(context)) return;
  if ((before.sa_flags & SA_SIGINFO) != 0) {
    before.sa_sigaction(signal, info, context);
  } else if (before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN) {
    before.sa_handler(signal);
  } else {
    ::sigaction(signal, &before, nullptr);  // the access happens again, and then this does
  }
}

}  // namespace

bool watch_faults(const FaultingCode& code) {
  if (watched.empty()) {
    struct sigaction action {};
    action.sa_sigaction = on_fault;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    ::sigemptyset(&action.sa_mask);
    if (::sigaction(SIGSEGV, &action, &before) < 0) return false;
  }
  watched.push_back(&code);
  return true;
}

void unwatch_faults(const FaultingCode& code) {
  if (std::erase(watched, &code) != 0 && watched.empty()) ::sigaction(SIGSEGV, &before, nullptr);
}

}  // namespace arch
