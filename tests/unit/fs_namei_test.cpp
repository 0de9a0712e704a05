// The path walk, permissions, renames, mounts and what open(2) makes of its flags.
#include "fs/attr.h"
#include "fs/fcntl.h"
#include "fs/fdtable.h"
#include "tests/unit/fs_fixture.h"

namespace {

class NameiTest : public test::FsTest {
 protected:
  void SetUp() override {
    FsTest::SetUp();
    ASSERT_TRUE(do_mkdirat(AT_FDCWD, "/d", 0755));
    ASSERT_TRUE(do_mkdirat(AT_FDCWD, "/d/e", 0755));
    write_file("/d/f", "file");
    ASSERT_TRUE(do_symlinkat("f", AT_FDCWD, "/d/rel"));
    ASSERT_TRUE(do_symlinkat("/d", AT_FDCWD, "/abs"));
    ASSERT_TRUE(do_symlinkat("nowhere", AT_FDCWD, "/dangling"));
  }
  int lookup_error(std::string_view name, unsigned flags = LOOKUP_FOLLOW) {
    return error(user_path_at(AT_FDCWD, name, flags));
  }
  std::string where(std::string_view name) {
    const Result<path> p = user_path_at(AT_FDCWD, name, LOOKUP_FOLLOW);
    return p ? d_path(*p) : "error " + std::to_string(p.error().value);
  }
  int rename_error(std::string_view from, std::string_view to, unsigned flags = 0) {
    return error(do_renameat2(AT_FDCWD, from, AT_FDCWD, to, flags));
  }
};

TEST_F(NameiTest, Walks) {
  EXPECT_EQ(where("/"), "/");
  EXPECT_EQ(where("///"), "/");
  EXPECT_EQ(where("/.."), "/");
  EXPECT_EQ(where("//d/./e/../f"), "/d/f");
  EXPECT_EQ(where("d/e/"), "/d/e");
  EXPECT_EQ(where("/abs/rel"), "/d/f");
  EXPECT_EQ(where("/abs/"), "/d");
  EXPECT_EQ(where("/abs/../abs/e/.."), "/d");
}

TEST_F(NameiTest, Errors) {
  EXPECT_EQ(lookup_error(""), ENOENT);
  EXPECT_EQ(lookup_error("/x"), ENOENT);
  EXPECT_EQ(lookup_error("/x/y"), ENOENT);
  EXPECT_EQ(lookup_error("/d/f/"), ENOTDIR);
  EXPECT_EQ(lookup_error("/d/f/."), ENOTDIR);
  EXPECT_EQ(lookup_error("/d/f/x"), ENOTDIR);
  EXPECT_EQ(lookup_error("/dangling"), ENOENT);
  EXPECT_EQ(lookup_error("/dangling", 0), 0);
  EXPECT_EQ(lookup_error("/d/f", LOOKUP_DIRECTORY), ENOTDIR);
  EXPECT_EQ(lookup_error("/" + std::string(256, 'n')), ENAMETOOLONG);
  EXPECT_EQ(lookup_error("/" + std::string(5000, 'n')), ENAMETOOLONG);
}

TEST_F(NameiTest, ALoopOfLinksEnds) {
  ASSERT_TRUE(do_symlinkat("loop", AT_FDCWD, "/loop"));
  EXPECT_EQ(lookup_error("/loop"), ELOOP);
  EXPECT_EQ(lookup_error("/loop", 0), 0);
  // 40 links are followed, 41 are not.
  write_file("/l0", "end");
  for (int i = 1; i <= 41; ++i)
    ASSERT_TRUE(do_symlinkat("l" + std::to_string(i - 1), AT_FDCWD, "/l" + std::to_string(i)));
  EXPECT_EQ(lookup_error("/l40"), 0);
  EXPECT_EQ(lookup_error("/l41"), ELOOP);
}

TEST_F(NameiTest, OpenFlags) {
  EXPECT_EQ(open_error("/d/f", O_CREAT | O_EXCL | O_RDWR), EEXIST);
  EXPECT_EQ(open_error("/dangling", O_CREAT | O_EXCL | O_RDWR), EEXIST);
  EXPECT_EQ(open_error("/d/rel", O_RDONLY | O_NOFOLLOW), ELOOP);
  EXPECT_EQ(open_error("/d/rel", O_PATH | O_NOFOLLOW), 0);
  EXPECT_EQ(open_error("/d", O_WRONLY), EISDIR);
  EXPECT_EQ(open_error("/d", O_CREAT | O_RDWR), EISDIR);
  EXPECT_EQ(open_error("/new/", O_CREAT | O_RDWR), EISDIR);
  EXPECT_EQ(open_error("/d/f", O_RDONLY | O_DIRECTORY), ENOTDIR);
  EXPECT_EQ(open_error("/d/f", O_RDONLY | O_DIRECTORY | O_CREAT), EINVAL);
  EXPECT_EQ(open_error("/d/f", O_TMPFILE | O_RDONLY), EINVAL);
  const int fresh = *open("/fresh", O_CREAT | O_EXCL | O_TRUNC | O_CLOEXEC | O_RDWR | O_APPEND);
  EXPECT_EQ(*do_fcntl(fresh, F_GETFL, 0) & ~0100000, O_RDWR | O_APPEND) << "but O_LARGEFILE";
  // A dangling link names what is made.
  EXPECT_EQ(open_error("/dangling", O_CREAT | O_RDWR), 0);
  EXPECT_EQ(where("/nowhere"), "/nowhere");
  write_file("/d/f", "x");
  EXPECT_EQ(read_file("/d/f"), "x") << "O_TRUNC";
}

TEST_F(NameiTest, AnOpenPathDescriptorReadsNothing) {
  const int fd = *open("/d/f", O_PATH);
  EXPECT_EQ(error(fget_data(fd)), EBADF);
  EXPECT_EQ(vfs_fstat(fd)->size, 4U);
  EXPECT_EQ(error(do_fcntl(fd, F_SETFL, 0)), EBADF);
}

TEST_F(NameiTest, PermissionsOfOthers) {
  write_file("/secret", "s", 0600);
  write_file("/group", "g", 0640);
  ASSERT_TRUE(do_fchownat(AT_FDCWD, "/group", 0, 50, 0));
  ASSERT_TRUE(do_mkdirat(AT_FDCWD, "/closed", 0700));
  become(1000, 1000);
  EXPECT_EQ(open_error("/secret", O_RDONLY), EACCES);
  EXPECT_EQ(open_error("/group", O_RDONLY), EACCES);
  EXPECT_EQ(open_error("/d/new", O_CREAT | O_RDWR), EACCES);
  EXPECT_EQ(lookup_error("/closed/x"), EACCES);
  EXPECT_EQ(error(do_unlinkat(AT_FDCWD, "/d/f")), EACCES);
  self_->creds.groups = {50};
  EXPECT_EQ(open_error("/group", O_RDONLY), 0);
  EXPECT_EQ(open_error("/group", O_RDWR), EACCES);
  EXPECT_EQ(error(do_fchmodat(AT_FDCWD, "/group", 0777, 0)), EPERM);
  EXPECT_EQ(error(do_fchownat(AT_FDCWD, "/group", 1000, 1000, 0)), EPERM);
}

TEST_F(NameiTest, AccessAsksForTheRealUser) {
  write_file("/secret", "s", 0600);
  self_->creds.uid = 1000;
  EXPECT_EQ(error(do_faccessat(AT_FDCWD, "/secret", MAY_READ, 0)), EACCES);
  EXPECT_EQ(error(do_faccessat(AT_FDCWD, "/secret", MAY_READ, AT_EACCESS)), 0);
  EXPECT_EQ(error(do_faccessat(AT_FDCWD, "/secret", MAY_EXEC, AT_EACCESS)), EACCES)
      << "root executes only what somebody may";
  self_->creds.uid = 0;
}

TEST_F(NameiTest, StickyDirectories) {
  ASSERT_TRUE(do_mkdirat(AT_FDCWD, "/tmp", 0777));
  ASSERT_TRUE(do_fchmodat(AT_FDCWD, "/tmp", 01777, 0));
  write_file("/tmp/root", "");
  become(1000, 1000);
  write_file("/tmp/mine", "");
  EXPECT_EQ(error(do_unlinkat(AT_FDCWD, "/tmp/root")), EPERM);
  EXPECT_EQ(rename_error("/tmp/mine", "/tmp/root"), EPERM);
  EXPECT_EQ(error(do_unlinkat(AT_FDCWD, "/tmp/mine")), 0);
}

TEST_F(NameiTest, Removal) {
  EXPECT_EQ(error(do_unlinkat(AT_FDCWD, "/d")), EISDIR);
  EXPECT_EQ(error(do_unlinkat(AT_FDCWD, "/d/f/")), ENOTDIR);
  EXPECT_EQ(error(do_unlinkat(AT_FDCWD, "/d/..")), EISDIR);
  EXPECT_EQ(error(do_rmdir(AT_FDCWD, "/d/f")), ENOTDIR);
  EXPECT_EQ(error(do_rmdir(AT_FDCWD, "/d/.")), EINVAL);
  EXPECT_EQ(error(do_rmdir(AT_FDCWD, "/d/..")), ENOTEMPTY);
  EXPECT_EQ(error(do_rmdir(AT_FDCWD, "/")), EBUSY);
  const int fd = *open("/d/f", O_RDONLY);
  ASSERT_TRUE(do_unlinkat(AT_FDCWD, "/d/f"));
  EXPECT_EQ((*fget(fd))->proc_name(), "/d/f (deleted)");
  EXPECT_EQ(vfs_fstat(fd)->nlink, 0U);
  EXPECT_EQ(read(fd, 10), "file");
}

TEST_F(NameiTest, Renames) {
  EXPECT_EQ(rename_error("/d", "/d/e/x"), EINVAL);
  EXPECT_EQ(rename_error("/d/e", "/d"), ENOTEMPTY);
  EXPECT_EQ(rename_error("/d/f", "/d/e"), EISDIR);
  EXPECT_EQ(rename_error("/d/e", "/d/f"), ENOTDIR);
  EXPECT_EQ(rename_error("/d/f", "/g/"), ENOTDIR);
  EXPECT_EQ(rename_error("/d/.", "/g"), EBUSY);
  EXPECT_EQ(rename_error("/x", "/g"), ENOENT);
  EXPECT_EQ(rename_error("/d/f", "/abs", RENAME_NOREPLACE), EEXIST);
  const int fd = *open("/d/f", O_RDONLY);
  EXPECT_EQ(rename_error("/d/f", "/d/e/g"), 0);
  EXPECT_EQ((*fget(fd))->proc_name(), "/d/e/g");
  EXPECT_EQ(rename_error("/d/e", "/moved"), 0);
  EXPECT_EQ((*fget(fd))->proc_name(), "/moved/g");
  EXPECT_EQ(stat("/d").nlink, 2U);
  write_file("/other", "2");
  EXPECT_EQ(rename_error("/other", "/moved/g", RENAME_EXCHANGE), 0);
  EXPECT_EQ(read_file("/moved/g"), "2");
  EXPECT_EQ(read_file("/other"), "file");
  EXPECT_EQ(rename_error("/other", "/moved/g"), 0);
  EXPECT_EQ(lookup_error("/other"), ENOENT);
}

TEST_F(NameiTest, Mounts) {
  const path where_e = *user_path_at(AT_FDCWD, "/d/e", LOOKUP_FOLLOW);
  ASSERT_TRUE(do_mount(*ramfs_mount("tmpfs"), where_e, 0));
  write_file("/d/e/inner", "in");
  EXPECT_EQ(where("/d/e/inner"), "/d/e/inner");
  EXPECT_EQ(where("/d/e/../f"), "/d/f");
  EXPECT_NE(stat("/d/e").dev, stat("/d").dev);
  EXPECT_EQ(rename_error("/d/f", "/d/e/f"), EXDEV);
  EXPECT_EQ(error(do_rmdir(AT_FDCWD, "/d/e")), EBUSY);
  // A second one on top hides the first.
  ASSERT_TRUE(do_mount(*ramfs_mount("tmpfs"), *user_path_at(AT_FDCWD, "/d/e", 0), MS_RDONLY));
  EXPECT_EQ(lookup_error("/d/e/inner"), ENOENT);
  EXPECT_EQ(open_error("/d/e/new", O_CREAT | O_RDWR), EROFS);
  ASSERT_TRUE(do_umount(*user_path_at(AT_FDCWD, "/d/e", 0), 0));
  EXPECT_EQ(read_file("/d/e/inner"), "in");
  const int fd = *open("/d/e/inner", O_RDONLY);
  EXPECT_EQ(error(do_umount(*user_path_at(AT_FDCWD, "/d/e", 0), 0)), EBUSY);
  ASSERT_TRUE(close_fd(fd));
  ASSERT_TRUE(do_umount(*user_path_at(AT_FDCWD, "/d/e", 0), 0));
  EXPECT_EQ(lookup_error("/d/e/inner"), ENOENT);
  EXPECT_EQ(error(do_umount(*user_path_at(AT_FDCWD, "/d/e", 0), 0)), EINVAL);
}

TEST_F(NameiTest, BindMountsShowOnlyThroughTheirParent) {
  ASSERT_TRUE(do_mkdirat(AT_FDCWD, "/view", 0755));
  ASSERT_TRUE(
      do_bind_mount(*user_path_at(AT_FDCWD, "/d", 0), *user_path_at(AT_FDCWD, "/view", 0), false));
  EXPECT_EQ(read_file("/view/f"), "file");
  EXPECT_EQ(where("/view/e"), "/view/e");
  ASSERT_TRUE(do_mount(*ramfs_mount("tmpfs"), *user_path_at(AT_FDCWD, "/view/e", 0), 0));
  write_file("/view/e/x", "");
  EXPECT_EQ(lookup_error("/d/e/x"), ENOENT);
}

TEST_F(NameiTest, ChrootHoldsTheWalkIn) {
  self_->fs->root = *user_path_at(AT_FDCWD, "/d", 0);
  EXPECT_EQ(where("/../../f"), "/f");
  EXPECT_EQ(lookup_error("/abs"), ENOENT);
  self_->fs->pwd = self_->fs->root;
  EXPECT_EQ(where("../../.."), "/");
}

TEST_F(NameiTest, Openat2Scopes) {
  const int fd = *open("/d", O_RDONLY | O_DIRECTORY);
  const auto scoped = [&](std::string_view name, uint64_t resolve) {
    return error(path_lookup(fd, name, LOOKUP_FOLLOW, resolve));
  };
  EXPECT_EQ(scoped("e/../f", RESOLVE_BENEATH), 0);
  EXPECT_EQ(scoped("../d/f", RESOLVE_BENEATH), EXDEV);
  EXPECT_EQ(scoped("/d/f", RESOLVE_BENEATH), EXDEV);
  EXPECT_EQ(scoped("/f", RESOLVE_IN_ROOT), 0);
  EXPECT_EQ(scoped("../../f", RESOLVE_IN_ROOT), 0);
  EXPECT_EQ(scoped("rel", RESOLVE_NO_SYMLINKS), ELOOP);
}

TEST_F(NameiTest, TheCacheStaysBounded) {
  set_dcache_limit(64);
  for (int i = 0; i < 500; ++i) write_file("/d/n" + std::to_string(i), "");
  EXPECT_LE(dcache_size(), 64U);
  EXPECT_EQ(list("/d").size(), 2U + 3 + 500);
  for (int i = 0; i < 500; ++i) EXPECT_EQ(lookup_error("/d/n" + std::to_string(i)), 0);
  EXPECT_LE(dcache_size(), 64U);
  set_dcache_limit(8192);
}

TEST_F(NameiTest, Descriptors) {
  const int a = *open("/d/f", O_RDONLY), b = *open("/d/f", O_RDONLY | O_CLOEXEC);
  EXPECT_EQ(b, a + 1);
  EXPECT_EQ(*do_fcntl(b, F_GETFD, 0), FD_CLOEXEC);
  EXPECT_EQ(*do_fcntl(a, F_DUPFD, 100), 100);
  ASSERT_TRUE(close_fd(a));
  EXPECT_EQ(error(close_fd(a)), EBADF);
  EXPECT_EQ(*open("/d/f", O_RDONLY), a);
  EXPECT_EQ(*do_dup3(b, 50, 0), 50);
  EXPECT_EQ(*do_fcntl(50, F_GETFD, 0), 0);
  self_->signal->rlim[RLIMIT_NOFILE].cur = 3;
  EXPECT_EQ(error(open("/d/f", O_RDONLY)), a == 0 ? 0 : EMFILE);
  EXPECT_EQ(error(do_dup3(b, 60, 0)), EBADF);
  self_->signal->rlim[RLIMIT_NOFILE].cur = RLIM_INFINITY;
  do_close_on_exec(*self_->files);
  EXPECT_EQ(error(fget(b)), EBADF);
  EXPECT_EQ(error(fget(50)), 0);
}

TEST_F(NameiTest, RecordLocksOfAProcessGoWithAnyDescriptor) {
  const int fd = *open("/d/f", O_RDWR), other = *open("/d/f", O_RDWR);
  ASSERT_TRUE(fcntl_setlk(fd, false, false, {.type = F_WRLCK, .start = 0, .len = 10}));
  kernel_flock ofd{.type = F_WRLCK, .start = 5, .len = 1};
  EXPECT_EQ(error(fcntl_setlk(other, true, false, ofd)), EAGAIN);
  ASSERT_TRUE(fcntl_getlk(other, true, ofd));
  EXPECT_EQ(ofd.type, F_WRLCK);
  EXPECT_EQ(ofd.len, 10);
  EXPECT_EQ(ofd.pid, self_->tgid);
  ASSERT_TRUE(close_fd(*do_fcntl(fd, F_DUPFD, 0)));
  ofd = {.type = F_WRLCK, .start = 5, .len = 1};
  EXPECT_EQ(error(fcntl_setlk(other, true, false, ofd)), 0);
  EXPECT_EQ(error(do_flock(fd, LOCK_EX)), 0);
  EXPECT_EQ(error(do_flock(other, LOCK_SH | LOCK_NB)), EAGAIN);
  ASSERT_TRUE(close_fd(fd));
  EXPECT_EQ(error(do_flock(other, LOCK_SH | LOCK_NB)), 0);
}

TEST_F(NameiTest, TheFileSizeLimitSignals) {
  self_->signal->rlim[RLIMIT_FSIZE].cur = 6;
  const int fd = *open("/d/f", O_WRONLY | O_APPEND);
  EXPECT_EQ(*write(fd, "abcd"), 2U);
  EXPECT_EQ(error(write(fd, "e")), EFBIG);
  EXPECT_TRUE(self_->pending.has(SIGXFSZ));
}

TEST_F(NameiTest, PositionsStayInRange) {
  const int fd = *open("/d/f", O_RDWR);
  EXPECT_EQ(*ksys_lseek(fd, INT64_MAX, SEEK_SET), static_cast<uint64_t>(INT64_MAX));
  EXPECT_EQ(error(ksys_lseek(fd, 1, SEEK_CUR)), EINVAL);
  EXPECT_EQ(error(write(fd, "x")), EINVAL);
  EXPECT_EQ(error(ksys_lseek(fd, -5, SEEK_END)), EINVAL);
  EXPECT_EQ(error(ksys_read(fd, iov_iter::user(~0ULL, 1))), EFAULT);
  EXPECT_EQ(error(ksys_lseek(fd, 0, 99)), EINVAL);
}

TEST_F(NameiTest, WritingTakesSetuidAway) {
  write_file("/d/s", "");
  ASSERT_TRUE(do_fchownat(AT_FDCWD, "/d/s", 1000, 1000, 0));
  ASSERT_TRUE(do_fchmodat(AT_FDCWD, "/d/s", 06777, 0));
  become(1000, 1000);
  const int fd = *open("/d/s", O_WRONLY);
  ASSERT_TRUE(write(fd, "x"));
  EXPECT_EQ(stat("/d/s").mode, S_IFREG | 0777U);
}

TEST_F(NameiTest, ABusyProgramIsNotWritten) {
  ASSERT_TRUE(do_fchmodat(AT_FDCWD, "/d/f", 0755, 0));
  const int fd = *open("/d/f", O_WRONLY);
  EXPECT_EQ(error(open_exec(AT_FDCWD, "/d/f", 0)), ETXTBSY);
  ASSERT_TRUE(close_fd(fd));
  const Ref<file> program = *open_exec(AT_FDCWD, "/d/f", 0);
  ASSERT_TRUE(deny_write_access(*program->f_inode()));
  EXPECT_EQ(open_error("/d/f", O_WRONLY), ETXTBSY);
  EXPECT_EQ(error(do_truncate("/d/f", 0)), ETXTBSY);
  allow_write_access(*program->f_inode());
  EXPECT_EQ(open_error("/d/f", O_WRONLY), 0);
  EXPECT_EQ(error(open_exec(AT_FDCWD, "/d", 0)), EACCES);
}

}  // namespace
