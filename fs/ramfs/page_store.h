// The contents of a file that lives in memory. Linux: the page cache as mm/shmem.c uses it. Ours:
// bytes stay on the kernel's heap, in chunks of 64 KiB that grow as they fill, until somebody maps
// the file; then they move to an anonymous host file that guests map and the kernel reads and
// writes by calls.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "fs/fs.h"

// What a file system's files and names take, in bytes, against what it may take.
struct RamAccount : RefCounted<RamAccount> {
  uint64_t used = 0;
  uint64_t limit = 0;                   // 0: half of the guests' memory
  Result<void> charge(uint64_t bytes);  // ENOSPC
  void uncharge(uint64_t bytes);
  uint64_t effective_limit() const;
};

class PageStore {
 public:
  explicit PageStore(Ref<RamAccount> account) : account_(std::move(account)) {}
  ~PageStore();
  PageStore(const PageStore&) = delete;
  PageStore& operator=(const PageStore&) = delete;

  // From `pos` on, at most up to `size`, the file's end. EFAULT if nothing could be copied.
  Result<size_t> read(iov_iter& to, uint64_t pos, uint64_t size);
  Result<size_t> write(iov_iter& from, uint64_t pos);  // ENOSPC, EFAULT
  // Nothing remains behind `size`; later growth shows zeros.
  Result<void> truncate(uint64_t size);
  Result<void> allocate(uint64_t pos, uint64_t len);  // takes the space now
  Result<void> punch(uint64_t pos, uint64_t len);     // gives it back: zeros
  uint64_t allocated() const;                         // bytes, whole pages
  // The first page with data / without, at or after pos; `size` if there is none.
  uint64_t next_data(uint64_t pos, uint64_t size) const;
  uint64_t next_hole(uint64_t pos, uint64_t size) const;
  // Moves to a host file of `size` bytes, if that has not been done.
  Result<arch::Backing> promote(uint64_t size);
  bool promoted() const { return static_cast<bool>(host_); }
  // The page at `offset` of that file; host_fd < 0: it does not reach so far, or there is none.
  arch::Backing memory_at(uint64_t offset) const;

 private:
  static constexpr uint64_t kChunk = 64 * 1024;
  static constexpr unsigned kPages = kChunk / kPageSize;
  struct Chunk {
    std::vector<std::byte> data;  // what is beyond its end is zero
    uint16_t present = 0;         // pages that are not holes
  };

  Result<void> take_pages(Chunk& c, uint16_t pages);
  void drop_pages(Chunk& c, uint16_t pages);
  Result<size_t> read_host(iov_iter& to, uint64_t pos, uint64_t end);
  Result<size_t> write_host(iov_iter& from, uint64_t pos);
  template <class Want>
  uint64_t next(uint64_t pos, uint64_t size, Want want) const;

  Ref<RamAccount> account_;
  std::map<uint64_t, Chunk> chunks_;  // by pos / kChunk
  uint64_t charged_ = 0;
  arch::HostFile host_;
  uint64_t key_ = 0;
  uint64_t host_end_ = 0;  // end of the host file
};
