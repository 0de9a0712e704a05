// What history changed about choosing the next task: one Scheduler per design (kernel/sched_*.cpp) over
// one run queue. task_struct::slice is what a task has left of its time slice, in ns.
#pragma once

#include "kernel/sched.h"

using run_list = boost::intrusive::list<task_struct, boost::intrusive::base_hook<run_hook>,
                                        boost::intrusive::constant_time_size<false>>;

class Scheduler {
 public:
  virtual ~Scheduler() = default;
  virtual void init() {}  // the machine boots
  // t has become runnable, or gives up the CPU and stays so.
  virtual void enqueue(run_list& queue, task_struct& t, bool woken) = 0;
  // Of a queue that is not empty. `prev` gives up the CPU; if it stands in the queue it is at its end,
  // and is chosen only when it is alone.
  virtual task_struct& pick(run_list& queue, const task_struct& prev) = 0;
  // A fork: the child's slice.
  virtual void forked(task_struct& parent, task_struct& child) = 0;
  // At a clock tick: has t run long enough for now?
  virtual bool turn_over(const run_list& queue, task_struct& t) = 0;
  // Should a task that was just woken take the CPU from the one that runs?
  virtual bool preempts(const task_struct& woken, const task_struct& running) = 0;
};

Scheduler& scheduler();  // of the profile in force
Scheduler& goodness_scheduler();
Scheduler& fair_scheduler();
