// What frame_guard.cpp knows about a stack that was lent, and the words for it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include "arch/arch.h"

namespace moxie {

class MoxieSpace;

inline constexpr size_t kMostWords = 64;  // remembered of one stack

// Who stored into a word last.
struct Writer {
  int pid = 0;
  std::string comm, what;
  uint32_t pc = 0;
  std::vector<uint32_t> chain;
};

struct OverwrittenWord {
  uint32_t addr, was;
  std::shared_ptr<const Writer> writer;
};

struct Guarded {
  struct Frame {
    uint32_t fp, pc;  // pc is where the function goes on
  };
  const arch::thread_struct* owner;
  MoxieSpace* space;
  int pid;
  uint32_t frame = 0;  // of swi, on the user's stack
  uint32_t sp = 0;     // behind that frame
  uint32_t low = 0, low_physical = 0;
  uint32_t high = 0,
           limit = 0;     // a child has returned from [low, high), and is believed up to limit
  unsigned patience = 0;  // instructions that a child may still take before high must rise
  std::unordered_set<int> children;
  bool child_runs = false;  // one of them is the task whose user code runs
  std::vector<Frame> frames;
  std::vector<OverwrittenWord> words;
};

// The current task is the sleeper and returns: says which words are not what they were. Nothing if all are.
void report_overwritten(const Guarded& g);

}  // namespace moxie
