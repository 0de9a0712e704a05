// Construction and destruction of tasks and of what a thread group shares. Linux: the static parts of
// kernel/fork.c and init/init_task.c.
#include "fs/fs.h"
#include "kernel/posix_timers.h"
#include "kernel/sched.h"
#include "kernel/seccomp.h"
#include "mm/mm.h"

signal_struct::signal_struct() = default;
signal_struct::~signal_struct() = default;

task_struct::task_struct() = default;
task_struct::~task_struct() = default;
