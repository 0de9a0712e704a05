// The board that moxie guests run on: one CPU, one flat memory for all tasks and the allocator of its
// pages. It is powered up by the first moxie program, so a kernel that runs none pays nothing.
#pragma once

#include <memory>
#include <vector>

#include "arch/moxie/cpu/cpu.h"
#include "lib/result.h"
#include "mm/page_alloc.h"

namespace moxie {

// The engine has one observer; this is it, while several observe.
class Observers final : public Observer {
 public:
  explicit Observers(Engine& engine) : engine_(engine) {}
  void add(Observer& o);
  void remove(Observer& o);
  void instruction(const Registers& before) override;
  void store(const Registers& before, uint32_t address, unsigned bytes) override;

 private:
  void hook_up();

  Engine& engine_;
  std::vector<Observer*> all_;
};

struct Board {
  Board(std::unique_ptr<Memory> m, std::unique_ptr<Engine> e);

  std::unique_ptr<Memory> memory;
  std::unique_ptr<Engine> engine;
  PageAllocator pages;
  Observers observers;
  uint64_t until_poll = 0;  // instructions until the clock and the host are looked at
  uint32_t sigreturn = 0;  // two instructions that make the system call rt_sigreturn
};

// ENOMEM if the host does not grant the memory.
Result<Board*> power_up();
Board* board();     // nullptr before the first program
void power_down();  // for tests: the next program gets a fresh board

uint32_t load_be32(const std::byte* at);
void store_be32(std::byte* at, uint32_t value);

}  // namespace moxie
