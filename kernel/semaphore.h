// The semaphore of 2.2 and 2.4 (include/asm-i386/semaphore.h, __down and __up in arch/i386/kernel/
// semaphore.c): a count, a number of wake-ups granted but not yet taken, and a wait queue. Unlike a
// sleep_on it remembers an up() that came first. Known difference: one that history had on a kernel
// stack is kept alive past its frame, so that a waker that comes too late is caught, not obeyed.
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
  // The frame that held it is gone: whoever touches it now writes into somebody else's stack.
  void frame_gone() { gone_ = true; }

 private:
  void __down();
  void __up();

  int count_;
  int waking_ = 0;
  bool gone_ = false;
  wait_queue wait_;
};
