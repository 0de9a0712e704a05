// Message queues. Linux: ipc/msg.c. The system calls are in ipc/ipc_abi.h.
#pragma once

#include <cstddef>
#include <functional>
#include <span>

#include "ipc/util.h"

enum : int {
  MSG_NOERROR = 010000,
  MSG_EXCEPT = 020000,
  MSG_COPY = 040000,
  MSG_STAT = 11,
  MSG_INFO = 12,
  MSG_STAT_ANY = 13
};

struct msqid_info {
  ipc_perm_info perm;
  int64_t stime = 0, rtime = 0, ctime = 0;
  uint64_t cbytes = 0, qnum = 0, qbytes = 0;
  int lspid = 0, lrpid = 0;
};
struct msginfo {
  int msgpool, msgmap, msgmax, msgmnb, msgmni, msgssz, msgtql;
  uint16_t msgseg;
};

inline constexpr uint64_t MSGMAX = 8192;

Result<long> do_msgget(int key, int flags);
Result<void> do_msgsnd(int id, int64_t type, std::vector<std::byte> text, int flags);
// store(type, text) copies to the guest; the message is gone whatever it says. The text's bytes.
using msg_store = std::function<Result<void>(int64_t type, std::span<const std::byte> text)>;
Result<long> do_msgrcv(int id, uint64_t room, int64_t type, int flags, const msg_store& store);
// MSG_STAT takes an index and answers the identifier, IPC_STAT 0.
Result<long> msgctl_stat(int id, int cmd, msqid_info& info);
Result<void> msgctl_set(int id, const ipc_perm_info& perm, uint64_t qbytes);
Result<void> msgctl_rmid(int id);
long msgctl_info(int cmd, msginfo& info);  // the highest index in use
void for_each_msg_queue(
    const std::function<void(int id, const msqid_info&)>& f);  // /proc/sysvipc/msg
