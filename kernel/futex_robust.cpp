// Robust futexes: a task that dies holding locks leaves a list of them in its memory, which the
// kernel walks. Linux: kernel/futex/core.c exit_robust_list(). Everything in the list is the
// guest's and is believed only as far as its own words.
#include <algorithm>

#include "kernel/futex_internal.h"
#include "kernel/futex_syscalls.h"
#include "mm/uaccess.h"

namespace {

constexpr unsigned kListLimit = 2048;  // ROBUST_LIST_LIMIT: the list may be a circle

using futex::cmpxchg;

uint64_t word_at(const task_struct& t, const uint8_t* raw) {
  const unsigned bytes = t.isa->word_bytes();
  uint64_t value = 0;
  for (unsigned i = 0; i < bytes; ++i) {
    const unsigned shift = 8 * (t.isa->big_endian() ? bytes - 1 - i : i);
    value |= static_cast<uint64_t>(raw[i]) << shift;
  }
  return value;
}

// N words of the guest, in the dying task's memory, in one host call.
template <size_t N>
Result<std::array<uint64_t, N>> load_words(task_struct& t, uint64_t at) {
  const unsigned bytes = t.isa->word_bytes();
  std::array<uint8_t, 8 * N> raw{};
  if (!access_ok(at, bytes * N) || t.mm->space->copy_in(raw.data(), at, bytes * N) != 0) return Err(EFAULT);
  std::array<uint64_t, N> words;
  for (size_t i = 0; i < N; ++i) words[i] = word_at(t, raw.data() + i * bytes);
  return words;
}

struct entry {
  uint64_t addr = 0;
  bool pi = false;
};
entry as_entry(uint64_t word) { return {word & ~1ULL, (word & 1) != 0}; }
Result<entry> load_entry(task_struct& t, uint64_t at) { return as_entry(TRY(load_words<1>(t, at))[0]); }

Result<void> handle_futex_death(task_struct& t, uint64_t uaddr, bool pi, bool pending) {
  if (t.isa->word_bytes() == 4) uaddr = static_cast<uint32_t>(uaddr);
  if ((uaddr & 3) != 0) return Err(EFAULT);
  // A compare with an unlikely value reads the word without touching it.
  uint32_t old = TRY(cmpxchg(t, uaddr, 0, 0));
  // Killed between taking itself off the word and waking: the waiters must not be forgotten.
  if (pending && !pi && old == 0) {
    futex_wake_user(uaddr, 1);
    return {};
  }
  for (;;) {
    if ((old & FUTEX_TID_MASK) != static_cast<uint32_t>(t.pid)) return {};
    const uint32_t dead = (old & FUTEX_WAITERS) | FUTEX_OWNER_DIED;
    const uint32_t found = TRY(cmpxchg(t, uaddr, old, dead));
    if (found == old) break;
    old = found;
  }
  if (!pi && (old & FUTEX_WAITERS) != 0) futex_wake_user(uaddr, 1);
  return {};
}

// Errors end the walk: the rest of the list is unreachable.
Result<void> walk(task_struct& t) {
  const uint64_t head = t.robust_list.head;
  // struct robust_list_head: the list, the distance from an entry to its lock, the pending entry.
  const auto [first, raw_offset, raw_pending] = TRY(load_words<3>(t, head));
  entry e = as_entry(first);
  const int64_t offset = t.isa->word_bytes() == 4 ? static_cast<int32_t>(raw_offset)
                                                  : static_cast<int64_t>(raw_offset);
  const entry pending = as_entry(raw_pending);
  const auto lock_of = [offset](const entry& x) { return x.addr + static_cast<uint64_t>(offset); };
  for (unsigned n = 0; e.addr != head && n < kListLimit; ++n) {
    const Result<entry> next = load_entry(t, e.addr);
    if (e.addr != pending.addr) TRY(handle_futex_death(t, lock_of(e), e.pi, false));
    if (!next) return std::unexpected(next.error());
    e = *next;
  }
  if (pending.addr != 0) TRY(handle_futex_death(t, lock_of(pending), pending.pi, true));
  return {};
}

}  // namespace

// Could anybody else wait for a lock in this memory, or find it held? Not if nobody shares a page of it;
// then the list is not worth its host call.
static bool memory_is_private(const mm_struct& mm) {
  return mm.mm_users == 1 &&
         std::ranges::none_of(mm.mmap, [](const auto& v) { return (v.second.flags & VM_SHARED) != 0; });
}

void exit_robust_list(task_struct& t) {
  if (!t.mm) return;
  // PI locks with waiters first: the walk would take the owner's name off their words, and a waiter
  // that was handed the lock is safe from it.
  futex::exit_pi_state(t);
  if (t.robust_list.head != 0 && &t == current && !memory_is_private(*t.mm)) (void)walk(t);
  t.robust_list = {};
}

Result<uint64_t> do_get_robust_list(int pid) {
  const task_struct* t = pid == 0 ? current : find_task_by_pid(pid);
  if (t == nullptr) return Err(ESRCH);
  const cred &mine = current->creds, &theirs = t->creds;
  const bool same = mine.euid == theirs.euid || mine.euid == theirs.uid;
  constexpr int kCapSysPtrace = 19;
  if (t != current && !same && !capable(kCapSysPtrace)) return Err(EPERM);
  return t->robust_list.head;
}

SyscallResult do_set_robust_list(uint64_t head, uint64_t len, uint64_t head_size) {
  if (len != head_size) return Err(EINVAL);
  current->robust_list = {head, len};
  return 0;
}
