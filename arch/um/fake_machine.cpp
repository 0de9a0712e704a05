// See fake_machine.h.
#include "arch/um/fake_machine.h"

#include <algorithm>
#include <cstring>

#include "lib/uapi.h"

namespace um {
namespace {

using arch::thread_struct;
using arch::Trap;

// A host that has no files: every request fails with ENOSYS.
class NoHostFs final : public arch::HostFs {
 public:
  using Path = const std::string&;
  Result<arch::HostFile> open(int, Path, unsigned, unsigned) override { return Err(ENOSYS); }
  Result<arch::HostStat> stat(int, Path) override { return Err(ENOSYS); }
  Result<std::string> readlink(int, Path) override { return Err(ENOSYS); }
  Result<std::vector<arch::HostDirent>> readdir(int) override { return Err(ENOSYS); }
  Result<size_t> pread(int, std::span<std::byte>, uint64_t) override { return Err(ENOSYS); }
  Result<size_t> pwrite(int, std::span<const std::byte>, uint64_t) override { return Err(ENOSYS); }
  Result<size_t> read(int, std::span<std::byte>) override { return Err(ENOSYS); }
  Result<size_t> write(int, std::span<const std::byte>) override { return Err(ENOSYS); }
  unsigned poll(int, unsigned) override { return 0; }
  Result<void> truncate(int, uint64_t) override { return Err(ENOSYS); }
  Result<void> allocate(int, int, uint64_t, uint64_t) override { return Err(ENOSYS); }
  Result<uint64_t> seek(int, int64_t, int) override { return Err(ENOSYS); }
  Result<void> sync(int) override { return Err(ENOSYS); }
  Result<void> mkdir(int, Path, unsigned) override { return Err(ENOSYS); }
  Result<void> mknod(int, Path, unsigned, uint64_t) override { return Err(ENOSYS); }
  Result<void> unlink(int, Path, bool) override { return Err(ENOSYS); }
  Result<void> rename(int, Path, int, Path, unsigned) override { return Err(ENOSYS); }
  Result<void> link(int, Path, int, Path) override { return Err(ENOSYS); }
  Result<void> symlink(Path, int, Path) override { return Err(ENOSYS); }
  Result<void> chmod(int, Path, unsigned) override { return Err(ENOSYS); }
  Result<void> chown(int, Path, uint32_t, uint32_t) override { return Err(ENOSYS); }
  Result<void> utimens(int, Path, int64_t, int64_t) override { return Err(ENOSYS); }
  Result<arch::HostStatfs> statfs(int) override { return Err(ENOSYS); }
  Result<arch::HostFile> memfd(const char*) override { return Err(ENOSYS); }
  bool isatty(int) override { return false; }
  Result<WinSize> window_size(int) override { return Err(ENOSYS); }
  Result<void> set_raw(int, bool) override { return Err(ENOSYS); }
  bool is_readable_kind(int) override { return false; }
};

}  // namespace

// ---- FakeUserSpace ----

FakeUserSpace::~FakeUserSpace() { --machine_.spaces; }

Trap FakeUserSpace::run(thread_struct& thread) {
  thread.engine = this;
  thread.regs_dirty = thread.ret_dirty = thread.fp_dirty = false;
  if (machine_.deadline_passed()) {
    machine_.set_deadline(std::nullopt);
    return {.kind = Trap::tick};
  }
  if (!machine_.script) return {.kind = Trap::died};
  return machine_.script(thread, *this);
}

Result<void> FakeUserSpace::fetch_fp(thread_struct& thread) {
  if (thread.fp.empty()) thread.fp.resize(576);  // the smallest XSAVE area
  thread.fp_valid = true;
  return {};
}

bool FakeUserSpace::check(uint64_t addr, uint64_t len) {
  if (addr % kPageBytes == 0 && len % kPageBytes == 0 && addr + len >= addr) return true;
  if (error_ == 0) error_ = EINVAL;
  return false;
}

void FakeUserSpace::map(uint64_t addr, uint64_t len, arch::Prot prot,
                        const arch::Backing& backing) {
  if (!check(addr, len)) return;
  for (uint64_t p = addr / kPageBytes; p < (addr + len) / kPageBytes; ++p)
    pages_[p] = {prot, backing.shared, backing.shared ? std::make_shared<Bytes>() : nullptr};
}

void FakeUserSpace::unmap(uint64_t addr, uint64_t len) {
  if (!check(addr, len)) return;
  pages_.erase(pages_.lower_bound(addr / kPageBytes),
               pages_.lower_bound((addr + len) / kPageBytes));
}

void FakeUserSpace::protect(uint64_t addr, uint64_t len, arch::Prot prot) {
  if (!check(addr, len)) return;
  for (uint64_t p = addr / kPageBytes; p < (addr + len) / kPageBytes; ++p) {
    const auto it = pages_.find(p);
    if (it != pages_.end())
      it->second.prot = prot;
    else if (error_ == 0)
      error_ = ENOMEM;
  }
}

void FakeUserSpace::remap(uint64_t from, uint64_t old_len, uint64_t to, uint64_t new_len) {
  if (!check(from, old_len) || !check(to, new_len)) return;
  std::vector<Page> moved;
  for (uint64_t p = from / kPageBytes; p < (from + old_len) / kPageBytes; ++p) {
    moved.push_back(std::move(pages_[p]));
    pages_.erase(p);
  }
  if (moved.empty()) return;
  for (uint64_t i = 0; i < new_len / kPageBytes; ++i)
    pages_[to / kPageBytes + i] = i < moved.size()
                                      ? std::move(moved[i])
                                      : Page{moved.back().prot, moved.back().shared, nullptr};
}

void FakeUserSpace::advise(uint64_t addr, uint64_t len, int advice) {
  if (!check(addr, len) || advice != MADV_DONTNEED) return;
  for (uint64_t p = addr / kPageBytes; p < (addr + len) / kPageBytes; ++p)
    if (const auto it = pages_.find(p); it != pages_.end() && !it->second.shared)
      it->second.bytes.reset();
}

Result<void> FakeUserSpace::sync() {
  const int failure = std::exchange(machine_.fail_sync, 0);
  const int error = std::exchange(error_, 0);
  if (failure != 0) return Err(failure);
  if (error != 0) return Err(error);
  return {};
}

Result<std::unique_ptr<arch::UserSpace>> FakeUserSpace::dup(thread_struct& parent,
                                                            thread_struct& child) {
  TRY(sync());
  if (const int failure = std::exchange(machine_.fail_dup, 0)) return Err(failure);
  auto copy = std::make_unique<FakeUserSpace>(machine_);
  ++machine_.spaces;
  copy->pages_ = pages_;
  for (auto& [number, p] : copy->pages_)
    if (!p.shared && p.bytes) p.bytes = std::make_shared<Bytes>(*p.bytes);
  child.fp = parent.fp;
  child.fp_valid = parent.fp_valid;
  child.regs_dirty = true;
  child.engine = copy.get();
  return copy;
}

arch::Prot FakeUserSpace::prot(uint64_t addr) const {
  const auto it = pages_.find(addr / kPageBytes);
  return it == pages_.end() ? 0 : it->second.prot;
}

FakeUserSpace::Page* FakeUserSpace::page(uint64_t addr, arch::Prot need) {
  const auto it = pages_.find(addr / kPageBytes);
  if (it == pages_.end() || (it->second.prot & need) != need) return nullptr;
  if (!it->second.bytes) it->second.bytes = std::make_shared<Bytes>();
  return &it->second;
}

// f(pointer into guest memory, offset in the buffer, bytes) for each piece; the bytes not reached.
template <class F>
size_t FakeUserSpace::walk(uint64_t addr, size_t n, arch::Prot need, F f) {
  for (size_t done = 0; done < n;) {
    Page* p = page(addr + done, need);
    if (p == nullptr) return n - done;
    const size_t in_page = (addr + done) % kPageBytes;
    const size_t piece = std::min<size_t>(n - done, kPageBytes - in_page);
    f(p->bytes->data() + in_page, done, piece);
    done += piece;
  }
  return 0;
}

size_t FakeUserSpace::copy_in(void* to, uint64_t from, size_t n) {
  return walk(from, n, PROT_READ, [&](std::byte* at, size_t offset, size_t piece) {
    std::memcpy(static_cast<std::byte*>(to) + offset, at, piece);
  });
}

size_t FakeUserSpace::copy_out(uint64_t to, const void* from, size_t n) {
  return walk(to, n, PROT_WRITE, [&](std::byte* at, size_t offset, size_t piece) {
    std::memcpy(at, static_cast<const std::byte*>(from) + offset, piece);
  });
}

size_t FakeUserSpace::force_copy_out(uint64_t to, const void* from, size_t n) {
  return walk(to, n, 0, [&](std::byte* at, size_t offset, size_t piece) {
    std::memcpy(at, static_cast<const std::byte*>(from) + offset, piece);
  });
}

Result<uint32_t> FakeUserSpace::cmpxchg32(uint64_t addr, uint32_t expected, uint32_t desired) {
  uint32_t found = 0;
  if (addr % 4 != 0 || copy_in(&found, addr, 4) != 0) return Err(EFAULT);
  if (found == expected && copy_out(addr, &desired, 4) != 0) return Err(EFAULT);
  return found;
}

uint64_t FakeUserSpace::resident() {
  return kPageBytes *
         static_cast<uint64_t>(std::count_if(pages_.begin(), pages_.end(), [](const auto& p) {
           return p.second.bytes != nullptr;
         }));
}

// ---- FakeMachine ----

FakeMachine::FakeMachine() : hostfs_(std::make_unique<NoHostFs>()) {}
FakeMachine::~FakeMachine() = default;

Result<std::unique_ptr<arch::UserSpace>> FakeMachine::new_space(const arch::Isa&) {
  if (const int failure = std::exchange(fail_new_space, 0)) return Err(failure);
  ++spaces;
  return std::make_unique<FakeUserSpace>(*this);
}

uint64_t FakeMachine::now(arch::Clock clock) {
  constexpr uint64_t kEpoch = 915'753'600ULL * 1'000'000'000;
  return arch::is_wall_clock(clock) ? kEpoch + now_ns_ : now_ns_;
}

void FakeMachine::random(std::span<std::byte> out) {
  for (std::byte& b : out) {
    random_state_ = random_state_ * 6364136223846793005ULL + 1442695040888963407ULL;
    b = static_cast<std::byte>(random_state_ >> 56);
  }
}

Result<void> FakeMachine::watch(arch::HostWatch& watch) {
  if (watch.fd < 0) return Err(EBADF);
  if (std::find(watches_.begin(), watches_.end(), &watch) == watches_.end())
    watches_.push_back(&watch);
  return {};
}

void FakeMachine::unwatch(arch::HostWatch& watch) { std::erase(watches_, &watch); }

void FakeMachine::poll() {
  const auto events = std::exchange(ready_, {});
  for (const auto& [fd, bits] : events) {
    const auto it =
        std::find_if(watches_.begin(), watches_.end(), [&](auto* w) { return w->fd == fd; });
    if (it != watches_.end()) (*it)->handler(bits);
  }
}

void FakeMachine::idle(std::optional<uint64_t> deadline) {
  ++idle_calls;
  if (!ready_.empty()) return poll();
  if (deadline)
    now_ns_ = std::max(now_ns_, *deadline);
  else if (on_idle)
    on_idle();
}

}  // namespace um
