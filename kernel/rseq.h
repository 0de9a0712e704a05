// Restartable sequences: code of the program that must not be interrupted half-way. Linux:
// include/linux/rseq.h.
#pragma once

struct task_struct;

// The current task t was preempted, is about to enter a signal handler (before the frame is built)
// or runs on as another CPU: if it stands inside a critical section, sends it to the abort handler;
// tells it its CPU number. A broken area is answered with SIGSEGV, as in Linux.
void rseq_handle_notify_resume(task_struct& t);
// Others ran while the current task slept in a system call, where it can be in no critical section:
// tells it its CPU number again.
void rseq_slept(task_struct& t);
