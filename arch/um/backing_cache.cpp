// See backing_cache.h.
#include "arch/um/backing_cache.h"

#include <iterator>

namespace um {
namespace {
constexpr size_t kMaxEntries = 512;
constexpr size_t kEvictAtOnce = 64;  // closing is one resume for all of them
constexpr size_t kMaxForgotten = 32;
}  // namespace

Result<BackingCache::Pin> BackingCache::acquire(const arch::Backing& backing) {
  if (backing.key != 0) {
    if (auto it = entries_.find(backing.key); it != entries_.end()) {
      recent_.splice(recent_.begin(), recent_, it->second.recent);
      ++it->second.pins;
      return Pin{it->second.fd, backing.key};
    }
  }
  const auto passed = zygote_.pass(backing.host_fd, forgotten_);
  forgotten_.clear();
  const int fd = TRY(passed);
  if (backing.key != 0) {
    recent_.push_front(backing.key);
    entries_.emplace(backing.key, Entry{fd, 1, recent_.begin()});
  }
  return Pin{fd, backing.key};
}

void BackingCache::release(const std::vector<Pin>& pins) {
  for (const Pin& p : pins) {
    if (p.key == 0)
      forgotten_.push_back(p.fd);
    else if (auto it = entries_.find(p.key); it != entries_.end() && it->second.fd == p.fd)
      --it->second.pins;
    else if (auto orphan = orphans_.find(p.fd); orphan != orphans_.end() && --orphan->second == 0) {
      forgotten_.push_back(p.fd);
      orphans_.erase(orphan);
    }
  }
  if (entries_.size() > kMaxEntries) {
    auto it = std::prev(recent_.end());
    for (size_t left = kEvictAtOnce; left > 0 && it != recent_.begin(); --left) {
      const auto victim = it--;
      const auto entry = entries_.find(*victim);
      if (entry->second.pins > 0) continue;
      forgotten_.push_back(entry->second.fd);
      recent_.erase(victim);
      entries_.erase(entry);
    }
  }
  if (forgotten_.size() > kMaxForgotten) close_forgotten();
}

void BackingCache::forget(uint64_t key) {
  const auto it = entries_.find(key);
  if (it == entries_.end()) return;
  if (it->second.pins == 0)
    forgotten_.push_back(it->second.fd);
  else
    orphans_.emplace(it->second.fd, it->second.pins);
  recent_.erase(it->second.recent);
  entries_.erase(it);
  if (forgotten_.size() > kMaxForgotten) close_forgotten();
}

void BackingCache::close_forgotten() {
  if (!forgotten_.empty()) zygote_.close(forgotten_);
  forgotten_.clear();
}

}  // namespace um
