// procfs through the path walk: formats, links that jump, entries that go with their task, sysctl.
#include "tests/unit/fake_host.h"

#include <sstream>

#include "fs/dcache.h"
#include "fs/filesystems.h"
#include "fs/mount.h"
#include "fs/pipe.h"
#include "fs/proc/proc_fs.h"
#include "fs/read_write.h"
#include "kernel/sched.h"
#include "kernel/utsname.h"

#include "tests/unit/gtest.h"

namespace {

class Proc : public testing::Test {
 protected:
  Proc() : task(make_task(40, "a (b) c")), other(make_task(41, "other")) {
    current = task.get();
    auto sb = proc_mount();
    root = path(kern_mount(*sb), (*sb)->root);
    task->fs = make_ref<fs_struct>();
    task->fs->root = task->fs->pwd = root;
    task->files = make_ref<files_struct>();
  }
  ~Proc() override {
    shrink_dcache();
    root = path();
    for (task_struct* t : {task.get(), other.get()}) {
      t->files.reset();
      t->fs.reset();
      detach_pid(*t);
    }
    current = nullptr;
  }
  static Ref<task_struct> make_task(int pid, const char* comm) {
    auto t = make_ref<task_struct>();
    t->pid = t->tgid = pid;
    t->comm = comm;
    t->group_leader = t.get();
    t->signal = make_ref<signal_struct>();
    t->signal->pgrp = t->signal->session = pid;
    t->signal->threads = {t.get()};
    t->signal->nr_threads = 1;
    t->sighand = make_ref<sighand_struct>();
    attach_pid(*t);
    return t;
  }

  std::string read(const std::string& name) {
    auto f = do_open(AT_FDCWD, name, O_RDONLY, 0);
    if (!f) return "open: " + std::to_string(f.error().value);
    std::string text(65536, '\0');
    auto n = kernel_read(**f, text.data(), text.size(), 0);
    return n ? text.substr(0, *n) : "read: " + std::to_string(n.error().value);
  }
  int write(const std::string& name, std::string text) {
    auto f = do_open(AT_FDCWD, name, O_WRONLY | O_TRUNC, 0);
    if (!f) return f.error().value;
    iov_iter from = iov_iter::kernel(text.data(), text.size());
    auto n = vfs_write(**f, from, (*f)->f_pos);
    return n ? 0 : n.error().value;
  }
  std::string link(const char* name) {
    auto p = user_path_at(AT_FDCWD, name, 0);
    if (!p) return "";
    auto text = p->dentry->d_inode->readlink();
    return text ? *text : "";
  }
  std::string list(const char* name) {
    auto f = do_open(AT_FDCWD, name, O_RDONLY | O_DIRECTORY, 0);
    std::string out;
    dir_context ctx;
    ctx.actor = [&](std::string_view entry, uint64_t, unsigned, uint64_t) {
      out += std::string(entry) + " ";
      return true;
    };
    if (f) {
      EXPECT_TRUE((*f)->iterate(ctx));
    }
    return out;
  }

  FakeMachine machine;
  Ref<task_struct> task, other;
  path root;
};

TEST_F(Proc, StatHas52Fields) {
  const std::string text = read("/40/stat");
  EXPECT_TRUE(text.starts_with("40 (a (b) c) R 0 40 40 0 -1 ")) << text;
  std::istringstream rest(text.substr(text.rfind(')') + 1));
  int fields = 2;
  for (std::string word; rest >> word;) ++fields;
  EXPECT_EQ(fields, 52);
}

TEST_F(Proc, StatesAndNames) {
  other->state = TASK_KILLABLE;
  EXPECT_NE(read("/41/status").find("State:\tD (disk sleep)\n"), std::string::npos);
  other->exit_state = EXIT_ZOMBIE;
  EXPECT_NE(read("/41/stat").find("(other) Z "), std::string::npos);
  EXPECT_EQ(read("/40/comm"), "a (b) c\n");
  EXPECT_EQ(write("/40/comm", "renamed\n"), 0);
  EXPECT_EQ(task->comm, "renamed");
  EXPECT_EQ(write("/41/comm", "x"), EINVAL);
}

TEST_F(Proc, SelfAndThreads) {
  EXPECT_EQ(link("/self"), "40");
  EXPECT_EQ(link("/thread-self"), "40/task/40");
  EXPECT_EQ(list("/self/task"), ". .. 40 ");
  EXPECT_EQ(read("/self/task/40/comm"), "a (b) c\n");
  EXPECT_EQ(read("/self/task/41/comm"), "open: " + std::to_string(ENOENT));
  EXPECT_EQ(read("/040/comm"), "open: " + std::to_string(ENOENT));
  const std::string all = list("/");
  EXPECT_NE(all.find(" 40 41 "), std::string::npos);
  EXPECT_NE(all.find(" self "), std::string::npos);
}

TEST_F(Proc, GoneTasks) {
  auto f = do_open(AT_FDCWD, "/41/stat", O_RDONLY, 0);
  ASSERT_TRUE(f);
  EXPECT_EQ(read("/41/comm"), "other\n");
  detach_pid(*other);
  char c = 0;
  auto n = kernel_read(**f, &c, 1, 0);
  ASSERT_FALSE(n);
  EXPECT_EQ(n.error().value, ESRCH);
  EXPECT_EQ(read("/41/comm"), "open: " + std::to_string(ENOENT));
}

TEST_F(Proc, DescriptorsAreLinksThatJump) {
  auto f = do_open(AT_FDCWD, "/version", O_RDONLY, 0);
  ASSERT_TRUE(f);
  auto fd = fd_install_new(*f, true);
  ASSERT_TRUE(fd);
  const std::string number = std::to_string(*fd);
  EXPECT_EQ(link(("/self/fd/" + number).c_str()), "/version");
  EXPECT_TRUE(read("/self/fd/" + number).starts_with("Linux version "));
  EXPECT_EQ(read("/self/fdinfo/" + number).substr(0, 7), "pos:\t0\n");
  EXPECT_NE(read("/self/fdinfo/" + number).find("flags:\t02"), std::string::npos);
  EXPECT_EQ(list("/self/fd"), ". .. " + number + " ");
  ASSERT_TRUE(close_fd(*fd));
  EXPECT_EQ(link(("/self/fd/" + number).c_str()), "");
}

TEST_F(Proc, SnapshotPerPass) {
  auto f = do_open(AT_FDCWD, "/sys/kernel/hostname", O_RDONLY, 0);
  ASSERT_TRUE(f);
  const std::string before(utsname_nodename());
  char c[2] = {};
  ASSERT_EQ(*kernel_read(**f, c, 1, 0), 1U);
  EXPECT_EQ(write("/sys/kernel/hostname", "zeta\n"), 0);
  ASSERT_EQ(*kernel_read(**f, c + 1, 1, 1), 1U);
  EXPECT_EQ(c[1], before[1]);
  EXPECT_EQ(read("/sys/kernel/hostname"), "zeta\n");
  EXPECT_EQ(write("/sys/kernel/osrelease", "9"), EACCES) << "what has no effect cannot be written";
  set_utsname_nodename(before);
}

TEST_F(Proc, OthersMayNotLook) {
  task->creds.fsuid = task->creds.euid = 7;
  task->creds.cap_effective = 0;
  EXPECT_EQ(read("/41/environ"), "open: " + std::to_string(EACCES));
  EXPECT_EQ(link("/41/cwd"), "");
  EXPECT_NE(read("/41/stat"), "");
}

TEST_F(Proc, OomScoreAdj) {
  EXPECT_EQ(write("/self/oom_score_adj", "500\n"), 0);
  EXPECT_EQ(read("/self/oom_score_adj"), "500\n");
  EXPECT_EQ(write("/self/oom_score_adj", "1001"), EINVAL);
  EXPECT_EQ(write("/self/oom_score_adj", "abc"), EINVAL);
}

TEST_F(Proc, FilesOfOthers) {
  proc_create("extra/file", 0444, [] { return std::string("text\n"); });
  EXPECT_EQ(read("/extra/file"), "text\n");
  EXPECT_EQ(list("/extra"), ". .. file ");
}

TEST_F(Proc, FixedFilesHaveTheirFormats) {
  EXPECT_TRUE(read("/meminfo").starts_with("MemTotal:          65536 kB\nMemFree:")) << read("/meminfo");
  EXPECT_NE(read("/stat").find("\ncpu1 "), std::string::npos);
  double up = 0, idle = 0;
  EXPECT_EQ(std::sscanf(read("/uptime").c_str(), "%lf %lf\n", &up, &idle), 2);
  for (const char* name : {"/self/limits", "/self/mountinfo", "/self/maps", "/self/ns/pid", "/net/dev", "/cpuinfo"})
    EXPECT_EQ(read(name).find("open: "), std::string::npos) << name;
  EXPECT_EQ(link("/self/ns/pid"), "pid:[4026531836]");
}

}  // namespace
