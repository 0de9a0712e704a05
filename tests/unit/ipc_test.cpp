// System V messages, semaphores and shared memory.
#include "arch/x86/abi.h"
#include "ipc/ipc_abi.h"
#include "ipc/mqueue_abi.h"
#include "tests/unit/blocking_fixture.h"

namespace {

class IpcTest : public test::BlockingTest {
 protected:
  static std::vector<std::byte> bytes(std::string_view s) {
    const auto* p = reinterpret_cast<const std::byte*>(s.data());
    return {p, p + s.size()};
  }
  static int send(int q, int64_t type, std::string_view text, int flags = IPC_NOWAIT) {
    return error(do_msgsnd(q, type, bytes(text), flags));
  }
  static std::string recv(int q, int64_t type, int flags = IPC_NOWAIT, uint64_t room = 100) {
    std::string out;
    const auto r = do_msgrcv(
        q, room, type, flags, [&](int64_t t, std::span<const std::byte> text) -> Result<void> {
          out = std::to_string(t) + ":" +
                std::string(reinterpret_cast<const char*>(text.data()), text.size());
          return {};
        });
    return r ? out : "E" + std::to_string(r.error().value);
  }
  static int op(int id, std::vector<sembuf> ops, std::optional<uint64_t> timeout = {}) {
    return error(do_semop(id, ops, timeout));
  }
  static long value(int id, int num) { return *semctl_get(id, num, GETVAL); }
  static std::string errno_text(int e) { return "E" + std::to_string(e); }
};

TEST_F(IpcTest, Keys) {
  EXPECT_EQ(error(do_msgget(5, 0)), ENOENT);
  const long id = *do_msgget(5, IPC_CREAT | 0600);
  EXPECT_EQ(*do_msgget(5, 0), id);
  EXPECT_EQ(error(do_msgget(5, IPC_CREAT | IPC_EXCL)), EEXIST);
  EXPECT_NE(*do_msgget(IPC_PRIVATE, 0600), id);
  become(1000, 1000);
  EXPECT_EQ(error(do_msgget(5, 0400)), EACCES);
  EXPECT_EQ(error(msgctl_rmid(static_cast<int>(id))), EPERM);
  become(0, 0);
  EXPECT_TRUE(msgctl_rmid(static_cast<int>(id)));
  EXPECT_EQ(send(static_cast<int>(id), 1, "x"), EINVAL);
  const long next = *do_msgget(5, IPC_CREAT | 0600);  // the same slot, another number
  EXPECT_NE(next, id);
  EXPECT_EQ(send(static_cast<int>(id), 1, "x"), EIDRM);
}

TEST_F(IpcTest, MessagesByType) {
  const int q = static_cast<int>(*do_msgget(IPC_PRIVATE, 0600));
  for (const auto& [type, text] : {std::pair{3, "three"}, {1, "one"}, {2, "two"}, {3, "again"}})
    EXPECT_EQ(send(q, type, text), 0);
  EXPECT_EQ(recv(q, 2), "2:two");
  EXPECT_EQ(recv(q, -3), "1:one");
  EXPECT_EQ(recv(q, 3, IPC_NOWAIT | MSG_EXCEPT), errno_text(ENOMSG));
  EXPECT_EQ(recv(q, 1, IPC_NOWAIT | MSG_COPY), "3:again");
  EXPECT_EQ(recv(q, 0, IPC_NOWAIT, 2), errno_text(E2BIG));
  EXPECT_EQ(recv(q, 0, IPC_NOWAIT | MSG_NOERROR, 2), "3:th");
  EXPECT_EQ(recv(q, 0), "3:again");
  EXPECT_EQ(recv(q, 0), errno_text(ENOMSG));
  EXPECT_EQ(send(q, 0, "x"), EINVAL);
}

TEST_F(IpcTest, AFullQueueBlocks) {
  const int q = static_cast<int>(*do_msgget(IPC_PRIVATE, 0600));
  EXPECT_EQ(send(q, 1, std::string(8192, 'x')), 0);
  EXPECT_EQ(send(q, 1, std::string(8192, 'y')), 0);
  EXPECT_EQ(send(q, 1, "z"), EAGAIN);
  spawn([&] { EXPECT_EQ(send(q, 2, "z", 0), 0); });
  spawn([&] { EXPECT_EQ(recv(q, 1, 0, 10000).size(), 8194U); });
  spawn([&] { EXPECT_EQ(recv(q, 2, 0), "2:z"); });
  run();
}

TEST_F(IpcTest, RemovalEndsTheWait) {
  const int q = static_cast<int>(*do_msgget(IPC_PRIVATE, 0600));
  const int s = static_cast<int>(*do_semget(IPC_PRIVATE, 1, 0600));
  spawn([&] { EXPECT_EQ(recv(q, 0, 0), errno_text(EIDRM)); });
  spawn([&] { EXPECT_EQ(op(s, {{0, -1, 0}}), EIDRM); });
  spawn([&] {
    EXPECT_TRUE(msgctl_rmid(q));
    EXPECT_TRUE(semctl_rmid(s));
  });
  run();
}

TEST_F(IpcTest, SemaphoresAllOrNothing) {
  const int s = static_cast<int>(*do_semget(IPC_PRIVATE, 3, 0600));
  EXPECT_EQ(op(s, {{0, 2, 0}, {1, 1, 0}}), 0);
  EXPECT_EQ(op(s, {{0, -1, 0}, {2, -1, IPC_NOWAIT}}), EAGAIN);
  EXPECT_EQ(value(s, 0), 2);
  EXPECT_EQ(op(s, {{0, 0, IPC_NOWAIT}}), EAGAIN);
  EXPECT_EQ(op(s, {{3, 1, 0}}), EFBIG);
  EXPECT_EQ(op(s, {{0, 32767, 0}}), ERANGE);
  EXPECT_EQ(*semctl_get(s, 0, GETPID), self_->tgid);
  EXPECT_EQ(error(semctl_setval(s, 0, 40000)), ERANGE);
  EXPECT_EQ(error(do_semget(IPC_PRIVATE, 0, 0600)), EINVAL);
}

TEST_F(IpcTest, SemaphoreSleepers) {
  const int s = static_cast<int>(*do_semget(IPC_PRIVATE, 2, 0600));
  std::string order;
  spawn([&] {
    EXPECT_EQ(op(s, {{0, -2, 0}}), 0);
    order += 'a';
  });
  spawn([&] {
    EXPECT_EQ(op(s, {{0, -1, 0}, {1, 1, 0}}), 0);
    order += 'b';
  });
  spawn([&] {
    EXPECT_EQ(*semctl_get(s, 0, GETNCNT), 2);
    EXPECT_EQ(op(s, {{0, 1, 0}}), 0);  // enough for b alone
    EXPECT_EQ(*semctl_get(s, 0, GETNCNT), 1);
    EXPECT_EQ(value(s, 1), 1);
    EXPECT_EQ(op(s, {{0, 2, 0}}), 0);
    EXPECT_EQ(value(s, 0), 0);  // done on a's behalf already
  });
  spawn([&] {
    EXPECT_EQ(op(s, {{1, 0, 0}}, 10'000'000), EAGAIN);
    order += 'c';
  });
  run();
  EXPECT_EQ(order, "bac");
}

TEST_F(IpcTest, UndoAtExit) {
  const int s = static_cast<int>(*do_semget(IPC_PRIVATE, 1, 0600));
  EXPECT_EQ(op(s, {{0, 3, SEM_UNDO}}), 0);
  EXPECT_EQ(op(s, {{0, -1, SEM_UNDO}}), 0);
  EXPECT_EQ(value(s, 0), 2);
  exit_sem(*self_->signal);
  EXPECT_EQ(value(s, 0), 0);
}

TEST_F(IpcTest, WireForms) {
  const int q = static_cast<int>(*do_msgget(77, IPC_CREAT | 0640));
  EXPECT_EQ(send(q, 1, "abc"), 0);
  ASSERT_EQ(*sys_msgctl<I386Abi>(q, IPC_STAT | IPC_64, user_ptr<void>(kUser)), 0);
  const auto w = peek<abi_ipc::wire<uint32_t>::msqid>(kUser);
  EXPECT_EQ(w.p.key, 77);
  EXPECT_EQ(w.p.mode, 0640);
  EXPECT_EQ(w.cbytes, 3U);
  poke(kUser, std::array<uint32_t, 2>{static_cast<uint32_t>(kUser + 64), 0});
  EXPECT_EQ(*sys_ipc<I386Abi>(12, q, {10}, {IPC_NOWAIT}, {kUser}, {0}), 3);
  EXPECT_EQ(peek<uint32_t>(kUser + 64), 1U);
  EXPECT_EQ(peek<char>(kUser + 68), 'a');
  EXPECT_EQ(error(sys_ipc<I386Abi>(14, q, {IPC_STAT}, {0}, {kUser}, {0})), EINVAL);
  EXPECT_EQ(error(sys_ipc<I386Abi>(99, q, {0}, {0}, {0}, {0})), ENOSYS);
}

TEST_F(IpcTest, SharedMemorySegments) {
  EXPECT_EQ(error(do_shmget(IPC_PRIVATE, 0, 0600)), EINVAL);
  const int id = static_cast<int>(*do_shmget(9, 5000, IPC_CREAT | 0600));
  EXPECT_EQ(error(do_shmget(9, 6000, 0)), EINVAL);
  EXPECT_EQ(*do_shmget(9, 5000, 0), id);
  shmid_info info;
  EXPECT_EQ(*shmctl_stat(id, IPC_STAT, info), 0);
  EXPECT_EQ(info.segsz, 5000U);
  EXPECT_EQ(info.nattch, 0U);
  EXPECT_EQ(error(do_shmat(id, 0x1001, 0)), EINVAL);
  EXPECT_EQ(error(do_shmdt(0x1000)), EINVAL);
  EXPECT_TRUE(shmctl_rmid(id));
  EXPECT_EQ(error(do_shmget(9, 5000, 0)), ENOENT);
}

TEST_F(IpcTest, PosixQueues) {
  auto put = [&](int fd, std::string_view text, unsigned priority,
                 std::optional<uint64_t> until = {}) {
    return error(do_mq_send(fd, bytes(text), priority, until));
  };
  auto get = [](int fd, std::optional<uint64_t> until = {}) {
    const auto m = do_mq_receive(fd, 8192, until);
    if (!m) return "E" + std::to_string(m.error().value);
    return std::to_string(m->priority) + ":" +
           std::string(reinterpret_cast<const char*>(m->text.data()), m->text.size());
  };
  EXPECT_EQ(error(do_mq_open("q", O_RDWR, 0, nullptr)), ENOENT);
  EXPECT_EQ(error(do_mq_open("a/b", O_RDWR | O_CREAT, 0600, nullptr)), EACCES);
  const mq_attributes bad{0, 0, 10, 0}, two{0, 2, 8192, 0};
  EXPECT_EQ(error(do_mq_open("q", O_RDWR | O_CREAT, 0600, &bad)), EINVAL);
  const int q = *do_mq_open("q", O_RDWR | O_CREAT | O_NONBLOCK, 0600, &two);
  EXPECT_EQ(error(do_mq_open("q", O_CREAT | O_EXCL, 0600, nullptr)), EEXIST);
  const int blocking = *do_mq_open("q", O_RDWR, 0, nullptr);
  EXPECT_EQ(get(q), errno_text(EAGAIN));
  const mq_notification n{0, SIGUSR1, 77};
  EXPECT_TRUE(do_mq_notify(q, &n));
  EXPECT_EQ(error(do_mq_notify(q, &n)), EBUSY);
  handle(*self_, SIGUSR1, kHandler);
  EXPECT_EQ(put(q, "low", 1), 0);
  EXPECT_TRUE(self_->signal->shared_pending.has(SIGUSR1));
  EXPECT_EQ(put(q, "high", 9), 0);
  EXPECT_EQ(put(q, "more", 9), EAGAIN);
  EXPECT_EQ(error(mq_check_send(q, 9000, 0)), EMSGSIZE);
  EXPECT_EQ(error(mq_check_send(q, 1, 32768)), EINVAL);
  EXPECT_EQ(error(do_mq_receive(q, 100, {})), EMSGSIZE);
  EXPECT_EQ(do_mq_getsetattr(q, nullptr)->curmsgs, 2);
  EXPECT_EQ(get(q), "9:high");
  EXPECT_EQ(get(q), "1:low");
  EXPECT_TRUE(do_mq_unlink("q"));
  EXPECT_EQ(error(do_mq_unlink("q")), ENOENT);
  spawn([&] {
    EXPECT_EQ(get(blocking, ktime_get_real() + 1'000'000), errno_text(ETIMEDOUT));
    EXPECT_EQ(get(blocking), "3:late");
  });
  spawn([&] {
    (void)wait_event_state(self_->signal->wait_chldexit, TASK_INTERRUPTIBLE,
                           ktime_get() + 5'000'000, [] { return false; });
    EXPECT_EQ(put(blocking, "late", 3), 0);
  });
  run();
}

}  // namespace
