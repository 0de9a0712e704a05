// Opening, in kernel form. Linux: fs/internal.h (struct open_flags).
#pragma once

#include "fs/fs.h"

struct open_request {
  unsigned flags = 0;
  uint32_t mode = 0;
  uint64_t resolve = 0;  // RESOLVE_*
};
Result<Ref<file>> do_filp_open(int dirfd, std::string_view name, const open_request& how);
// No permission check: the caller has done it, or the kernel opens for itself.
Result<Ref<file>> vfs_open(const path& p, unsigned flags);
// The checks of an open: type, permission, mount flags.
Result<void> may_open(const path& p, unsigned flags, int acc_mode);
// What open, creat and openat give to do_filp_open: unknown flags dropped.
open_request build_open_how(unsigned flags, uint32_t mode);
// EINVAL for what openat2 does not accept.
Result<void> check_open_how(uint64_t flags, uint64_t mode, uint64_t resolve);
Result<int> do_sys_open(int dirfd, std::string_view name, const open_request& how);
