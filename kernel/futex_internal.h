// The waiters of futexes; shared by futex.cpp (queues), futex_pi.cpp and futex_robust.cpp.
#pragma once

#include <boost/intrusive/list.hpp>

#include "kernel/futex.h"
#include "kernel/sched.h"
#include "mm/mm.h"

namespace futex {

inline constexpr uint32_t kMatchAny = FUTEX_BITSET_MATCH_ANY;

using futex_hook =
    boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

// One sleeper, on its own stack. Unqueued by whoever wakes it, or when it goes away.
struct futex_q : futex_hook {
  explicit futex_q(task_struct& t) : task(&t) {}
  task_struct* task;
  futex_key key;
  uint32_t bitset = kMatchAny;
  bool pi = false;     // waits for a PI lock: only UNLOCK_PI and a dying owner may end it
  uint64_t uaddr = 0;  // PI: the word, in the waiter's address space
  bool woken = false;
  wait_queue wait;
};

using bucket = boost::intrusive::list<futex_q, boost::intrusive::constant_time_size<false>>;

bucket& hash(const futex_key& key);
void queue(futex_q& q, const futex_key& key);
void wake(futex_q& q);
Result<futex_key> key_of(uint64_t uaddr, bool is_private);
// First waiter in line for a key, PI or not; null if there is none.
futex_q* first_waiter(const futex_key& key, bool pi);
void for_each_waiter(const std::function<void(futex_q&)>& f);
// Sleeps until woken, a monotonic time-out or a signal.
WaitEnd sleep(futex_q& q, std::optional<uint64_t> deadline);

// The word, in the guest's byte order on its side and ours here.
Result<uint32_t> load(uint64_t uaddr);
Result<uint32_t> cmpxchg(task_struct& t, uint64_t uaddr, uint32_t expected, uint32_t desired);

SyscallResult lock_pi(uint64_t uaddr, bool is_private, std::optional<uint64_t> deadline,
                      bool trylock);
SyscallResult unlock_pi(uint64_t uaddr, bool is_private);
// `t` goes away with PI locks that others wait for.
void exit_pi_state(task_struct& t);

}  // namespace futex
