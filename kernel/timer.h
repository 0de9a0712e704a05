// One queue for every timer: sleeps, alarms, POSIX timers, poll time-outs. Linux:
// include/linux/hrtimer.h in spirit. Times are nanoseconds of the kernel's monotonic clock.
#pragma once

#include <boost/intrusive/set.hpp>
#include <cstdint>
#include <functional>
#include <optional>

using timer_hook = boost::intrusive::set_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

struct timer_list : timer_hook {
  uint64_t expires = 0;  // not before
  uint64_t latest = 0;   // the machine is woken for it then; in between it fires if others wake it
  uint64_t order = 0;    // equal deadlines fire in the order they were added
  std::function<void()> function;
  bool pending() const { return is_linked(); }
  friend bool operator<(const timer_list& a, const timer_list& b) {
    return a.latest != b.latest ? a.latest < b.latest : a.order < b.order;
  }
};

inline constexpr uint64_t kNsec = 1'000'000'000;
inline constexpr unsigned HZ = 100;

uint64_t ktime_get();        // CLOCK_MONOTONIC, ns
uint64_t ktime_get_real();   // CLOCK_REALTIME, ns
uint64_t ktime_get_coarse_real();  // as of the last tick: time(2), time stamps of files
uint64_t ktime_get_boottime();

void add_timer(timer_list& t, uint64_t expires, uint64_t slack = 0);  // re-arms if pending
bool del_timer(timer_list& t);                    // true if it was pending
std::optional<uint64_t> next_timer();
void run_timers();                                // fires what is due; never sleeps

// ---- CPU-time timers (kernel/cputimer.cpp): ITIMER_VIRTUAL, ITIMER_PROF, CPU-clock POSIX timers, RLIMIT_CPU
struct task_struct;
struct signal_struct;
// After user code ran: the caller has already charged task_struct::acct with the given times. Fires
// what is due. Cheap when the group has no CPU timer.
void account_process_tick(task_struct& t, uint64_t ns_user, uint64_t ns_system);
// Monotonic ns when the first CPU timer of current's group can fire if it runs from now on.
std::optional<uint64_t> cpu_timer_deadline(const task_struct& t);
void exit_itimers(signal_struct& s);              // exec and exit: timer_create's timers go
