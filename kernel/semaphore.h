// The semaphore of 2.2 and 2.4 (include/asm-i386/semaphore.h, __down and __up in arch/i386/kernel/
// semaphore.c): a count, a number of wake-ups granted but not yet taken, and a wait queue. Unlike a
// sleep_on it remembers an up() that came first.
#pragma once

#include "kernel/wait.h"

class semaphore {
 public:
  explicit semaphore(int count) : count_(count) {}
  // MUTEX_LOCKED: the first down() waits.
  static constexpr int kLocked = 0;

  // Uninterruptible.
  void down() {
    if (--count_ < 0) __down();
  }
  void up() {
    if (++count_ <= 0) __up();
  }

 private:
  void __down() {
    wait_event(wait_, [this] { return waking_ > 0; });
    --waking_;
  }
  void __up() {
    ++waking_;
    wake_up(wait_);
  }

  int count_;
  int waking_ = 0;
  wait_queue wait_;
};
