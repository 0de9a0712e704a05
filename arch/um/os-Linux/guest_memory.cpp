// process_vm_readv(2) and /proc/PID/mem.
#include "arch/um/os-Linux/guest_memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>

namespace um::os {

// A call that meets a bad page after good ones returns what it copied up to there, page by page.
size_t read_memory(int pid, void* to, uint64_t from, size_t n) {
  const iovec here{to, n}, there{reinterpret_cast<void*>(from), n};
  const ssize_t done = ::process_vm_readv(pid, &here, 1, &there, 1, 0);
  return done < 0 ? n : n - static_cast<size_t>(done);
}

size_t write_memory(int pid, uint64_t to, const void* from, size_t n) {
  const iovec here{const_cast<void*>(from), n}, there{reinterpret_cast<void*>(to), n};
  const ssize_t done = ::process_vm_writev(pid, &here, 1, &there, 1, 0);
  return done < 0 ? n : n - static_cast<size_t>(done);
}

void write_pieces(int pid, std::span<const Piece> pieces) {
  std::array<iovec, kMostPieces> here, there;
  size_t n = 0;
  for (const Piece& p : pieces.first(std::min(pieces.size(), here.size()))) {
    here[n] = {const_cast<void*>(p.from), p.n};
    there[n++] = {reinterpret_cast<void*>(p.to), p.n};
  }
  for (size_t i = 0; i < n; ++i) {
    const ssize_t done = ::process_vm_writev(pid, &here[i], n - i, &there[i], n - i, 0);
    if (done < 0 && errno != EFAULT) return;
    // Everything up to the end, or to a piece whose memory is gone (a file was truncated): on behind it.
    for (auto left = static_cast<size_t>(std::max<ssize_t>(done, 0));
         i < n && left >= here[i].iov_len; ++i)
      left -= here[i].iov_len;
  }
}

size_t force_write_memory(int pid, uint64_t to, const void* from, size_t n) {
  char path[64];
  std::snprintf(path, sizeof path, "/proc/%d/mem", pid);
  const int fd = ::open(path, O_RDWR | O_CLOEXEC);
  if (fd < 0) return n;
  const ssize_t done = ::pwrite(fd, from, n, static_cast<off_t>(to));
  ::close(fd);
  return done < 0 ? n : n - static_cast<size_t>(done);
}

uint8_t* map_view(int fd, uint64_t offset, size_t n) {
  void* at = ::mmap(nullptr, n, PROT_READ | PROT_WRITE, MAP_SHARED, fd, static_cast<off_t>(offset));
  return at == MAP_FAILED ? nullptr : static_cast<uint8_t*>(at);
}

void unmap_view(uint8_t* view, size_t n) { ::munmap(view, n); }

void* zeros(size_t n) {
  void* at =
      ::mmap(nullptr, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  return at == MAP_FAILED ? nullptr : at;
}

}  // namespace um::os
