// Floating-point state in signal frames. Linux: arch/x86/kernel/fpu/signal.c, regset.c. The state
// comes from the machine as an XSAVE image in standard format (what ptrace calls NT_X86_XSTATE);
// the frame holds the same image with Linux's marks in the bytes that hardware leaves to software.
// i386 frames have the old fsave header in front, and its x87 registers win when the frame is taken
// back.
#include <cpuid.h>

#include <algorithm>
#include <cstring>

#include "arch/x86/signal.h"
#include "kernel/sched.h"
#include "mm/mm.h"
#include "mm/uaccess.h"

namespace {

using x86_frame::fregs_state;

constexpr size_t kFxSize = 512, kHeader = 512, kXsaveMin = 576;
constexpr size_t kSwReserved = 464;
constexpr uint32_t kMagic1 = 0x46505853, kMagic2 = 0x46505845;
constexpr uint64_t kFpSse = 3, kFeatureFp = 1, kFeaturePkru = 1U << 9;
constexpr unsigned kTileData = 18;  // AMX tiles: 8 KiB that no frame carries unless they are in use
constexpr uint16_t kInitFcw = 0x37f;
constexpr uint32_t kInitMxcsr = 0x1f80, kDefaultMxcsrMask = 0xffbf;

// The bits of MXCSR that this processor has (mxcsr_feature_mask). Only FXSAVE tells: XSAVE, and so
// ptrace's image, leaves the field 0; without it denormals-are-zero would seem to be missing.
uint32_t mxcsr_feature_mask() {
  static const uint32_t mask = [] {
    alignas(16) std::byte image[kFxSize]{};
    __builtin_ia32_fxsave(image);
    uint32_t found;
    std::memcpy(&found, image + 28, sizeof found);
    return found != 0 ? found : kDefaultMxcsrMask;
  }();
  return mask;
}

struct sw_bytes {
  uint32_t magic1, extended_size;
  uint64_t xfeatures;
  uint32_t xstate_size, padding[7];
};
static_assert(sizeof(sw_bytes) == 48);

// The fxsave image, for the fields that are converted.
struct fxregs {
  uint16_t cwd, swd, twd, fop;
  uint64_t rip, rdp;
  uint32_t mxcsr, mxcsr_mask;
  uint8_t st[8][16];
};
static_assert(sizeof(fxregs) == 160);

template <class T>
T load(const std::byte* at) {
  T v;
  std::memcpy(&v, at, sizeof v);
  return v;
}
template <class T>
void store(std::byte* at, const T& v) {
  std::memcpy(at, &v, sizeof v);
}

bool has_xsave(const std::vector<std::byte>& fp) { return fp.size() >= kXsaveMin; }
uint64_t xstate_bv(const std::vector<std::byte>& fp) {
  return has_xsave(fp) ? load<uint64_t>(fp.data() + kHeader) : kFpSse;
}
// ptrace puts XCR0 where the frame will have its marks.
uint64_t xcr0(const std::vector<std::byte>& fp) {
  const uint64_t found = has_xsave(fp) ? load<uint64_t>(fp.data() + kSwReserved) : 0;
  return found != 0 ? found : kFpSse | xstate_bv(fp);
}

size_t tile_data_offset() {
  static const size_t offset = [] {
    unsigned a = 0, b = 0, c = 0, d = 0;
    return __get_cpuid_count(0xd, kTileData, &a, &b, &c, &d) != 0 && a != 0 ? size_t{b} : SIZE_MAX;
  }();
  return offset;
}

size_t image_size(const std::vector<std::byte>& fp) {
  if (fp.size() < kFxSize) return 0;
  if (!has_xsave(fp)) return kFxSize;
  const bool tiles = (xstate_bv(fp) >> kTileData & 1) != 0;
  return tiles ? fp.size() : std::min(fp.size(), tile_data_offset());
}

// The full tag word from fxsave's short one: what a register holds decides (twd_fxsr_to_i387).
uint32_t expand_tags(const fxregs& fx) {
  constexpr uint32_t kValid = 0, kZero = 1, kSpecial = 2, kEmpty = 3;
  const unsigned top = fx.swd >> 11 & 7;
  uint32_t tags = 0xffff0000;
  for (unsigned i = 0; i < 8; ++i) {
    uint32_t tag = kEmpty;
    if ((fx.twd >> i & 1) != 0) {
      const uint8_t* st = fx.st[(i - top) & 7];
      const uint16_t exponent = load<uint16_t>(reinterpret_cast<const std::byte*>(st + 8)) & 0x7fff;
      const auto significand = load<uint64_t>(reinterpret_cast<const std::byte*>(st));
      if (exponent == 0x7fff)
        tag = kSpecial;
      else if (exponent == 0)
        tag = significand == 0 ? kZero : kSpecial;
      else
        tag = (significand >> 63) != 0 ? kValid : kSpecial;
    }
    tags |= tag << (2 * i);
  }
  return tags;
}

uint16_t shorten_tags(uint32_t full) {
  uint16_t tags = 0;
  for (unsigned i = 0; i < 8; ++i)
    if ((full >> (2 * i) & 3) != 3) tags = static_cast<uint16_t>(tags | 1U << i);
  return tags;
}

fregs_state fsave_from_fxsave(const fxregs& fx, const pt_regs& regs) {
  fregs_state f{};
  f.cwd = fx.cwd | 0xffff0000U;
  f.swd = fx.swd | 0xffff0000U;
  f.twd = expand_tags(fx);
  f.fip = static_cast<uint32_t>(fx.rip);
  // Not those of the last x87 instruction: 64-bit fxsave has no selectors.
  f.fcs = static_cast<uint16_t>(regs.cs);
  f.foo = static_cast<uint32_t>(fx.rdp);
  f.fos = 0xffff0000U | static_cast<uint16_t>(regs.ds);
  for (unsigned i = 0; i < 8; ++i) std::memcpy(f.st + 10 * i, fx.st[i], 10);
  f.status = fx.swd;
  f.magic = 0;  // an fxsave image follows
  return f;
}

void fxsave_from_fsave(fxregs& fx, const fregs_state& f) {
  fx.cwd = static_cast<uint16_t>(f.cwd);
  fx.swd = static_cast<uint16_t>(f.swd);
  fx.twd = shorten_tags(f.twd);
  fx.fop = static_cast<uint16_t>(f.fcs >> 16);
  fx.rip = f.fip;
  fx.rdp = f.foo;
  for (unsigned i = 0; i < 8; ++i) std::memcpy(fx.st[i], f.st + 10 * i, 10);
}

void set_init(std::vector<std::byte>& fp) {
  std::fill_n(fp.begin(), std::min(fp.size(), kSwReserved), std::byte{0});
  store(fp.data(), kInitFcw);
  store(fp.data() + offsetof(fxregs, mxcsr), kInitMxcsr);
  if (has_xsave(fp)) store(fp.data() + kHeader, xstate_bv(fp) & kFeaturePkru);
}

// What the frame says about itself; an image with broken marks is taken as plain fxsave.
struct frame_state {
  size_t size = kFxSize;
  uint64_t features = kFpSse;
};
Result<frame_state> examine(uint64_t fx, size_t max_size) {
  const sw_bytes sw = TRY(get_user(user_ptr<const sw_bytes>(fx + kSwReserved)));
  if (sw.magic1 != kMagic1 || sw.xstate_size < kXsaveMin || sw.xstate_size > max_size ||
      sw.xstate_size > sw.extended_size)
    return frame_state{};
  if (TRY(get_user(user_ptr<const uint32_t>(fx + sw.xstate_size))) != kMagic2) return frame_state{};
  return frame_state{sw.xstate_size, sw.xfeatures};
}

}  // namespace

namespace x86_frame {

Result<void> fetch_fpstate(task_struct& task) {
  if (task.thread.fp_valid) return {};
  return task.mm->space->fetch_fp(task.thread);
}

math_frame alloc_mathframe(const arch::thread_struct& thread, uint64_t sp, bool ia32) {
  math_frame m;
  m.image = image_size(thread.fp);
  if (m.image == 0) {
    m.start = sp;
    return m;
  }
  const size_t tail = m.image >= kXsaveMin ? sizeof kMagic2 : 0;
  m.fx = (sp - (m.image + tail)) & ~63ULL;
  m.start = ia32 ? m.fx - sizeof(fregs_state) : m.fx;
  return m;
}

Result<void> save_fpstate(const arch::thread_struct& thread, const math_frame& frame, bool ia32) {
  if (frame.image < kFxSize || frame.image > thread.fp.size()) return {};
  const bool xsave = frame.image >= kXsaveMin;
  std::vector<std::byte> out(thread.fp.begin(),
                             thread.fp.begin() + static_cast<ptrdiff_t>(frame.image));
  if (xsave) out.resize(frame.image + sizeof kMagic2);
  if (xsave) {
    const size_t header = ia32 ? sizeof(fregs_state) : 0;
    sw_bytes sw{};
    sw.magic1 = kMagic1;
    sw.extended_size = static_cast<uint32_t>(out.size() + header);
    sw.xfeatures = xcr0(thread.fp);
    if (frame.image < thread.fp.size()) sw.xfeatures &= ~(1ULL << kTileData);
    sw.xstate_size = static_cast<uint32_t>(frame.image);
    store(out.data() + kSwReserved, sw);
    // Legacy programs edit the fxsave part without knowing of the header.
    store(out.data() + kHeader, xstate_bv(thread.fp) | kFpSse);
    store(out.data() + frame.image, kMagic2);
  }
  TRY(copy_to_user(frame.fx, out.data(), out.size()));
  if (ia32) {
    const fregs_state f = fsave_from_fxsave(load<fxregs>(thread.fp.data()), task_pt_regs(thread));
    TRY(copy_to_user(frame.start, &f, sizeof f));
  }
  return {};
}

void clear_fpstate(arch::thread_struct& thread) {
  std::vector<std::byte>& fp = thread.fp;
  if (image_size(fp) == 0) return;
  // What lies in the vector registers means nothing to a handler. Only control and stack state
  // does, and it is nearly always clean: leave the registers alone then, loading them costs a host
  // call.
  constexpr uint32_t kMxcsrFlags = 0x3f;
  const auto fx = load<fxregs>(fp.data());
  const bool x87_clean =
      (xstate_bv(fp) & kFeatureFp) == 0 || (fx.cwd == kInitFcw && fx.swd == 0 && fx.twd == 0);
  if (x87_clean && (fx.mxcsr & ~kMxcsrFlags) == kInitMxcsr) return;
  set_init(fp);
  thread.fp_valid = thread.fp_dirty = true;
}

Result<void> restore_fpstate(task_struct& task, uint64_t fpstate, bool ia32) {
  arch::thread_struct& thread = task.thread;
  // The image's size and XCR0 are the machine's; the first signal of this task has fetched them,
  // but a program may call sigreturn without ever having had one.
  if (thread.fp.empty()) TRY(fetch_fpstate(task));
  if (image_size(thread.fp) == 0) return {};
  std::vector<std::byte> fp(thread.fp.size());
  const uint64_t supported = xcr0(thread.fp);
  const uint32_t mxcsr_mask = mxcsr_feature_mask();

  if (fpstate == 0) {
    set_init(fp);
  } else {
    const uint64_t fx = ia32 ? fpstate + sizeof(fregs_state) : fpstate;
    const frame_state state = TRY(examine(fx, fp.size()));
    TRY(copy_from_user(fp.data(), fx, state.size));
    uint64_t bv = kFpSse;
    if (has_xsave(fp)) {
      if (state.size >= kXsaveMin) bv = xstate_bv(fp) & state.features & supported;
      if (ia32) bv |= kFeatureFp;
      std::fill_n(fp.begin() + kHeader, kXsaveMin - kHeader, std::byte{0});
      store(fp.data() + kHeader, bv);
    }
    if (ia32) {
      fregs_state f;
      TRY(copy_from_user(&f, fpstate, sizeof f));
      auto regs = load<fxregs>(fp.data());
      fxsave_from_fsave(regs, f);
      store(fp.data(), regs);
    }
    // The hardware would refuse to load these.
    if ((load<uint32_t>(fp.data() + offsetof(fxregs, mxcsr)) & ~mxcsr_mask) != 0)
      return Err(EFAULT);
  }
  store(fp.data() + offsetof(fxregs, mxcsr_mask), mxcsr_mask);
  if (has_xsave(fp)) {
    std::fill_n(fp.begin() + kSwReserved, kFxSize - kSwReserved, std::byte{0});
    store(fp.data() + kSwReserved, supported);
  }
  thread.fp = std::move(fp);
  thread.fp_valid = thread.fp_dirty = true;
  return {};
}

}  // namespace x86_frame

uint64_t x86_minsigstksz(bool ia32) {
  // As the machine's image will be: the largest standard-format XSAVE area without AMX tiles.
  unsigned a = 0, b = 0, c = 0, d = 0;
  size_t image = kFxSize;
  if (__get_cpuid_count(0xd, 0, &a, &b, &c, &d) != 0 && b >= kXsaveMin)
    image = std::min(size_t{b}, tile_data_offset());
  const size_t frame = ia32 ? sizeof(x86_frame::sigframe_ia32) : sizeof(x86_frame::rt_sigframe);
  const size_t legacy = ia32 ? sizeof(fregs_state) : 0;
  const size_t padding = 64 + 16 + 8;
  return (frame + legacy + image + sizeof kMagic2 + padding + 15) & ~size_t{15};
}
