// The overlay and hostfs on a fake host: merging, whiteouts, copy-up, renames across layers, what each
// look-up costs, and that nothing is ever written below.
#include "tests/unit/fake_host.h"

#include "fs/attr.h"
#include "fs/dcache.h"
#include "fs/filesystems.h"
#include "fs/mount.h"
#include "fs/namei.h"
#include "fs/open.h"
#include "fs/overlay/overlay.h"
#include "fs/read_write.h"
#include "kernel/sched.h"

#include "tests/unit/gtest.h"

namespace {

class Overlay : public testing::Test {
 protected:
  Overlay() : task(make_ref<task_struct>()) {
    task->signal = make_ref<signal_struct>();
    task->group_leader = task.get();
    current = task.get();
    FakeHostFs& h = machine.fs;
    h.put("/a", S_IFREG | 0644, "alpha");
    h.put("/d", S_IFDIR | 0755);
    h.put("/d/one", S_IFREG | 0600, "1");
    h.put("/d/two", S_IFREG | 0644, "22");
    h.put("/d/sub", S_IFDIR | 0755);
    h.put("/d/sub/leaf", S_IFREG | 0644, "leaf");
    h.put("/ln", S_IFLNK | 0777, "a");
    const FakeRef hard = h.put("/h1", S_IFREG | 0644, "hard");
    h.root->children["h2"] = hard;
    hard->nlink = 2;
  }
  ~Overlay() override {
    shrink_dcache();
    root = path();
    task->fs.reset();
    current = nullptr;
  }

  void SetUp() override { mount(true); }
  void mount(bool overlay, bool read_write = false) {
    auto lower = hostfs_mount("/", read_write);
    ASSERT_TRUE(lower);
    Ref<super_block> sb = *lower;
    if (overlay) {
      auto merged = overlay_mount(sb);
      ASSERT_TRUE(merged);
      sb = *merged;
    }
    const Ref<vfsmount> m = kern_mount(sb);
    root = path(m, sb->root);
    task->fs = make_ref<fs_struct>();
    task->fs->root = task->fs->pwd = root;
    task->fs->umask = 0;
  }

  Result<path> at(const char* name) { return user_path_at(AT_FDCWD, name, 0); }
  int error_at(const char* name) { return error(at(name)); }
  template <class T>
  static int error(const Result<T>& r) {
    return r ? 0 : r.error().value;
  }
  kstat stat(const char* name) {
    kstat st;
    auto p = at(name);
    EXPECT_TRUE(p) << name;
    if (p) {
      EXPECT_TRUE(p->dentry->d_inode->getattr(st)) << name;
    }
    return st;
  }
  Ref<file> open(const char* name, unsigned flags, uint32_t mode = 0644) {
    auto f = do_open(AT_FDCWD, name, flags, mode);
    EXPECT_TRUE(f) << name << ": " << error(f);
    return f ? *f : nullptr;
  }
  std::string read(file& f) {
    std::string text(4096, '\0');
    auto n = kernel_read(f, text.data(), text.size(), 0);
    return n ? text.substr(0, *n) : "error " + std::to_string(n.error().value);
  }
  std::string read(const char* name) {
    const Ref<file> f = open(name, O_RDONLY);
    return f ? read(*f) : "";
  }
  size_t write(file& f, std::string text) {
    iov_iter from = iov_iter::kernel(text.data(), text.size());
    auto n = vfs_write(f, from, f.f_pos);
    return n ? *n : 0;
  }
  void write(const char* name, const std::string& text, unsigned flags = O_WRONLY | O_CREAT | O_TRUNC) {
    const Ref<file> f = open(name, flags);
    ASSERT_TRUE(f);
    EXPECT_EQ(write(*f, text), text.size());
  }
  // Names but . and .., blank-separated, at most `step` a call.
  std::string list(const char* name, size_t step = 100) {
    const Ref<file> f = open(name, O_RDONLY | O_DIRECTORY);
    std::string out;
    uint64_t pos = 0;
    for (size_t got = 1; got != 0;) {
      got = 0;
      dir_context ctx;
      ctx.pos = pos;
      ctx.actor = [&](std::string_view entry, uint64_t, unsigned, uint64_t) {
        if (got == step) return false;
        ++got;
        if (entry != "." && entry != "..") out += (out.empty() ? "" : " ") + std::string(entry);
        return true;
      };
      EXPECT_TRUE(f->iterate(ctx));
      pos = ctx.pos;
    }
    return out;
  }
  int rename(const char* from, const char* to, unsigned flags = 0) {
    return error(do_renameat2(AT_FDCWD, from, AT_FDCWD, to, flags));
  }

  FakeMachine machine;
  Ref<task_struct> task;
  path root;
};

TEST_F(Overlay, LowerFilesShowThrough) {
  EXPECT_EQ(read("/d/sub/leaf"), "leaf");
  EXPECT_EQ(list("/"), "a d h1 h2 ln");
  EXPECT_EQ(list("/d"), "one sub two");
  EXPECT_EQ(stat("/a").ino, machine.fs.at("/a")->ino);
  EXPECT_EQ(*at("/ln")->dentry->d_inode->readlink(), "a");
  EXPECT_EQ(error_at("/nothing"), ENOENT);
  EXPECT_EQ(error_at("/a/b"), ENOTDIR);
}

TEST_F(Overlay, CostsOneCallEach) {
  stat("/a");
  machine.fs.calls.clear();
  stat("/a");
  EXPECT_EQ(machine.fs.total(), 1U);
  machine.fs.calls.clear();
  EXPECT_EQ(error_at("/nothing"), ENOENT);
  EXPECT_EQ(machine.fs.total(), 1U);
  machine.fs.calls.clear();
  kstat st;
  const path p = *at("/a");
  machine.time += 1'000'000'000;
  ASSERT_TRUE(p.dentry->d_inode->getattr(st));
  EXPECT_EQ(machine.fs.calls["stat"], 2U) << "an old answer is asked for again";
}

TEST_F(Overlay, TheHostMayChange) {
  EXPECT_EQ(stat("/a").size, 5U);
  machine.fs.at("/a")->data = "changed!";
  EXPECT_EQ(stat("/a").size, 8U);
  machine.fs.root->children.erase("a");
  EXPECT_EQ(error_at("/a"), ENOENT);
  machine.fs.put("/a", S_IFREG | 0644, "new");
  EXPECT_EQ(read("/a"), "new");
}

TEST_F(Overlay, WritesStayAboveAndOpenFilesFollow) {
  const Ref<file> reader = open("/a", O_RDONLY);
  const Ref<file> writer = open("/a", O_RDWR);
  EXPECT_EQ(machine.fs.calls["pread"], 0U) << "opening for writing copies nothing";
  const uint64_t ino = stat("/a").ino;
  EXPECT_EQ(write(*writer, "ALP"), 3U);
  EXPECT_EQ(read(*reader), "ALPha");
  EXPECT_EQ(read("/a"), "ALPha");
  EXPECT_EQ(stat("/a").ino, ino);
  EXPECT_EQ(machine.fs.at("/a")->data, "alpha");
  // The host may even replace the file: what was written here is kept.
  machine.fs.root->children.erase("a");
  machine.fs.put("/a", S_IFREG | 0644, "other");
  shrink_dcache();
  EXPECT_EQ(read("/a"), "ALPha");
}

TEST_F(Overlay, TruncateAndAppend) {
  write("/a", "xy");
  EXPECT_EQ(read("/a"), "xy");
  write("/d/two", "+", O_WRONLY | O_APPEND);
  EXPECT_EQ(read("/d/two"), "22+");
  ASSERT_TRUE(do_truncate("/h1", 2));
  EXPECT_EQ(read("/h1"), "ha");
  ASSERT_TRUE(do_truncate("/h1", 4));
  EXPECT_EQ(read("/h1"), std::string("ha\0\0", 4));
  EXPECT_EQ(machine.fs.calls["pwrite"], 0U);
}

TEST_F(Overlay, MetadataWithoutData) {
  ASSERT_TRUE(do_fchmodat(AT_FDCWD, "/d/one", 0, 0));
  ASSERT_TRUE(do_fchownat(AT_FDCWD, "/d/one", 5, 6, 0));
  EXPECT_EQ(machine.fs.calls["pread"], 0U);
  shrink_dcache();
  const kstat st = stat("/d/one");
  EXPECT_EQ(st.mode, S_IFREG);
  EXPECT_EQ(st.uid, 5U);
  EXPECT_EQ(st.gid, 6U);
  EXPECT_EQ(machine.fs.at("/d/one")->mode, S_IFREG | 0600);
  EXPECT_EQ(read("/d/one"), "1");
}

TEST_F(Overlay, WhiteoutsAndOpaqueDirectories) {
  ASSERT_TRUE(do_unlinkat(AT_FDCWD, "/d/one"));
  EXPECT_EQ(error_at("/d/one"), ENOENT);
  EXPECT_EQ(list("/d"), "sub two");
  shrink_dcache();
  EXPECT_EQ(error_at("/d/one"), ENOENT);
  EXPECT_EQ(error(do_rmdir(AT_FDCWD, "/d")), ENOTEMPTY);
  ASSERT_TRUE(do_unlinkat(AT_FDCWD, "/d/two"));
  ASSERT_TRUE(do_unlinkat(AT_FDCWD, "/d/sub/leaf"));
  ASSERT_TRUE(do_rmdir(AT_FDCWD, "/d/sub"));
  EXPECT_EQ(list("/d"), "");
  ASSERT_TRUE(do_rmdir(AT_FDCWD, "/d"));
  EXPECT_EQ(error_at("/d"), ENOENT);
  ASSERT_TRUE(do_mkdirat(AT_FDCWD, "/d", 0700));
  EXPECT_EQ(list("/d"), "") << "the lower directory must not shine through";
  write("/d/one", "fresh");
  EXPECT_EQ(read("/d/one"), "fresh");
  EXPECT_EQ(machine.fs.at("/d/one")->data, "1");
  EXPECT_EQ(machine.fs.calls["unlink"], 0U);
}

TEST_F(Overlay, UnlinkedFilesLiveOn) {
  const Ref<file> f = open("/d/one", O_RDWR);
  ASSERT_TRUE(do_unlinkat(AT_FDCWD, "/d/one"));
  EXPECT_EQ(read(*f), "1");
  EXPECT_EQ(write(*f, "23"), 2U);
  EXPECT_EQ(read(*f), "23");
  kstat st;
  ASSERT_TRUE(f->f_inode()->getattr(st));
  EXPECT_EQ(st.nlink, 0U);
  EXPECT_EQ(st.size, 2U);
}

TEST_F(Overlay, HardLinksShareWhatIsChanged) {
  EXPECT_EQ(stat("/h1").ino, stat("/h2").ino);
  write("/h1", "more", O_WRONLY);
  shrink_dcache();
  EXPECT_EQ(read("/h2"), "more");
  ASSERT_TRUE(do_linkat(AT_FDCWD, "/h2", AT_FDCWD, "/d/h3", 0));
  EXPECT_EQ(stat("/h1").nlink, 3U);
  ASSERT_TRUE(do_unlinkat(AT_FDCWD, "/h1"));
  shrink_dcache();
  EXPECT_EQ(stat("/h2").nlink, 2U);
  EXPECT_EQ(stat("/d/h3").ino, stat("/h2").ino);
  EXPECT_EQ(read("/d/h3"), "more");
}

TEST_F(Overlay, RenamesAcrossLayers) {
  EXPECT_EQ(rename("/a", "/d/a"), 0);
  EXPECT_EQ(read("/d/a"), "alpha");
  EXPECT_EQ(error_at("/a"), ENOENT);
  // A directory takes its lower contents along.
  EXPECT_EQ(rename("/d", "/e"), 0);
  EXPECT_EQ(error_at("/d"), ENOENT);
  shrink_dcache();
  EXPECT_EQ(read("/e/sub/leaf"), "leaf");
  EXPECT_EQ(list("/e"), "a one sub two");
  EXPECT_EQ(list("/"), "e h1 h2 ln");
  ASSERT_TRUE(do_mkdirat(AT_FDCWD, "/d", 0755));
  EXPECT_EQ(list("/d"), "");
  EXPECT_EQ(rename("/e/one", "/e/two"), 0);
  EXPECT_EQ(read("/e/two"), "1");
  EXPECT_EQ(rename("/e/sub", "/d"), 0) << "an empty directory is replaced";
  EXPECT_EQ(rename("/d", "/e"), ENOTEMPTY);
  EXPECT_EQ(read("/d/leaf"), "leaf");
  EXPECT_EQ(rename("/d", "/e/two", RENAME_EXCHANGE), 0);
  EXPECT_EQ(read("/d"), "1");
  EXPECT_EQ(read("/e/two/leaf"), "leaf");
  EXPECT_EQ(rename("/d", "/ln", RENAME_NOREPLACE), EEXIST);
}

TEST_F(Overlay, DirectoryLinkCounts) {
  const uint64_t before = stat("/d").nlink;
  ASSERT_TRUE(do_mkdirat(AT_FDCWD, "/d/new", 0755));
  EXPECT_EQ(stat("/d").nlink, before + 1);
  EXPECT_EQ(rename("/d/new", "/new"), 0);
  EXPECT_EQ(stat("/d").nlink, before);
  ASSERT_TRUE(do_rmdir(AT_FDCWD, "/new"));
}

TEST_F(Overlay, FilesThatComeAndGoLeaveNothing) {
  for (int i = 0; i < 10; ++i) {
    const std::string name = "/d/tmp" + std::to_string(i);
    write(name.c_str(), "x");
    ASSERT_TRUE(do_unlinkat(AT_FDCWD, name.c_str()));
  }
  machine.fs.calls.clear();
  EXPECT_EQ(error_at("/d/tmp0"), ENOENT);
  EXPECT_EQ(machine.fs.calls["stat"], 1U) << "no whiteout: the lower directory is asked";
}

TEST_F(Overlay, ReaddirInSmallSteps) {
  write("/d/zebra", "z");
  write("/d/ant", "a");
  EXPECT_EQ(list("/d", 1), "ant one sub two zebra");
}

TEST_F(Overlay, LargeFilesAndHoles) {
  constexpr uint64_t kFar = 1 << 30;
  const Ref<file> f = open("/big", O_RDWR | O_CREAT);
  f->f_pos = kFar;
  EXPECT_EQ(write(*f, "end"), 3U);
  EXPECT_EQ(stat("/big").size, kFar + 3);
  char c = 'x';
  EXPECT_EQ(*kernel_read(*f, &c, 1, kFar / 2), 1U);
  EXPECT_EQ(c, '\0');
  ASSERT_TRUE(do_truncate("/big", 1));
  EXPECT_EQ(read("/big"), std::string(1, '\0'));
  f->f_pos = INT64_MAX - 1;
  EXPECT_EQ(write(*f, "x"), 0U) << "EFBIG";
}

TEST_F(Overlay, MemoryIsBounded) {
  const Ref<file> f = open("/fill", O_RDWR | O_CREAT);
  const std::string block(1 << 20, 'b');
  size_t done = 0;
  for (int i = 0; i < 64; ++i) done += write(*f, block);
  EXPECT_LE(done, 32U << 20);
  EXPECT_GE(done, 31U << 20);
  ASSERT_TRUE(do_truncate("/fill", 0));
  f->f_pos = 0;
  EXPECT_EQ(write(*f, block), block.size());
}

TEST_F(Overlay, MappingsSeeWhereTheWritesGo) {
  const Ref<file> f = open("/a", O_RDWR);
  auto lower = f->mmap(0, 4096, false, false);
  ASSERT_TRUE(lower);
  auto upper = f->mmap(0, 4096, true, true);
  ASSERT_TRUE(upper);
  EXPECT_NE(lower->key, upper->key);
  EXPECT_EQ(write(*f, "B"), 1U);
  EXPECT_EQ(f->mmap(0, 4096, true, true)->key, upper->key);
  EXPECT_EQ(machine.fs.at("/a")->data, "alpha");
}

TEST_F(Overlay, UnreadableFilesCannotBeCopied) {
  machine.fs.at("/d/one")->mode = S_IFREG | 0000;
  EXPECT_EQ(error(do_open(AT_FDCWD, "/d/one", O_RDONLY, 0)), EACCES);
  write("/d/one", "mine");  // truncated: nothing to read
  EXPECT_EQ(read("/d/one"), "mine");
}

TEST_F(Overlay, DeepTreesDoNotRecurse) {
  std::string where;
  task->fs->pwd = root;
  for (int i = 0; i < 20000; ++i) {
    ASSERT_TRUE(do_mkdirat(AT_FDCWD, "x", 0755));
    task->fs->pwd = *user_path_at(AT_FDCWD, "x", 0);
  }
  task->fs->pwd = root;
}

TEST_F(Overlay, ExtendedAttributes) {
  inode& i = *at("/a")->dentry->d_inode;
  EXPECT_EQ(error(i.getxattr("user.x")), ENODATA);
  ASSERT_TRUE(i.setxattr("user.x", "1", 0));
  EXPECT_EQ(error(i.setxattr("user.x", "2", 1)), EEXIST);
  shrink_dcache();
  EXPECT_EQ(*at("/a")->dentry->d_inode->getxattr("user.x"), "1");
  EXPECT_EQ(error(i.setxattr("user.y", std::string(70000, 'v'), 0)), ENOSPC);
}

class Hostfs : public Overlay {
 protected:
  void SetUp() override { mount(false, true); }
};

TEST_F(Hostfs, WritesReachTheHost) {
  write("/a", "new text");
  EXPECT_EQ(machine.fs.at("/a")->data.substr(0, 8), "new text");
  write("/d/made", "m");
  EXPECT_EQ(machine.fs.at("/d/made")->data, "m");
  ASSERT_TRUE(do_unlinkat(AT_FDCWD, "/d/one"));
  EXPECT_EQ(machine.fs.at("/d/one"), nullptr);
  EXPECT_EQ(rename("/d/two", "/two"), 0);
  EXPECT_EQ(machine.fs.at("/two")->data, "22");
  EXPECT_EQ(read("/two"), "22");
}

TEST_F(Hostfs, WhoMakesAFileMayWriteToIt) {
  const Ref<file> f = open("/sealed", O_WRONLY | O_CREAT, 0);
  ASSERT_TRUE(f);
  EXPECT_EQ(write(*f, "x"), 1U);
  EXPECT_EQ(machine.fs.at("/sealed")->mode, S_IFREG);
  EXPECT_EQ(error(do_open(AT_FDCWD, "/sealed", O_RDONLY, 0)), EACCES);
  EXPECT_EQ(error(do_open(AT_FDCWD, "/a", 3, 0)), 0) << "the access mode 3 is a number, too";
}

TEST_F(Hostfs, NoSetIdBitsAndNoDevices) {
  ASSERT_TRUE(do_fchmodat(AT_FDCWD, "/a", 04755, 0));
  EXPECT_EQ(machine.fs.at("/a")->mode & S_IALLUGO, 0755U);
  EXPECT_EQ(error(do_mknodat(AT_FDCWD, "/dev", S_IFCHR | 0666, MKDEV(1, 3))), EPERM);
  machine.fs.put("/tty", S_IFCHR | 0666);
  EXPECT_EQ(error(do_open(AT_FDCWD, "/tty", O_RDWR, 0)), ENXIO);
}

TEST_F(Hostfs, ReplacedDirectoriesAreNoWayOut) {
  const path sub = *at("/d/sub");
  // The host (or another mount of the same tree) puts something else in the place of /d/sub.
  machine.fs.at("/d")->children.erase("sub");
  machine.fs.put("/d/sub", S_IFDIR | 0755);
  machine.fs.put("/d/sub/secret", S_IFREG | 0644, "s");
  task->fs->pwd = sub;
  EXPECT_NE(error(user_path_at(AT_FDCWD, "secret", 0)), 0);
  EXPECT_EQ(read("/d/sub/secret"), "s");
  task->fs->pwd = root;
}

TEST_F(Hostfs, TheUserIsRootInside) {
  machine.fs.user = 1000;
  machine.fs.at("/a")->uid = 1000;
  machine.fs.at("/d/one")->uid = 77;
  mount(false, true);
  EXPECT_EQ(stat("/a").uid, 0U);
  EXPECT_EQ(stat("/d/one").uid, 77U);
  ASSERT_TRUE(do_fchownat(AT_FDCWD, "/d/one", 0, ~0U, 0));
  EXPECT_EQ(machine.fs.at("/d/one")->uid, 1000U);
}

TEST_F(Hostfs, ManyDirectoriesFewDescriptors) {
  for (int i = 0; i < 1000; ++i) {
    const std::string dir = "/many" + std::to_string(i);
    machine.fs.put(dir, S_IFDIR | 0755);
    machine.fs.put(dir + "/f", S_IFREG | 0644, std::to_string(i));
    EXPECT_EQ(read((dir + "/f").c_str()), std::to_string(i));
  }
  EXPECT_EQ(read("/many0/f"), "0");
}

}  // namespace
