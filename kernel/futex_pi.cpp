// PI futexes: the word holds the owner's thread id, and the kernel hands a contended lock to the
// next in line. Linux: kernel/futex/pi.c. Known difference: no priority is inherited, there being
// none to speak of.
#include "kernel/futex_internal.h"

namespace futex {

namespace {

unsigned pi_waiters = 0;  // saves an exiting task the search when there are none

constexpr uint32_t kTid = FUTEX_TID_MASK, kWaiters = FUTEX_WAITERS, kOwnerDied = FUTEX_OWNER_DIED;

// Takes a lock that nobody owns, or marks it contended. True: it is ours.
Result<bool> take_or_mark(uint64_t uaddr, const futex_key& key, bool trylock) {
  const auto self = static_cast<uint32_t>(current->pid);
  uint32_t old = TRY(load(uaddr));
  for (;;) {
    const uint32_t owner = old & kTid;
    if (owner == self) return Err(EDEADLK);
    if (owner != 0 && trylock) return Err(EAGAIN);
    uint32_t desired = old | kWaiters;
    if (owner == 0) {
      // Waiters in the kernel go first only if the lock was handed over; here it was not.
      desired = self | (old & kOwnerDied) | (first_waiter(key, true) != nullptr ? kWaiters : 0);
    } else if (find_task_by_pid(static_cast<int>(owner)) == nullptr) {
      return Err(ESRCH);
    }
    const uint32_t found = TRY(cmpxchg(*current, uaddr, old, desired));
    if (found == old) return owner == 0;
    old = found;
  }
}

// Makes the first waiter the owner. The word is written through the waiter's own address space,
// which outlives that of a dying owner.
void hand_over(futex_q& next, uint32_t old, uint32_t flags) {
  task_struct& t = *next.task;
  next.unlink();
  const bool more = first_waiter(next.key, true) != nullptr;
  const uint32_t word = static_cast<uint32_t>(t.pid) | flags | (more ? kWaiters : 0);
  for (;;) {
    const auto found = cmpxchg(t, next.uaddr, old, word);
    if (!found || *found == old) break;
    old = *found;
  }
  wake(next);
}

}  // namespace

SyscallResult lock_pi(uint64_t uaddr, bool is_private, std::optional<uint64_t> deadline,
                      bool trylock) {
  const futex_key key = TRY(key_of(uaddr, is_private));
  if (TRY(take_or_mark(uaddr, key, trylock))) return 0;
  futex_q q(*current);
  q.pi = true;
  q.uaddr = uaddr;
  queue(q, key);
  ++pi_waiters;
  const WaitEnd end = sleep(q, deadline);
  --pi_waiters;
  switch (end) {
    case WaitEnd::ready: return 0;  // the lock was handed to us
    case WaitEnd::timeout: return Err(ETIMEDOUT);
    case WaitEnd::signal: break;
  }
  // A restarted call must not turn a time-out into a longer one: its deadline is absolute.
  return Err(ERESTARTNOINTR);
}

SyscallResult unlock_pi(uint64_t uaddr, bool is_private) {
  const auto self = static_cast<uint32_t>(current->pid);
  const futex_key key = TRY(key_of(uaddr, is_private));
  uint32_t old = TRY(load(uaddr));
  if ((old & kTid) != self) return Err(EPERM);
  if (futex_q* next = first_waiter(key, true)) {
    hand_over(*next, old, 0);
    return 0;
  }
  for (;;) {
    const uint32_t found = TRY(cmpxchg(*current, uaddr, old, 0));
    if (found == old) return 0;
    if ((found & kTid) != self) return Err(EAGAIN);
    old = found;
  }
}

void exit_pi_state(task_struct& t) {
  if (pi_waiters == 0) return;
  const auto dead = static_cast<uint32_t>(t.pid);
  std::vector<futex_q*> heads;
  for_each_waiter([&](futex_q& q) {
    if (q.pi && q.task != &t && first_waiter(q.key, true) == &q) heads.push_back(&q);
  });
  for (futex_q* q : heads) {
    // Storing what is there already reads the word through the waiter's own memory.
    const auto word = cmpxchg(*q->task, q->uaddr, dead | kWaiters, dead | kWaiters);
    if (word && (*word & kTid) == dead) hand_over(*q, *word, kOwnerDied);
  }
}

}  // namespace futex
