// Signal handlers, the interrupting timer and ppoll(2). What arch/um/os-Linux/signal.c and time.c
// are to User-mode Linux; there the timer signal is the timer interrupt, here it only ends the
// current run of user code.
#include "arch/um/os-Linux/signals.h"

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "arch/um/os-Linux/clock.h"
#include "arch/um/os-Linux/ptrace.h"

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

namespace um::os {

SignalState signal_state;

namespace {

static_assert(sizeof(PollEntry) == sizeof(pollfd) &&
              offsetof(PollEntry, revents) == offsetof(pollfd, revents));

// Taken from the user and the terminal; SIGTSTP keeps its default: a stopped kernel stops its
// guests at their next trap.
constexpr int kTaken[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGCONT, SIGUSR1, SIGUSR2};
int timer_signal() { return SIGRTMIN + 1; }

struct Saved {
  int signal;
  struct sigaction action;
};
Saved saved[16];
size_t saved_count = 0;
timer_t timer_id;
bool timer_made = false;
bool installed = false;
sigset_t all_taken;  // what wait_events lets through and blocks around itself

void reset_state() {
  signal_state.running = 0;
  signal_state.kick = false;
  signal_state.tick = false;
  signal_state.child = false;
  signal_state.signals = 0;
  signal_state.armed_until = kNever;
  signal_state.traps = 0;
}

void stop_running() {
  signal_state.kick = true;
  signal_state.tick = true;
  if (signal_state.running != 0) interrupt(signal_state.running);
}

uint64_t cpu_time(int pid) {
  clockid_t clock{};
  timespec t{};
  if (::clock_getcpuclockid(pid, &clock) != 0 || ::clock_gettime(clock, &t) != 0) return 0;
  return static_cast<uint64_t>(t.tv_sec) * 1000000000 + static_cast<uint64_t>(t.tv_nsec);
}

// Has the stub that runs used its share of CPU time without a trap? Its own time, not the clock's: on
// a busy host a stub may wait long without running.
bool is_quiet() {
  static int watched = 0;
  static uint64_t traps = 0, since = 0;
  const int pid = signal_state.running;
  if (pid == 0 || pid != watched || traps != signal_state.traps) {
    watched = pid;
    traps = signal_state.traps;
    since = pid != 0 ? cpu_time(pid) : 0;
    return false;
  }
  if (cpu_time(pid) - since < signal_state.quiet_ns) return false;
  watched = 0;
  return true;
}

void on_timer(int, siginfo_t*, void*) {
  if (signal_state.quiet_only && !is_quiet()) {
    // Look again. Whether it will be quiet, nobody but this timer can see.
    arm_timer(now_monotonic() + signal_state.quiet_ns / 2);
    return;
  }
  signal_state.armed_until = kNever;
  stop_running();
}

void on_taken(int signal, siginfo_t*, void*) {
  signal_state.signals |= 1ULL << signal;
  stop_running();
}

// Only while stubs are away; the one that runs here needs no telling.
void on_child(int, siginfo_t* info, void*) {
  signal_state.child = true;
  if (info->si_pid != signal_state.running) stop_running();
}

bool take(int signal, void (*handler)(int, siginfo_t*, void*)) {
  struct sigaction action {};
  action.sa_sigaction = handler;
  action.sa_flags = SA_SIGINFO | SA_RESTART;
  // No handler interrupts another: they share the flags.
  action.sa_mask = all_taken;
  Saved& s = saved[saved_count];
  s.signal = signal;
  if (::sigaction(signal, &action, &s.action) < 0) return false;
  ++saved_count;
  return true;
}

bool ignore(int signal) {
  struct sigaction action {};
  action.sa_handler = SIG_IGN;
  Saved& s = saved[saved_count];
  s.signal = signal;
  if (::sigaction(signal, &action, &s.action) < 0) return false;
  ++saved_count;
  return true;
}

}  // namespace

Result<void> install_signals() {
  reset_state();
  ::sigemptyset(&all_taken);
  for (int s : kTaken) ::sigaddset(&all_taken, s);
  ::sigaddset(&all_taken, SIGCHLD);
  ::sigaddset(&all_taken, timer_signal());
  saved_count = 0;
  installed = true;
  for (int s : kTaken) {
    // A signal that our parent had us ignore (nohup) stays ignored.
    struct sigaction old {};
    if (::sigaction(s, nullptr, &old) == 0 && old.sa_handler == SIG_IGN && s != SIGCONT) continue;
    if (!take(s, on_taken)) return Err(errno);
  }
  // A file of ours that the host's ulimit -f finds too long is an error like others.
  if (!take(timer_signal(), on_timer) || !take(SIGCHLD, on_child) || !ignore(SIGPIPE) ||
      !ignore(SIGXFSZ))
    return Err(errno);
  // Until stubs are away nobody wants to hear of their stops and ends.
  watch_children(false);
  sigset_t unblock;
  ::sigemptyset(&unblock);
  ::sigaddset(&unblock, timer_signal());
  ::sigprocmask(SIG_UNBLOCK, &unblock, nullptr);

  sigevent event{};
  event.sigev_notify = SIGEV_THREAD_ID;
  event.sigev_signo = timer_signal();
  event.sigev_notify_thread_id = static_cast<int>(::syscall(SYS_gettid));
  if (::timer_create(CLOCK_MONOTONIC, &event, &timer_id) < 0) return Err(errno);
  timer_made = true;
  ::prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
  return {};
}

void uninstall_signals() {
  if (!installed) return;
  if (timer_made) ::timer_delete(timer_id);
  timer_made = false;
  while (saved_count > 0) {
    --saved_count;
    ::sigaction(saved[saved_count].signal, &saved[saved_count].action, nullptr);
  }
  installed = false;
}

void arm_timer(uint64_t when) {
  if (when == 0) when = 1;  // zero would disarm
  signal_state.armed_until = when;
  itimerspec spec{};
  spec.it_value.tv_sec = static_cast<time_t>(when / 1000000000);
  spec.it_value.tv_nsec = static_cast<long>(when % 1000000000);
  ::timer_settime(timer_id, TIMER_ABSTIME, &spec, nullptr);
}

void watch_children(bool on) {
  struct sigaction action {};
  if (on) {
    action.sa_sigaction = on_child;
    action.sa_flags = SA_SIGINFO | SA_RESTART;
    action.sa_mask = all_taken;
  } else {
    action.sa_handler = SIG_DFL;
    action.sa_flags = SA_NOCLDSTOP;
  }
  ::sigaction(SIGCHLD, &action, nullptr);
}

void wait_events(std::span<PollEntry> entries, std::optional<uint64_t> deadline) {
  auto* fds = reinterpret_cast<pollfd*>(entries.data());
  sigset_t before, during;
  ::sigprocmask(SIG_BLOCK, &all_taken, &before);
  during = before;
  ::sigaddset(&during, timer_signal());  // the last run's tick need not end the wait
  timespec left{}, *timeout = nullptr;
  const bool pending = signal_state.signals != 0 || signal_state.child;
  if (pending || deadline) {
    timeout = &left;
    const uint64_t now = now_monotonic();
    if (!pending && *deadline > now) {
      left.tv_sec = static_cast<time_t>((*deadline - now) / 1000000000);
      left.tv_nsec = static_cast<long>((*deadline - now) % 1000000000);
    }
  }
  if (::ppoll(fds, entries.size(), timeout, &during) < 0)
    for (PollEntry& e : entries) e.revents = 0;
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
}

bool poll_now(std::span<PollEntry> entries) {
  auto* fds = reinterpret_cast<pollfd*>(entries.data());
  const int n = ::poll(fds, entries.size(), 0);
  if (n < 0)
    for (PollEntry& e : entries) e.revents = 0;
  return n > 0;
}

}  // namespace um::os
