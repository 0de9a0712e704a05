// The address space of a moxie mm: not a space at all but the list of what it owns of the one flat
// memory, where every task may read and write everything. Running user code is a call of the engine.
// What nommu-fork makes of a copy is here too: memory that is exchanged, relocated or rebased.
#pragma once

#include <memory>
#include <vector>

#include "arch/arch.h"
#include "arch/moxie/kernel/board.h"
#include "arch/moxie/kernel/swi.h"

namespace moxie {

class MoxieSpace final : public arch::UserSpace, public Bus {
 public:
  explicit MoxieSpace(Board& board) : board_(board) {}
  ~MoxieSpace() override;

  arch::Trap run(arch::thread_struct& thread) override;
  Result<void> run_away(arch::thread_struct&) override { return Err(EBUSY); }
  arch::Trap collect(arch::thread_struct&) override { return {.kind = arch::Trap::died}; }
  void interrupt(arch::thread_struct&) override { board_.engine->interrupt(); }
  Result<void> fetch_fp(arch::thread_struct&) override { return {}; }
  void drop_thread(arch::thread_struct& thread) override;

  void map(uint64_t, uint64_t, arch::Prot, const arch::Backing&) override {}
  void unmap(uint64_t addr, uint64_t len) override;
  void protect(uint64_t, uint64_t, arch::Prot) override {}
  void remap(uint64_t, uint64_t, uint64_t, uint64_t) override {}
  void advise(uint64_t, uint64_t, int) override {}
  Result<void> sync() override { return {}; }
  Result<std::unique_ptr<UserSpace>> dup(arch::thread_struct& parent,
                                         arch::thread_struct& child) override;

  size_t copy_in(void* to, uint64_t from, size_t n) override;
  size_t copy_out(uint64_t to, const void* from, size_t n) override;
  Result<uint32_t> cmpxchg32(uint64_t addr, uint32_t expected, uint32_t desired) override;
  size_t force_copy_out(uint64_t to, const void* from, size_t n) override {
    return copy_out(to, from, n);
  }
  uint64_t resident() override;

  Result<uint64_t> allocate(uint64_t bytes, uint64_t at) override;
  Result<uint64_t> share(std::shared_ptr<void>& memory, uint64_t bytes) override;
  Result<uint64_t> extend_data(arch::thread_struct& thread, uint64_t bytes, bool may_move) override;
  void set_data_base(uint64_t start, uint64_t len, uint64_t base) override;
  uint64_t data_bytes() const override { return data_len_; }
  uint64_t moved(uint64_t addr) const override;
  uint64_t user_view(uint64_t addr) const override { return static_cast<uint32_t>(addr - base_); }

  // Bus: absolute addresses, as a CPU has them.
  std::optional<uint32_t> load(uint32_t addr) override;
  bool store(uint32_t addr, uint32_t value) override;
  bool write(uint32_t addr, std::span<const std::byte> bytes);
  bool read(uint32_t addr, std::span<std::byte> bytes);
  uint32_t physical(uint32_t addr) const;

  uint32_t data_base() const { return base_; }
  // What a copy of the base-register kind does to the registers and saved frame pointers of its task.
  void rebase(pt_regs& child);
  // A kernel stack of its own for this thread: under every definition of swi, so that the same program
  // finds the same memory under all of them.
  Result<void> give_kernel_stack(arch::thread_struct& thread);
  Board& board() { return board_; }

 private:
  // Memory that one or several spaces have at its address; `here` is whose contents it holds.
  struct Extent {
    Extent(Board& b, uint32_t s, uint32_t l, MoxieSpace* h) : board(b), start(s), len(l), here(h) {}
    ~Extent();
    Board& board;
    uint32_t start, len;
    MoxieSpace* here;
    bool shared = false;  // by intention: no fork copies it
  };
  struct Region {
    std::shared_ptr<Extent> home;
    uint32_t shadow = 0;  // where our contents lie while another's are at home
  };
  struct Window {
    uint32_t start = 0, len = 0, delta = 0;
  };

  std::optional<arch::Trap> trap_of(const Stop& stop, arch::thread_struct& thread);
  template <class F>
  size_t walk(uint32_t addr, size_t n, F f);
  bool nowhere(uint64_t addr) const;
  void come_home();
  void exchange(Region& region);
  void let_go(Region& region);
  void shrink(Region& region, uint32_t addr, uint32_t end, std::vector<Region>& rest);
  Region* region_of(const Extent& extent);
  Window span() const;
  Result<uint32_t> take(uint32_t len);
  Result<std::unique_ptr<UserSpace>> dup_exchange();
  Result<std::unique_ptr<UserSpace>> dup_relocate();
  Result<std::unique_ptr<UserSpace>> dup_rebase();

  Board& board_;
  std::vector<Region> regions_;
  std::vector<std::shared_ptr<Extent>> kept_;  // not ours, but nobody else may have it
  Window window_;
  uint32_t base_ = 0;                       // added to every pointer of a system call
  uint32_t data_start_ = 0, data_len_ = 0;  // what the base register reaches
  uint32_t moved_by_ = 0, moved_from_ = 0, moved_len_ = 0;  // of a rebased copy
};

inline MoxieSpace& space_of(arch::UserSpace& space) { return static_cast<MoxieSpace&>(space); }

}  // namespace moxie
