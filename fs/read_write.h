// Reading and writing, in kernel form. Linux: fs/read_write.c.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "fs/fs.h"

inline constexpr uint64_t MAX_RW_COUNT = 0x7fff'f000;
inline constexpr unsigned UIO_MAXIOV = 1024;

// Access mode, limits and what a write does to the inode are dealt with here. Bytes moved.
Result<size_t> vfs_read(file& f, iov_iter& to, uint64_t& pos);
Result<size_t> vfs_write(file& f, iov_iter& from, uint64_t& pos);
// At the file's own position / at `pos` (ESPIPE if the file has no positions).
Result<size_t> ksys_read(int fd, iov_iter to);
Result<size_t> ksys_write(int fd, iov_iter from);
Result<size_t> ksys_pread(int fd, iov_iter to, int64_t pos);
Result<size_t> ksys_pwrite(int fd, iov_iter from, int64_t pos);
// preadv2, pwritev2: RWF_* flags; pos -1 is the file's own position.
Result<size_t> do_preadv2(int fd, iov_iter to, int64_t pos, unsigned flags);
Result<size_t> do_pwritev2(int fd, iov_iter from, int64_t pos, unsigned flags);
Result<uint64_t> ksys_lseek(int fd, int64_t offset, unsigned whence);
// `offset` null: the input's own position. Bytes.
Result<size_t> do_sendfile(int out_fd, int in_fd, uint64_t* offset, uint64_t count);
Result<size_t> do_copy_file_range(int in_fd, uint64_t* in_pos, int out_fd, uint64_t* out_pos,
                                  uint64_t len, unsigned flags);
// Writes kernel memory at the file's own position or at `pos`; all of it, or the error.
Result<void> kernel_write(file& f, const void* from, size_t n, uint64_t& pos);

// A page-aligned buffer of the kernel for copies on the way; bounded, and reused by the next one.
// May be held over a sleep.
class IoBuffer {
 public:
  static constexpr size_t kSize = 128 * 1024;
  IoBuffer();
  ~IoBuffer();
  IoBuffer(const IoBuffer&) = delete;
  IoBuffer& operator=(const IoBuffer&) = delete;
  std::byte* data() { return memory_.get(); }
  std::span<std::byte> span() { return {memory_.get(), kSize}; }

 private:
  std::unique_ptr<std::byte[]> memory_;
};
