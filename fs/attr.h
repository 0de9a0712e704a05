// Changing attributes, in kernel form. Linux: fs/attr.c, fs/utimes.c, parts of fs/open.c.
#pragma once

#include "fs/fs.h"

Result<void> do_fchmodat(int dirfd, std::string_view name, uint32_t mode, unsigned at_flags);
Result<void> do_fchownat(int dirfd, std::string_view name, uint32_t uid, uint32_t gid,
                         unsigned at_flags);
Result<void> do_truncate(std::string_view name, int64_t length);
Result<void> do_ftruncate(int fd, int64_t length);
// RLIMIT_FSIZE for a file that would grow to `size`: SIGXFSZ and EFBIG.
Result<void> check_file_limit(uint64_t size);
// A write: set-user-id and set-group-id bits go unless the writer may keep them.
Result<void> file_remove_privs(const path& p);

// One of utimensat's two times.
struct utime_value {
  enum Kind { now, omit, given } kind = now;
  int64_t ns = 0;
};
// From seconds and nanoseconds; UTIME_NOW and UTIME_OMIT are understood. EINVAL.
Result<utime_value> utime_from_timespec(int64_t sec, int64_t nsec);
Result<utime_value> utime_from_timeval(int64_t sec, int64_t usec);
// `times` null: both now. `name` null: the descriptor itself.
Result<void> do_utimes(int dirfd, const std::string* name, const utime_value (*times)[2],
                       unsigned at_flags);
