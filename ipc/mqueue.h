// POSIX message queues. Linux: ipc/mqueue.c. The system calls are in ipc/mqueue_abi.h. Names live
// in a space of their own, the mqueue file system that nobody has mounted.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "fs/fs.h"

struct mq_attributes {
  int64_t flags = 0, maxmsg = 0, msgsize = 0, curmsgs = 0;
};
struct mq_notification {
  int notify = 0, signo = 0;  // SIGEV_*
  uint64_t value = 0;
};

Result<int> do_mq_open(std::string_view name, int flags, uint32_t mode, const mq_attributes* attr);
Result<void> do_mq_unlink(std::string_view name);
// `deadline`: CLOCK_REALTIME, ns. EAGAIN, EMSGSIZE, ETIMEDOUT, ERESTARTSYS.
Result<void> do_mq_send(int fd, std::vector<std::byte> text, unsigned priority,
                        std::optional<uint64_t> deadline);
Result<void> mq_check_send(int fd, uint64_t len, unsigned priority);  // before the text is copied
struct mq_message {
  unsigned priority = 0;
  std::vector<std::byte> text;
};
Result<mq_message> do_mq_receive(int fd, uint64_t room, std::optional<uint64_t> deadline);
Result<void> do_mq_notify(int fd, const mq_notification* n);  // null: no more
// Only O_NONBLOCK of `next` is taken. The attributes before.
Result<mq_attributes> do_mq_getsetattr(int fd, const mq_attributes* next);
