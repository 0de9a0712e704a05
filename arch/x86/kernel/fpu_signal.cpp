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

// The magic word behind an XSAVE image in a frame.
size_t tail_size(const x86_frame::math_frame& m) {
  return m.image >= kXsaveMin ? sizeof kMagic2 : 0;
}

// What the frame says about itself; an image with broken marks is taken as plain fxsave.
struct frame_state {
  size_t size = kFxSize;
  uint64_t features = kFpSse;
};
frame_state examine(std::span<const std::byte> image, size_t max_size) {
  const auto sw = load<sw_bytes>(image.data() + kSwReserved);
  if (sw.magic1 != kMagic1 || sw.xstate_size < kXsaveMin || sw.xstate_size > max_size ||
      sw.xstate_size > sw.extended_size)
    return {};
  if (sw.xstate_size + sizeof kMagic2 > image.size()) return {};
  if (load<uint32_t>(image.data() + sw.xstate_size) != kMagic2) return {};
  return {sw.xstate_size, sw.xfeatures};
}

// The image at `fx` into `fp`, which has the machine's size; what the frame does not have is 0.
Result<frame_state> read_image(std::vector<std::byte>& fp, uint64_t fx) {
  // One copy of the most that it can be: a plain fxsave image may end where the stack does.
  const size_t room = fp.size();
  fp.resize(room + sizeof kMagic2);
  fp.resize(copy_from_user_partial(fp.data(), fx, fp.size()));
  if (fp.size() < kFxSize) return Err(EFAULT);
  const frame_state state = examine(fp, room);
  fp.resize(state.size);
  fp.resize(room);
  return state;
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
  m.fx = (sp - (m.image + tail_size(m))) & ~63ULL;
  m.start = ia32 ? m.fx - sizeof(fregs_state) : m.fx;
  return m;
}

frame_image::frame_image(uint64_t start, size_t size, const math_frame& math)
    : start_(start),
      bytes_(math.image != 0 ? math.fx + math.image + tail_size(math) - start : size) {}

void frame_image::put(uint64_t at, const void* from, size_t n) {
  std::memcpy(bytes_.data() + (at - start_), from, n);
}

Result<void> frame_image::copy_out() const {
  return copy_to_user(start_, bytes_.data(), bytes_.size());
}

void save_fpstate(frame_image& frame, const arch::thread_struct& thread, const math_frame& math,
                  bool ia32) {
  if (math.image == 0) return;
  frame.put(math.fx, thread.fp.data(), math.image);
  if (tail_size(math) != 0) {
    const size_t header = ia32 ? sizeof(fregs_state) : 0;
    sw_bytes sw{};
    sw.magic1 = kMagic1;
    sw.extended_size = static_cast<uint32_t>(math.image + sizeof kMagic2 + header);
    sw.xfeatures = xcr0(thread.fp);
    if (math.image < thread.fp.size()) sw.xfeatures &= ~(1ULL << kTileData);
    sw.xstate_size = static_cast<uint32_t>(math.image);
    frame.put(math.fx + kSwReserved, &sw, sizeof sw);
    // Legacy programs edit the fxsave part without knowing of the header.
    const uint64_t bv = xstate_bv(thread.fp) | kFpSse;
    frame.put(math.fx + kHeader, &bv, sizeof bv);
    frame.put(math.fx + math.image, &kMagic2, sizeof kMagic2);
  }
  if (ia32) {
    const fregs_state f = fsave_from_fxsave(load<fxregs>(thread.fp.data()), task_pt_regs(thread));
    frame.put(math.start, &f, sizeof f);
  }
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
    const frame_state state = TRY(read_image(fp, fx));
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
