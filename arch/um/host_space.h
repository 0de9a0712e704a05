// HostSpace: one mm made of host processes. The first stub is the address space; more stubs that
// share its memory come only when two threads run at once or keep taking turns.
#pragma once

#include <memory>
#include <vector>

#include "arch/arch.h"
#include "arch/um/engine.h"

namespace um {

class HostSpace final : public arch::UserSpace {
 public:
  // Takes the stub; `bytes` is about how much is mapped in it.
  HostSpace(Engine& engine, Stub& stub, uint64_t bytes);
  ~HostSpace() override;

  arch::Trap run(arch::thread_struct& thread) override;
  Result<void> run_away(arch::thread_struct& thread) override;
  arch::Trap collect(arch::thread_struct& thread) override;
  void interrupt(arch::thread_struct& thread) override;
  Result<void> fetch_fp(arch::thread_struct& thread) override;
  void drop_thread(arch::thread_struct& thread) override;

  void map(uint64_t addr, uint64_t len, arch::Prot prot, const arch::Backing& backing) override;
  void unmap(uint64_t addr, uint64_t len) override;
  void protect(uint64_t addr, uint64_t len, arch::Prot prot) override;
  void remap(uint64_t from, uint64_t old_len, uint64_t to, uint64_t new_len) override;
  void advise(uint64_t addr, uint64_t len, int advice) override;
  Result<void> sync() override;

  Result<std::unique_ptr<UserSpace>> dup(arch::thread_struct& parent,
                                         arch::thread_struct& child) override;

  size_t copy_in(void* to, uint64_t from, size_t n) override;
  size_t copy_out(uint64_t to, const void* from, size_t n) override;
  Result<uint32_t> cmpxchg32(uint64_t addr, uint32_t expected, uint32_t desired) override;
  size_t force_copy_out(uint64_t to, const void* from, size_t n) override;
  uint64_t resident() override;
  void describe_pages(arch::PageKindOf how, void* context) override {
    page_kind_ = how;
    page_context_ = context;
  }

  // For AheadPages.
  Engine& engine() { return engine_; }
  // Gives its copies away; memory is complete without them.
  void release_ahead();
  // Runs the queue if there is one, so that memory looks as it was asked for.
  void settle() {
    if (!queue_.empty()) flush();
  }
  arch::PageKind page_kind(uint64_t address) const {
    return page_kind_ == nullptr ? arch::PageKind{} : page_kind_(page_context_, address);
  }
  // Any process of the space, for its memory; 0 if all are dead.
  int memory_pid() const;

 private:
  // The stub that holds some of the thread's state, or nullptr.
  Stub* holder(const arch::thread_struct& thread) const;
  // The stub for the thread to run on: its own, a free one, a shared one or a new one.
  Stub* stub_for(arch::thread_struct& thread);
  Stub* add_stub();

  // Tries to reach the thread's next system call without its stub; nothing if that did not work out.
  // The registers have got as far as it went. In ahead.cpp.
  std::optional<arch::Trap> run_ahead(arch::thread_struct& thread);
  void leave_ahead();
  bool enter_kernel(arch::thread_struct& thread, AheadCpu::End end);
  // The pages of these addresses are about to change by other means than a store.
  void changes(uint64_t addr, uint64_t len) {
    if (ahead_ != nullptr) ahead_->drop(addr, len);
  }

  // A stopped stub to make host calls with; borrows one that runs elsewhere if it must.
  class Hand {
   public:
    explicit Hand(HostSpace& space);
    ~Hand();
    explicit operator bool() const { return stub_ != nullptr; }
    Stub& operator*() const { return *stub_; }

   private:
    Engine& engine_;
    Stub* stub_ = nullptr;
    bool borrowed_ = false;
  };

  bool valid_range(uint64_t addr, uint64_t len);
  void push(const os::Call& call) { queue_.push_back(call); }
  void fail(int error) {
    if (error_ == 0) error_ = error;
  }
  // Executes the queue; errors go to error_.
  void flush();
  void flush(Stub& stub);

  Engine& engine_;
  std::unique_ptr<AheadPages> ahead_;  // while it pays
  arch::PageKindOf page_kind_ = nullptr;
  void* page_context_ = nullptr;
  std::vector<Stub*> stubs_;
  std::vector<os::Call> queue_;
  std::vector<BackingCache::Pin> pins_;  // descriptors that the queue uses
  int error_ = 0;
  uint64_t bytes_ = 0;
  uint64_t resident_ = 0, resident_at_ = 0;  // bytes, monotonic ns
};

}  // namespace um
