// What the scenarios share. One file shows one row of the table of observable differences; eras.c holds
// the watchdog and the helpers. A row prints one line, the same on every run of the same kernel: every
// time in it is in milliseconds since the row began, cut to a grid of 50, because lateness is the only
// error that a clock can have here. The vfork children run on stacks of their own: only the rows that
// are about a shared stack share it.
#ifndef ERAS_H
#define ERAS_H
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// One page that every process of the row sees.
struct shared {
  long long t0;           // when the row began
  char line[240];         // what will be printed
  volatile pid_t p, v;    // the parent and its vfork child
  volatile pid_t helper;  // the first helper
  volatile long ms[8];    // the row's own notes
  volatile int flag[8];
  int to_kill;  // at the end, whoever is left
  pid_t kill_pid[32];
};
extern struct shared* sh;
extern char self[];  // this program
extern int loops;    // how often a row that looks for a race tries

struct row {
  int number;
  const char* what;
  void (*subject)(void);     // P
  void (*helper[2])(void);   // other children of the watchdog, started before P
  void (*over)(int status);  // in the watchdog, when P is dead
  long limit;                // ms; 0: 20 s
  int needs_init;            // P is pid 1, or else a subreaper
  struct row* next;
};
void row_register(struct row* r);
// ROW(6, "failed exec releases P", .subject = subject)
#define ROW(n, text, ...)                                                \
  static struct row this_row = {.number = n, .what = text, __VA_ARGS__}; \
  __attribute__((constructor)) static void register_this_row(void) { row_register(&this_row); }

// ---- time ------------------------------------------------------------------------------------------
long now(void);      // ms since the row began
long grid(long ms);  // cut to the grid
void nap(long ms);
void nap_until(long ms);  // interrupted sleeps go on

// ---- the line --------------------------------------------------------------------------------------
// Adds to the line, after a comma if it is not the first.
void say(const char* format, ...) __attribute__((format(printf, 1, 2)));
__attribute__((noreturn)) void done(void);  // ends the process, the line is complete

// "always A", "A, some B", for loops: times that differ, each once.
void note_time(long ms);
void say_times(void);
// "none", "some", "all".
const char* how_many(int n, int of);

// ---- processes -------------------------------------------------------------------------------------
// vfork(2) through its own slot, the child on a stack of its own in child(); it ends with _exit. Says
// ENOSYS and ends the row where the kernel has no such call.
pid_t vfork_child(void (*child)(void));
// The same, but the error is returned as -errno.
long try_vfork(void (*child)(void));
// fork(2); the child runs child() and exits with 0.
pid_t fork_child(void (*child)(void));
// clone(2) with the parent's memory and a stack of its own.
long clone_child(unsigned long flags, void (*child)(void), int* tid);
// Replaces the program with this one in another role: "exit N", "sleep MS", "again MS MS", "echo TEXT".
void exec_self(const char* verb, const char* first, const char* second);
// Killed when the row is over.
void kill_later(pid_t pid);
int wait_for(pid_t pid);     // waits for a child, returns its status; -errno
char proc_state(pid_t pid);  // the letter of /proc/PID/stat, '-' if there is none
const char* status_text(int status);

#endif
