// The kernel's own views of memory that guests share, for those who run ahead (ahead.h): what is shared is
// never copied, it is used where it is. Only of files that nobody outside can shorten; whoever shortens
// one inside counts arch::file_changes, and every holder of a view asks again then.
#pragma once

#include <cstdint>
#include <map>
#include <utility>

#include "arch/arch.h"

namespace um {

class SharedWindows {
 public:
  SharedWindows() = default;
  ~SharedWindows() { clear(); }
  SharedWindows(const SharedWindows&) = delete;
  SharedWindows& operator=(const SharedWindows&) = delete;

  // The page, for as long as the next make_room() or forget(); nullptr: not to be had now.
  uint8_t* page(const arch::Backing& at);
  // To be called when nobody is about to use one.
  void make_room() {
    if (full_) clear();
  }
  // How many views were made so far: each costs a mapping, a fault and its end.
  uint64_t made() const { return made_; }
  // The file is gone.
  void forget(uint64_t key);

 private:
  static constexpr uint64_t kBytes = 2ULL << 20;  // of each: address space, not memory
  static constexpr size_t kMost = 32;

  void clear();

  std::map<std::pair<uint64_t, uint64_t>, uint8_t*> windows_;  // by key and offset
  bool full_ = false;
  uint64_t made_ = 0;
};

}  // namespace um
