// Descriptor tables and what a process keeps about paths (root, working directory, umask). Linux:
// fs/file.c, fs/fs_struct.c. Difference: a descriptor is not reserved before its file exists;
// kernel code does not sleep between the two.

#include <algorithm>

#include "fs/fdtable.h"
#include "fs/fs.h"
#include "fs/locks.h"
#include "kernel/sched.h"

namespace {

constexpr uint64_t kNrOpen = 1024 * 1024;  // sysctl fs.nr_open

// What close(2) does beyond dropping the reference (Linux filp_close).
void filp_close(Ref<file> f, files_struct& files, task_struct& closer) {
  if ((f->f_flags & O_PATH) == 0) {
    f->flush(closer);
    locks_remove_posix(*f, &files);
  }
}

}  // namespace

uint64_t nofile_limit() {
  const uint64_t limit = current->signal ? current->signal->rlim[RLIMIT_NOFILE].cur : 1024;
  return std::min(limit, kNrOpen);
}

files_struct::slot* fd_slot(int fd) {
  if (!current->files || fd < 0) return nullptr;
  auto& table = current->files->fd;
  if (static_cast<size_t>(fd) >= table.size() || !table[static_cast<size_t>(fd)].file)
    return nullptr;
  return &table[static_cast<size_t>(fd)];
}

Ref<files_struct> files_struct::dup() const {
  auto copy = make_ref<files_struct>();
  size_t used = fd.size();
  while (used != 0 && !fd[used - 1].file) --used;
  copy->fd.assign(fd.begin(), fd.begin() + static_cast<ptrdiff_t>(used));
  copy->next_fd = next_fd;
  return copy;
}

files_struct::~files_struct() = default;

Ref<fs_struct> fs_struct::dup() const {
  auto copy = make_ref<fs_struct>();
  copy->root = root;
  copy->pwd = pwd;
  copy->umask = umask;
  return copy;
}

Result<Ref<file>> fget(int fd) {
  const files_struct::slot* s = fd_slot(fd);
  if (s == nullptr) return Err(EBADF);
  return s->file;
}

Result<Ref<file>> fget_data(int fd) {
  const files_struct::slot* s = fd_slot(fd);
  if (s == nullptr || (s->file->f_flags & O_PATH) != 0) return Err(EBADF);
  return s->file;
}

Result<int> get_unused_fd(bool /*cloexec*/, int from) {
  if (!current->files) return Err(EMFILE);
  files_struct& files = *current->files;
  // Below next_fd every descriptor is in use.
  auto fd = static_cast<size_t>(std::max({from, files.next_fd, 0}));
  while (fd < files.fd.size() && files.fd[fd].file) ++fd;
  if (fd >= nofile_limit()) return Err(EMFILE);
  return static_cast<int>(fd);
}

Result<int> fd_install_new(Ref<file> f, bool cloexec, int from) {
  const int fd = TRY(get_unused_fd(cloexec, from));
  files_struct& files = *current->files;
  const auto index = static_cast<size_t>(fd);
  if (index >= files.fd.size())
    files.fd.resize(std::max(index + 1, std::min<size_t>(index * 2, kNrOpen)));
  files.fd[index] = {std::move(f), cloexec};
  if (from <= files.next_fd) files.next_fd = fd + 1;
  return fd;
}

Result<void> replace_fd(int fd, Ref<file> f, bool cloexec) {
  if (!current->files || fd < 0 || static_cast<uint64_t>(fd) >= nofile_limit()) return Err(EBADF);
  files_struct& files = *current->files;
  const auto index = static_cast<size_t>(fd);
  if (index >= files.fd.size()) files.fd.resize(index + 1);
  Ref<file> old = std::move(files.fd[index].file);
  files.fd[index] = {std::move(f), cloexec};
  if (old) filp_close(std::move(old), files, *current);
  return {};
}

Result<void> close_fd(int fd) {
  files_struct::slot* s = fd_slot(fd);
  if (s == nullptr) return Err(EBADF);
  files_struct& files = *current->files;
  Ref<file> f = std::move(s->file);
  s->cloexec = false;
  files.next_fd = std::min(files.next_fd, fd);
  filp_close(std::move(f), files, *current);
  return {};
}

void close_files(files_struct& files, task_struct& owner) {
  // By index: what flush does may change the table.
  for (size_t i = 0; i < files.fd.size(); ++i) {
    if (Ref<file> f = std::move(files.fd[i].file)) filp_close(std::move(f), files, owner);
  }
  files.fd.clear();
  files.next_fd = 0;
}

void do_close_on_exec(files_struct& files) {
  for (size_t i = 0; i < files.fd.size(); ++i) {
    if (!files.fd[i].cloexec) continue;
    Ref<file> f = std::move(files.fd[i].file);
    files.fd[i].cloexec = false;
    if (!f) continue;
    files.next_fd = std::min(files.next_fd, static_cast<int>(i));
    filp_close(std::move(f), files, *current);
  }
}
