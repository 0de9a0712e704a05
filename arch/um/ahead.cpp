// See ahead.h. A session costs a process_vm_readv for each page that is not here yet (0.7 us), one
// process_vm_writev at its end and a full SETREGS instead of a poke; a stop that is saved pays for all.
#include "arch/um/ahead.h"

#include <algorithm>
#include <cstring>
#include <functional>

#include "arch/file_changes.h"
#include "arch/um/ahead_xsave.h"
#include "arch/um/host_space.h"
#include "arch/um/os-Linux/guest_memory.h"
#include "arch/um/os-Linux/vdso.h"

namespace um {
namespace {
// What things cost, ns, about: it decides where it is tried and nothing else.
constexpr uint64_t kStop = 4300, kLoad = 1300, kCopy = 200, kInstruction = 10, kDecode = 60, kFp = 3000,
                   kEnd = 3000, kWindow = 15000;
}  // namespace

// ---- places ----

AheadPlaces::Place& AheadPlaces::at(uint64_t ip, uint64_t sp, bool zero) {
  const uint64_t mixed = ip * 0x9e3779b97f4a7c15 ^ (sp + (zero ? 1 : 0)) * 0xc2b2ae3d27d4eb4f;
  Place& place = places_[(mixed >> 40) % places_.size()];
  const auto tag = static_cast<uint32_t>(mixed);
  if (place.tag != tag) place = {.tag = tag};
  return place;
}

void AheadPlaces::come_by(Place& place) {
  constexpr uint32_t kFew = 16;
  const bool soon = ++calls_ - place.last <= kFew;
  place.last = calls_;
  place.soon_again = soon ? std::min<uint8_t>(place.soon_again + 1, kLoops) : 0;
}

void AheadPlaces::Patience::went(bool well) {
  constexpr uint8_t kMostFailures = 9;
  proved_ = well;
  if (well) {
    failures_ /= 2;
    return;
  }
  failures_ = std::min<uint8_t>(failures_ + 1, kMostFailures);
  wait_ = static_cast<uint16_t>(1u << failures_);
}

// ---- pages ----

void AheadPages::begin(HostSpace& space) {
  space_ = &space;
  paid_ = false;
  for (AheadPage& p : pages_) forget(p);
}

void AheadPages::end() { judge(); }

void AheadPages::forget(AheadPage& page) {
  page.address = AheadPage::kNowhere;
  page.rights = 0;
  page.dirty_from = kPage;
  page.dirty_to = 0;
}

AheadCpu::End AheadPages::run(arch::thread_struct& thread, AheadPlaces::Place& place,
                              unsigned most) {
  thread_ = &thread;
  if (start_ == nullptr) start_ = &place;
  space_->engine().windows().make_room();
  if (file_changes_ != arch::file_changes) drop_files();
  const uint32_t gs = static_cast<uint32_t>(thread.regs[os::kGs] >> 3);
  const bool is_tls = gs >= kTlsEntryMin && gs < kTlsEntryMin + thread.tls.size();
  const uint32_t gs_base = is_tls ? thread.tls[gs - kTlsEntryMin].base_addr : 0;
  const AheadCpu::End end = cpu_.run(thread.regs.data(), gs_base, most);
  cost_ += cpu_.executed() * kInstruction + cpu_.decoded() * kDecode;
  const bool well = end != AheadCpu::unknown && end != AheadCpu::budget;
  if (well) saved_ += kStop;
  place.near.went(well);
  // A way without end is judged by parts.
  constexpr uint64_t kPart = 500'000;
  if (saved_ > kPart) {
    space_->engine().places().earn(static_cast<int64_t>(saved_) - static_cast<int64_t>(cost_));
    cost_ = saved_ = 0;
    start_->beginning.went(true);
  }
  return end;
}

bool AheadPages::loses() const {
  constexpr uint64_t kPatience = 150'000;
  return cost_ > saved_ + kPatience;
}

// Where a way begins answers for all of it: the first steps pay for the pages.
void AheadPages::judge() {
  if (start_ == nullptr) return;
  const int64_t net =
      static_cast<int64_t>(saved_) - static_cast<int64_t>(cost_) - static_cast<int64_t>(kEnd);
  start_->beginning.went(net > 0);
  paid_ = net > 0;
  space_->engine().places().earn(net);
  start_ = nullptr;
  cost_ = saved_ = 0;
}

// The one that was asked for longest ago.
AheadPage& AheadPages::victim() {
  const auto oldest = std::min_element(used_.begin(), used_.end());
  AheadPage& page = pages_[static_cast<size_t>(oldest - used_.begin())];
  if (page.dirty_to != 0) write_back();
  forget(page);
  return page;
}

AheadPage* AheadPages::page(uint64_t address, AheadPage::Right right) {
  for (size_t i = 0; i < kPages; ++i) {
    if (pages_[i].address != address) continue;
    if ((pages_[i].rights & right) == 0) return nullptr;
    used_[i] = ++clock_;
    return &pages_[i];
  }
  const arch::PageKind kind = space_->page_kind(address);
  if ((kind.prot & AheadPage::kRead) == 0 || (kind.prot & right) == 0) return nullptr;
  // Others may write what is shared at any time.
  SharedWindows& windows = space_->engine().windows();
  const uint64_t made = windows.made();
  uint8_t* window = kind.shared ? windows.page(kind.backing) : nullptr;
  cost_ += (windows.made() - made) * kWindow;
  if (kind.shared && window == nullptr) return nullptr;
  space_->settle();
  AheadPage& page = victim();
  const auto i = static_cast<size_t>(&page - pages_.data());
  shared_[i] = window != nullptr;
  page.bytes = shared_[i] ? window : bytes_[i].data();
  if (!shared_[i]) {
    cost_ += kLoad;
    if (os::read_memory(space_->memory_pid(), page.bytes, address, kPage) != 0) return nullptr;
  }
  page.address = address;
  page.rights = static_cast<uint8_t>(kind.prot);
  page.filled(!shared_[i]);
  used_[i] = ++clock_;
  of_file_[i] = kind.file || shared_[i];
  return &page;
}

bool AheadPages::fetch_fp() {
  if (!thread_->fp_valid) cost_ += kFp;
  return bool{space_->fetch_fp(*thread_)};
}

uint8_t* AheadPages::fxsave() {
  const auto image = fetch_fp() ? xsave_bytes(thread_->fp) : std::span<uint8_t>{};
  if (!xsave_begin(image, kXsaveSse)) return nullptr;
  thread_->fp_dirty = true;
  return image.data();
}

AheadVectors AheadPages::vectors(bool all) {
  const AheadVectors found =
      fetch_fp() ? xsave_vectors(xsave_bytes(thread_->fp), all) : AheadVectors{};
  if (found.xmm != nullptr) thread_->fp_dirty = true;
  return found;
}

os::VdsoFunction AheadPages::function(uint64_t address) {
  const uint64_t vdso = space_->engine().zygote().vdso();
  if (vdso == 0 || address < vdso) return os::VdsoFunction::none;
  return os::vdso_function(address - vdso);
}

bool AheadPages::clock(int id, int64_t& seconds, int64_t& nanoseconds) {
  return os::vdso_clock(id, seconds, nanoseconds);
}

// Whether all pages of a short range are here. On a way they are fetched: the next call has its
// structures and names in the same places.
bool AheadPages::have(uint64_t address, size_t n, AheadPage::Right right) {
  constexpr size_t kMost = 2 * kPage;
  if (n > kMost || address + n < address) return false;
  if (file_changes_ != arch::file_changes) drop_files();
  for (uint64_t base = address / kPage * kPage; base < address + n; base += kPage) {
    const auto p = std::find_if(pages_.begin(), pages_.end(),
                                [base](const AheadPage& x) { return x.address == base; });
    if (p != pages_.end()) {
      if ((p->rights & right) == 0) return false;
      // Not the one that has to go for the next page of the range.
      used_[static_cast<size_t>(p - pages_.begin())] = ++clock_;
      continue;
    }
    if (start_ == nullptr) return false;
    const uint64_t cost = cost_;
    if (page(base, right) == nullptr) return false;
    cost_ = cost;  // the kernel's copy would have cost the same
  }
  return true;
}

uint8_t* AheadPages::here(uint64_t address) {
  const uint64_t inside = address % kPage;
  for (AheadPage& p : pages_)
    if (p.address == address - inside) return p.bytes + inside;
  return nullptr;
}

bool AheadPages::read(void* to, uint64_t from, size_t n) {
  if (!have(from, n, AheadPage::kRead)) return false;
  for (auto* out = static_cast<uint8_t*>(to); n > 0;) {
    const size_t part = std::min<size_t>(n, kPage - from % kPage);
    std::memcpy(out, here(from), part);
    out += part;
    from += part;
    n -= part;
  }
  return true;
}

bool AheadPages::write(uint64_t to, const void* from, size_t n) {
  if (!have(to, n, AheadPage::kWrite)) return false;
  for (const auto* in = static_cast<const uint8_t*>(from); n > 0;) {
    const uint64_t inside = to % kPage;
    const size_t part = std::min<size_t>(n, kPage - inside);
    AheadPage& p = *page(to - inside, AheadPage::kWrite);
    std::memcpy(p.bytes + inside, in, part);
    p.written(inside, part);
    in += part;
    to += part;
    n -= part;
  }
  return true;
}

void AheadPages::write_back() {
  std::array<os::Piece, kPages> pieces;
  size_t n = 0;
  for (size_t i = 0; i < kPages; ++i) {
    AheadPage& p = pages_[i];
    if (p.dirty_to == 0) continue;
    if (!shared_[i]) {
      // From the first store on a private page has nothing to do with its file.
      if (of_file_[i]) {
        p.dirty_from = 0;
        p.dirty_to = kPage;
        of_file_[i] = false;
      }
      pieces[n++] = {p.address + p.dirty_from, p.bytes + p.dirty_from,
                     static_cast<size_t>(p.dirty_to - p.dirty_from)};
    }
    p.dirty_from = kPage;
    p.dirty_to = 0;
  }
  if (n != 0) os::write_pieces(space_->memory_pid(), {pieces.data(), n});
}

bool AheadPages::overlaps(const AheadPage& p, uint64_t address, uint64_t len) {
  return p.address != AheadPage::kNowhere && p.address + kPage > address &&
         p.address < address + len;
}

void AheadPages::write_back(uint64_t address, uint64_t len) {
  for (const AheadPage& p : pages_)
    if (p.dirty_to != 0 && overlaps(p, address, len)) return write_back();
}

void AheadPages::drop(uint64_t address, uint64_t len) {
  write_back(address, len);
  for (AheadPage& p : pages_)
    if (overlaps(p, address, len)) forget(p);
}

void AheadPages::leave() {
  judge();
  write_back();
  for (size_t i = 0; i < kPages; ++i)
    if ((pages_[i].rights & AheadPage::kWrite) != 0 && !shared_[i]) forget(pages_[i]);
}

void AheadPages::drop_files() {
  write_back();
  file_changes_ = arch::file_changes;
  for (size_t i = 0; i < kPages; ++i)
    if (of_file_[i]) forget(pages_[i]);
}

void AheadPages::take_from(const AheadPages& parent) {
  // A child that ends soon needs few: those that were used last.
  constexpr size_t kFew = 12;
  std::array<uint64_t, kPages> newest = parent.used_;
  std::nth_element(newest.begin(), newest.begin() + kFew, newest.end(), std::greater<>());
  size_t n = 0;
  saved_ = kStop;  // a stub that has not been waited for yet may never have to be
  file_changes_ = parent.file_changes_;
  for (size_t i = 0; i < kPages; ++i) {
    const AheadPage& p = parent.pages_[i];
    if (p.address == AheadPage::kNowhere || parent.used_[i] <= newest[kFew]) continue;
    cost_ += kCopy;
    pages_[n].address = p.address;
    pages_[n].rights = p.rights;
    pages_[n].bytes = parent.shared_[i] ? p.bytes : bytes_[n].data();
    if (!parent.shared_[i]) std::memcpy(pages_[n].bytes, p.bytes, kPage);
    shared_[n] = parent.shared_[i];
    pages_[n].serial = p.serial;  // the same bytes: its instructions are known
    of_file_[n] = parent.of_file_[i];
    used_[n++] = ++clock_;
  }
}

// ---- the space's side ----

std::optional<arch::Trap> HostSpace::run_ahead(arch::thread_struct& thread) {
  constexpr uint64_t kTrapFlag = 0x100;
  auto& regs = thread.regs;
  const uint64_t cs = regs[os::kCs];
  if (!engine_.may_run_ahead() || (regs[os::kEflags] & kTrapFlag) != 0 || memory_pid() == 0 ||
      (cs != os::kUserCs64 && cs != os::kUserCs32))
    return std::nullopt;
  const bool under_way = ahead_ != nullptr && ahead_->under_way() && !ahead_->loses();
  AheadPlaces::Place& place =
      engine_.places().at(regs[os::kRip], regs[os::kRsp], regs[os::kRax] == 0);
  engine_.places().come_by(place);
  const bool try_it = place.near.now() && (under_way || engine_.places().may_begin(place));
  if (!try_it && !engine_.always_ahead()) {
    engine_.places().earn(kStop / 100);
    return std::nullopt;
  }
  // A tick is due: as the real CPU would have it.
  if (engine_.events().before_run()) os::signal_state.kick = true;
  if (os::signal_state.kick) return std::nullopt;

  if (ahead_ == nullptr) ahead_ = engine_.take_pages(*this);
  if (ahead_ == nullptr) return std::nullopt;
  // As much as costs what a stop does; who leaves a way has to fetch its pages again.
  const AheadCpu::End end = ahead_->run(thread, place, under_way ? 1200 : 500);
  thread.regs_dirty = true;
  if (!enter_kernel(thread, end)) return std::nullopt;
  engine_.events().after_run();
  return arch::Trap{.kind = arch::Trap::syscall};
}

void HostSpace::leave_ahead() {
  if (ahead_ == nullptr) return;
  ahead_->leave();
  if (!ahead_->paid()) release_ahead();
}

void HostSpace::release_ahead() {
  if (ahead_ == nullptr) return;
  ahead_->write_back();
  engine_.put_pages(*this, std::move(ahead_));
}

// What a host's entry code and GETREGS make of the registers. False: it was no system call.
bool HostSpace::enter_kernel(arch::thread_struct& thread, AheadCpu::End end) {
  auto& regs = thread.regs;
  switch (end) {
    case AheadCpu::syscall:
      regs[os::kRcx] = regs[os::kRip];
      regs[os::kR11] = regs[os::kEflags];
      regs[kRegEntry] = 0;
      break;
    case AheadCpu::int80: regs[kRegEntry] = 1; break;
    case AheadCpu::sysenter: {
      // The sixth argument is on the stack that ebp points to; see Machine::enable_sysenter().
      const auto landing = engine_.sysenter_landing();
      uint32_t sixth = 0;
      if (landing == 0 || !ahead_->read(&sixth, regs[os::kRbp], sizeof sixth)) {
        constexpr unsigned kSysenterBytes = 2;
        regs[os::kRip] -= kSysenterBytes;
        return false;
      }
      regs[os::kRsp] = regs[os::kRbp];
      regs[os::kRbp] = sixth;
      regs[os::kRip] = landing;
      regs[kRegEntry] = 1;
      break;
    }
    default: return false;
  }
  constexpr uint64_t kEnosys = 38;
  regs[os::kOrigRax] = regs[os::kRax];
  regs[os::kRax] = -kEnosys;
  return true;
}

}  // namespace um
