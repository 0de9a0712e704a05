// The scheduler. Linux: kernel/sched.c. One host thread runs all kernel code, so there is one run
// queue and no lock; who of it runs next is for a Scheduler to say (kernel/sched_design.h). A task
// that computes through its slice while others want the CPU may go on running on another host CPU
// ("away") until its next trap: that is how guests use all cores.
#include "kernel/sched.h"

#include <algorithm>
#include <cmath>

#include "kernel/printk.h"
#include "kernel/profile.h"
#include "kernel/sched_charge.h"
#include "kernel/sched_design.h"
#include "kernel/time_limit.h"
#include "kernel/trace.h"
#include "mm/mm.h"

task_struct* current = nullptr;
task_struct* init_task = nullptr;

namespace {

struct run_queue {
  run_list list;
  unsigned running = 0;       // tasks in the list
  std::vector<task_struct*> away;  // tasks whose user code runs on another CPU
  Ref<task_struct> dead;      // exited on its own stack; freed by the next task
  uint64_t stamp = 0;         // ns: time up to here has been charged to somebody
  bool halted = false;
  int exit_code = 0;
  std::array<double, 3> load{};
  uint64_t load_stamp = 0;
};
run_queue rq;

constexpr uint64_t kLoadInterval = 5 * kNsec;

void enqueue(task_struct& t, bool woken) {
  if (t.run_hook::is_linked() || &t == init_task) return;
  scheduler().enqueue(rq.list, t, woken);
  ++rq.running;
}

task_struct* pick_next(const task_struct& prev) {
  // A halted system runs nobody but the idle task, which then leaves.
  if (rq.list.empty() || rq.halted) return init_task;
  task_struct& t = scheduler().pick(rq.list, prev);
  t.run_hook::unlink();
  --rq.running;
  return &t;
}

// The task that was left for good no longer stands on its kernel stack. Its task_struct may live on as
// a zombie, or in a cached /proc entry.
void finish_task_switch() {
  if (!rq.dead) return;
  rq.dead->stack.reset();
  rq.dead.reset();
}

void calc_load() {
  const uint64_t now = ktime_get();
  if (now - rq.load_stamp < kLoadInterval) return;
  rq.load_stamp = now;
  const double active = static_cast<double>(rq.running + rq.away.size()) + (current != init_task ? 1 : 0);
  const std::array<double, 3> minutes{1, 5, 15};
  for (size_t i = 0; i < 3; ++i) {
    const double decay = std::exp(-5.0 / (60.0 * minutes[i]));
    rq.load[i] = rq.load[i] * decay + active * (1 - decay);
  }
}

std::string_view state_letter(const task_struct& t) {
  if (t.exit_state != 0) return "Z";
  if ((t.state & TASK_INTERRUPTIBLE) != 0) return "S";
  if ((t.state & TASK_UNINTERRUPTIBLE) != 0) return "D";
  return (t.state & (TASK_STOPPED | TASK_TRACED)) != 0 ? "T" : "R";
}

void charge_away(task_struct& t) {
  const uint64_t used = arch::machine().cpu_time(t.thread);
  if (used <= t.cpu_seen) return;
  t.acct.utime += used - t.cpu_seen;
  t.vruntime += used - t.cpu_seen;
  t.cpu_seen = used;
}

// They come back only when they trap: their CPU timers and limits are looked at from here.
void tick_away() {
  account_away_time();
  for (task_struct* t : std::vector(rq.away)) account_process_tick(*t, 0, 0);
}

std::optional<uint64_t> next_event() {
  auto next = next_timer();
  for (const task_struct* t : rq.away)
    if (const auto cpu = cpu_timer_deadline(*t)) next = next ? std::min(*next, *cpu) : *cpu;
  return next;
}

void context_switch(task_struct& prev, task_struct& next) {
  account_kernel_time();
  trace_event(TraceEvent::sched_switch, prev.pid, next.pid, state_letter(prev));
  current = &next;
  next.need_resched = false;
  next.stack->switch_from(*prev.stack);
  finish_task_switch();
}

}  // namespace

void sched_init() {
  static Ref<task_struct> idle = make_ref<task_struct>();
  idle->comm = "swapper";
  idle->flags = PF_KTHREAD;
  idle->stack = std::make_unique<Fiber>();
  idle->signal = make_ref<signal_struct>();
  idle->sighand = make_ref<sighand_struct>();
  idle->signal->threads.push_back(idle.get());
  idle->group_leader = idle.get();
  idle->p_pptr = idle->p_opptr = idle.get();
  rq = run_queue{};
  fair_scheduler().init();
  init_task = current = idle.get();
  rq.stamp = ktime_get();
  arch::machine().on_away_stop(+[](arch::thread_struct& thread) {
    const auto it =
        std::ranges::find_if(rq.away, [&](task_struct* t) { return &t->thread == &thread; });
    if (it == rq.away.end()) return;
    task_struct& t = **it;
    charge_away(t);
    rq.away.erase(it);
    t.on_cpu_away = false;
    wake_up_process(t);
  });
}

void account_kernel_time() {
  const uint64_t now = ktime_get();
  if (current != init_task) current->acct.stime += now - rq.stamp;
  rq.stamp = now;
}

void account_user_time() {
  const uint64_t now = ktime_get();
  const uint64_t ran = now - rq.stamp;
  rq.stamp = now;
  current->acct.utime += ran;
  const uint64_t charged = std::exchange(user_code_charge, 0);
  const uint64_t cost = charged != 0 ? charged : ran;
  current->vruntime += cost;
  current->slice = current->slice > cost ? current->slice - cost : 0;
}

void account_away_time() {
  for (task_struct* t : rq.away) charge_away(*t);
}

void schedule() {
  task_struct& prev = *current;
  if (prev.state == TASK_RUNNING) {
    enqueue(prev, false);
    ++prev.acct.nivcsw;
  } else if ((prev.state & TASK_INTERRUPTIBLE) != 0 && signal_pending(prev)) {
    prev.state = TASK_RUNNING;
    return;
  } else if ((prev.state & TASK_WAKEKILL) != 0 && fatal_signal_pending(prev)) {
    prev.state = TASK_RUNNING;
    return;
  } else {
    ++prev.acct.nvcsw;
    trace_event(TraceEvent::sleep, prev.pid, 0, prev.wchan != nullptr ? prev.wchan : "");
  }
  task_struct& next = *pick_next(prev);
  if (&next == &prev) {
    prev.need_resched = false;
    return;
  }
  context_switch(prev, next);
}

[[noreturn]] void schedule_dead() {
  task_struct& prev = *current;
  account_kernel_time();
  rq.dead = &prev;
  prev.exit_done = true;
  task_struct& next = *pick_next(prev);
  trace_event(TraceEvent::sched_switch, prev.pid, next.pid, "Z");
  current = &next;
  next.stack->switch_from_dying(*prev.stack);
}

void sched_hold_dying(task_struct& t) { rq.dead = &t; }

bool try_to_wake_up(task_struct& t, unsigned mode) {
  if ((t.state & mode) == 0) return false;
  wake_up_process(t);
  return true;
}

void wake_up_process(task_struct& t) {
  if (t.exit_state != 0 || t.on_cpu_away) return;
  if (t.state != TASK_RUNNING) trace_event(TraceEvent::wakeup, t.pid, current->pid);
  t.state = TASK_RUNNING;
  if (&t == current) return;
  enqueue(t, true);
  if (current != init_task && scheduler().preempts(t, *current)) set_need_resched();
}

void wake_up_new_task(task_struct& t) {
  scheduler().forked(*current, t);
  wake_up_process(t);
}

void set_need_resched() { current->need_resched = true; }

void cond_resched() {
  if (current->need_resched && current != init_task) schedule();
}

bool schedule_until(uint64_t deadline) {
  if (deadline <= ktime_get()) {
    current->state = TASK_RUNNING;
    return false;
  }
  bool expired = false;
  timer_list timer;
  task_struct* sleeper = current;
  timer.function = [&] {
    expired = true;
    wake_up_process(*sleeper);
  };
  add_timer(timer, deadline, arch::machine().virtual_time() ? 0 : current->timer_slack_ns);
  schedule();
  del_timer(timer);
  return !expired;
}

void sched_dead(task_struct& t) {
  if (!t.run_hook::is_linked()) return;
  t.run_hook::unlink();
  --rq.running;
}

void wait_task_inactive(const task_struct& t) {
  while (!t.exit_done && t.run_hook::is_linked()) schedule();
}

Scheduler& scheduler() {
  return mechanisms().sched == SchedDesign::goodness ? goodness_scheduler() : fair_scheduler();
}

unsigned nr_running() {
  return rq.running + static_cast<unsigned>(rq.away.size()) + (current != init_task ? 1 : 0);
}
std::array<double, 3> loadavg() { return rq.load; }

void scheduler_tick() {
  arch::machine().poll();
  run_timers();
  tick_away();
  calc_load();
  if (current == init_task) return;
  account_process_tick(*current, 0, 0);
  if (scheduler().turn_over(rq.list, *current) && rq.running != 0) current->need_resched = true;
}

// The slice is over and others wait: if a host CPU is free, go on there instead of queueing.
bool try_run_away() {
  task_struct& t = *current;
  if (rq.running == 0 || rq.away.size() + 1 >= arch::machine().cpus() || signal_pending(t)) return false;
  t.cpu_seen = arch::machine().cpu_time(t.thread);
  if (!t.mm->space->run_away(t.thread)) return false;
  t.on_cpu_away = true;
  rq.away.push_back(&t);
  task_struct& next = *pick_next(t);
  context_switch(t, next);
  return true;
}

// Nothing can run, no timer is set, nobody is away on another CPU and no descriptor of the host is
// watched: who sleeps now sleeps until a signal comes from outside, if that can wake it.
static void check_hang() {
  static bool told = false;
  if (told || timers_pending() || !rq.away.empty() || arch::machine().watching()) return;
  const task_struct* stuck = nullptr;
  for_each_task([&](task_struct& t) {
    if (t.exit_state != 0 || !t.mm) return;
    if ((t.state & TASK_UNINTERRUPTIBLE) != 0 && (stuck == nullptr || stuck->state == TASK_INTERRUPTIBLE)) stuck = &t;
    if (stuck == nullptr) stuck = &t;
  });
  if (stuck == nullptr) return;
  const bool for_ever = arch::machine().virtual_time();
  if (!for_ever && (stuck->state & TASK_UNINTERRUPTIBLE) == 0) return;  // pause() is no fault
  told = true;
  for_each_task([](task_struct& t) {
    if (t.exit_state == 0 && t.mm) trace_event(TraceEvent::hang, t.pid, 0, t.wchan != nullptr ? t.wchan : "");
  });
  if (hang_hook != nullptr) hang_hook(*stuck, for_ever);
}

void cpu_idle() {
  while (!rq.halted) {
    arch::machine().poll();
    run_timers();
    if (!rq.list.empty()) {
      context_switch(*init_task, *pick_next(*init_task));
      continue;
    }
    if (rq.halted) break;
    calc_load();
    check_hang();
    if (rq.halted) break;
    arch::machine().idle(next_event());
    rq.stamp = ktime_get();
    tick_away();
  }
}

void halt_system(int exit_code) {
  if (!rq.halted) rq.exit_code = exit_code;
  rq.halted = true;
}
bool system_halted() { return rq.halted; }
int halted_exit_code() { return rq.exit_code; }
void finish_first_switch() { finish_task_switch(); }
