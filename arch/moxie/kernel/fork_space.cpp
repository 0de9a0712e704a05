// What fork makes of a moxie space: `nommu-fork=` exchange, relocate or rebase. Sources: FUZIX's flat
// memory (Kernel/mm/flat.c: two blocks exchanged at a switch), base-and-bounds machines from the PDP-11
// on, Geert Uytterhoeven's answer to execve(NULL) of 12 September 2017.
#include <algorithm>
#include <array>
#include <cstring>

#include "arch/moxie/kernel/space.h"
#include "kernel/printk.h"
#include "kernel/sched.h"
#include "lib/uapi.h"
#include "mm/nommu.h"

namespace moxie {

Result<std::unique_ptr<arch::UserSpace>> MoxieSpace::dup(arch::thread_struct&,
                                                         arch::thread_struct&) {
  come_home();
  switch (nommu_fork()) {
    case NommuFork::exchange: return dup_exchange();
    case NommuFork::relocate: return dup_relocate();
    case NommuFork::rebase: return dup_rebase();
    case NommuFork::einval: break;
  }
  return Err(EINVAL);
}

// ---- exchange: one copy in place, the others aside ---------------------------------------------------

Result<std::unique_ptr<arch::UserSpace>> MoxieSpace::dup_exchange() {
  auto child = std::make_unique<MoxieSpace>(board_);
  for (const Region& r : regions_) {
    if (r.home->shared) {
      child->regions_.push_back(r);
      continue;
    }
    const uint32_t shadow = TRY(take(r.home->len));
    std::memcpy(board_.memory->base() + shadow, board_.memory->base() + r.home->start, r.home->len);
    child->regions_.push_back({r.home, shadow});
  }
  child->set_data_base(data_start_, data_len_, base_);
  return child;
}

MoxieSpace::Region* MoxieSpace::region_of(const Extent& extent) {
  for (Region& r : regions_)
    if (r.home.get() == &extent) return &r;
  return nullptr;
}

// Our contents into place. Whoever was there gets our shadow for its own; if nobody was, it is free.
void MoxieSpace::exchange(Region& region) {
  Extent& e = *region.home;
  std::byte* const home = board_.memory->base() + e.start;
  std::byte* const aside = board_.memory->base() + region.shadow;
  // Most pages, the text among them, are alike: they stay, and so does what was translated of them.
  for (uint32_t at = 0; at < e.len; at += kPageSize) {
    if (std::memcmp(home + at, aside + at, kPageSize) == 0) continue;
    std::swap_ranges(home + at, home + at + kPageSize, aside + at);
    board_.engine->invalidate(e.start + at, kPageSize);
  }
  Region* other = e.here != nullptr ? e.here->region_of(e) : nullptr;
  if (other != nullptr)
    other->shadow = region.shadow;
  else
    board_.pages.free(region.shadow, e.len);
  region.shadow = 0;
  e.here = this;
}

void MoxieSpace::come_home() {
  for (Region& r : regions_)
    if (r.shadow != 0) exchange(r);
}

// ---- relocate: the CPU adds a delta to every data address of the window -------------------------------

// From the lowest to the highest address that the program has.
MoxieSpace::Window MoxieSpace::span() const {
  uint32_t low = window_.len != 0 ? window_.start : UINT32_MAX, high = window_.start + window_.len;
  for (const Region& r : regions_) {
    if (r.home->shared) continue;
    if (window_.len != 0 && r.home->start - (window_.start + window_.delta) < window_.len) continue;
    low = std::min(low, r.home->start);
    high = std::max(high, r.home->start + r.home->len);
  }
  return low < high ? Window{low, high - low, 0} : Window{};
}

Result<std::unique_ptr<arch::UserSpace>> MoxieSpace::dup_relocate() {
  const Window from = span();
  if (from.len == 0) return Err(EINVAL);
  for (const Region& r : regions_) {
    if (!r.home->shared || r.home->start - from.start >= from.len) continue;
    printk(
        "%s[%d]: fork refused: nommu-fork=relocate moves all from 0x%08x to 0x%08x, and shared "
        "memory at 0x%08x lies between",
        current->comm.c_str(), current->pid, from.start, from.start + from.len, r.home->start);
    return Err(EINVAL);
  }
  auto child = std::make_unique<MoxieSpace>(board_);
  const auto copy = static_cast<uint32_t>(TRY(child->allocate(from.len, 0)));
  // What lies between the program's pieces is copied along; one register pair can say no more.
  for (uint32_t at = 0; at < from.len; at += kPageSize)
    std::memcpy(board_.memory->base() + copy + at,
                board_.memory->base() + physical(from.start + at), kPageSize);
  board_.engine->invalidate(copy, from.len);
  child->window_ = {from.start, from.len, copy - from.start};
  child->set_data_base(data_start_, data_len_, base_);
  // Instructions are still fetched from the original's place, and no mapping may come to lie there.
  child->kept_ = kept_;
  for (const Region& r : regions_)
    if (r.home->shared)
      child->regions_.push_back(r);
    else
      child->kept_.push_back(r.home);
  return child;
}

// ---- rebase: the program adds the base itself ---------------------------------------------------------

Result<std::unique_ptr<arch::UserSpace>> MoxieSpace::dup_rebase() {
  if (data_len_ == 0) return Err(EINVAL);
  auto child = std::make_unique<MoxieSpace>(board_);
  const auto copy = static_cast<uint32_t>(TRY(child->allocate(data_len_, 0)));
  std::memcpy(board_.memory->base() + copy, board_.memory->base() + data_start_, data_len_);
  board_.engine->invalidate(copy, data_len_);
  const uint32_t delta = copy - data_start_;
  child->set_data_base(copy, data_len_, base_ + delta);
  child->moved_by_ = delta;
  child->moved_from_ = data_start_;
  child->moved_len_ = data_len_;
  // The text is shared: it is not data and nobody writes it.
  for (const Region& r : regions_)
    if (r.home->start != data_start_) child->regions_.push_back(r);
  child->kept_ = kept_;
  return child;
}

// Room at the end if it is free, else the whole region goes where there is some: the same change of
// base, registers and frame chain as in a fork.
Result<uint64_t> MoxieSpace::extend_data(arch::thread_struct& thread, uint64_t bytes, bool may_move) {
  const auto it = std::find_if(regions_.begin(), regions_.end(),
                               [this](const Region& r) { return r.home->start == data_start_; });
  if (data_len_ == 0 || it == regions_.end() || it->home.use_count() != 1) return Err(ENOMEM);
  if (bytes > board_.memory->size()) return Err(ENOMEM);
  const auto more = static_cast<uint32_t>(page_align(bytes)), old_len = data_len_;
  moved_by_ = 0;
  if (board_.pages.alloc_at(data_start_ + old_len, more)) {
    std::memset(board_.memory->base() + data_start_ + old_len, 0, more);
    board_.engine->invalidate(data_start_ + old_len, more);
    it->home->len = data_len_ = old_len + more;
    return 0;
  }
  if (!may_move) return Err(ENOMEM);
  const uint32_t to = TRY(take(old_len + more));
  std::memcpy(board_.memory->base() + to, board_.memory->base() + data_start_, old_len);
  it->home = std::make_shared<Extent>(board_, to, old_len + more, this);
  moved_by_ = to - data_start_;
  moved_from_ = data_start_;
  moved_len_ = old_len;
  set_data_base(to, old_len + more, base_ + moved_by_);
  pt_regs& r = task_pt_regs(thread);
  rebase(r);
  if (r.in_trap) swi().store_frame(*this, r);
  return moved_by_;
}

uint64_t MoxieSpace::moved(uint64_t addr) const {
  const auto a = static_cast<uint32_t>(addr);
  return moved_by_ != 0 && a - moved_from_ < moved_len_ ? static_cast<uint32_t>(a + moved_by_)
                                                       : addr;
}

// The registers that hold absolute addresses, and along the frame chain, which moxie always has, the
// saved ones: nothing else in memory is absolute.
void MoxieSpace::rebase(pt_regs& child) {
  if (moved_by_ == 0) return;
  const auto move = [this](uint32_t a) { return static_cast<uint32_t>(moved(a)); };
  for (const unsigned n : {kFp, kSp, kR13}) child.cpu.r[n] = move(child.cpu.r[n]);
  if (options().swi == Swi::user_stack && child.frame != 0) {
    child.frame = move(child.frame);
    if (const auto fp = load(child.frame)) (void)store(child.frame, move(*fp));
  }
  uint32_t fp = child.cpu.r[kFp];
  while (fp - data_start_ < data_len_) {
    const auto caller = load(fp);
    if (!caller || *caller - moved_from_ >= moved_len_) break;
    const uint32_t next = move(*caller);
    if (!store(fp, next) || next <= fp) break;  // callers are further up
    fp = next;
  }
}

}  // namespace moxie
