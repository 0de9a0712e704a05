// AheadCpu against the CPU that this runs on: random instructions, random programs, and the places
// where it has to stop. What it executes must leave registers, flags, memory and SSE registers as
// the real one leaves them; what it does not execute must leave them alone, and what the real one
// answers with an exception it must not execute. Undefined flags are not compared
// (ahead_undefined.h).
#include <string>

#include "tests/unit/ahead_cases.h"
#include "tests/unit/ahead_undefined.h"

namespace um::oracle {
namespace {

constexpr auto kRead = AheadPage::kRead, kWrite = AheadPage::kWrite, kExecute = AheadPage::kExecute;

std::string hex(std::span<const uint8_t> bytes) {
  std::string s;
  for (const uint8_t b : bytes) {
    constexpr const char* kDigits = "0123456789abcdef";
    s += {kDigits[b >> 4], kDigits[b & 15], ' '};
  }
  return s;
}

// Where an image is another than the real one: in lines of 16 bytes of Xsave::loaded().
std::string differences(const Xsave& before, const Xsave& now, const Xsave& really) {
  const auto was = before.loaded(), is = now.loaded(), should = really.loaded();
  std::string s;
  for (size_t at = 0; at < is.size(); at = at == 0 ? 4 : at + 16) {
    const size_t size = std::min<size_t>(at == 0 ? 4 : 16, is.size() - at);
    if (std::memcmp(&is[at], &should[at], size) == 0) continue;
    s += "\nat " + std::to_string(at) + " was " + hex(std::span(was).subspan(at, size)) + ", is " +
         hex(std::span(is).subspan(at, size)) + ", really " +
         hex(std::span(should).subspan(at, size));
  }
  return s;
}

class AheadCpuTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(ground_.mapped());
    ASSERT_TRUE(real_.ok());
    for (uint64_t a = kData; a < kArea + kAreaSize; a += 8) {
      const uint64_t v = cases_.eight_bytes();
      std::memcpy(reinterpret_cast<void*>(a), &v, sizeof v);
    }
    ground_.sse() = real_.first();
    cases_.fill(ground_.sse());
    ground_.sync();
  }

  static auto code_at(const Regs& regs) {
    std::array<uint8_t, 32> bytes{};  // zeros behind nothing but prefixes
    std::copy_n(reinterpret_cast<const uint8_t*>(regs[os::kRip]), 16, bytes.begin());
    return bytes;
  }
  static bool is_wide(const Regs& regs) { return regs[os::kCs] == os::kUserCs64; }
  static Taken taken_apart(const Regs& regs) {
    return {code_at(regs).data(), is_wide(regs), static_cast<uint8_t>(regs[os::kRcx])};
  }
  static std::string describe(const Regs& regs) {
    const auto code = code_at(regs);
    return hex(std::span(code).first(16)) + (is_wide(regs) ? "(64-bit)" : "(32-bit)");
  }

  enum Found : uint8_t { same, skipped, ended, different };

  // The instruction at regs[kRip] on both; `regs` become the real CPU's.
  Found one(Regs& regs) {
    const Regs before = regs;
    const auto sse_before = ground_.sse();
    const Taken taken = taken_apart(regs);
    what_ = describe(regs);

    ground_.sync();
    cpu_.forget();
    Regs ahead = regs;
    const AheadCpu::End end = cpu_.run(ahead.data(), 0, 1);
    if (end != AheadCpu::budget) {
      EXPECT_EQ(cpu_.executed(), 0u) << what_;
      if (end != AheadCpu::unknown) {
        Regs but_rip = ahead;
        but_rip[os::kRip] = before[os::kRip];
        EXPECT_EQ(but_rip, before) << what_;
        EXPECT_GT(ahead[os::kRip], before[os::kRip]) << what_;
        return ended;
      }
      if (taken.rep) {  // rounds of it may have been made
        ground_.publish();
        return skipped;
      }
      EXPECT_EQ(ahead, before) << what_;
      EXPECT_TRUE(ground_.sse() == sse_before) << what_;
      EXPECT_TRUE(ground_.agrees()) << what_;
      return skipped;
    }

    EXPECT_EQ(cpu_.executed(), 1u);
    auto sse = sse_before;
    const bool stepped = real_.step(regs, ground_.asked_for_sse ? &sse : nullptr, taken.repeats());
    EXPECT_TRUE(stepped) << what_ << " raises an exception";
    if (!stepped) return different;
    const Found found = compare(before, ahead, regs, kAllFlags & ~taken.undefined());
    const bool agrees = ground_.agrees() && ground_.sse() == sse;
    EXPECT_TRUE(agrees) << what_ << ": memory, or" << differences(sse_before, ground_.sse(), sse);
    ground_.sse() = sse;
    return agrees ? found : different;
  }

  Found compare(const Regs& before, const Regs& ahead, const Regs& real, uint64_t flags) {
    static constexpr std::array<const char*, os::kRegWords> kNames = {
        "r15", "r14", "r13", "r12",     "rbp",     "rbx", "r11", "r10", "r9",
        "r8",  "rax", "rcx", "rdx",     "rsi",     "rdi", "",    "rip", "cs",
        "",    "rsp", "ss",  "fs base", "gs base", "ds",  "es",  "fs",  "gs"};
    Found found = same;
    for (size_t i = 0; i < os::kRegWords; ++i) {
      if (*kNames[i] == 0 || ahead[i] == real[i]) continue;
      found = different;
      ADD_FAILURE() << what_ << ": " << kNames[i] << std::hex << " was " << before[i] << ", is "
                    << ahead[i] << ", really " << real[i] << "; rax, rcx, rdx " << before[os::kRax]
                    << ' ' << before[os::kRcx] << ' ' << before[os::kRdx];
    }
    const uint64_t off = (ahead[os::kEflags] ^ real[os::kEflags]) & flags;
    EXPECT_EQ(off, 0u) << what_ << ": flags" << std::hex << " were " << before[os::kEflags]
                       << ", are " << ahead[os::kEflags] << ", really " << real[os::kEflags]
                       << "; rax, rcx " << before[os::kRax] << ' ' << before[os::kRcx];
    EXPECT_EQ((ahead[os::kEflags] ^ before[os::kEflags]) & ~kAllFlags, 0u) << what_;
    return off != 0 ? different : found;
  }

  Found one(Case& c) {
    ground_.write(c.regs[os::kRip], c.code);
    return one(c.regs);
  }

  // ---- for the places where it has to stop
  Regs at(std::vector<uint8_t> code, bool wide = true, uint64_t address = kCode) {
    ground_.write(address, code);
    Regs r = real_.plain(wide);
    r[os::kRip] = address;
    r[os::kRsp] = kStack;
    r[os::kEflags] = 0x202;
    cpu_.forget();
    return r;
  }
  // Nothing happens at all.
  void refused(const Regs& before) {
    Regs r = before;
    EXPECT_EQ(cpu_.run(r.data(), 0, 5), AheadCpu::unknown);
    EXPECT_EQ(cpu_.executed(), 0u);
    EXPECT_EQ(r, before);
    EXPECT_TRUE(ground_.agrees());
  }

  Ground ground_;
  RealCpu real_;
  Cases cases_{real_, 190};
  std::vector<AheadInsn> none_ = std::vector<AheadInsn>(AheadKnown::kMost);
  AheadKnown known_{none_.data()};
  AheadCpu cpu_{ground_, known_};
  std::string what_;
};

constexpr unsigned kMostFailures = 10;  // one wrong instruction fails thousands of cases

TEST_F(AheadCpuTest, InstructionsOfEachGroup) {
  constexpr unsigned kMost = 700;
  unsigned failed = 0;
  for (const Group& g : groups()) {
    unsigned executed = 0;
    const unsigned each = g.coding == Group::legacy ? kMost : kMost / 3;
    for (unsigned i = 0; i < each; ++i) {
      if (i % 16 == 0) cases_.fill(ground_.sse());
      Case c = cases_.of(g);
      const Found found = one(c);
      if (found == same) ++executed;
      if (found == different && ++failed == kMostFailures) return;
    }
    EXPECT_GE(executed, each / 12) << g.name << ' ' << std::hex << +g.ops[0];
  }
}

TEST_F(AheadCpuTest, AnyBytes) {
  unsigned executed = 0, failed = 0;
  for (unsigned i = 0; i < 120'000; ++i) {
    Case c = cases_.anything();
    const Found found = one(c);
    if (found == same) ++executed;
    if (found == different && ++failed == kMostFailures) return;
  }
  EXPECT_GT(executed, 20'000u);
}

// Twenty instructions in one go are twenty instructions one by one.
TEST_F(AheadCpuTest, Programs) {
  std::vector<Group> all = groups();
  std::erase_if(all, [](const Group& g) { return g.prefix == 0xf3 && !g.two; });
  cases_.fixed_places = true;
  uint64_t executed = 0;
  for (unsigned n = 0; n < 1500 && !HasFailure(); ++n) {
    const bool wide = !cases_.one_in(3);
    std::vector<uint8_t> code;
    Regs start{};
    for (unsigned tries = 0, parts = 0; parts < 20 && tries < 200; ++tries) {
      Case c = cases_.of(all[cases_.below(all.size())]);
      if (c.wide != wide || c.code[0] == 0xf3) continue;
      c.regs[os::kRip] = kCode + 0x100;
      ground_.write(kCode + 0x100, c.code);
      Regs r = c.regs;
      cpu_.forget();
      if (cpu_.run(r.data(), 0, 1) != AheadCpu::budget) continue;
      const uint64_t length = r[os::kRip] - c.regs[os::kRip];
      if (length == 0 || length > 15) continue;
      // Flags that are defined for each count that cl may have by then.
      const Taken taken(c.code.data(), wide, 1);
      const bool by_cl = taken.two ? (taken.op & 0xf7) == 0xa5 : (taken.op & 0xfe) == 0xd2;
      if (taken.undefined() != 0 || by_cl) continue;
      code.insert(code.end(), c.code.begin(), c.code.begin() + static_cast<ptrdiff_t>(length));
      start = c.regs;
      ++parts;
    }
    code.resize(512, 0x90);
    start[os::kRip] = kCode;
    ground_.write(kCode, code);
    ground_.asked_for_sse = false;
    cpu_.forget();
    cases_.fill(ground_.sse());
    Regs ahead = start, real = start;
    auto sse = ground_.sse();
    cpu_.run(ahead.data(), 0, 20);
    ground_.give_back();
    what_ = hex(std::span(code).first(100)) + (wide ? "(64-bit)" : "(32-bit)");
    bool defined = true;  // a jump into the middle of an instruction finds another
    for (unsigned i = 0; i < cpu_.executed(); ++i) {
      ASSERT_LT(real[os::kRip] - kArea, kAreaSize - 16) << what_ << i;
      if (taken_apart(real).undefined() != 0) defined = false;
      ASSERT_TRUE(real_.step(real, ground_.asked_for_sse ? &sse : nullptr)) << what_ << i;
    }
    if (!defined) continue;
    executed += cpu_.executed();
    compare(start, ahead, real, kAllFlags);
    EXPECT_TRUE(ground_.agrees()) << what_;
    EXPECT_TRUE(ground_.sse() == sse) << what_ << differences(sse, ground_.sse(), sse);
  }
  EXPECT_GT(executed, 10'000u);
}

// ---- where it has to stop

TEST_F(AheadCpuTest, EndsAtSystemCalls) {
  const auto ends = [&](std::vector<uint8_t> code, bool wide, AheadCpu::End as, uint64_t length) {
    Regs r = at(code, wide);
    Regs after = r;
    after[os::kRip] += 1 + length;
    EXPECT_EQ(cpu_.run(r.data(), 0, 10), as) << hex(code);
    EXPECT_EQ(cpu_.executed(), 1u);
    EXPECT_EQ(r, after) << hex(code);
  };
  ends({0x90, 0x0f, 0x05}, true, AheadCpu::syscall, 2);
  ends({0x90, 0xcd, 0x80}, false, AheadCpu::int80, 2);
  ends({0x90, 0x0f, 0x34}, false, AheadCpu::sysenter, 2);
  ends({0x90, 0xcd, 0x81}, false, AheadCpu::unknown, 0);
  ends({0x90, 0xf4}, true, AheadCpu::unknown, 0);
}

TEST_F(AheadCpuTest, StopsWhereTheBudgetEnds) {
  Regs r = at({0xff, 0xc0, 0xff, 0xc0, 0xff, 0xc0, 0xff, 0xc0});  // inc eax
  r[os::kRax] = 0;
  EXPECT_EQ(cpu_.run(r.data(), 0, 3), AheadCpu::budget);
  EXPECT_EQ(cpu_.executed(), 3u);
  EXPECT_EQ(r[os::kRax], 3u);
  EXPECT_EQ(r[os::kRip], kCode + 6);
  EXPECT_EQ(cpu_.run(r.data(), 0, 0), AheadCpu::budget);
  EXPECT_EQ(r[os::kRip], kCode + 6);
}

TEST_F(AheadCpuTest, ExecutesWhatItHasWritten) {
  Regs r = at({0xb8, 1, 0, 0, 0,                       // mov eax, 1
               0xc6, 0x05, 0xf5, 0xff, 0xff, 0xff, 2,  // mov byte [that 1], 2
               0xeb, 0xf2});                           // again
  EXPECT_EQ(cpu_.run(r.data(), 0, 1), AheadCpu::budget);
  EXPECT_EQ(r[os::kRax], 1u);
  EXPECT_EQ(cpu_.run(r.data(), 0, 3), AheadCpu::budget);
  EXPECT_EQ(r[os::kRax], 2u);
  // Somebody else writes it.
  const std::array<uint8_t, 1> three = {3};
  ground_.write(kCode + 1, three);
  r[os::kRip] = kCode;
  EXPECT_EQ(cpu_.run(r.data(), 0, 1), AheadCpu::budget);
  EXPECT_EQ(r[os::kRax], 3u);
}

TEST_F(AheadCpuTest, FetchesOverTheEndOfAPage) {
  const std::vector<uint8_t> code = {0x48, 0xb8, 1, 2, 3, 4, 5, 6, 7, 8};  // movabs rax
  const uint64_t address = kCode + kPage - 5;
  Regs r = at(code, true, address);
  EXPECT_EQ(one(r), same);
  EXPECT_EQ(r[os::kRax], 0x0807060504030201u);
  ground_.allow(kCode + kPage, kRead | kWrite);
  refused(at(code, true, address));
  ground_.allow(kCode + kPage, 0);
  refused(at(code, true, address));
  ground_.allow(kCode, kRead | kWrite);
  refused(at(code));
}

TEST_F(AheadCpuTest, LeavesMemoryThatItMayNotTouch) {
  struct Access {
    std::vector<uint8_t> code;
    bool reads, writes;
  };
  const std::vector<Access> accesses = {
      {{0x8b, 0x03}, true, false},             // mov eax, [rbx]
      {{0x3b, 0x03}, true, false},             // cmp eax, [rbx]
      {{0x85, 0x03}, true, false},             // test [rbx], eax
      {{0xff, 0x33}, true, false},             // push [rbx]
      {{0xff, 0x13}, true, false},             // call [rbx]
      {{0x0f, 0x28, 0x03}, true, false},       // movaps xmm0, [rbx]
      {{0x89, 0x03}, false, true},             // mov [rbx], eax
      {{0x01, 0x03}, true, true},              // add [rbx], eax
      {{0x87, 0x03}, true, true},              // xchg [rbx], eax
      {{0xf0, 0x0f, 0xb1, 0x03}, true, true},  // lock cmpxchg [rbx], eax
      {{0xf0, 0x0f, 0xc1, 0x03}, true, true},  // lock xadd [rbx], eax
      {{0x0f, 0x94, 0x03}, false, true},       // sete [rbx]
      {{0xf7, 0x1b}, true, true},              // neg [rbx]
      {{0xd3, 0x23}, true, true},              // shl [rbx], cl
      {{0x0f, 0x29, 0x03}, false, true},       // movaps [rbx], xmm0
  };
  for (const Access& access : accesses) {
    for (const uint8_t rights : {uint8_t{0}, uint8_t{kRead}, uint8_t{kRead | kWrite}}) {
      const uint64_t to = kCode;
      ground_.write(kData, std::span(reinterpret_cast<const uint8_t*>(&to), sizeof to));
      ground_.allow(kData, rights);
      Regs r = at(access.code);
      r[os::kRbx] = kData;
      const bool may = rights == (kRead | kWrite) || (rights == kRead && !access.writes);
      if (may)
        EXPECT_EQ(one(r), same) << hex(access.code);
      else
        refused(r);
    }
  }
}

TEST_F(AheadCpuTest, StopsAtTheEndOfTheStack) {
  const auto without = kData + 2 * kPage;  // the stack's page is the one behind
  ground_.allow(without, 0);
  for (const std::vector<uint8_t>& code :
       {std::vector<uint8_t>{0x50}, {0x6a, 0x01}, {0xe8, 0, 0, 0, 0}, {0xff, 0xd0}}) {
    Regs r = at(code);
    r[os::kRax] = kCode;
    r[os::kRsp] = without + kPage + 8;
    EXPECT_EQ(one(r), same) << hex(code);
    r[os::kRip] = kCode;
    refused(r);
    r[os::kRsp] = without + kPage + 4;  // half of it there
    refused(r);
  }
  Regs r = at({0x58});
  r[os::kRsp] = kArea + kAreaSize;
  refused(r);
}

TEST_F(AheadCpuTest, RepeatedStringsStopBetweenTwoRounds) {
  constexpr uint64_t kThere = 5;
  ground_.allow(kData + kPage, 0);
  for (const uint8_t op : {0xaa, 0xa4}) {
    Regs r = at({0xf3, op});
    r[os::kRax] = 0x5a;
    r[os::kRcx] = 20;
    r[os::kRsi] = kData + 2 * kPage;
    r[os::kRdi] = kData + kPage - kThere;
    Regs after = r;
    after[os::kRcx] -= kThere;
    after[os::kRdi] += kThere;
    if (op == 0xa4) after[os::kRsi] += kThere;
    EXPECT_EQ(cpu_.run(r.data(), 0, 5), AheadCpu::unknown);
    EXPECT_EQ(r, after);
    // The real CPU ends what was begun, as if it had made all of it.
    ground_.publish();
    ASSERT_TRUE(real_.step(r, nullptr, true));
    EXPECT_EQ(r[os::kRcx], 0u);
    for (unsigned i = 0; i < 20; ++i) {
      const auto* made = reinterpret_cast<const uint8_t*>(kData + kPage - kThere + i);
      const auto* from = reinterpret_cast<const uint8_t*>(kData + 2 * kPage + i);
      EXPECT_EQ(*made, op == 0xaa ? 0x5a : *from);
    }
  }
}

// What a mask leaves out of a vector need not be there.
TEST_F(AheadCpuTest, MaskedVectorsMayEndBehindTheirPage) {
  if (!__builtin_cpu_supports("avx512vl") || !__builtin_cpu_supports("avx512bw"))
    GTEST_SKIP() << "This CPU has no AVX-512 (VL, BW).";
  constexpr size_t kMasks = 2, kBytesThere = 5;
  const AheadVectors vectors = ground_.vectors(true);
  ground_.allow(kData + kPage, 0);
  for (const std::vector<uint8_t>& code :
       {std::vector<uint8_t>{0x62, 0xe1, 0x7f, 0x2a, 0x6f, 0x03},  // vmovdqu8 ymm16{k2}, [rbx]
        {0x62, 0xf1, 0x7d, 0x2a, 0x74, 0x13},                      // vpcmpeqb k2{k2}, ymm0, [rbx]
        {0x62, 0xf1, 0x7d, 0xaa, 0xda, 0x0b}}) {  // vpminub ymm1{k2}{z}, ymm0, [rbx]
    for (const uint64_t mask : {0x1f, 0x11, 0x00, 0x20, 0x3f}) {
      std::memcpy(vectors.masks + 8 * kMasks, &mask, sizeof mask);
      Regs r = at(code);
      r[os::kRbx] = kData + kPage - kBytesThere;
      if (mask < 0x20)
        EXPECT_EQ(one(r), same) << hex(code) << mask;
      else
        refused(r);
    }
  }
}

// One bit of MXCSR decides whether a program wants to hear of what happens.
TEST_F(AheadCpuTest, LeavesFloatingPointExceptionsToTheRealCpu) {
  constexpr uint32_t kDefault = 0x1f80, kZeroDivide = 4, kMask = 0x200, kInexact = 0x20;
  const std::vector<uint8_t> divsd = {0xf2, 0x0f, 0x5e, 0xc1};
  const auto with = [&](double a, double b, uint32_t mxcsr) {
    std::memcpy(ground_.sse().xmm().data(), &a, sizeof a);
    std::memcpy(ground_.sse().xmm().data() + 16, &b, sizeof b);
    ground_.sse().set_mxcsr(mxcsr);
    return at(divsd);
  };
  Regs r = with(1, 0, kDefault);
  EXPECT_EQ(one(r), same);
  EXPECT_EQ(ground_.sse().mxcsr(), kDefault | kZeroDivide);
  r = with(1, 3, kDefault);
  EXPECT_EQ(one(r), same);
  EXPECT_EQ(ground_.sse().mxcsr(), kDefault | kInexact);

  r = with(1, 0, kDefault & ~kMask);
  refused(r);
  EXPECT_EQ(ground_.sse().mxcsr(), kDefault & ~kMask);
  Xsave sse = ground_.sse();
  EXPECT_FALSE(real_.step(r, &sse));
  // No CPU would have that.
  constexpr uint32_t kReserved = 1 << 16;
  refused(with(1, 3, kDefault | kReserved));
  EXPECT_EQ(ground_.sse().mxcsr(), kDefault | kReserved);
}

// This process has its own MXCSR, what it has collected included.
TEST_F(AheadCpuTest, KeepsItsOwnMxcsr) {
  const auto own = [] {
    uint32_t v;
    asm volatile("stmxcsr %0" : "=m"(v));
    return v;
  };
  const uint32_t before = own();
  constexpr uint32_t kUpwards = 0x5f80;
  ground_.sse().set_mxcsr(kUpwards);
  for (const uint8_t op : {0x51, 0x58, 0x5e, 0x2d, 0x2a}) {
    Regs r = at({0xf2, 0x0f, op, 0xc1});
    EXPECT_EQ(one(r), same);
    EXPECT_EQ(own(), before);
  }
}

TEST_F(AheadCpuTest, LeavesExceptionsToTheRealCpu) {
  const std::vector<std::vector<uint8_t>> odd = {
      {0xf7, 0xf3},                    // div ebx, 0
      {0xf0, 0x01, 0xd8},              // lock add eax, ebx
      {0xc3},                          // ret to no address
      {0xff, 0xe2},                    // jmp rdx
      {0xff, 0xd2},                    // call rdx
      {0x0f, 0x28, 0x44, 0x24, 0x04},  // movaps xmm0, [rsp + 4]
      {0x3e, 0x3e, 0x3e, 0x3e, 0x40, 0x81, 0x84, 0x24, 0, 0, 0, 0, 1, 2, 3, 4},  // 16 bytes
  };
  for (const auto& code : odd) {
    Regs r = at(code);
    r[os::kRbx] = 0;
    r[os::kRdx] = 1ULL << 60;
    std::memset(reinterpret_cast<void*>(kStack), 0x11, 8);
    ground_.sync();
    refused(r);
    EXPECT_FALSE(real_.step(r, nullptr)) << hex(code);
  }
  for (const auto& code : std::vector<std::vector<uint8_t>>{
           {0x0f, 0x58, 0x44, 0x24, 0x04},           // addps xmm0, [rsp + 4]
           {0x66, 0x0f, 0x6a, 0x44, 0x24, 0x04}}) {  // punpckhdq xmm0, [rsp + 4]
    Regs r = at(code);
    refused(r);
    EXPECT_FALSE(real_.step(r, nullptr)) << hex(code);
  }
  Regs r = at({0x90});
  for (const uint64_t flag : {0x100, 0x40000}) {  // single steps, alignment checks
    r[os::kEflags] = 0x202 | flag;
    refused(r);
  }
  for (const os::Reg selector : {os::kDs, os::kEs, os::kSs}) {
    r = at({0x90}, false);
    r[selector] = 0x63;
    refused(r);
  }
  r = at({0x65, 0xa1, 0, 0, 0, 0x20}, false);  // mov eax, gs:[area]
  r[os::kGs] = 0;
  refused(r);
  EXPECT_FALSE(real_.step(r, nullptr));
}

}  // namespace
}  // namespace um::oracle
