// Which host files the stubs' shared descriptor table holds. A file is passed once (8 us) and stays
// until it is the least recently used of too many, or its owner forgets it.
#pragma once

#include <cstdint>
#include <list>
#include <unordered_map>
#include <vector>

#include "arch/arch.h"
#include "arch/um/os-Linux/zygote.h"
#include "lib/result.h"

namespace um {

class BackingCache {
 public:
  explicit BackingCache(os::Zygote& zygote) : zygote_(zygote) {}

  // A descriptor in the stubs' table, pinned until release(). Key 0 is never cached.
  struct Pin {
    int fd;
    uint64_t key;
  };
  Result<Pin> acquire(const arch::Backing& backing);
  void release(const std::vector<Pin>& pins);
  // The file is gone: let the host have it back.
  void forget(uint64_t key);
  // Closes what is only waiting for a resume that happens anyway.
  void close_forgotten();

 private:
  struct Entry {
    int fd = -1;
    unsigned pins = 0;
    std::list<uint64_t>::iterator recent;
  };

  os::Zygote& zygote_;
  std::unordered_map<uint64_t, Entry> entries_;
  std::list<uint64_t> recent_;                 // most recently used first
  std::vector<int> forgotten_;                 // to be closed
  std::unordered_map<int, unsigned> orphans_;  // forgotten while pinned: descriptor and pins
};

}  // namespace um
