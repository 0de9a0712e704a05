// Who may change which attribute, and the system calls' common parts. Linux: fs/attr.c
// (setattr_prepare, notify_change), fs/utimes.c, chmod, chown and truncate of fs/open.c.
// Differences: no file capabilities, no idmapped mounts.

#include "fs/attr.h"

#include "fs/mount.h"
#include "kernel/sched.h"
#include "kernel/timer.h"
#include "lib/uapi.h"

namespace {

constexpr int64_t kNs = static_cast<int64_t>(kNsec);
constexpr int64_t kUtimeNow = (1 << 30) - 1, kUtimeOmit = (1 << 30) - 2;  // UTIME_NOW, UTIME_OMIT

bool is_owner_or_capable(const inode& i) {
  return current->creds.fsuid == i.uid || capable(CAP_FOWNER);
}

// May the mode keep S_ISGID for this group?
bool keeps_sgid(uint32_t gid) { return in_group_p(gid) || capable(CAP_FSETID); }

// The mode without the bits that a change of the file's contents or owner takes.
uint32_t without_privs(uint32_t mode) {
  mode &= ~static_cast<uint32_t>(S_ISUID);
  if ((mode & S_IXGRP) != 0) mode &= ~static_cast<uint32_t>(S_ISGID);
  return mode;
}

Result<void> check_owner_change(const inode& i, const iattr& attr) {
  const bool owner = current->creds.fsuid == i.uid;
  if ((attr.valid & ATTR_UID) != 0 && !(owner && attr.uid == i.uid) && !capable(CAP_CHOWN))
    return Err(EPERM);
  if ((attr.valid & ATTR_GID) != 0) {
    const bool own_group = owner && (in_group_p(attr.gid) || attr.gid == i.gid);
    if (!own_group && !capable(CAP_CHOWN)) return Err(EPERM);
  }
  return {};
}

// setattr_prepare
Result<void> may_setattr(inode& i, iattr& attr) {
  TRY(check_owner_change(i, attr));
  if ((attr.valid & ATTR_MODE) != 0) {
    if (!is_owner_or_capable(i)) return Err(EPERM);
    const uint32_t gid = (attr.valid & ATTR_GID) != 0 ? attr.gid : i.gid;
    if (!keeps_sgid(gid)) attr.mode &= ~static_cast<uint32_t>(S_ISGID);
  }
  if ((attr.valid & ATTR_TIMES_SET) != 0 && !is_owner_or_capable(i)) return Err(EPERM);
  const bool touch = (attr.valid & (ATTR_ATIME | ATTR_MTIME)) != 0 &&
                     (attr.valid & (ATTR_TIMES_SET | ATTR_SIZE)) == 0;
  if (touch && !is_owner_or_capable(i)) TRY(inode_permission(i, MAY_WRITE));
  if ((attr.valid & ATTR_SIZE) != 0) {
    if (i.is_dir()) return Err(EISDIR);
    if (!i.is_reg()) return Err(EINVAL);
    if ((attr.valid & ATTR_FILE) == 0) TRY(inode_permission(i, MAY_WRITE));
    if (attr.size > i.size) TRY(check_file_limit(attr.size));
  }
  return {};
}

unsigned lookup_of(unsigned at_flags) {
  return ((at_flags & AT_SYMLINK_NOFOLLOW) != 0 ? 0U : LOOKUP_FOLLOW) |
         ((at_flags & AT_EMPTY_PATH) != 0 ? LOOKUP_EMPTY : 0U);
}
Result<void> known_at_flags(unsigned at_flags) {
  if ((at_flags & ~static_cast<unsigned>(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) != 0)
    return Err(EINVAL);
  return {};
}

}  // namespace

Result<void> notify_change(const path& p, iattr attr) {
  inode& i = *p.dentry->d_inode;
  TRY(mnt_want_write(p));
  TRY(may_setattr(i, attr));
  const int64_t now = current_time_ns();
  if ((attr.valid & ATTR_TIMES_SET) == 0) {
    if ((attr.valid & ATTR_ATIME) != 0) attr.atime = now;
    if ((attr.valid & ATTR_MTIME) != 0) attr.mtime = now;
  }
  // New contents and new owners take the set-user-id bits along.
  const bool owner = (attr.valid & (ATTR_UID | ATTR_GID)) != 0 && !i.is_dir();
  const bool size = (attr.valid & ATTR_SIZE) != 0 && !capable(CAP_FSETID);
  if ((owner || size) && (attr.valid & ATTR_MODE) == 0 && without_privs(i.mode) != i.mode) {
    attr.valid |= ATTR_MODE;
    attr.mode = without_privs(i.mode) & S_IALLUGO;
  }
  attr.valid &= ~static_cast<unsigned>(ATTR_TIMES_SET | ATTR_FILE);
  return i.setattr(attr);
}

Result<void> check_file_limit(uint64_t size) {
  if (size > INT64_MAX) return Err(EFBIG);
  if (!current->signal || size <= current->signal->rlim[RLIMIT_FSIZE].cur) return {};
  (void)send_signal(*current, make_siginfo(SIGXFSZ, SI_USER), true);
  return Err(EFBIG);
}

Result<void> file_remove_privs(const path& p) {
  inode& i = *p.dentry->d_inode;
  if (without_privs(i.mode) == i.mode || !i.is_reg() || capable(CAP_FSETID)) return {};
  iattr attr;
  attr.valid = ATTR_MODE;
  attr.mode = without_privs(i.mode) & S_IALLUGO;
  return i.setattr(attr);
}

Result<void> do_fchmodat(int dirfd, std::string_view name, uint32_t mode, unsigned at_flags) {
  TRY(known_at_flags(at_flags));
  const path p = TRY(user_path_at(dirfd, name, lookup_of(at_flags)));
  if (p.dentry->d_inode->is_lnk()) return Err(EOPNOTSUPP);
  iattr attr;
  attr.valid = ATTR_MODE;
  attr.mode = mode & S_IALLUGO;
  return notify_change(p, attr);
}

Result<void> do_fchownat(int dirfd, std::string_view name, uint32_t uid, uint32_t gid,
                         unsigned at_flags) {
  TRY(known_at_flags(at_flags));
  iattr attr;
  constexpr uint32_t kKeep = ~0U;
  if (uid != kKeep) attr.valid |= ATTR_UID;
  if (gid != kKeep) attr.valid |= ATTR_GID;
  attr.uid = uid;
  attr.gid = gid;
  return notify_change(TRY(user_path_at(dirfd, name, lookup_of(at_flags))), attr);
}

Result<void> do_truncate(std::string_view name, int64_t length) {
  if (length < 0) return Err(EINVAL);
  const path p = TRY(user_path_at(AT_FDCWD, name, LOOKUP_FOLLOW));
  inode& i = *p.dentry->d_inode;
  if (i.is_dir()) return Err(EISDIR);
  if (!i.is_reg()) return Err(EINVAL);
  TRY(mnt_want_write(p));
  TRY(inode_permission(i, MAY_WRITE));
  if (i.i_writecount < 0) return Err(ETXTBSY);
  iattr attr;
  attr.valid = ATTR_SIZE;
  attr.size = static_cast<uint64_t>(length);
  return notify_change(p, attr);
}

Result<void> do_ftruncate(int fd, int64_t length) {
  if (length < 0) return Err(EINVAL);
  const Ref<file> f = TRY(fget_data(fd));
  const Ref<inode> i = f->f_inode();
  if (!f->writable() || !i || !i->is_reg()) return Err(EINVAL);
  if (static_cast<uint64_t>(length) > i->size) TRY(check_file_limit(static_cast<uint64_t>(length)));
  return f->truncate(static_cast<uint64_t>(length));
}

Result<utime_value> utime_from_timespec(int64_t sec, int64_t nsec) {
  utime_value v;
  if (nsec == kUtimeNow) return v;
  v.kind = utime_value::omit;
  if (nsec == kUtimeOmit) return v;
  if (nsec < 0 || nsec >= kNs) return Err(EINVAL);
  v.kind = utime_value::given;
  // What does not fit into nanoseconds is clamped, as file systems clamp to their range.
  if (__builtin_mul_overflow(sec, kNs, &v.ns) || __builtin_add_overflow(v.ns, nsec, &v.ns))
    v.ns = sec < 0 ? INT64_MIN : INT64_MAX;
  return v;
}

Result<utime_value> utime_from_timeval(int64_t sec, int64_t usec) {
  if (usec < 0 || usec >= 1'000'000) return Err(EINVAL);
  return utime_from_timespec(sec, usec * 1000);
}

Result<void> do_utimes(int dirfd, const std::string* name, const utime_value (*times)[2],
                       unsigned at_flags) {
  TRY(known_at_flags(at_flags));
  if (times != nullptr && (*times)[0].kind == utime_value::omit &&
      (*times)[1].kind == utime_value::omit)
    return {};
  path p;
  if (name != nullptr) {
    p = TRY(user_path_at(dirfd, *name, lookup_of(at_flags)));
  } else {
    if (at_flags != 0) return Err(EINVAL);
    p = TRY(fget_data(dirfd))->f_path;
    if (!p) return Err(EBADF);
  }
  iattr attr;
  attr.valid = ATTR_ATIME | ATTR_MTIME;
  if (times != nullptr) {
    const auto& [a, m] = *times;
    // Both times "now" needs no more than the right to write; everything else only the owner may
    // do.
    if (a.kind != utime_value::now || m.kind != utime_value::now) {
      attr.valid |= ATTR_TIMES_SET;
      const int64_t now = current_time_ns();
      attr.atime = a.kind == utime_value::given ? a.ns : now;
      attr.mtime = m.kind == utime_value::given ? m.ns : now;
      if (a.kind == utime_value::omit) attr.valid &= ~static_cast<unsigned>(ATTR_ATIME);
      if (m.kind == utime_value::omit) attr.valid &= ~static_cast<unsigned>(ATTR_MTIME);
    }
  }
  return notify_change(p, attr);
}
