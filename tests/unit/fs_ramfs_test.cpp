// ramfs: contents, holes, links, accounting, seals.
#include "fs/fcntl.h"
#include "fs/sync.h"
#include "tests/unit/fs_fixture.h"

namespace {

using RamfsTest = test::FsTest;

TEST_F(RamfsTest, WhatIsWrittenIsRead) {
  write_file("/a", "hello");
  EXPECT_EQ(read_file("/a"), "hello");
  EXPECT_EQ(stat("/a").size, 5U);
  EXPECT_EQ(stat("/a").blocks, 8U);
  EXPECT_EQ(stat("/a").mode, S_IFREG | 0644U);
}

TEST_F(RamfsTest, BigFilesCrossChunks) {
  std::string text(300'000, 'x');
  for (size_t i = 0; i < text.size(); i += 1000) text[i] = static_cast<char>('a' + i / 1000 % 26);
  write_file("/big", text);
  EXPECT_EQ(read_file("/big"), text);
  const int fd = *open("/big", O_RDWR);
  std::string middle(1000, '\0');
  EXPECT_EQ(*ksys_pread(fd, iov_iter::kernel(middle.data(), 1000), 65'000), 1000U);
  EXPECT_EQ(middle, text.substr(65'000, 1000));
}

TEST_F(RamfsTest, HolesReadAsZerosAndSeekFindsThem) {
  const int fd = *open("/sparse", O_CREAT | O_RDWR);
  char byte = 'x';
  ASSERT_TRUE(ksys_pwrite(fd, iov_iter::kernel(&byte, 1), 1 << 20));
  EXPECT_EQ(stat("/sparse").size, (1U << 20) + 1);
  EXPECT_EQ(stat("/sparse").blocks, 8U);
  EXPECT_EQ(*ksys_lseek(fd, 0, SEEK_DATA), 1U << 20);
  EXPECT_EQ(*ksys_lseek(fd, 0, SEEK_HOLE), 0U);
  EXPECT_EQ(*ksys_lseek(fd, 1 << 20, SEEK_HOLE), (1U << 20) + 1);
  EXPECT_EQ(error(ksys_lseek(fd, (1 << 20) + 1, SEEK_DATA)), ENXIO);
  const std::string all = read_file("/sparse");
  EXPECT_EQ(all.find_first_not_of('\0'), std::string::npos) << "the read stops below the byte";
}

TEST_F(RamfsTest, TruncateForgetsWhatItCut) {
  write_file("/t", std::string(10'000, 'x'));
  const int fd = *open("/t", O_RDWR);
  iattr attr{.valid = ATTR_SIZE, .size = 100};
  const Ref<file> f = *fget(fd);
  ASSERT_TRUE(notify_change(f->f_path, attr));
  EXPECT_EQ(stat("/t").blocks, 8U);
  attr.size = 200;
  ASSERT_TRUE(notify_change(f->f_path, attr));
  EXPECT_EQ(read_file("/t"), std::string(100, 'x') + std::string(100, '\0'));
}

TEST_F(RamfsTest, PunchGivesPagesBack) {
  write_file("/p", std::string(4 * kPageSize, 'x'));
  const int fd = *open("/p", O_RDWR);
  ASSERT_TRUE(do_fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 100, 2 * kPageSize));
  EXPECT_EQ(stat("/p").blocks, 3 * 8U);
  const std::string text = read_file("/p");
  EXPECT_EQ(text.substr(0, 100), std::string(100, 'x'));
  EXPECT_EQ(text.substr(100, 2 * kPageSize), std::string(2 * kPageSize, '\0'));
  EXPECT_EQ(text.substr(100 + 2 * kPageSize), std::string(2 * kPageSize - 100, 'x'));
}

TEST_F(RamfsTest, AMountHasItsLimit) {
  ASSERT_TRUE(do_mkdirat(AT_FDCWD, "/m", 0755));
  const path where = *user_path_at(AT_FDCWD, "/m", LOOKUP_FOLLOW);
  ASSERT_TRUE(do_mount(*ramfs_mount("tmpfs", "size=64k"), where, 0));
  const int fd = *open("/m/f", O_CREAT | O_RDWR);
  std::string text(128 * 1024, 'x');
  const Result<size_t> n = write(fd, text);
  EXPECT_EQ(error(n), ENOSPC) << "the first 64 KiB do not fit beside the inode";
  EXPECT_EQ(*write(fd, std::string(32 * 1024, 'x')), 32U * 1024);
  EXPECT_EQ(error(do_fallocate(fd, 0, 0, 1 << 20)), ENOSPC);
  EXPECT_EQ(error(ramfs_mount("tmpfs", "size=no")), EINVAL);
  EXPECT_EQ(error(ramfs_mount("tmpfs", "colour=red")), EINVAL);
}

TEST_F(RamfsTest, MappingMovesTheFileToTheHost) {
  write_file("/m", "before");
  const Ref<file> f = *fget(*open("/m", O_RDWR));
  const arch::Backing b = *f->mmap(0, kPageSize, true, true);
  EXPECT_GE(b.host_fd, 1'000'000);
  EXPECT_TRUE(b.shared);
  auto& bytes = hosted_.host.files.at(b.host_fd);
  ASSERT_EQ(bytes.size(), 6U);
  bytes[0] = std::byte{'B'};  // a guest stores through its mapping
  EXPECT_EQ(read_file("/m"), "Before");
  EXPECT_EQ(f->mmap(0, kPageSize, false, false)->key, b.key);
  const int fd = *open("/m", O_WRONLY | O_APPEND);
  EXPECT_EQ(*write(fd, " after"), 6U);
  EXPECT_EQ(read_file("/m"), "Before after");
  EXPECT_EQ(bytes.size(), 12U);
}

// The machine keeps a mapped file open: who is gone has to say so, or its memory stays.
TEST_F(RamfsTest, TheHostFileGoesWithTheFile) {
  write_file("/m", "memory");
  Ref<file> f = *fget(*open("/m", O_RDWR));
  const arch::Backing b = *f->mmap(0, kPageSize, true, true);
  EXPECT_EQ(f->memory_at(0).host_fd, b.host_fd);
  EXPECT_LT(f->memory_at(kPageSize).host_fd, 0) << "the file ends before";
  ASSERT_TRUE(do_unlinkat(AT_FDCWD, "/m"));
  EXPECT_TRUE(hosted_.forgotten.empty());
  f = nullptr;
  close_files(*self_->files, *self_);
  EXPECT_EQ(hosted_.forgotten, std::vector{b.key});
}

TEST_F(RamfsTest, HardLinksShareTheInode) {
  write_file("/a", "text");
  ASSERT_TRUE(do_linkat(AT_FDCWD, "/a", AT_FDCWD, "/b", 0));
  EXPECT_EQ(stat("/a").ino, stat("/b").ino);
  EXPECT_EQ(stat("/a").nlink, 2U);
  EXPECT_EQ(error(do_linkat(AT_FDCWD, "/a", AT_FDCWD, "/b", 0)), EEXIST);
  ASSERT_TRUE(do_unlinkat(AT_FDCWD, "/a"));
  EXPECT_EQ(read_file("/b"), "text");
  EXPECT_EQ(stat("/b").nlink, 1U);
}

TEST_F(RamfsTest, DirectoriesCountTheirChildren) {
  ASSERT_TRUE(do_mkdirat(AT_FDCWD, "/d", 0755));
  EXPECT_EQ(stat("/d").nlink, 2U);
  ASSERT_TRUE(do_mkdirat(AT_FDCWD, "/d/e", 0755));
  EXPECT_EQ(stat("/d").nlink, 3U);
  EXPECT_EQ(error(do_rmdir(AT_FDCWD, "/d")), ENOTEMPTY);
  EXPECT_EQ(list("/d"), (std::vector<std::string>{".", "..", "e"}));
  ASSERT_TRUE(do_rmdir(AT_FDCWD, "/d/e"));
  EXPECT_EQ(stat("/d").nlink, 2U);
  ASSERT_TRUE(do_rmdir(AT_FDCWD, "/d"));
}

TEST_F(RamfsTest, ListingSurvivesRemovalOnTheWay) {
  for (const char* name : {"/a", "/b", "/c", "/d"}) write_file(name, "");
  const Ref<file> f = *do_open(AT_FDCWD, "/", O_RDONLY, 0);
  std::vector<std::string> seen;
  dir_context ctx;
  ctx.actor = [&](std::string_view n, uint64_t, unsigned, uint64_t) {
    if (seen.size() == 4) return false;
    seen.emplace_back(n);
    return true;
  };
  ASSERT_TRUE(f->iterate(ctx));
  EXPECT_EQ(seen.back(), "b");
  for (const char* name : {"/a", "/b", "/c"}) ASSERT_TRUE(do_unlinkat(AT_FDCWD, name));
  seen.clear();
  ASSERT_TRUE(f->iterate(ctx));
  EXPECT_EQ(seen, std::vector<std::string>{"d"});
}

TEST_F(RamfsTest, ADeepTreeGoesWithoutRecursion) {
  ASSERT_TRUE(do_mkdirat(AT_FDCWD, "/m", 0755));
  ASSERT_TRUE(do_mount(*ramfs_mount("tmpfs"), *user_path_at(AT_FDCWD, "/m", 0), 0));
  path at = *user_path_at(AT_FDCWD, "/m", 0);
  for (int i = 0; i < 50'000; ++i) at = path(at.mnt, *vfs_mkdir(at, "d", 0755));
  EXPECT_EQ(stat("/m/d/d").nlink, 3U);
  // All dentries from the bottom up, then all inodes from the top down.
  at = path();
  shrink_dcache();
  EXPECT_EQ(dcache_size(), 0U);
  ASSERT_TRUE(do_umount(*user_path_at(AT_FDCWD, "/m", 0), 0));
}

TEST_F(RamfsTest, ExtendedAttributes) {
  write_file("/a", "");
  inode& i = *user_path_at(AT_FDCWD, "/a", 0)->dentry->d_inode;
  EXPECT_EQ(error(i.getxattr("user.k")), ENODATA);
  EXPECT_EQ(error(i.setxattr("user.k", "v", XATTR_REPLACE)), ENODATA);
  ASSERT_TRUE(i.setxattr("user.k", "v", 0));
  EXPECT_EQ(error(i.setxattr("user.k", "v", XATTR_CREATE)), EEXIST);
  ASSERT_TRUE(i.setxattr("user.k", "other", XATTR_REPLACE));
  EXPECT_EQ(*i.getxattr("user.k"), "other");
  ASSERT_TRUE(i.removexattr("user.k"));
  EXPECT_TRUE(i.listxattr()->empty());
}

TEST_F(RamfsTest, SealsHold) {
  const int fd = *fd_install_new(*memfd_file("x", MFD_ALLOW_SEALING), false);
  EXPECT_EQ(*do_fcntl(fd, F_GET_SEALS, 0), 0);
  ASSERT_EQ(*write(fd, "12345"), 5U);
  ASSERT_TRUE(do_fcntl(fd, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK));
  const Ref<file> f = *fget(fd);
  EXPECT_EQ(error(f->truncate(1)), EPERM);
  EXPECT_EQ(error(f->truncate(9)), EPERM);
  EXPECT_EQ(error(write(fd, "6")), EPERM);
  ASSERT_TRUE(do_fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SEAL));
  EXPECT_EQ(error(f->mmap(0, kPageSize, true, true)), EPERM);
  EXPECT_EQ(error(do_fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK)), EPERM);
  EXPECT_EQ(f->proc_name(), "/memfd:x (deleted)");
}

TEST_F(RamfsTest, TmpfileGetsANameByLink) {
  const Result<int> fd = open("/", O_TMPFILE | O_RDWR, 0600);
  ASSERT_TRUE(fd);
  EXPECT_EQ(*write(*fd, "later"), 5U);
  EXPECT_EQ(vfs_fstat(*fd)->nlink, 0U);
  ASSERT_TRUE(do_linkat(*fd, "", AT_FDCWD, "/named", AT_EMPTY_PATH));
  EXPECT_EQ(read_file("/named"), "later");
  EXPECT_EQ(stat("/named").nlink, 1U);
  const int unnamable = *open("/", O_TMPFILE | O_EXCL | O_RDWR, 0600);
  EXPECT_EQ(error(do_linkat(unnamable, "", AT_FDCWD, "/no", AT_EMPTY_PATH)), ENOENT);
}

}  // namespace
