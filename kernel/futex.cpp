// Futexes: waiting, waking, requeueing. Linux: kernel/futex/{core,syscalls,waitwake,requeue}.c.
// Kernel code runs on one thread, so testing the word and going to sleep cannot be torn apart by a
// waker: a guest thread that runs on another CPU meanwhile must enter the kernel to wake anybody.
// Known differences: waiters are served in order of arrival whatever their priority, and requeueing
// to a PI futex does not exist (ENOSYS).
#include "kernel/futex.h"

#include <array>
#include <bit>

#include "kernel/fork_hooks.h"
#include "kernel/futex_internal.h"
#include "kernel/time.h"
#include "mm/uaccess.h"

namespace futex {

namespace {

constexpr size_t kBuckets = 256;

std::array<bucket, kBuckets>& table() {
  static auto& t = *new std::array<bucket, kBuckets>;  // never destroyed: waiters may outlive main()
  return t;
}

uint32_t guest_order(const task_struct& t, uint32_t v) {
  return t.isa->big_endian() ? std::byteswap(v) : v;
}

}  // namespace

bucket& hash(const futex_key& key) {
  const uint64_t h = (key.object ^ key.offset >> 2) * 0x9e3779b97f4a7c15ULL;
  return table()[h >> 56];
}

void queue(futex_q& q, const futex_key& key) {
  q.key = key;
  hash(key).push_back(q);
}

void wake(futex_q& q) {
  q.woken = true;
  if (q.is_linked()) q.unlink();
  q.wait.wake(TASK_NORMAL, 0);
}

futex_q* first_waiter(const futex_key& key, bool pi) {
  for (futex_q& q : hash(key))
    if (q.key == key && q.pi == pi) return &q;
  return nullptr;
}

void for_each_waiter(const std::function<void(futex_q&)>& f) {
  for (bucket& b : table())
    for (auto it = b.begin(); it != b.end();) f(*it++);
}

WaitEnd sleep(futex_q& q, std::optional<uint64_t> deadline) {
  return wait_event_state(q.wait, TASK_INTERRUPTIBLE, deadline, [&q] { return q.woken; });
}

Result<futex_key> key_of(uint64_t uaddr, bool is_private) {
  if ((uaddr & 3) != 0) return Err(EINVAL);
  if (!access_ok(uaddr, sizeof(uint32_t)) || !current->mm) return Err(EFAULT);
  return get_futex_key(*current->mm, uaddr, is_private);
}

Result<uint32_t> load(uint64_t uaddr) {
  return get_user(user_ptr<const uint32_t>(uaddr));
}

Result<uint32_t> cmpxchg(task_struct& t, uint64_t uaddr, uint32_t expected, uint32_t desired) {
  if ((uaddr & 3) != 0 || !t.mm) return Err(EFAULT);
  if (uaddr >= t.isa->task_size() - 3) return Err(EFAULT);
  const uint32_t found =
      TRY(t.mm->space->cmpxchg32(uaddr, guest_order(t, expected), guest_order(t, desired)));
  return guest_order(t, found);
}

namespace {

SyscallResult wait(uint64_t uaddr, bool is_private, uint32_t val, std::optional<uint64_t> deadline,
                   uint32_t bitset) {
  if (bitset == 0) return Err(EINVAL);
  futex_q q(*current);
  q.bitset = bitset;
  queue(q, TRY(key_of(uaddr, is_private)));
  if (TRY(load(uaddr)) != val) return Err(EAGAIN);
  switch (sleep(q, deadline)) {
    case WaitEnd::ready: return 0;
    case WaitEnd::timeout: return Err(ETIMEDOUT);
    case WaitEnd::signal: break;
  }
  if (!deadline) return Err(ERESTARTSYS);
  current->restart_block = [=] { return wait(uaddr, is_private, val, deadline, bitset); };
  return Err(ERESTART_RESTARTBLOCK);
}

// Wakes up to `n` plain waiters; EINVAL if a PI waiter stands in line.
Result<int> wake_key(const futex_key& key, int n, uint32_t bitset) {
  int woken = 0;
  bucket& b = hash(key);
  for (auto it = b.begin(); it != b.end() && woken < n;) {
    futex_q& q = *it++;
    if (q.key != key) continue;
    if (q.pi) return Err(EINVAL);
    if ((q.bitset & bitset) == 0) continue;
    wake(q);
    ++woken;
  }
  return woken;
}

// A shared word is known by its page, so the page must be there; a private one by its address alone.
Result<void> touch(uint64_t uaddr, bool is_private) {
  if (!is_private) TRY(load(uaddr));
  return {};
}

SyscallResult wake_op(uint64_t uaddr, bool is_private, uint32_t val, uint32_t bitset) {
  if (bitset == 0) return Err(EINVAL);
  const futex_key key = TRY(key_of(uaddr, is_private));
  TRY(touch(uaddr, is_private));
  // As in Linux, 0 wakes one all the same.
  return TRY(wake_key(key, std::max(static_cast<int>(val), 1), bitset));
}

SyscallResult requeue(uint64_t uaddr, uint64_t uaddr2, bool is_private, uint32_t nr_wake,
                      uint32_t nr_requeue, std::optional<uint32_t> compare) {
  const auto wake_max = static_cast<int>(nr_wake), move_max = static_cast<int>(nr_requeue);
  if (wake_max < 0 || move_max < 0) return Err(EINVAL);
  const futex_key from = TRY(key_of(uaddr, is_private)), to = TRY(key_of(uaddr2, is_private));
  TRY(touch(uaddr, is_private));
  TRY(touch(uaddr2, is_private));
  if (compare && TRY(load(uaddr)) != *compare) return Err(EAGAIN);
  int done = TRY(wake_key(from, wake_max, kMatchAny));
  int moved = 0;
  bucket& b = hash(from);
  for (auto it = b.begin(); it != b.end() && moved < move_max;) {
    futex_q& q = *it++;
    if (q.key != from) continue;
    if (q.pi) return Err(EINVAL);
    ++moved;
    ++done;
    if (from == to) continue;
    q.unlink();
    queue(q, to);
  }
  return done;
}

struct encoded_op {
  unsigned op, cmp;
  int oparg, cmparg;
};
encoded_op decode(uint32_t e) {
  const auto sign12 = [](uint32_t v) { return static_cast<int>(v << 20) >> 20; };
  encoded_op d{e >> 28 & 7, e >> 24 & 15, sign12(e >> 12 & 0xfff), sign12(e & 0xfff)};
  if ((e >> 28 & FUTEX_OP_OPARG_SHIFT) != 0) d.oparg = static_cast<int>(1U << (d.oparg & 31));
  return d;
}

Result<uint32_t> apply(const encoded_op& d, uint32_t old) {
  const auto arg = static_cast<uint32_t>(d.oparg);
  switch (d.op) {
    case FUTEX_OP_SET: return arg;
    case FUTEX_OP_ADD: return old + arg;
    case FUTEX_OP_OR: return old | arg;
    case FUTEX_OP_ANDN: return old & ~arg;
    case FUTEX_OP_XOR: return old ^ arg;
    default: return Err(ENOSYS);
  }
}

Result<bool> compare(const encoded_op& d, uint32_t value) {
  const auto old = static_cast<int>(value);
  switch (d.cmp) {
    case FUTEX_OP_CMP_EQ: return old == d.cmparg;
    case FUTEX_OP_CMP_NE: return old != d.cmparg;
    case FUTEX_OP_CMP_LT: return old < d.cmparg;
    case FUTEX_OP_CMP_GE: return old >= d.cmparg;
    case FUTEX_OP_CMP_LE: return old <= d.cmparg;
    case FUTEX_OP_CMP_GT: return old > d.cmparg;
    default: return Err(ENOSYS);
  }
}

// Changes the second word, wakes the first futex, and the second if its old value passes the test.
SyscallResult wake_and_op(uint64_t uaddr, uint64_t uaddr2, bool is_private, uint32_t nr_wake,
                          uint32_t nr_wake2, uint32_t encoded) {
  const futex_key one = TRY(key_of(uaddr, is_private)), two = TRY(key_of(uaddr2, is_private));
  const encoded_op d = decode(encoded);
  uint32_t old = TRY(load(uaddr2));
  // Another thread of the guest may change the word between our look and our store; each failure is
  // its progress.
  for (;;) {
    const uint32_t found = TRY(cmpxchg(*current, uaddr2, old, TRY(apply(d, old))));
    if (found == old) break;
    old = found;
  }
  const bool second = TRY(compare(d, old));
  int woken = TRY(wake_key(one, static_cast<int>(nr_wake), kMatchAny));
  if (second) woken += TRY(wake_key(two, static_cast<int>(nr_wake2), kMatchAny));
  return woken;
}

}  // namespace

}  // namespace futex

bool futex_has_timeout(int op) {
  switch (op & FUTEX_CMD_MASK) {
    case FUTEX_WAIT:
    case FUTEX_WAIT_BITSET:
    case FUTEX_LOCK_PI:
    case FUTEX_LOCK_PI2:
    case FUTEX_WAIT_REQUEUE_PI: return true;
    default: return false;
  }
}

SyscallResult do_futex(uint64_t uaddr, int op, uint32_t val, std::optional<uint64_t> timeout,
                       uint32_t val2, uint64_t uaddr2, uint32_t val3) {
  const int cmd = op & FUTEX_CMD_MASK;
  const bool is_private = (op & FUTEX_PRIVATE_FLAG) != 0;
  const bool realtime = (op & FUTEX_CLOCK_REALTIME) != 0;
  if (realtime && cmd != FUTEX_WAIT_BITSET && cmd != FUTEX_WAIT_REQUEUE_PI && cmd != FUTEX_LOCK_PI2)
    return Err(ENOSYS);
  std::optional<uint64_t> deadline = timeout;
  if (timeout) {
    if (cmd == FUTEX_WAIT)
      deadline = ktime_add_safe(ktime_get(), *timeout);
    else if (realtime || cmd == FUTEX_LOCK_PI)  // LOCK_PI has always meant the wall clock
      deadline = clock_to_monotonic(CLOCK_REALTIME, *timeout);
  }
  switch (cmd) {
    case FUTEX_WAIT: return futex::wait(uaddr, is_private, val, deadline, futex::kMatchAny);
    case FUTEX_WAIT_BITSET: return futex::wait(uaddr, is_private, val, deadline, val3);
    case FUTEX_WAKE: return futex::wake_op(uaddr, is_private, val, futex::kMatchAny);
    case FUTEX_WAKE_BITSET: return futex::wake_op(uaddr, is_private, val, val3);
    case FUTEX_REQUEUE: return futex::requeue(uaddr, uaddr2, is_private, val, val2, {});
    case FUTEX_CMP_REQUEUE: return futex::requeue(uaddr, uaddr2, is_private, val, val2, val3);
    case FUTEX_WAKE_OP: return futex::wake_and_op(uaddr, uaddr2, is_private, val, val2, val3);
    case FUTEX_LOCK_PI:
    case FUTEX_LOCK_PI2: return futex::lock_pi(uaddr, is_private, deadline, false);
    case FUTEX_TRYLOCK_PI: return futex::lock_pi(uaddr, is_private, {}, true);
    case FUTEX_UNLOCK_PI: return futex::unlock_pi(uaddr, is_private);
    default: return Err(ENOSYS);
  }
}

void futex_wake_user(uint64_t uaddr, int n) {
  if (const auto key = futex::key_of(uaddr, false))
    (void)futex::wake_key(*key, n, futex::kMatchAny);
}

void futex_init() {
  exit_robust_list_hook = [](task_struct& t) { exit_robust_list(t); };
  futex_wake_hook = [](uint64_t uaddr) { futex_wake_user(uaddr, 1); };
}
