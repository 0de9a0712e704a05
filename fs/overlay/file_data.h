// The contents of a regular file that lives in memory. Linux has the page cache for this (mm/shmem.c);
// here a small file is a buffer of the kernel, and one that is large or mapped is a memfd of the host,
// because guests can map only what the host has a descriptor for. So the number of descriptors follows
// the mapped and large files, not the files.
#pragma once

#include <cstddef>
#include <vector>

#include "fs/fs.h"

// What all files of a mount may use together, in bytes.
struct MemoryBudget : RefCounted<MemoryBudget> {
  uint64_t limit = ~0ULL;
  uint64_t used = 0;
};

class FileData {
 public:
  explicit FileData(Ref<MemoryBudget> budget) : budget_(std::move(budget)) {}
  ~FileData();
  FileData(const FileData&) = delete;
  FileData& operator=(const FileData&) = delete;

  uint64_t size() const { return size_; }
  uint64_t charged() const { return charged_; }   // bytes of memory, about

  // Offsets and lengths in bytes. ENOSPC: the budget; EFBIG: past kMaxSize; ENFILE: no host descriptor.
  Result<size_t> read(iov_iter& to, uint64_t& pos);
  Result<size_t> write(iov_iter& from, uint64_t& pos);
  Result<void> truncate(uint64_t size);
  Result<void> allocate(int mode, uint64_t offset, uint64_t len);   // fallocate(2)
  Result<uint64_t> seek(int64_t offset, int whence);                // SEEK_DATA, SEEK_HOLE
  Result<arch::Backing> backing(uint64_t offset, bool shared);
  // Replaces everything by the first `size` bytes of a host file; holes stay holes.
  Result<void> copy_from_host(int fd, uint64_t size);

  static constexpr uint64_t kMaxSize = 1ULL << 43;
  static constexpr uint64_t kSmall = 512 * 1024;   // larger files are memfds

 private:
  Result<void> charge(uint64_t bytes_from, uint64_t bytes);
  void set_size(uint64_t size);
  Result<void> make_memfd();
  Result<void> make_room(uint64_t end);
  Result<size_t> write_small(iov_iter& from, uint64_t pos);
  Result<size_t> write_memfd(iov_iter& from, uint64_t pos);
  Result<void> copy_range(int fd, uint64_t from, uint64_t to);
  Result<void> zero_range(uint64_t offset, uint64_t len);

  Ref<MemoryBudget> budget_;
  std::vector<std::byte> bytes_;   // while there is no memfd
  arch::HostFile memfd_;
  uint64_t key_ = 0;
  uint64_t size_ = 0, charged_ = 0;
};
