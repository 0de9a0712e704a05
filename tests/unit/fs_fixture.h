// A task with files in a fresh ramfs, and a host that has nothing but anonymous files in memory:
// for the tests of the VFS.
#pragma once

#include <algorithm>
#include <cstring>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "fs/dcache.h"
#include "fs/fs.h"
#include "fs/mount.h"
#include "fs/namei.h"
#include "fs/open.h"
#include "fs/ramfs/ramfs.h"
#include "fs/read_write.h"
#include "fs/stat.h"
#include "tests/unit/signal_fixture.h"

namespace test {

// Anonymous host files as byte vectors. Descriptor numbers begin where no real one is.
class MemoryHost : public arch::HostFs {
 public:
  using Path = const std::string&;
  std::map<int, std::vector<std::byte>> files;

  Result<arch::HostFile> memfd(const char*) override {
    const int fd = 1'000'000 + static_cast<int>(files.size());
    files[fd];
    return arch::HostFile(fd, false);
  }
  Result<size_t> pread(int fd, std::span<std::byte> to, uint64_t offset) override {
    const auto& f = files.at(fd);
    if (offset >= f.size()) return 0;
    const size_t n = std::min(to.size(), f.size() - offset);
    std::memcpy(to.data(), f.data() + offset, n);
    return n;
  }
  Result<size_t> pwrite(int fd, std::span<const std::byte> from, uint64_t offset) override {
    auto& f = files.at(fd);
    if (f.size() < offset + from.size()) f.resize(offset + from.size());
    std::memcpy(f.data() + offset, from.data(), from.size());
    return from.size();
  }
  Result<void> truncate(int fd, uint64_t size) override {
    files.at(fd).resize(size);
    return {};
  }
  Result<arch::HostStat> stat(int dir, Path) override {
    const auto it = files.find(dir);
    if (it == files.end()) return Err(ENOENT);
    return arch::HostStat{.size = it->second.size(), .blocks = it->second.size() / 512};
  }

  Result<arch::HostFile> open(int, Path, unsigned, unsigned) override { return Err(ENOENT); }
  Result<std::string> readlink(int, Path) override { return Err(ENOENT); }
  Result<std::vector<arch::HostDirent>> readdir(int) override { return Err(ENOENT); }
  Result<size_t> read(int, std::span<std::byte>) override { return Err(ENOSYS); }
  Result<size_t> write(int, std::span<const std::byte>) override { return Err(ENOSYS); }
  unsigned poll(int, unsigned) override { return 0; }
  Result<void> allocate(int, int, uint64_t, uint64_t) override { return Err(ENOSYS); }
  Result<uint64_t> seek(int, int64_t, int) override { return Err(ENOSYS); }
  Result<void> sync(int) override { return {}; }
  Result<void> mkdir(int, Path, unsigned) override { return Err(ENOSYS); }
  Result<void> mknod(int, Path, unsigned, uint64_t) override { return Err(ENOSYS); }
  Result<void> unlink(int, Path, bool) override { return Err(ENOSYS); }
  Result<void> rename(int, Path, int, Path, unsigned) override { return Err(ENOSYS); }
  Result<void> link(int, Path, int, Path) override { return Err(ENOSYS); }
  Result<void> symlink(Path, int, Path) override { return Err(ENOSYS); }
  Result<void> chmod(int, Path, unsigned) override { return Err(ENOSYS); }
  Result<void> chown(int, Path, uint32_t, uint32_t) override { return Err(ENOSYS); }
  Result<void> utimens(int, Path, int64_t, int64_t) override { return Err(ENOSYS); }
  Result<arch::HostStatfs> statfs(int) override { return Err(ENOSYS); }
  bool isatty(int) override { return false; }
  Result<WinSize> window_size(int) override { return Err(ENOTTY); }
  Result<void> set_raw(int, bool) override { return Err(ENOTTY); }
  bool is_readable_kind(int) override { return false; }
};

class HostedMachine : public NoMachine {
 public:
  arch::HostFs& hostfs() override { return host; }
  void forget_backing(uint64_t key) override { forgotten.push_back(key); }
  MemoryHost host;
  std::vector<uint64_t> forgotten;
};

class FsTest : public KernelTest {
 protected:
  void SetUp() override {
    KernelTest::SetUp();
    arch::set_machine(&hosted_);
    self_->files = make_ref<files_struct>();
    self_->fs = make_ref<fs_struct>();
    root_ = *do_mount(*ramfs_mount("tmpfs", "mode=755"), path(), 0);
    self_->fs->root = self_->fs->pwd = path(root_, root_->root);
    self_->fs->umask = 0;
  }
  void TearDown() override {
    close_files(*self_->files, *self_);
    self_->files = nullptr;
    self_->fs = nullptr;
    root_ = nullptr;
    KernelTest::TearDown();
  }

  void become(uint32_t uid, uint32_t gid) {
    cred& c = self_->creds;
    c.uid = c.euid = c.suid = c.fsuid = uid;
    c.gid = c.egid = c.sgid = c.fsgid = gid;
    c.groups.clear();
    c.cap_effective = c.cap_permitted = uid == 0 ? ~0ULL : 0;
  }

  Result<int> open(std::string_view name, unsigned flags, uint32_t mode = 0644) {
    return do_sys_open(AT_FDCWD, name, build_open_how(flags, mode));
  }
  int open_error(std::string_view name, unsigned flags, uint32_t mode = 0644) {
    return error(open(name, flags, mode));
  }
  template <class T>
  static int error(const Result<T>& r) {
    return r ? 0 : r.error().value;
  }
  void write_file(std::string_view name, std::string_view text, uint32_t mode = 0644) {
    const Result<int> fd = open(name, O_CREAT | O_TRUNC | O_WRONLY, mode);
    ASSERT_TRUE(fd) << name;
    EXPECT_EQ(*write(*fd, text), text.size());
    ASSERT_TRUE(close_fd(*fd));
  }
  std::string read_file(std::string_view name) {
    const Result<int> fd = open(name, O_RDONLY);
    if (!fd) return "error " + std::to_string(fd.error().value);
    std::string text = read(*fd, 1 << 20);
    (void)close_fd(*fd);
    return text;
  }
  static Result<size_t> write(int fd, std::string_view text) {
    return ksys_write(fd, iov_iter::kernel(const_cast<char*>(text.data()), text.size()));
  }
  static std::string read(int fd, size_t n) {
    std::string text(n, '\0');
    const Result<size_t> got = ksys_read(fd, iov_iter::kernel(text.data(), n));
    text.resize(got ? *got : 0);
    return text;
  }
  static kstat stat(std::string_view name, unsigned at_flags = 0) {
    const Result<kstat> st = vfs_fstatat(AT_FDCWD, name, at_flags);
    EXPECT_TRUE(st) << name;
    return st ? *st : kstat{};
  }
  static std::vector<std::string> list(std::string_view name) {
    std::vector<std::string> names;
    const Result<Ref<file>> f = do_open(AT_FDCWD, name, O_RDONLY | O_DIRECTORY, 0);
    if (!f) return names;
    dir_context ctx;
    ctx.actor = [&](std::string_view n, uint64_t, unsigned, uint64_t) {
      names.emplace_back(n);
      return true;
    };
    EXPECT_TRUE((*f)->iterate(ctx));
    return names;
  }

  HostedMachine hosted_;
  Ref<vfsmount> root_;
};

}  // namespace test
