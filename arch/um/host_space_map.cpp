// HostSpace's queue of mapping operations. mm/ decides what is mapped where; this turns it into
// host calls and makes a stub execute all of them in one resume (5 us and 1 us for each, against 9
// us for each one alone).
#include <algorithm>
#include <cstring>

#include "arch/file_changes.h"
#include "arch/um/host_space.h"
#include "arch/um/layout.h"
#include "lib/uapi.h"

namespace um {
namespace {
constexpr arch::Prot kProtMask = PROT_READ | PROT_WRITE | PROT_EXEC;
}  // namespace

// Nothing may touch the machine's own pages above kTaskSize.
bool HostSpace::valid_range(uint64_t addr, uint64_t len) {
  if (addr % kPage == 0 && len % kPage == 0 && len <= kTaskSize && addr <= kTaskSize - len)
    return true;
  fail(EINVAL);
  return false;
}

void HostSpace::map(uint64_t addr, uint64_t len, arch::Prot prot, const arch::Backing& backing) {
  if (len == 0 || !valid_range(addr, len)) return;
  changes(addr, len);
  int fd = -1;
  if (backing.host_fd >= 0) {
    const auto pin = engine_.backings().acquire(backing);
    if (!pin) return fail(pin.error().value);
    pins_.push_back(*pin);
    fd = pin->fd;
    if (backing.shared) ++arch::file_changes;  // stores will not be counted
  }
  push(os::call_mmap(addr, len, prot & kProtMask, backing.shared, backing.noreserve, fd,
                     fd < 0 ? 0 : backing.offset));
  if (fd < 0) {
    bytes_ += len;
    if (len >= engine_.huge_from()) push(os::call_madvise_hugepage(addr, len));
  }
}

void HostSpace::unmap(uint64_t addr, uint64_t len) {
  if (len == 0 || !valid_range(addr, len)) return;
  changes(addr, len);
  push(os::call_munmap(addr, len));
  bytes_ -= std::min(bytes_, len);
}

void HostSpace::protect(uint64_t addr, uint64_t len, arch::Prot prot) {
  if (len == 0 || !valid_range(addr, len)) return;
  changes(addr, len);
  push(os::call_mprotect(addr, len, prot & kProtMask));
}

void HostSpace::remap(uint64_t from, uint64_t old_len, uint64_t to, uint64_t new_len) {
  if (!valid_range(from, old_len) || !valid_range(to, new_len)) return;
  changes(from, old_len);
  changes(to, new_len);
  push(os::call_mremap(from, old_len, to, new_len));
  if (new_len > old_len) bytes_ += new_len - old_len;
}

void HostSpace::advise(uint64_t addr, uint64_t len, int advice) {
  if (len == 0 || !valid_range(addr, len)) return;
  if (!os::advice_allowed(advice)) return fail(EINVAL);
  changes(addr, len);
  push(os::call_madvise(addr, len, advice));
}

void HostSpace::flush(Stub& stub) {
  const size_t count = queue_.size();
  os::Call* page = engine_.zygote().pages().calls();
  for (size_t done = 0; done < count;) {
    const size_t n = std::min(count - done, os::kMaxCalls);
    std::memcpy(page, queue_.data() + done, n * sizeof(os::Call));
    stub.regs_owner = nullptr;
    const os::Outcome outcome = os::run_calls(stub.pid, n);
    if (outcome.error == 0) {
      done += n;
      continue;
    }
    fail(outcome.error);
    if (outcome.gone) {
      engine_.mark_dead(stub);
      break;
    }
    done += outcome.index + 1;  // the rest still has to happen
  }
}

void HostSpace::flush() {
  {
    Hand hand(*this);
    if (hand)
      flush(*hand);
    else
      fail(ENOMEM);
  }
  queue_.clear();
  if (pins_.empty()) return;
  engine_.backings().release(pins_);
  pins_.clear();
}

Result<void> HostSpace::sync() {
  settle();
  const int error = std::exchange(error_, 0);
  if (error != 0) return Err(error);
  return {};
}

}  // namespace um
