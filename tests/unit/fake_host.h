// A machine with a file tree in memory and nothing else: enough for hostfs, the overlay and procfs
// without a host. It counts the calls by name, so tests can say what a look-up may cost. Descriptors
// are plain numbers that nobody closes.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <string>

#include "arch/arch.h"
#include "lib/uapi.h"

// Fake descriptors own nothing; with the real host linked in, its own destructor wins.
__attribute__((weak)) arch::HostFile::~HostFile() {}

struct FakeNode {
  uint64_t ino = 0, dev = 1;
  uint32_t mode = 0, uid = 0, gid = 0;
  uint64_t nlink = 1;
  int64_t mtime = 0, ctime = 0;
  std::string data;                                          // or a symlink's target
  std::map<std::string, std::shared_ptr<FakeNode>> children;
  bool is_dir() const { return (mode & S_IFMT) == S_IFDIR; }
};
using FakeRef = std::shared_ptr<FakeNode>;

class FakeHostFs final : public arch::HostFs {
 public:
  FakeHostFs() { root = node(S_IFDIR | 0755); }

  FakeRef root;
  std::map<std::string, unsigned> calls;
  uint64_t next_ino = 2;
  int64_t clock = 1000;

  FakeRef node(uint32_t mode, std::string data = {}) {
    auto n = std::make_shared<FakeNode>();
    n->ino = next_ino++;
    n->mode = mode;
    n->data = std::move(data);
    n->mtime = n->ctime = ++clock;
    return n;
  }
  // Puts a node at an absolute path whose folders exist.
  FakeRef put(const std::string& path, uint32_t mode, std::string data = {}) {
    const size_t slash = path.rfind('/');
    FakeRef n = node(mode, std::move(data));
    find(root, path.substr(0, slash))->children[path.substr(slash + 1)] = n;
    return n;
  }
  FakeRef at(const std::string& path) { return find(root, path); }
  unsigned total() const {
    unsigned n = 0;
    for (const auto& [name, count] : calls) n += count;
    return n;
  }

  Result<arch::HostFile> open(int dir, const std::string& path, unsigned flags, unsigned mode) override {
    ++calls["open"];
    auto n = resolve(dir, path);
    if (n && (flags & O_CREAT) != 0 && (flags & O_EXCL) != 0) return Err(EEXIST);
    const bool made = !n && (flags & O_CREAT) != 0;  // who makes a file may use it, whatever its mode
    if (made) n = insert(dir, path, node(S_IFREG | mode));
    if (!n) return Err(n.error().value);
    if ((flags & O_DIRECTORY) != 0 && !(*n)->is_dir()) return Err(ENOTDIR);
    if (((*n)->mode & S_IFMT) == S_IFLNK) return Err(ELOOP);
    if (!made && (flags & O_PATH) == 0 && ((*n)->mode & 0400) == 0) return Err(EACCES);
    return descriptor(*n);
  }
  Result<arch::HostStat> stat(int dir, const std::string& path) override {
    ++calls["stat"];
    const FakeRef n = TRY(resolve(dir, path));
    arch::HostStat st;
    st.dev = n->dev;
    st.ino = n->ino;
    st.mode = n->mode;
    st.nlink = n->nlink;
    if (n->is_dir()) {
      st.nlink = 2;
      for (const auto& [name, child] : n->children) st.nlink += child->is_dir() ? 1 : 0;
    }
    st.uid = n->uid;
    st.gid = n->gid;
    st.size = n->data.size();
    st.mtime = n->mtime;
    st.ctime = n->ctime;
    return st;
  }
  Result<std::string> readlink(int dir, const std::string& path) override { return TRY(resolve(dir, path))->data; }
  Result<std::vector<arch::HostDirent>> readdir(int fd) override {
    ++calls["readdir"];
    std::vector<arch::HostDirent> out;
    for (const auto& [name, n] : TRY(resolve(fd, ""))->children) out.push_back({name, n->ino, (n->mode & S_IFMT) >> 12});
    return out;
  }
  Result<size_t> pread(int fd, std::span<std::byte> to, uint64_t offset) override {
    ++calls["pread"];
    const std::string& data = TRY(resolve(fd, ""))->data;
    if (offset >= data.size()) return 0;
    const size_t n = std::min(to.size(), data.size() - offset);
    std::memcpy(to.data(), data.data() + offset, n);
    return n;
  }
  Result<size_t> pwrite(int fd, std::span<const std::byte> from, uint64_t offset) override {
    ++calls["pwrite"];
    std::string& data = TRY(resolve(fd, ""))->data;
    data.resize(std::max(data.size(), offset + from.size()));
    std::memcpy(data.data() + offset, from.data(), from.size());
    return from.size();
  }
  Result<size_t> read(int, std::span<std::byte>) override { return Err(ENOSYS); }
  Result<size_t> write(int, std::span<const std::byte>) override { return Err(ENOSYS); }
  unsigned poll(int, unsigned) override { return 0; }
  Result<void> truncate(int fd, uint64_t size) override {
    TRY(resolve(fd, ""))->data.resize(size);
    return {};
  }
  Result<void> allocate(int fd, int mode, uint64_t offset, uint64_t len) override {
    std::string& data = TRY(resolve(fd, ""))->data;
    if ((mode & FALLOC_FL_PUNCH_HOLE) != 0) data.replace(offset, len, len, '\0');
    return {};
  }
  Result<uint64_t> seek(int fd, int64_t offset, int whence) override {
    const uint64_t size = TRY(resolve(fd, ""))->data.size();
    if (static_cast<uint64_t>(offset) >= size) return Err(ENXIO);
    return whence == SEEK_DATA ? static_cast<uint64_t>(offset) : size;
  }
  Result<void> sync(int) override { return {}; }
  Result<void> mkdir(int dir, const std::string& path, unsigned mode) override {
    TRY(insert(dir, path, node(S_IFDIR | mode)));
    return {};
  }
  Result<void> mknod(int dir, const std::string& path, unsigned mode, uint64_t) override {
    TRY(insert(dir, path, node(mode)));
    return {};
  }
  Result<void> unlink(int dir, const std::string& path, bool) override {
    ++calls["unlink"];
    const FakeRef n = TRY(resolve(dir, path));
    --n->nlink;
    TRY(resolve(dir, ""))->children.erase(path);
    return {};
  }
  Result<void> rename(int from, const std::string& a, int to, const std::string& b, unsigned) override {
    const FakeRef n = TRY(resolve(from, a));
    TRY(resolve(from, ""))->children.erase(a);
    TRY(resolve(to, ""))->children[b] = n;
    return {};
  }
  Result<void> link(int from, const std::string& a, int to, const std::string& b) override {
    const FakeRef n = TRY(resolve(from, a));
    TRY(insert(to, b, n));
    ++n->nlink;
    return {};
  }
  Result<void> symlink(const std::string& target, int dir, const std::string& path) override {
    TRY(insert(dir, path, node(S_IFLNK | 0777, target)));
    return {};
  }
  Result<void> chmod(int dir, const std::string& path, unsigned mode) override {
    const FakeRef n = TRY(resolve(dir, path));
    n->mode = (n->mode & S_IFMT) | mode;
    n->ctime = ++clock;
    return {};
  }
  Result<void> chown(int dir, const std::string& path, uint32_t uid, uint32_t gid) override {
    const FakeRef n = TRY(resolve(dir, path));
    if (uid != ~0U) n->uid = uid;
    if (gid != ~0U) n->gid = gid;
    return {};
  }
  Result<void> utimens(int dir, const std::string& path, int64_t, int64_t mtime) override {
    TRY(resolve(dir, path))->mtime = mtime;
    return {};
  }
  Result<arch::HostStatfs> statfs(int) override { return arch::HostStatfs{}; }
  Result<arch::HostFile> memfd(const char*) override {
    ++calls["memfd"];
    FakeRef n = node(S_IFREG | 0600);
    n->uid = n->gid = user;
    return descriptor(n);
  }
  bool isatty(int) override { return false; }
  Result<WinSize> window_size(int) override { return Err(ENOTTY); }
  Result<void> set_raw(int, bool) override { return Err(ENOTTY); }
  bool is_readable_kind(int) override { return true; }

  uint32_t user = 0;  // who "runs the kernel"

 private:
  static FakeRef find(FakeRef at, const std::string& path) {
    size_t from = 0;
    while (at && from < path.size()) {
      const size_t slash = std::min(path.find('/', from), path.size());
      const std::string name = path.substr(from, slash - from);
      from = slash + 1;
      if (name.empty() || name == ".") continue;
      auto it = at->children.find(name);
      at = it == at->children.end() ? nullptr : it->second;
    }
    return at;
  }
  Result<FakeRef> resolve(int dir, const std::string& path) {
    const auto it = fds_.find(dir);
    if (dir != kCwd && it == fds_.end()) return Err(EBADF);
    FakeRef n = find(dir == kCwd ? root : it->second, path);
    if (!n) return Err(ENOENT);
    return n;
  }
  Result<FakeRef> insert(int dir, const std::string& name, FakeRef n) {
    const FakeRef parent = TRY(resolve(dir, ""));
    if (!parent->children.emplace(name, n).second) return Err(EEXIST);
    return n;
  }
  Result<arch::HostFile> descriptor(const FakeRef& n) {
    fds_[++last_fd_] = n;
    return arch::HostFile(last_fd_, false);
  }

  std::map<int, FakeRef> fds_;
  int last_fd_ = 100;
};

class FakeMachine final : public arch::Machine {
 public:
  FakeHostFs fs;
  uint64_t time = 1;

  FakeMachine() { arch::set_machine(this); }
  Result<std::unique_ptr<arch::UserSpace>> new_space(const arch::Isa&) override { return Err(ENOSYS); }
  arch::HostFs& hostfs() override { return fs; }
  uint64_t now(arch::Clock) override { return time; }
  void random(std::span<std::byte> out) override { std::ranges::fill(out, std::byte{7}); }
  unsigned cpus() const override { return 2; }
  uint64_t memory_bytes() const override { return 64ULL << 20; }
  uint64_t cpu_time(arch::thread_struct&) override { return 0; }
  void set_deadline(std::optional<uint64_t>) override {}
  void poll() override {}
  void idle(std::optional<uint64_t>) override {}
  bool tick_pending() override { return false; }
  Result<void> watch(arch::HostWatch&) override { return Err(ENOSYS); }
  void unwatch(arch::HostWatch&) override {}
  void on_away_stop(AwayHandler) override {}
  void on_host_signal(SignalHandler) override {}
};
