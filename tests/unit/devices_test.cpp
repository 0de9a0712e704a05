// /dev as a guest finds it: the nodes and what the memory devices answer.
#include "drivers/devices.h"
#include "kernel/printk.h"
#include "tests/unit/fs_fixture.h"

namespace {

class Devices : public test::FsTest {
 protected:
  void SetUp() override {
    FsTest::SetUp();
    chrdev_init();
    inode& root = *root_->root->d_inode;
    ASSERT_TRUE(root.mkdir(*root_->root, "dev", 0755));
    dev_ = *lookup_one(path(root_, root_->root), "dev");
    ASSERT_TRUE(populate_dev(dev_));
  }
  void TearDown() override {
    close_files(*self_->files, *self_);
    EXPECT_TRUE(do_umount(*lookup_one(dev_, "pts"), 0));
    dev_ = path();
    FsTest::TearDown();
  }
  Ref<file> device(const std::string& name, unsigned flags = O_RDWR) {
    const auto fd = open("/dev/" + name, flags);
    EXPECT_TRUE(fd) << name << ": " << fd.error().value;
    return *fget(*fd);
  }
  static Result<size_t> read(file& f, std::string& buffer) {
    auto to = iov_iter::kernel(buffer.data(), buffer.size());
    return f.read_iter(to, f.f_pos);
  }
  static Result<size_t> write(file& f, std::string text) {
    auto from = iov_iter::kernel(text.data(), text.size());
    return f.write_iter(from, f.f_pos);
  }

  path dev_;
};

TEST_F(Devices, NodesHaveTheirNumbers) {
  const auto rdev = [this](const char* name) { return lookup_one(dev_, name)->dentry->d_inode->rdev; };
  EXPECT_EQ(rdev("null"), MKDEV(1, 3));
  EXPECT_EQ(rdev("tty"), MKDEV(5, 0));
  EXPECT_EQ(rdev("console"), MKDEV(5, 1));
  EXPECT_EQ(*lookup_one(dev_, "fd")->dentry->d_inode->readlink(), "/proc/self/fd");
  EXPECT_EQ(lookup_one(dev_, "shm")->dentry->d_inode->mode, S_IFDIR | S_ISVTX | 0777U);
  EXPECT_EQ(lookup_one(dev_, "null")->dentry->d_inode->mode, S_IFCHR | 0666U);
}

TEST_F(Devices, NullTakesEverythingAndGivesNothing) {
  auto f = device("null");
  std::string buffer(10, 'x');
  EXPECT_EQ(*read(*f, buffer), 0U);
  EXPECT_EQ(*write(*f, "text"), 4U);
  EXPECT_EQ(*f->llseek(100, SEEK_SET), 0U);
  EXPECT_EQ(error(f->mmap(0, kPageSize, false, false)), ENODEV);
  EXPECT_EQ(error(f->fsync()), EINVAL);
}

TEST_F(Devices, ZeroGivesZeros) {
  auto f = device("zero");
  std::string buffer(10000, 'x');
  EXPECT_EQ(*read(*f, buffer), 10000U);
  EXPECT_EQ(buffer, std::string(10000, '\0'));
  EXPECT_EQ(*write(*f, "text"), 4U);
  auto backing = f->mmap(0, kPageSize, true, true);
  ASSERT_TRUE(backing);
  EXPECT_EQ(backing->host_fd, -1);
  EXPECT_TRUE(backing->shared);
}

TEST_F(Devices, FullIsFull) {
  auto f = device("full");
  EXPECT_EQ(error(write(*f, "x")), ENOSPC);
  std::string buffer(3, 'x');
  EXPECT_EQ(*read(*f, buffer), 3U);
  EXPECT_EQ(buffer, std::string(3, '\0'));
}

TEST_F(Devices, RandomIsFilledByTheMachine) {
  for (const char* name : {"random", "urandom"}) {
    auto f = device(name);
    std::string buffer(5000, 'x');
    EXPECT_EQ(*read(*f, buffer), 5000U);
    EXPECT_EQ(buffer.find('x'), std::string::npos);
    EXPECT_EQ(*write(*f, "seed"), 4U);
  }
}

TEST_F(Devices, AGuestAddressThatIsNoneIsAnError) {
  auto f = device("zero");
  auto to = iov_iter::user(16, 100);
  EXPECT_EQ(error(f->read_iter(to, f->f_pos)), EFAULT);
}

TEST_F(Devices, KmsgIsTheLogRecordByRecord) {
  auto f = device("kmsg", O_RDWR | O_NONBLOCK);
  ASSERT_EQ(*f->llseek(0, SEEK_END), 0U);
  std::string buffer(1000, '\0');
  EXPECT_EQ(error(read(*f, buffer)), EAGAIN);
  EXPECT_EQ(f->poll(nullptr) & POLLIN, 0U);
  EXPECT_EQ(*write(*f, "<11>hello\n"), 10U);
  EXPECT_NE(f->poll(nullptr) & POLLIN, 0U);
  std::string tiny(3, '\0');
  EXPECT_EQ(error(read(*f, tiny)), EINVAL);
  buffer.resize(*read(*f, buffer));
  EXPECT_TRUE(buffer.starts_with("3," + std::to_string(log_next_seq() - 1) + ",")) << buffer;
  EXPECT_TRUE(buffer.ends_with(",-;hello\n")) << buffer;
  EXPECT_EQ(error(write(*f, std::string(2000, 'x'))), EINVAL);
  EXPECT_EQ(error(f->llseek(5, SEEK_SET)), ESPIPE);
}

TEST_F(Devices, PtmxLeadsToDevpts) {
  auto f = device("ptmx");
  EXPECT_TRUE(lookup_one(*lookup_one(dev_, "pts"), "0"));
  EXPECT_EQ(open_error("/dev/tty", O_RDWR), ENXIO);
}

TEST_F(Devices, NodesWithoutADriver) {
  inode& d = *dev_.dentry->d_inode;
  ASSERT_TRUE(d.mknod(*dev_.dentry, "mem", S_IFCHR | 0600, MKDEV(1, 1)));
  EXPECT_EQ(open_error("/dev/mem", O_RDWR), ENXIO);
  EXPECT_EQ(open_error("/dev/tty1", O_RDWR), ENXIO);
  EXPECT_EQ(open_error("/dev/console", O_RDWR), ENODEV);
}

}  // namespace
