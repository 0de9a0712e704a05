// See shared_windows.h.
#include "arch/um/shared_windows.h"

#include "arch/file_changes.h"
#include "arch/um/os-Linux/guest_memory.h"

namespace um {

uint8_t* SharedWindows::page(const arch::Backing& at) {
  if (at.host_fd < 0) return nullptr;
  const uint64_t inside = at.offset % kBytes, start = at.offset - inside;
  const auto known = windows_.find({at.key, start});
  if (known != windows_.end()) return known->second + inside;
  full_ = windows_.size() >= kMost;
  if (full_) return nullptr;
  uint8_t* view = os::map_view(at.host_fd, start, kBytes);
  if (view == nullptr) return nullptr;
  windows_.emplace(std::pair{at.key, start}, view);
  ++made_;
  return view + inside;
}

void SharedWindows::forget(uint64_t key) {
  const size_t gone = std::erase_if(windows_, [key](const auto& w) {
    if (w.first.first != key) return false;
    os::unmap_view(w.second, kBytes);
    return true;
  });
  if (gone != 0) ++arch::file_changes;
}

void SharedWindows::clear() {
  for (const auto& [where, view] : windows_) os::unmap_view(view, kBytes);
  windows_.clear();
  full_ = false;
  ++arch::file_changes;
}

}  // namespace um
