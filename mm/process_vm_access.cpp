// Copying between two tasks' memories: process_vm_readv and process_vm_writev. Linux:
// mm/process_vm_access.c. The bytes pass through a kernel buffer, for the host's own call could
// only join two stubs.
#include <algorithm>
#include <vector>

#include "kernel/cred.h"
#include "kernel/sched.h"
#include "mm/mm.h"
#include "mm/mmap_abi.h"
#include "mm/uaccess.h"

namespace {

constexpr uint64_t kMaxRwCount = 0x7ffff000;
constexpr size_t kChunk = 64 * 1024;

// A list of address ranges that is consumed from the front.
class cursor {
 public:
  explicit cursor(std::vector<iov_iter::segment> s) : segments_(std::move(s)) { skip_empty(); }
  bool done() const { return index_ == segments_.size(); }
  uint64_t address() const { return segments_[index_].base + offset_; }
  uint64_t here() const { return segments_[index_].len - offset_; }
  void advance(uint64_t n) {
    offset_ += n;
    skip_empty();
  }

 private:
  void skip_empty() {
    while (index_ < segments_.size() && offset_ == segments_[index_].len) {
      ++index_;
      offset_ = 0;
    }
  }
  std::vector<iov_iter::segment> segments_;
  size_t index_ = 0;
  uint64_t offset_ = 0;
};

// The other task's memory, with its stack growing as under its own hands. Bytes moved.
size_t remote_copy(mm_struct& mm, uint64_t addr, std::byte* buffer, size_t n, bool write) {
  const uint64_t top = mm.isa->task_size();
  if (addr >= top) return 0;
  n = std::min<uint64_t>(n, top - addr);
  const auto move = [&](size_t done) {
    return write ? mm.space->copy_out(addr + done, buffer + done, n - done)
                 : mm.space->copy_in(buffer + done, addr + done, n - done);
  };
  size_t done = n - move(0);
  if (done < n && handle_mm_fault(mm, addr + done, write)) done = n - move(done);
  return done;
}

}  // namespace

Result<long> process_vm_rw(int pid, std::vector<iov_iter::segment> local,
                           std::vector<iov_iter::segment> remote, bool write) {
  const Ref<task_struct> t(find_task_by_pid(pid));
  if (!t || !t->mm) return Err(ESRCH);
  const Ref<mm_struct> mm = t->mm;
  if (!ptrace_may_access(*t)) return Err(EPERM);
  cursor mine(std::move(local)), theirs(std::move(remote));
  std::vector<std::byte> buffer(kChunk);
  uint64_t total = 0;
  while (!mine.done() && !theirs.done() && total < kMaxRwCount) {
    const size_t n = std::min({mine.here(), theirs.here(), uint64_t{kChunk}, kMaxRwCount - total});
    size_t moved;
    if (write) {
      moved = copy_from_user_partial(buffer.data(), mine.address(), n);
      moved = remote_copy(*mm, theirs.address(), buffer.data(), moved, true);
    } else {
      moved = remote_copy(*mm, theirs.address(), buffer.data(), n, false);
      moved = copy_to_user_partial(mine.address(), buffer.data(), moved);
    }
    total += moved;
    mine.advance(moved);
    theirs.advance(moved);
    if (moved < n) return total != 0 ? Result<long>(static_cast<long>(total)) : Err(EFAULT);
  }
  return static_cast<long>(total);
}
