// Copies between the kernel and the current task's memory. Linux: arch/x86/lib/usercopy.c,
// lib/strncpy_from_user.c, fs/namei.c (getname). Every copy is one call of the UserSpace in the
// usual case; strings come in steps that end at a page and begin small, for most are paths.
#include "mm/uaccess.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "kernel/sched.h"
#include "mm/mm.h"

namespace {

constexpr size_t kFirstStep = 256;

// Bytes moved. `copy(done)` moves what is left after `done` bytes and returns what it could not
// move. A copy may be the first to touch a stack that must grow, and then goes on behind the fault.
template <class Copy>
size_t transfer(uint64_t addr, size_t n, bool write, Copy copy) {
  if (n == 0 || current == nullptr || !current->mm) return 0;
  mm_struct& mm = *current->mm;
  size_t done = n - copy(mm, 0);
  if (done < n && handle_mm_fault(mm, addr + done, write)) done = n - copy(mm, done);
  return done;
}

size_t copy_in(void* to, uint64_t from, size_t n) {
  if (current->kernel_ds) {
    std::memcpy(to, reinterpret_cast<const void*>(from), n);
    return n;
  }
  if (!access_ok(from, n)) return 0;
  return transfer(from, n, false, [=](mm_struct& mm, size_t done) {
    return mm.space->copy_in(static_cast<std::byte*>(to) + done, from + done, n - done);
  });
}

size_t copy_out(uint64_t to, const void* from, size_t n) {
  if (current->kernel_ds) return 0;  // the kernel passes only what is read
  if (!access_ok(to, n)) return 0;
  return transfer(to, n, true, [=](mm_struct& mm, size_t done) {
    return mm.space->copy_out(to + done, static_cast<const std::byte*>(from) + done, n - done);
  });
}

}  // namespace

bool access_ok(uint64_t addr, uint64_t n) {
  if (current == nullptr) return false;
  if (current->kernel_ds) return true;  // a kernel thread that calls its own table (kernel/kthread.cpp)
  if (!current->mm) return false;
  // Without an MMU the space judges every address itself; a program's own view of it may be any.
  const arch::Isa& isa = *current->mm->isa;
  const uint64_t top = isa.has_mmu() ? isa.task_size() : uint64_t{UINT32_MAX} + 1;
  return n <= top && addr <= top - n;
}

Result<void> copy_from_user(void* to, uint64_t from, size_t n) {
  if (copy_in(to, from, n) != n) return Err(EFAULT);
  return {};
}

Result<void> copy_to_user(uint64_t to, const void* from, size_t n) {
  if (copy_out(to, from, n) != n) return Err(EFAULT);
  return {};
}

size_t copy_to_user_partial(uint64_t to, const void* from, size_t n) {
  return copy_out(to, from, n);
}
size_t copy_from_user_partial(void* to, uint64_t from, size_t n) { return copy_in(to, from, n); }

bool user_order_differs() {
  if (current == nullptr || !current->mm) return false;
  return current->mm->isa->big_endian() == (std::endian::native == std::endian::little);
}

// Two words of 32 bits are one of 64 where the low one comes first.
Result<uint64_t> get_user_sigset(uint64_t addr) {
  const uint64_t set = TRY(get_user(user_ptr<const uint64_t>(addr)));
  return current->mm->isa->big_endian() && current->mm->isa->word_bytes() == 4 ? std::rotl(set, 32) : set;
}
Result<void> put_user_sigset(uint64_t addr, uint64_t set) {
  const bool words = current->mm && current->mm->isa->big_endian() && current->mm->isa->word_bytes() == 4;
  return put_user(user_ptr<uint64_t>(addr), words ? std::rotl(set, 32) : set);
}

Result<void> clear_user(uint64_t to, size_t n) {
  static constexpr std::array<std::byte, 16 * kPageSize> zeros{};
  if (!access_ok(to, n)) return Err(EFAULT);
  while (n != 0) {
    const size_t step = std::min(n, zeros.size());
    TRY(copy_to_user(to, zeros.data(), step));
    to += step;
    n -= step;
  }
  return {};
}

Result<std::string> strncpy_from_user(user_ptr<const char> from, size_t max) {
  std::string text;
  std::array<char, kPageSize> buffer;
  uint64_t at = from.addr;
  size_t step = kFirstStep;
  while (text.size() < max) {
    const size_t n = std::min({step, kPageSize - (at & (kPageSize - 1)), max - text.size()});
    TRY(copy_from_user(buffer.data(), at, n));
    if (const void* nul = std::memchr(buffer.data(), 0, n)) {
      text.append(buffer.data(),
                  static_cast<size_t>(static_cast<const char*>(nul) - buffer.data()));
      return text;
    }
    text.append(buffer.data(), n);
    at += n;
    step = kPageSize;
  }
  return Err(ENAMETOOLONG);
}

Result<std::string> getname(user_ptr<const char> from, bool allow_empty) {
  std::string name = TRY(strncpy_from_user(from, PATH_MAX));
  if (name.empty() && !allow_empty) return Err(ENOENT);
  return name;
}
