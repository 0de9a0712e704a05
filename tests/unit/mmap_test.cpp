// The VMA tree, placement, accounts and user copies, on an address space of byte arrays: no child
// process, no host calls.
#include <cstring>
#include <map>
#include <memory>
#include <string>

#include "fs/fs.h"
#include "kernel/sched.h"
#include "mm/mm.h"
#include "mm/syscalls.h"
#include "mm/uaccess.h"
#include "mm/vma.h"

#include "tests/unit/fake_host.h"
#include "tests/unit/gtest.h"

namespace {

constexpr uint64_t P = kPageSize;

// Pages are shared by reference, so that remap and shared mappings behave; a private copy is made
// at dup, when nobody looks.
struct PageSpace : arch::UserSpace {
  struct Page {
    std::shared_ptr<std::string> data;
    unsigned prot = 0;
    bool shared = false;
  };
  std::map<uint64_t, Page> pages;
  int next_error = 0;
  unsigned syncs = 0;

  arch::Trap run(arch::thread_struct&) override { return {arch::Trap::tick}; }
  Result<void> run_away(arch::thread_struct&) override { return Err(ENOSYS); }
  arch::Trap collect(arch::thread_struct&) override { return {arch::Trap::tick}; }
  void interrupt(arch::thread_struct&) override {}
  Result<void> fetch_fp(arch::thread_struct&) override { return {}; }
  void drop_thread(arch::thread_struct&) override {}
  void map(uint64_t addr, uint64_t len, arch::Prot prot, const arch::Backing& b) override {
    for (uint64_t a = addr; a < addr + len; a += P)
      pages[a] = {std::make_shared<std::string>(P, '\0'), prot, b.shared};
  }
  void unmap(uint64_t addr, uint64_t len) override {
    pages.erase(pages.lower_bound(addr), pages.lower_bound(addr + len));
  }
  void protect(uint64_t addr, uint64_t len, arch::Prot prot) override {
    for (uint64_t a = addr; a < addr + len; a += P) pages.at(a).prot = prot;
  }
  void remap(uint64_t from, uint64_t old_len, uint64_t to, uint64_t new_len) override {
    std::map<uint64_t, Page> moved;
    const Page like = pages.at(from);
    for (uint64_t off = 0; off < new_len; off += P) {
      Page p = like;
      if (old_len == 0 || off < old_len)
        p = pages.at(from + off);
      else
        p.data = std::make_shared<std::string>(P, '\0');
      moved[to + off] = p;
    }
    unmap(from, old_len);
    unmap(to, new_len);
    pages.merge(moved);
  }
  void advise(uint64_t addr, uint64_t len, int advice) override {
    if (advice != MADV_DONTNEED) return;
    for (uint64_t a = addr; a < addr + len; a += P) *pages.at(a).data = std::string(P, '\0');
  }
  Result<void> sync() override {
    ++syncs;
    const int error = std::exchange(next_error, 0);
    if (error != 0) return Err(error);
    return {};
  }
  Result<std::unique_ptr<arch::UserSpace>> dup(arch::thread_struct&,
                                               arch::thread_struct&) override {
    auto copy = std::make_unique<PageSpace>();
    for (auto [a, p] : pages) {
      if (!p.shared) p.data = std::make_shared<std::string>(*p.data);
      copy->pages[a] = p;
    }
    return copy;
  }
  size_t move(uint64_t addr, size_t n, unsigned need, const auto& f) {
    while (n != 0) {
      auto it = pages.find(addr & kPageMask);
      if (it == pages.end() || (it->second.prot & need) == 0) return n;
      const size_t off = addr & (P - 1), step = std::min<size_t>(n, P - off);
      f(it->second.data->data() + off, step);
      addr += step;
      n -= step;
    }
    return 0;
  }
  size_t copy_in(void* to, uint64_t from, size_t n) override {
    char* out = static_cast<char*>(to);
    return move(from, n, PROT_READ,
                [&](char* p, size_t k) { std::memcpy(std::exchange(out, out + k), p, k); });
  }
  size_t copy_out(uint64_t to, const void* from, size_t n) override {
    const char* in = static_cast<const char*>(from);
    return move(to, n, PROT_WRITE,
                [&](char* p, size_t k) { std::memcpy(p, std::exchange(in, in + k), k); });
  }
  Result<uint32_t> cmpxchg32(uint64_t, uint32_t, uint32_t) override { return Err(EFAULT); }
  size_t force_copy_out(uint64_t, const void*, size_t n) override { return n; }
  uint64_t resident() override { return pages.size() * P; }
};

struct TestIsa : arch::Isa {
  unsigned word = 8;
  std::string_view name() const override { return "test"; }
  std::string_view machine() const override { return "test"; }
  unsigned word_bytes() const override { return word; }
  uint64_t task_size() const override { return 0x7ffff000; }
  uint64_t stack_top() const override { return 0x7ff00000; }
  uint64_t mmap_base() const override { return 0x70000000; }
  uint64_t elf_dyn_base() const override { return 0x20000000; }
  uint64_t hwcap() const override { return 0; }
  std::string_view platform() const override { return "test"; }
  arch::SyscallArgs syscall_args(const arch::thread_struct&) const override { return {}; }
  const syscall_entry& syscall(const arch::SyscallArgs&) const override { std::abort(); }
  void set_return(arch::thread_struct&, long) const override {}
  long get_return(const arch::thread_struct&) const override { return 0; }
  void start_thread(task_struct&, uint64_t, uint64_t) const override {}
  Result<void> copy_thread(const task_struct&, task_struct&,
                           const arch::CopyThread&) const override {
    return {};
  }
  Result<void> setup_frame(task_struct&, int, const k_sigaction&, const kernel_siginfo&,
                           uint64_t) const override {
    return {};
  }
  void restart(arch::thread_struct&, bool) const override {}
  bool in_syscall(const arch::thread_struct&) const override { return false; }
  void clear_syscall(arch::thread_struct&) const override {}
  std::vector<std::byte> user_regs(const arch::thread_struct&) const override { return {}; }
  Result<void> set_user_regs(arch::thread_struct&, std::span<const std::byte>) const override {
    return {};
  }
  void set_single_step(arch::thread_struct&, bool) const override {}
  uint64_t pc(const arch::thread_struct&) const override { return 0; }
  uint64_t sp(const arch::thread_struct&) const override { return 0; }
  uint64_t fp(const arch::thread_struct&) const override { return 0; }
  std::vector<std::pair<std::string_view, uint64_t>> registers(
      const arch::thread_struct&) const override {
    return {};
  }
};

struct TestFile : file {
  explicit TestFile(unsigned flags) : file(path(), flags) {}
  Result<arch::Backing> mmap(uint64_t offset, uint64_t, bool, bool) override {
    arch::Backing b;
    b.host_fd = 99;
    b.offset = offset;
    return b;
  }
};

class Mmap : public testing::Test {
 protected:
  Mmap() : task(make_ref<task_struct>()) {
    task->signal = make_ref<signal_struct>();
    task->signal->rlim[RLIMIT_STACK].cur = 8 << 20;
    task->isa = &isa;
    task->group_leader = task.get();
    task->mm = fresh();
    current = task.get();
  }
  ~Mmap() override {
    set_memory_limit(0);
    task->mm.reset();
    current = nullptr;
  }
  Ref<mm_struct> fresh() {
    Ref<mm_struct> m = make_ref<mm_struct>(isa);
    m->space = std::make_unique<PageSpace>();
    m->mm_users = 1;
    return m;
  }
  mm_struct& mm() { return *task->mm; }
  PageSpace& space() { return static_cast<PageSpace&>(*mm().space); }
  uint64_t anon(uint64_t len, uint64_t at = 0, unsigned prot = PROT_READ | PROT_WRITE,
                unsigned flags = MAP_PRIVATE) {
    auto r =
        do_mmap(mm(), nullptr, at, len, prot, flags | MAP_ANONYMOUS | (at != 0 ? MAP_FIXED : 0), 0);
    return r ? *r : static_cast<uint64_t>(-r.error().value);
  }
  // "start-end prot;" for each area, relative to `base` and in pages.
  std::string areas(uint64_t base) {
    std::string s;
    for_each_vma(mm(), [&](const vm_area_struct& v) {
      s += std::to_string(static_cast<int64_t>(v.start - base) / static_cast<int64_t>(P)) + "-" +
           std::to_string(static_cast<int64_t>(v.end - base) / static_cast<int64_t>(P)) + " " +
           std::to_string(v.flags & kVmProt) + ";";
    });
    return s;
  }
  static user_ptr<void> at(uint64_t a) { return user_ptr<void>(a); }
  static int error_of(const SyscallResult& r) { return r ? 0 : r.error().value; }
  static int error_of(const Result<uint64_t>& r) { return r ? 0 : r.error().value; }

  TestIsa isa;
  FakeMachine machine;
  Ref<task_struct> task;
};

TEST_F(Mmap, NeighboursJoin) {
  const uint64_t a = anon(4 * P), b = anon(4 * P);
  EXPECT_EQ(a, isa.mmap_base() - 4 * P);
  EXPECT_EQ(b, a - 4 * P);
  EXPECT_EQ(areas(b), "0-8 3;");
  EXPECT_EQ(mm().total_vm, 8 * P);
}

TEST_F(Mmap, PlainMemoryCostsNoStop) {
  const uint64_t a = anon(4 * P);
  ASSERT_TRUE(do_munmap(mm(), a, 4 * P));
  EXPECT_EQ(space().syncs, 0U);
}

TEST_F(Mmap, MunmapSplits) {
  const uint64_t a = anon(6 * P);
  ASSERT_TRUE(do_munmap(mm(), a + 2 * P, P + 1));
  EXPECT_EQ(areas(a), "0-2 3;4-6 3;");
  EXPECT_EQ(space().pages.size(), 4U);
  EXPECT_EQ(mm().total_vm, 4 * P);
  EXPECT_TRUE(do_munmap(mm(), a + 2 * P, 2 * P));  // nothing there: fine
  EXPECT_FALSE(do_munmap(mm(), a + 1, P));
  EXPECT_FALSE(do_munmap(mm(), a, 0));
  EXPECT_FALSE(do_munmap(mm(), isa.task_size(), P));
}

TEST_F(Mmap, HolesAreFilledFromTheTop) {
  const uint64_t a = anon(8 * P);
  ASSERT_TRUE(do_munmap(mm(), a + P, 2 * P));
  ASSERT_TRUE(do_munmap(mm(), a + 5 * P, P));
  EXPECT_EQ(anon(2 * P), a + P);
  EXPECT_EQ(anon(P), a + 5 * P);
  EXPECT_EQ(areas(a), "0-8 3;");
}

// As Linux since 6.12: what huge pages would fill begins at one, everything else in the next hole.
TEST_F(Mmap, WholeHugePagesAreAligned) {
  constexpr uint64_t kHuge = 2 << 20;
  anon(P);
  const uint64_t huge = anon(2 * kHuge), odd = anon(2 * kHuge + P);
  EXPECT_EQ(huge % kHuge, 0U);
  EXPECT_EQ(odd, huge - 2 * kHuge - P);
  const uint64_t file = *do_mmap(mm(), make_ref<TestFile>(O_RDWR), 0, kHuge, PROT_READ, MAP_PRIVATE, 0);
  EXPECT_EQ(file, odd - kHuge);
}

TEST_F(Mmap, AlignedNeighboursAreOneArea) {
  constexpr uint64_t kHuge = 2 << 20;
  anon(P);
  const uint64_t first = anon(kHuge);
  EXPECT_EQ(anon(3 * kHuge), first - 3 * kHuge);
  EXPECT_EQ(anon(kHuge), first - 4 * kHuge);
  EXPECT_EQ(areas(first), "-2048-512 3;" + std::to_string((mm().mmap_base - first) / P - 1) + "-" +
                              std::to_string((mm().mmap_base - first) / P) + " 3;");
}

TEST_F(Mmap, FixedReplaces) {
  const uint64_t a = anon(4 * P);
  EXPECT_EQ(anon(P, a + P, PROT_READ), a + P);
  EXPECT_EQ(areas(a), "0-1 3;1-2 1;2-4 3;");
  EXPECT_EQ(mm().total_vm, 4 * P);
  EXPECT_EQ(error_of(do_mmap(mm(), nullptr, a, P, PROT_READ,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, 0)),
            EEXIST);
  EXPECT_EQ(error_of(do_mmap(mm(), nullptr, a + 1, P, PROT_READ,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, 0)),
            EINVAL);
}

TEST_F(Mmap, HintAndLowAddresses) {
  EXPECT_EQ(*do_mmap(mm(), nullptr, 0x10000123, P, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, 0),
            0x10000000U);
  EXPECT_EQ(*do_mmap(mm(), nullptr, 4096, P, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, 0),
            kMmapMinAddr);
  task->creds.cap_effective = 0;
  EXPECT_EQ(anon(P, 4096), static_cast<uint64_t>(-EPERM));
  EXPECT_EQ(*do_mmap(mm(), nullptr, 0, P, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, 0),
            0x40000000U);
}

TEST_F(Mmap, BadArguments) {
  EXPECT_EQ(anon(0), static_cast<uint64_t>(-EINVAL));
  EXPECT_EQ(anon(~0ULL), static_cast<uint64_t>(-ENOMEM));
  EXPECT_EQ(anon(isa.task_size()), static_cast<uint64_t>(-ENOMEM));
  EXPECT_EQ(error_of(do_mmap(mm(), nullptr, 0, P, PROT_READ, MAP_ANONYMOUS, 0)), EINVAL);
  EXPECT_EQ(anon(P, 0, PROT_READ, MAP_PRIVATE | MAP_HUGETLB), static_cast<uint64_t>(-ENOMEM));
}

TEST_F(Mmap, FilePermissions) {
  const Ref<file> ro(new TestFile(O_RDONLY)), wo(new TestFile(O_WRONLY));
  EXPECT_EQ(error_of(do_mmap(mm(), wo, 0, P, PROT_READ, MAP_PRIVATE, 0)), EACCES);
  EXPECT_EQ(error_of(do_mmap(mm(), ro, 0, P, PROT_WRITE, MAP_SHARED, 0)), EACCES);
  const uint64_t a = *do_mmap(mm(), ro, 0, 2 * P, PROT_READ, MAP_SHARED, P);
  EXPECT_EQ(error_of(sys_mprotect(at(a), {P}, PROT_READ | PROT_WRITE)), EACCES);
  const uint64_t b = *do_mmap(mm(), ro, 0, 2 * P, PROT_READ, MAP_PRIVATE, 0);
  EXPECT_EQ(error_of(sys_mprotect(at(b + P), {P}, PROT_READ | PROT_WRITE)), 0);
  EXPECT_EQ(find_vma(mm(), b + P)->pgoff, P);
  EXPECT_EQ(error_of(do_mmap(mm(), ro, 0, P, PROT_READ, MAP_PRIVATE, 123)), EINVAL);
  EXPECT_EQ(error_of(do_mmap(mm(), ro, 0, P, PROT_READ, MAP_PRIVATE, INT64_MAX & kPageMask)),
            EOVERFLOW);
}

TEST_F(Mmap, RefusedByTheHost) {
  const Ref<file> ro(new TestFile(O_RDONLY));
  space().next_error = ENOMEM;
  const uint64_t before = memory_committed();
  EXPECT_EQ(error_of(do_mmap(mm(), ro, 0, P, PROT_READ | PROT_WRITE, MAP_PRIVATE, 0)), ENOMEM);
  EXPECT_TRUE(mm().mmap.empty());
  EXPECT_EQ(memory_committed(), before);
}

TEST_F(Mmap, MprotectSplitsAndJoins) {
  const uint64_t a = anon(4 * P);
  EXPECT_EQ(error_of(sys_mprotect(at(a + P), {2 * P}, PROT_READ)), 0);
  EXPECT_EQ(areas(a), "0-1 3;1-3 1;3-4 3;");
  EXPECT_EQ(error_of(sys_mprotect(at(a + P), {2 * P}, PROT_READ | PROT_WRITE)), 0);
  EXPECT_EQ(areas(a), "0-4 3;");
  EXPECT_EQ(error_of(sys_mprotect(at(a + 2 * P), {4 * P}, PROT_READ)), ENOMEM);
  EXPECT_EQ(areas(a), "0-2 3;2-4 1;");
  EXPECT_EQ(error_of(sys_mprotect(at(a + 1), {P}, PROT_READ)), EINVAL);
  EXPECT_EQ(error_of(sys_mprotect(at(a), {P}, 0x80)), EINVAL);
}

TEST_F(Mmap, Brk) {
  mm().start_brk = mm().brk = 0x10000000;
  EXPECT_EQ(*sys_brk(at(0)), 0x10000000);
  EXPECT_EQ(*sys_brk(at(0x10000010)), 0x10000010);
  EXPECT_EQ(*sys_brk(at(0x10003000)), 0x10003000);
  EXPECT_EQ(areas(0x10000000), "0-3 3;");
  EXPECT_STREQ(find_vma(mm(), 0x10000000)->name, "[heap]");
  EXPECT_EQ(*sys_brk(at(0x10001001)), 0x10001001);
  EXPECT_EQ(areas(0x10000000), "0-2 3;");
  anon(P, 0x10008000);
  EXPECT_EQ(*sys_brk(at(0x10009000)), 0x10001001);
  EXPECT_EQ(*sys_brk(at(0x0fffffff)), 0x10001001);
}

TEST_F(Mmap, MremapGrowsMovesAndShrinks) {
  const uint64_t a = anon(4 * P);
  ASSERT_TRUE(do_munmap(mm(), a + 2 * P, P));  // one page of room, then a neighbour
  ASSERT_TRUE(put_user(user_ptr<uint32_t>(a), 42));
  EXPECT_EQ(*sys_mremap(at(a), {2 * P}, {3 * P}, 0, at(0)), static_cast<long>(a));
  EXPECT_EQ(error_of(sys_mremap(at(a), {3 * P}, {300 * P}, 0, at(0))), ENOMEM);
  const auto b =
      static_cast<uint64_t>(*sys_mremap(at(a), {3 * P}, {300 * P}, MREMAP_MAYMOVE, at(0)));
  EXPECT_NE(b, a);
  EXPECT_EQ(*get_user(user_ptr<uint32_t>(b)), 42U);
  EXPECT_FALSE(get_user(user_ptr<uint32_t>(a)));
  EXPECT_EQ(*sys_mremap(at(b), {300 * P}, {P}, 0, at(0)), static_cast<long>(b));
  EXPECT_EQ(mm().total_vm, 2 * P);
  const uint64_t c = 0x30000000;
  EXPECT_EQ(*sys_mremap(at(b), {P}, {2 * P}, MREMAP_MAYMOVE | MREMAP_FIXED, at(c)),
            static_cast<long>(c));
  EXPECT_EQ(*get_user(user_ptr<uint32_t>(c)), 42U);
  EXPECT_EQ(find_vma(mm(), c)->end, c + 2 * P);
  EXPECT_EQ(mm().total_vm, 3 * P);
  EXPECT_EQ(error_of(sys_mremap(at(c), {0}, {P}, MREMAP_MAYMOVE, at(0))), EINVAL);
  EXPECT_EQ(error_of(sys_mremap(at(c), {2 * P}, {2 * P}, MREMAP_MAYMOVE | MREMAP_FIXED, at(c + P))),
            EINVAL);
  EXPECT_EQ(error_of(sys_mremap(at(0x50000000), {P}, {P}, 0, at(0))), EFAULT);
}

TEST_F(Mmap, MemoryLimit) {
  const uint64_t before = memory_committed();
  set_memory_limit(before + 4 * P);
  const uint64_t a = anon(3 * P);
  EXPECT_EQ(anon(2 * P), static_cast<uint64_t>(-ENOMEM));
  const uint64_t ro = anon(8 * P, 0, PROT_READ);  // cannot be dirtied: free
  EXPECT_EQ(error_of(sys_mprotect(at(ro), {2 * P}, PROT_READ | PROT_WRITE)), ENOMEM);
  EXPECT_EQ(error_of(sys_mprotect(at(ro), {P}, PROT_READ | PROT_WRITE)), 0);
  ASSERT_TRUE(do_munmap(mm(), a, 3 * P));
  EXPECT_EQ(anon(3 * P, 0, PROT_READ | PROT_WRITE, MAP_SHARED), a);
  EXPECT_EQ(memory_committed(), before + 4 * P);
  mmput(task->mm);
  EXPECT_EQ(memory_committed(), before);
  task->mm = fresh();
}

TEST_F(Mmap, Limits) {
  task->signal->rlim[RLIMIT_AS].cur = 4 * P;
  EXPECT_EQ(anon(5 * P), static_cast<uint64_t>(-ENOMEM));
  const uint64_t a = anon(4 * P);
  EXPECT_EQ(anon(2 * P, a), a);  // replacing needs no more
  task->signal->rlim[RLIMIT_AS].cur = RLIM_INFINITY;
  task->signal->rlim[RLIMIT_DATA].cur = 5 * P;
  EXPECT_EQ(anon(2 * P), static_cast<uint64_t>(-ENOMEM));
  EXPECT_LT(anon(2 * P, 0, PROT_READ), isa.task_size());
}

TEST_F(Mmap, StackGrowsInDoublingSteps) {
  const uint64_t top = isa.stack_top();
  ASSERT_TRUE(setup_stack(mm(), top, 4 * P));
  EXPECT_FALSE(handle_mm_fault(mm(), top - P, true));
  EXPECT_TRUE(handle_mm_fault(mm(), top - 5 * P, true));
  EXPECT_EQ(areas(top), "-36-0 3;");
  EXPECT_TRUE(handle_mm_fault(mm(), top - 37 * P, true));
  EXPECT_EQ(areas(top), "-72-0 3;");
  EXPECT_TRUE(handle_mm_fault(mm(), top - (8 << 20), true));
  EXPECT_FALSE(handle_mm_fault(mm(), top - (8 << 20) - 1, true));
  EXPECT_EQ(areas(top), "-2048-0 3;");
  EXPECT_STREQ(find_vma(mm(), top - 1)->name, "[stack]");
}

TEST_F(Mmap, StackKeepsItsDistance) {
  const uint64_t top = isa.stack_top();
  ASSERT_TRUE(setup_stack(mm(), top, 4 * P));
  anon(P, top - 400 * P);
  EXPECT_TRUE(handle_mm_fault(mm(), top - (399 - 256) * P, true));
  EXPECT_FALSE(handle_mm_fault(mm(), top - (400 - 256) * P, true));
  // Nor does a new mapping come closer than that of its own accord.
  EXPECT_FALSE(range_is_free(mm(), top - 147 * P, top - 146 * P));
  EXPECT_EQ(anon(P, top - 145 * P), top - 145 * P);
}

TEST_F(Mmap, CopiesGrowTheStack) {
  const uint64_t top = isa.stack_top();
  ASSERT_TRUE(setup_stack(mm(), top, P));
  EXPECT_TRUE(put_user(user_ptr<uint64_t>(top - 20 * P), 7));
  EXPECT_EQ(*get_user(user_ptr<uint64_t>(top - 20 * P)), 7U);
}

TEST_F(Mmap, Strings) {
  const uint64_t a = anon(2 * P);
  const std::string s(600, 'x');
  ASSERT_TRUE(copy_to_user(a + P - 300, s.c_str(), 601));
  EXPECT_EQ(*strncpy_from_user(user_str(a + P - 300), 4096), s);
  EXPECT_EQ(strncpy_from_user(user_str(a + P - 300), 600).error(), ENAMETOOLONG);
  EXPECT_EQ(getname(user_str(a + P + 300)).error(), ENOENT);
  EXPECT_EQ(*getname(user_str(a + P + 300), true), "");
  ASSERT_TRUE(copy_to_user(a + 2 * P - 4, "abcd", 4));
  EXPECT_EQ(strncpy_from_user(user_str(a + 2 * P - 4), 100).error(), EFAULT);
  EXPECT_EQ(strncpy_from_user(user_str(isa.task_size()), 100).error(), EFAULT);
}

TEST_F(Mmap, PartialCopies) {
  const uint64_t a = anon(P);
  const std::string s(100, 'y');
  EXPECT_EQ(copy_to_user_partial(a + P - 60, s.data(), 100), 60U);
  EXPECT_FALSE(copy_to_user(a + P - 60, s.data(), 100));
  EXPECT_FALSE(access_ok(isa.task_size() - 1, 2));
  EXPECT_FALSE(access_ok(~0ULL, 2));
  EXPECT_TRUE(clear_user(a, P));
  EXPECT_EQ(*get_user(user_ptr<uint8_t>(a + P - 1)), 0);
}

TEST_F(Mmap, ForkCopies) {
  const uint64_t a = anon(4 * P);
  ASSERT_TRUE(put_user(user_ptr<uint32_t>(a), 1));
  ASSERT_TRUE(put_user(user_ptr<uint32_t>(a + 3 * P), 3));
  EXPECT_EQ(error_of(sys_madvise(at(a + P), {P}, MADV_DONTFORK)), 0);
  EXPECT_EQ(error_of(sys_madvise(at(a + 3 * P), {P}, MADV_WIPEONFORK)), 0);
  const uint64_t before = memory_committed();
  Ref<task_struct> child = make_ref<task_struct>();
  const Ref<mm_struct> copy = *dup_mm(*task, *child);
  EXPECT_EQ(memory_committed(), before + 3 * P);
  EXPECT_EQ(copy->total_vm, 3 * P);
  const Ref<mm_struct> mine = std::exchange(task->mm, copy);
  EXPECT_EQ(areas(a), "0-1 3;2-3 3;3-4 3;");
  EXPECT_EQ(*get_user(user_ptr<uint32_t>(a)), 1U);
  EXPECT_EQ(*get_user(user_ptr<uint32_t>(a + 3 * P)), 0U);
  EXPECT_FALSE(get_user(user_ptr<uint32_t>(a + P)));
  task->mm = mine;
  mmput(copy);
  EXPECT_EQ(memory_committed(), before);
}

TEST_F(Mmap, Madvise) {
  const uint64_t a = anon(2 * P);
  ASSERT_TRUE(put_user(user_ptr<uint32_t>(a), 1));
  EXPECT_EQ(error_of(sys_madvise(at(a), {P}, MADV_DONTNEED)), 0);
  EXPECT_EQ(*get_user(user_ptr<uint32_t>(a)), 0U);
  EXPECT_EQ(error_of(sys_madvise(at(a), {4 * P}, MADV_DONTNEED)), ENOMEM);
  EXPECT_EQ(error_of(sys_madvise(at(a + 1), {P}, MADV_DONTNEED)), EINVAL);
  EXPECT_EQ(error_of(sys_madvise(at(a), {P}, 77)), EINVAL);
  EXPECT_EQ(error_of(sys_mlock(at(a), {P})), 0);
  EXPECT_EQ(error_of(sys_madvise(at(a), {P}, MADV_DONTNEED)), EINVAL);
  EXPECT_EQ(locked_vm(mm()), P);
  EXPECT_EQ(error_of(sys_munlock(at(a), {2 * P})), 0);
  EXPECT_EQ(areas(a), "0-2 3;");
}

TEST_F(Mmap, Mincore) {
  const uint64_t a = anon(3 * P);
  EXPECT_EQ(error_of(sys_mincore(at(a), {2 * P}, user_ptr<uint8_t>(a + 2 * P))), 0);
  EXPECT_EQ(*get_user(user_ptr<uint8_t>(a + 2 * P + 1)), 1);
  EXPECT_EQ(*get_user(user_ptr<uint8_t>(a + 2 * P + 2)), 0);
  EXPECT_EQ(error_of(sys_mincore(at(a), {4 * P}, user_ptr<uint8_t>(a))), ENOMEM);
}

TEST_F(Mmap, FutexKeys) {
  const uint64_t priv = anon(P), shared = anon(2 * P, 0, PROT_READ | PROT_WRITE, MAP_SHARED);
  EXPECT_EQ(get_futex_key(mm(), priv + 1, true).error(), EINVAL);
  EXPECT_EQ(get_futex_key(mm(), shared - 64 * P, false).error(), EFAULT);
  const futex_key before = *get_futex_key(mm(), shared + P + 8, false);
  Ref<task_struct> child = make_ref<task_struct>();
  const Ref<mm_struct> copy = *dup_mm(*task, *child);
  EXPECT_EQ(*get_futex_key(*copy, shared + P + 8, false), before);
  EXPECT_NE(*get_futex_key(*copy, priv, true), *get_futex_key(mm(), priv, true));
  EXPECT_NE(*get_futex_key(*copy, priv, false), *get_futex_key(mm(), priv, false));
  // Another view of the same object has the same name.
  const auto view =
      static_cast<uint64_t>(*sys_mremap(at(shared), {0}, {2 * P}, MREMAP_MAYMOVE, at(0)));
  EXPECT_EQ(*get_futex_key(mm(), view + P + 8, false), before);
  mmput(copy);
}

// The remembered search must answer what a walk from the top would.
TEST_F(Mmap, PlacesAsAFullWalkDoes) {
  uint32_t seed = 1999;
  const auto next = [&](uint32_t n) { return (seed = seed * 1664525 + 1013904223) / 65536 % n; };
  const auto first_fit = [&](uint64_t len) {
    uint64_t end = isa.mmap_base();
    for (auto it = mm().mmap.rbegin(); it != mm().mmap.rend(); ++it) {
      if (it->second.end <= end && end - it->second.end >= len) break;
      end = vm_start_gap(it->second);
    }
    return end - len;
  };
  for (int round = 0; round < 4000; ++round) {
    const uint64_t len = (1 + next(12)) * P;
    if (next(5) < 3) {
      const uint64_t expected = first_fit(len);
      // Every second protection differs, so that areas stay apart.
      ASSERT_EQ(anon(len, 0, next(2) != 0 ? PROT_READ : PROT_NONE), expected);
    } else if (!mm().mmap.empty()) {
      auto it = mm().mmap.begin();
      std::advance(it, next(static_cast<uint32_t>(mm().mmap.size())));
      const uint64_t at = it->second.start + next(3) * P;
      ASSERT_TRUE(do_munmap(mm(), at, len));
    }
    if (next(50) == 0) anon(len, isa.mmap_base() - 400 * P + next(300) * P, PROT_READ);
    if (next(100) == 0)
      anon(P, isa.mmap_base() - next(900) * P - P, PROT_READ, MAP_PRIVATE | MAP_GROWSDOWN);
  }
}

// Random maps, unmaps and protections against a plain page table.
TEST_F(Mmap, AgreesWithAPageTable) {
  constexpr unsigned kPages = 64;
  const uint64_t base = 0x40000000;
  std::array<int, kPages> model;
  model.fill(-1);
  uint32_t seed = 190;
  const auto next = [&](uint32_t n) { return (seed = seed * 1664525 + 1013904223) / 65536 % n; };
  for (int round = 0; round < 5000; ++round) {
    const unsigned from = next(kPages), len = 1 + next(kPages - from < 9 ? kPages - from : 9);
    const unsigned prot = next(4);
    switch (next(3)) {
      case 0:
        ASSERT_EQ(anon(len * P, base + from * P, prot), base + from * P);
        std::fill_n(model.begin() + from, len, static_cast<int>(prot));
        break;
      case 1:
        ASSERT_TRUE(do_munmap(mm(), base + from * P, len * P));
        std::fill_n(model.begin() + from, len, -1);
        break;
      default: {
        const int error = error_of(sys_mprotect(at(base + from * P), {len * P}, prot));
        unsigned n = 0;
        while (n < len && model[from + n] >= 0) model[from + n++] = static_cast<int>(prot);
        ASSERT_EQ(error, n == len ? 0 : ENOMEM);
      }
    }
    uint64_t bytes = 0;
    for (unsigned i = 0; i < kPages; ++i) {
      const uint64_t addr = base + i * P;
      const vm_area_struct* v = find_vma(mm(), addr);
      const bool there = v != nullptr && v->start <= addr;
      ASSERT_EQ(there ? static_cast<int>(v->flags & kVmProt) : -1, model[i]);
      auto page = space().pages.find(addr);
      ASSERT_EQ(page != space().pages.end() ? static_cast<int>(page->second.prot) : -1, model[i]);
      bytes += there ? P : 0;
    }
    ASSERT_EQ(mm().total_vm, bytes);
    const vm_area_struct* prev = nullptr;
    for_each_vma(mm(), [&](const vm_area_struct& v) {
      ASSERT_LT(v.start, v.end);
      if (prev != nullptr) {
        ASSERT_TRUE(prev->end < v.start || (prev->end == v.start && prev->flags != v.flags));
      }
      prev = &v;
    });
  }
}

}  // namespace
