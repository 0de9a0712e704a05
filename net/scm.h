// What travels with a message: descriptors and credentials. Linux: include/net/scm.h,
// net/core/scm.c, net/unix/scm.c.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "fs/fs.h"

struct ucred_ids {
  int pid = 0;
  uint32_t uid = 0, gid = 0;
  friend bool operator==(const ucred_ids&, const ucred_ids&) = default;
};

using file_list = std::vector<Ref<file>>;
inline constexpr size_t SCM_MAX_FD = 253;
enum : int { SCM_RIGHTS = 1, SCM_CREDENTIALS = 2, SCM_PIDFD = 4 };

struct scm_cookie {
  ucred_ids creds;
  bool has_creds = false;  // recv: the receiver wants to see them
  file_list files;
};

ucred_ids current_creds();
// SCM_CREDENTIALS as sent: may the current task claim to be that? EPERM, ESRCH.
Result<void> scm_check_creds(const ucred_ids& claimed);
// The files behind SCM_RIGHTS's descriptors, added to `to`. EBADF, EINVAL if too many.
Result<void> scm_fp_copy(std::span<const int32_t> fds, file_list& to);
// Installs up to `room` of the files; the new descriptors. The rest is dropped.
std::vector<int32_t> scm_detach_fds(file_list files, size_t room, bool cloexec);

// Files in a message on its way. While a unix socket is in flight the garbage collector must know,
// for a socket that can only be reached through a message in its own queue will never be closed.
class InflightFiles {
 public:
  InflightFiles() = default;
  InflightFiles(InflightFiles&&) = default;
  InflightFiles& operator=(InflightFiles&& o) noexcept {
    std::swap(files_, o.files_);
    return *this;
  }
  ~InflightFiles();
  // ETOOMANYREFS above the limit of descriptors in flight.
  static Result<InflightFiles> attach(file_list files);
  file_list detach();  // they have arrived
  const file_list& peek() const { return files_; }
  bool empty() const { return files_.empty(); }

 private:
  file_list files_;
};

// Drops files one by one from a single loop, however deeply sockets are packed in sockets.
void scm_fput(file_list files);

// The collector (net/garbage.cpp): frees unix sockets that only messages to each other refer to.
struct unix_sock;
void unix_inflight(file& f);
void unix_notinflight(file& f);
void unix_gc();
