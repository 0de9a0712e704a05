// The accounts: memory that guests may come to use against --mem, and the resource limits on
// address space. Linux: mm/util.c (__vm_enough_memory), mm/mmap.c (may_expand_vm). Difference:
// there is one policy. What is charged is writable private memory and shared memory without a file;
// without --mem there is no limit of ours and the host's own overcommit rules decide; with it,
// MAP_NORESERVE is charged as under overcommit_memory=2, or it would be a way around the limit.
#include "kernel/sched.h"
#include "mm/vma.h"

namespace {

uint64_t limit = 0;  // 0: none
uint64_t committed = 0;

}  // namespace

void set_memory_limit(uint64_t bytes) { limit = bytes; }
uint64_t memory_limit() { return limit != 0 ? limit : arch::machine().memory_bytes(); }
uint64_t memory_committed() { return committed; }

Result<void> vm_enough_memory(uint64_t bytes) {
  if (limit != 0 && (bytes > limit || committed > limit - bytes)) return Err(ENOMEM);
  committed += bytes;
  return {};
}

void vm_unacct_memory(uint64_t bytes) { committed -= bytes; }

bool accountable(unsigned flags, bool shared_anon, bool noreserve) {
  if (noreserve && limit == 0) return false;
  return shared_anon || (flags & (VM_SHARED | VM_WRITE)) == VM_WRITE;
}

uint64_t rlimit_of(unsigned resource) {
  if (current == nullptr || !current->signal) return RLIM_INFINITY;
  return current->signal->rlim[resource].cur;
}

bool task_capable(int cap) { return current == nullptr || capable(cap); }

bool may_expand_vm(const mm_struct& mm, uint64_t bytes, unsigned flags) {
  const uint64_t space = rlimit_of(RLIMIT_AS);
  if (space != RLIM_INFINITY && (bytes > space || mm.total_vm > space - bytes)) return false;
  const uint64_t data = rlimit_of(RLIMIT_DATA);
  constexpr unsigned kKind = VM_WRITE | VM_SHARED | VM_GROWSDOWN;
  if (data == RLIM_INFINITY || (flags & kKind) != VM_WRITE) return true;
  uint64_t used = bytes;
  for (const auto& [start, vma] : mm.mmap)
    if ((vma.flags & kKind) == VM_WRITE) used += vma.end - vma.start;
  return used <= data;
}

uint64_t locked_vm(const mm_struct& mm) {
  uint64_t sum = 0;
  for (const auto& [start, vma] : mm.mmap)
    if ((vma.flags & VM_LOCKED) != 0) sum += vma.end - vma.start;
  return sum;
}

bool can_do_mlock(const mm_struct& mm, uint64_t more) {
  if (task_capable(CAP_IPC_LOCK)) return true;
  const uint64_t most = rlimit_of(RLIMIT_MEMLOCK);
  return most == RLIM_INFINITY || (more <= most && locked_vm(mm) <= most - more);
}
