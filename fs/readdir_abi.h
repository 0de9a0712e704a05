// getdents, getdents64 and the first readdir. Linux: fs/readdir.c. Entries are built in a kernel
// buffer of at most 32 KiB and copied out once.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <vector>

#include "fs/abi_util.h"
#include "fs/fs.h"
#include "kernel/syscall.h"

// struct linux_dirent64 before its name; the same for all ABIs of one byte order.
struct dirent64_head {
  uint64_t d_ino;
  int64_t d_off;
  uint16_t d_reclen;
  uint8_t d_type;
} __attribute__((packed));

// Reads from the file's position on and keeps it; the actor's refusal ends the walk.
Result<void> iterate_dir(file& f, dir_context& ctx);

namespace detail {

// Entries as they look in the guest's buffer.
template <class Head, size_t kAlign, size_t kName, bool kTypeAtEnd>
class DirentBuffer {
 public:
  explicit DirentBuffer(size_t limit) : limit_(limit) {}

  bool add(std::string_view name, uint64_t ino, unsigned type, uint64_t next) {
    const size_t length =
        (kName + name.size() + 1 + (kTypeAtEnd ? 1 : 0) + kAlign - 1) / kAlign * kAlign;
    if (length > limit_ - bytes_.size()) {
      too_small_ = bytes_.empty();
      return false;
    }
    Head head{};
    head.d_ino = static_cast<decltype(head.d_ino + 0)>(ino);
    if (static_cast<uint64_t>(head.d_ino) != ino) return !(overflow_ = true);
    head.d_off = static_cast<decltype(head.d_off + 0)>(next);
    head.d_reclen = static_cast<uint16_t>(length);
    if constexpr (!kTypeAtEnd) head.d_type = static_cast<uint8_t>(type);
    const size_t start = bytes_.size();
    bytes_.resize(start + length);
    std::memcpy(&bytes_[start], &head, kName);
    std::memcpy(&bytes_[start + kName], name.data(), name.size());
    if constexpr (kTypeAtEnd) bytes_[start + length - 1] = static_cast<std::byte>(type);
    return true;
  }
  bool too_small() const { return too_small_; }
  bool overflow() const { return overflow_ && bytes_.empty(); }
  const std::vector<std::byte>& bytes() const { return bytes_; }

 private:
  size_t limit_;
  std::vector<std::byte> bytes_;
  bool too_small_ = false, overflow_ = false;
};

template <class Buffer>
SyscallResult getdents_into(int fd, user_ptr<void> to, uint32_t count) {
  constexpr size_t kMost = 32 * 1024;
  const Ref<file> f = TRY(fget_data(fd));
  Buffer buffer(std::min<size_t>(count, kMost));
  dir_context ctx;
  ctx.actor = [&](std::string_view name, uint64_t ino, unsigned type, uint64_t next) {
    return buffer.add(name, ino, type, next);
  };
  ctx.pos = f->f_pos;
  const Result<void> walked = iterate_dir(*f, ctx);
  if (buffer.bytes().empty()) {
    if (!walked) return std::unexpected(walked.error());
    if (buffer.too_small()) return Err(EINVAL);
    if (buffer.overflow()) return Err(EOVERFLOW);
  }
  TRY(copy_to_user(to.addr, buffer.bytes().data(), buffer.bytes().size()));
  f->f_pos = ctx.pos;
  return static_cast<long>(buffer.bytes().size());
}

}  // namespace detail

template <class Abi>
SyscallResult sys_getdents(fd_t fd, user_ptr<void> to, uint32_t count) {
  using Head = typename Abi::dirent_head;
  return detail::getdents_into<detail::DirentBuffer<Head, Abi::kWord, sizeof(Head), true>>(fd, to,
                                                                                           count);
}
template <class Head>
SyscallResult getdents64_as(fd_t fd, user_ptr<void> to, uint32_t count) {
  return detail::getdents_into<detail::DirentBuffer<Head, 8, sizeof(Head), false>>(fd, to, count);
}
SyscallResult sys_getdents64(fd_t fd, user_ptr<void> to, uint32_t count);

// The first readdir (slot 89 of i386): one entry a call; d_reclen is the length of the name.
template <class Abi>
SyscallResult sys_readdir(fd_t fd, user_ptr<void> to, uint32_t /*count*/) {
  using Head = typename Abi::dirent_head;
  const Ref<file> f = TRY(fget_data(fd));
  std::vector<std::byte> entry;
  bool overflow = false;
  dir_context ctx;
  ctx.actor = [&](std::string_view name, uint64_t ino, unsigned, uint64_t next) {
    if (!entry.empty()) return false;
    Head head{};
    head.d_ino = static_cast<decltype(head.d_ino + 0)>(ino);
    if (static_cast<uint64_t>(head.d_ino) != ino) return !(overflow = true);
    head.d_off = static_cast<decltype(head.d_off + 0)>(next - 1);
    head.d_reclen = static_cast<uint16_t>(name.size());
    entry.resize(sizeof head + name.size() + 1);
    std::memcpy(entry.data(), &head, sizeof head);
    std::memcpy(entry.data() + sizeof head, name.data(), name.size());
    return true;
  };
  ctx.pos = f->f_pos;
  const Result<void> walked = iterate_dir(*f, ctx);
  if (entry.empty()) {
    if (!walked) return std::unexpected(walked.error());
    if (overflow) return Err(EOVERFLOW);
    return 0;
  }
  TRY(copy_to_user(to.addr, entry.data(), entry.size()));
  f->f_pos = ctx.pos;
  return 1;
}
