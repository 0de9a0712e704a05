// fcntl, dup, flock, ioctl below the ABI. Linux: fs/fcntl.c, fs/locks.c (the system calls),
// fs/ioctl.c, dup and close_range of fs/file.c. Differences: no leases, no dnotify, no read-write
// hints.

#include "fs/fcntl.h"

#include <algorithm>

#include "fs/fdtable.h"
#include "fs/locks.h"
#include "kernel/sched.h"
#include "mm/uaccess.h"

namespace {

// F_SETFL changes only these.
constexpr unsigned kSetFlags = O_APPEND | O_NONBLOCK | FASYNC | O_DIRECT | O_NOATIME;
constexpr unsigned kDupfdQuery = 1027, kCreatedQuery = 1028;  // F_DUPFD_QUERY, F_CREATED_QUERY

struct owner_ex {  // struct f_owner_ex
  int32_t type, pid;
};

Result<long> set_flags(file& f, unsigned flags) {
  const Ref<inode> i = f.f_inode();
  if ((flags & ~f.f_flags & O_NOATIME) != 0 && i && current->creds.fsuid != i->uid &&
      !capable(CAP_FOWNER))
    return Err(EPERM);
  const bool async_changes = ((flags ^ f.f_flags) & FASYNC) != 0;
  f.f_flags = (f.f_flags & ~kSetFlags) | (flags & kSetFlags);
  if (async_changes) f.fasync_changed();
  return 0;
}

// Positive: a process, negative: a group.
Result<long> set_owner(file& f, int64_t who) {
  if (who == INT32_MIN) return Err(EINVAL);
  const int owner = static_cast<int>(who);
  if (owner > 0 && find_task_by_pid(owner) == nullptr) return Err(ESRCH);
  if (owner < 0 && !pgrp_exists(-owner)) return Err(ESRCH);
  f.f_owner = owner;
  return 0;
}

Result<long> set_owner_ex(file& f, uint64_t arg) {
  const owner_ex o = TRY(get_user(user_ptr<const owner_ex>(arg)));
  switch (o.type) {
    case F_OWNER_TID:
    case F_OWNER_PID: return set_owner(f, o.pid);
    case F_OWNER_PGRP: return set_owner(f, -static_cast<int64_t>(o.pid));
    default: return Err(EINVAL);
  }
}

Result<long> get_owner_ex(const file& f, uint64_t arg) {
  owner_ex o{F_OWNER_PID, f.f_owner};
  if (f.f_owner < 0) o = {F_OWNER_PGRP, -f.f_owner};
  TRY(put_user(user_ptr<owner_ex>(arg), o));
  return 0;
}

Result<long> dup_from(Ref<file> f, uint64_t from, bool cloexec) {
  if (from >= nofile_limit()) return Err(EINVAL);
  return TRY(fd_install_new(std::move(f), cloexec, static_cast<int>(from)));
}

// What also an O_PATH descriptor can do.
bool works_on_path(unsigned cmd) {
  switch (cmd) {
    case F_DUPFD:
    case F_DUPFD_CLOEXEC:
    case F_GETFD:
    case F_SETFD:
    case F_GETFL:
    case kDupfdQuery: return true;
    default: return false;
  }
}

// The range of bytes that a struct flock means.
Result<file_lock> to_range(file& f, const kernel_flock& lock) {
  int64_t base = 0;
  switch (lock.whence) {
    case SEEK_SET: break;
    case SEEK_CUR: base = static_cast<int64_t>(f.f_pos); break;
    case SEEK_END: {
      kstat st;
      TRY(vfs_getattr(f.f_path, st));
      base = static_cast<int64_t>(st.size);
      break;
    }
    default: return Err(EINVAL);
  }
  int64_t start = 0;
  if (__builtin_add_overflow(base, lock.start, &start)) return Err(EOVERFLOW);
  int64_t end = INT64_MAX;
  if (lock.len > 0) {
    if (__builtin_add_overflow(start, lock.len - 1, &end)) return Err(EOVERFLOW);
  } else if (lock.len < 0) {
    end = start - 1;
    if (__builtin_add_overflow(start, lock.len, &start)) return Err(EINVAL);
  }
  if (start < 0 || end < 0) return Err(EINVAL);
  file_lock range;
  range.start = static_cast<uint64_t>(start);
  range.end = static_cast<uint64_t>(end);
  range.type = lock.type;
  return range;
}

Result<file_lock> lock_request(file& f, const kernel_flock& lock, bool ofd) {
  if (!f.f_path) return Err(EBADF);
  file_lock request = TRY(to_range(f, lock));
  if (lock.type != F_RDLCK && lock.type != F_WRLCK && lock.type != F_UNLCK) return Err(EINVAL);
  if (ofd && lock.pid != 0) return Err(EINVAL);
  request.owner = ofd ? static_cast<const void*>(&f) : current->files.get();
  request.pid = ofd ? -1 : current->tgid;
  return request;
}

Result<long> file_nonblock(file& f, uint64_t arg, unsigned flag) {
  const int on = TRY(get_user(user_ptr<const int>(arg)));
  const unsigned before = f.f_flags;
  f.f_flags = on != 0 ? f.f_flags | flag : f.f_flags & ~flag;
  if (flag == FASYNC && f.f_flags != before) f.fasync_changed();
  return 0;
}

}  // namespace

Result<long> do_fcntl(int fd, unsigned cmd, uint64_t arg) {
  const Ref<file> f = TRY(fget(fd));
  if ((f->f_flags & O_PATH) != 0 && !works_on_path(cmd)) return Err(EBADF);
  switch (cmd) {
    case F_DUPFD:
    case F_DUPFD_CLOEXEC: return dup_from(f, arg, cmd == F_DUPFD_CLOEXEC);
    case F_GETFD: return fd_slot(fd)->cloexec ? FD_CLOEXEC : 0;
    case F_SETFD: fd_slot(fd)->cloexec = (arg & FD_CLOEXEC) != 0; return 0;
    case F_GETFL: return static_cast<long>(f->f_flags);
    case F_SETFL: return set_flags(*f, static_cast<unsigned>(arg));
    case F_GETOWN: return f->f_owner;
    case F_SETOWN: return set_owner(*f, static_cast<int>(arg));
    case F_GETOWN_EX: return get_owner_ex(*f, arg);
    case F_SETOWN_EX: return set_owner_ex(*f, arg);
    case F_GETSIG: return f->f_sig;
    case F_SETSIG:
      if (arg > static_cast<uint64_t>(NSIG)) return Err(EINVAL);
      f->f_sig = static_cast<int>(arg);
      return 0;
    case F_GETLEASE: return F_UNLCK;
    case F_SETLEASE: return Err(arg == F_UNLCK ? EAGAIN : EINVAL);
    case kDupfdQuery: {
      const Result<Ref<file>> other = fget(static_cast<int>(arg));
      return other && *other == f ? 1 : 0;
    }
    case kCreatedQuery: return Err(EINVAL);
    case F_SETPIPE_SZ:
    case F_GETPIPE_SZ:
    case F_ADD_SEALS:
    case F_GET_SEALS: return f->fcntl(cmd, arg);
    default: return Err(EINVAL);
  }
}

Result<void> fcntl_getlk(int fd, bool ofd, kernel_flock& lock) {
  const Ref<file> f = TRY(fget_data(fd));
  if (lock.type != F_RDLCK && lock.type != F_WRLCK) return Err(EINVAL);
  const file_lock other = posix_test_lock(*f, TRY(lock_request(*f, lock, ofd)));
  lock.type = other.type;
  if (other.type == F_UNLCK) return {};
  lock.whence = SEEK_SET;
  lock.start = static_cast<int64_t>(other.start);
  lock.len = other.end == OFFSET_MAX ? 0 : static_cast<int64_t>(other.end - other.start + 1);
  lock.pid = other.pid;
  return {};
}

Result<void> fcntl_setlk(int fd, bool ofd, bool wait, const kernel_flock& lock) {
  const Ref<file> f = TRY(fget_data(fd));
  file_lock request = TRY(lock_request(*f, lock, ofd));
  if (lock.type == F_RDLCK && !f->readable()) return Err(EBADF);
  if (lock.type == F_WRLCK && !f->writable()) return Err(EBADF);
  TRY(posix_lock_file(*f, request, wait));
  // While this thread waited another may have closed the descriptor, and with it gone would be the
  // only chance to drop the lock.
  if (!ofd && lock.type != F_UNLCK) {
    const files_struct::slot* s = fd_slot(fd);
    if (s == nullptr || s->file != f) {
      request.type = F_UNLCK;
      TRY(posix_lock_file(*f, request, false));
      return Err(EBADF);
    }
  }
  return {};
}

Result<void> do_flock(int fd, unsigned operation) {
  const bool wait = (operation & LOCK_NB) == 0;
  int type = 0;
  switch (operation & ~static_cast<unsigned>(LOCK_NB)) {
    case LOCK_SH: type = F_RDLCK; break;
    case LOCK_EX: type = F_WRLCK; break;
    case LOCK_UN: type = F_UNLCK; break;
    default: return Err(EINVAL);
  }
  const Ref<file> f = TRY(fget_data(fd));
  if (!f->f_path) return Err(EBADF);
  if (type != F_UNLCK && !f->readable() && !f->writable()) return Err(EBADF);
  return flock_lock_file(*f, type, wait);
}

Result<long> do_ioctl(int fd, unsigned cmd, uint64_t arg) {
  const Ref<file> f = TRY(fget_data(fd));
  switch (cmd) {
    case FIOCLEX: fd_slot(fd)->cloexec = true; return 0;
    case FIONCLEX: fd_slot(fd)->cloexec = false; return 0;
    case FIONBIO: return file_nonblock(*f, arg, O_NONBLOCK);
    case FIOASYNC: return file_nonblock(*f, arg, FASYNC);
    default: break;
  }
  const Ref<inode> i = f->f_inode();
  if (cmd == FIONREAD && i && i->is_reg()) {
    kstat st;
    TRY(i->getattr(st));
    TRY(put_user(user_ptr<int32_t>(arg), static_cast<int32_t>(st.size - f->f_pos)));
    return 0;
  }
  if (cmd == FIGETBSZ && i && (i->is_reg() || i->is_dir())) {
    kstat st;
    TRY(i->getattr(st));
    TRY(put_user(user_ptr<int32_t>(arg), static_cast<int32_t>(st.blksize)));
    return 0;
  }
  return f->ioctl(cmd, arg);
}

Result<int> do_dup3(int old_fd, int new_fd, unsigned flags) {
  if ((flags & ~static_cast<unsigned>(O_CLOEXEC)) != 0 || old_fd == new_fd) return Err(EINVAL);
  if (new_fd < 0 || static_cast<uint64_t>(new_fd) >= nofile_limit()) return Err(EBADF);
  Ref<file> f = TRY(fget(old_fd));
  TRY(replace_fd(new_fd, std::move(f), flags != 0));
  return new_fd;
}

Result<void> do_close_range(unsigned first, unsigned last, unsigned flags) {
  constexpr unsigned kUnshare = 2, kCloexec = 4;  // CLOSE_RANGE_UNSHARE, CLOSE_RANGE_CLOEXEC
  if ((flags & ~(kUnshare | kCloexec)) != 0 || first > last) return Err(EINVAL);
  if (!current->files) return {};
  if ((flags & kUnshare) != 0 && current->files->use_count() > 1)
    current->files = current->files->dup();
  const Ref<files_struct> files = current->files;
  for (size_t fd = first; fd <= last && fd < files->fd.size(); ++fd) {
    if (!files->fd[fd].file) continue;
    if ((flags & kCloexec) != 0) {
      files->fd[fd].cloexec = true;
    } else {
      TRY(close_fd(static_cast<int>(fd)));
    }
  }
  return {};
}
