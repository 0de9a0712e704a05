// Kernel messages. Linux: include/linux/printk.h, include/linux/panic.h. Ours: lines go to a ring
// that dmesg and /dev/kmsg read, and to a sink that init installs (stderr with -v); without a sink
// printk is silent.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "kernel/wait.h"

// One line (a trailing newline is dropped), at KERN_INFO unless a level is given.
void printk(const char* format, ...) __attribute__((format(printf, 1, 2)));
void printk_level(unsigned level, const char* format, ...) __attribute__((format(printf, 2, 3)));

// Gets "[    1.234567] text" without a newline. Null: silence.
using printk_sink = void (*)(std::string_view line);
// Below `loglevel`, as console_loglevel has it; kAlertLevel lets through only what must not be missed.
inline constexpr unsigned kAlertLevel = 2, kEveryLevel = 8;
void set_printk_sink(printk_sink sink, unsigned loglevel = kEveryLevel);

// What cannot happen has happened: says where, with the task and its registers, on stderr and ends
// the host process; the stubs end with it.
[[noreturn]] void panic(const char* format, ...) __attribute__((format(printf, 1, 2)));
// Runs first in a panic (restores the terminal); set at boot.
inline void (*panic_hook)() = nullptr;
// Prints the running task and its registers, as an oops does, through `out`.
std::string describe_current();

// ---- the ring: the last 1000 lines
// ---------------------------------------------------------------
struct log_record {
  uint64_t seq = 0;
  uint64_t time = 0;  // ns since boot
  unsigned level = 6;
  std::string text;
  std::string line() const;  // "[    1.234567] text"
};
uint64_t log_first_seq();                // oldest one kept
uint64_t log_next_seq();                 // the next one to come
const log_record* log_at(uint64_t seq);  // null if overwritten or not written yet
wait_queue& log_wait();                  // woken at each new line
