// epoll. Linux: fs/eventpoll.c. An epitem stands between one epoll file and one watched file; a
// callback on the watched file's wait queues puts it on the ready list. Differences: kernel code
// does not run in parallel, so there is no overflow list and no lock; the limit of watches is the
// system's, not the user's; EPOLLWAKEUP means nothing here.
#include "fs/eventpoll.h"

#include <algorithm>
#include <array>
#include <list>
#include <map>
#include <memory>
#include <set>

#include "fs/anon_inode.h"
#include "fs/eventpoll_abi.h"
#include "kernel/sched.h"

namespace {

constexpr uint32_t kPrivateBits = EPOLLWAKEUP | EPOLLONESHOT | EPOLLET | EPOLLEXCLUSIVE;
constexpr uint32_t kInOutBits = POLLIN | POLLOUT;
constexpr uint32_t kExclusiveOk =
    kInOutBits | POLLERR | POLLHUP | EPOLLWAKEUP | EPOLLET | EPOLLEXCLUSIVE;
constexpr unsigned kMaxNests = 5;        // epoll files in a chain
constexpr size_t kMaxWatches = 1 << 20;  // in the system
size_t watches = 0;
constexpr unsigned kReadable = POLLIN | POLLRDNORM;

struct eventpoll;

}  // namespace

using rdl_hook =
    boost::intrusive::list_base_hook<boost::intrusive::tag<struct rdl_tag>,
                                     boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

struct epitem : rdl_hook {
  epitem() { ++watches; }
  ~epitem() { --watches; }
  epitem(const epitem&) = delete;
  epitem& operator=(const epitem&) = delete;

  // The callback on one of the watched file's wait queues.
  struct callback : wait_queue_entry {
    bool wake(unsigned mode, unsigned key) override;
    epitem* item = nullptr;
  };
  eventpoll* ep = nullptr;
  file* filp = nullptr;  // not counted: when the file goes, the item goes
  int fd = -1;
  kernel_epoll_event event{};
  std::list<callback> pwqlist;                    // a file may have more than one queue
  epitem *next = nullptr, **prev_next = nullptr;  // the file's list (epoll_links)

  void link() {
    next = filp->f_ep.first;
    prev_next = &filp->f_ep.first;
    if (next != nullptr) next->prev_next = &next;
    filp->f_ep.first = this;
  }
  void unlink_from_file() {
    *prev_next = next;
    if (next != nullptr) next->prev_next = prev_next;
  }
  unsigned poll(poll_table* pt);
};

namespace {

using ready_list = boost::intrusive::list<epitem, boost::intrusive::base_hook<rdl_hook>,
                                          boost::intrusive::constant_time_size<false>>;

struct eventpoll final : anon_file {
  explicit eventpoll(unsigned flags) : anon_file("[eventpoll]", flags) {}
  ~eventpoll() override {
    for (auto& [key, item] : rbr) item->unlink_from_file();
  }
  unsigned poll(poll_table* pt) override;

  using item_key = std::pair<file*, int>;
  std::map<item_key, std::unique_ptr<epitem>> rbr;
  ready_list rdllist;
  wait_queue wq;         // epoll_wait sleeps here
  wait_queue poll_wait;  // those who poll the epoll file itself

  void add_ready(epitem& e) {
    if (!e.rdl_hook::is_linked()) rdllist.push_back(e);
  }
  bool wake() {
    const bool waiters = wq.active();
    if (waiters) wq.wake(TASK_NORMAL, 1);
    if (poll_wait.active()) wake_up_poll(poll_wait, kReadable);
    return waiters;
  }
  Result<void> insert(const Ref<file>& f, int fd, const kernel_epoll_event& event);
  Result<void> modify(epitem& e, const kernel_epoll_event& event);
  Result<long> send_events(size_t max, const epoll_store& store);
};

// Leaves a callback on each queue that the watched file names.
class ep_queue final : public poll_table {
 public:
  explicit ep_queue(epitem& e) : poll_table(0), item_(e) {}
  void queue(file&, wait_queue& q) override {
    epitem::callback& c = item_.pwqlist.emplace_back();
    c.item = &item_;
    c.exclusive = (item_.event.events & EPOLLEXCLUSIVE) != 0;
    if (c.exclusive)
      q.add_tail(c);
    else
      q.add(c);
  }

 private:
  epitem& item_;
};

eventpoll* as_eventpoll(file* f) { return dynamic_cast<eventpoll*>(f); }

}  // namespace

unsigned epitem::poll(poll_table* pt) {
  if (pt != nullptr) pt->key = event.events;
  return filp->poll(pt) & event.events;
}

bool epitem::callback::wake(unsigned /*mode*/, unsigned key) {
  epitem& e = *item;
  const uint32_t events = e.event.events;
  if ((events & ~kPrivateBits) == 0) return false;  // one shot, used up
  if (key != 0 && (key & events) == 0) return false;
  e.ep->add_ready(e);
  const bool waiters = e.ep->wake();
  if ((events & EPOLLEXCLUSIVE) == 0) return true;
  // An exclusive item takes the wake-up for itself only if it brought somebody to his feet for it.
  if (!waiters) return false;
  const unsigned inout = key & kInOutBits;
  return inout == 0 || (events & inout) != 0;
}

void epoll_links::eventpoll_release(epoll_links& links) {
  while (epitem* e = links.first) {
    e->unlink_from_file();
    e->ep->rbr.erase({e->filp, e->fd});
  }
}

unsigned eventpoll::poll(poll_table* pt) {
  ::poll_wait(*this, poll_wait, pt);
  while (!rdllist.empty()) {
    epitem& e = rdllist.front();
    if (e.poll(nullptr) != 0) return kReadable;
    rdllist.pop_front();  // was ready when the callback ran, and is not any more
  }
  return 0;
}

namespace {

// Wake-ups and polls walk the chains of epoll files above a file, so these must be short, without
// circles, and few where they are long: a program could otherwise keep the kernel walking.
class PathCheck {
 public:
  // With the item for `target` in `ep` already linked: ELOOP or EINVAL as Linux has them.
  Result<void> run(eventpoll& ep, file& target) {
    eventpoll* inner = as_eventpoll(&target);
    if (inner == nullptr && ep.f_ep.first == nullptr) return {};
    if (inner != nullptr && depth_down(*inner, ep) > kMaxNests) return Err(ELOOP);
    leaves_.insert(&target);
    for (file* leaf : leaves_) {
      count_ = {};
      if (!paths_up(*leaf, 0)) return Err(EINVAL);
    }
    return {};
  }

 private:
  // Epoll files in the longest chain downwards; a large number if it comes to `stop`.
  unsigned depth_down(eventpoll& ep, const eventpoll& stop) {
    if (&ep == &stop) return kMaxNests + 1;
    if (const auto known = depth_.find(&ep); known != depth_.end()) return known->second;
    unsigned most = 0;
    for (const auto& [key, item] : ep.rbr) {
      leaves_.insert(key.first);
      if (eventpoll* inner = as_eventpoll(key.first))
        most = std::max(most, depth_down(*inner, stop));
    }
    return depth_[&ep] = most + 1;
  }

  bool paths_up(const file& f, unsigned depth) {
    static constexpr std::array<unsigned, kMaxNests> kLimit{~0U, 500, 100, 50, 10};
    if (depth >= kMaxNests) return f.f_ep.first == nullptr;
    for (const epitem* e = f.f_ep.first; e != nullptr; e = e->next) {
      const bool top = e->ep->f_ep.first == nullptr;
      if (top ? ++count_[depth] > kLimit[depth] : !paths_up(*e->ep, depth + 1)) return false;
    }
    return true;
  }

  std::set<file*> leaves_;
  std::map<eventpoll*, unsigned> depth_;
  std::array<unsigned, kMaxNests> count_{};
};

// Linux asks whether the file has a poll operation: regular files, directories and the memory
// devices have none.
bool file_can_poll(const file& f) {
  const Ref<inode> i = f.f_inode();
  if (!i) return true;
  constexpr unsigned kMemMajor = 1, kRandomMinor = 8, kUrandomMinor = 9;
  if (i->is_reg()) return i->sb->type == "proc";
  if (i->is_dir()) return false;
  if ((i->mode & S_IFMT) != S_IFCHR || MAJOR(i->rdev) != kMemMajor) return true;
  return MINOR(i->rdev) == kRandomMinor || MINOR(i->rdev) == kUrandomMinor;
}

Result<void> eventpoll::insert(const Ref<file>& f, int fd, const kernel_epoll_event& event) {
  if (watches >= kMaxWatches) return Err(ENOSPC);
  auto owner = std::make_unique<epitem>();
  epitem& e = *owner;
  e.ep = this;
  e.filp = f.get();
  e.fd = fd;
  e.event = event;
  e.link();
  if (const Result<void> paths = PathCheck().run(*this, *f); !paths) {
    e.unlink_from_file();
    return paths;
  }
  rbr.emplace(item_key{f.get(), fd}, std::move(owner));
  ep_queue table(e);
  if (e.poll(&table) != 0 && !e.rdl_hook::is_linked()) {
    add_ready(e);
    wake();
  }
  return {};
}

Result<void> eventpoll::modify(epitem& e, const kernel_epoll_event& event) {
  e.event = event;
  if (e.poll(nullptr) != 0 && !e.rdl_hook::is_linked()) {
    add_ready(e);
    wake();
  }
  return {};
}

// Hands out what is still ready. Level-triggered items go back to the end of the list, so that the
// next call asks them again and everybody gets his turn.
Result<long> eventpoll::send_events(size_t max, const epoll_store& store) {
  ready_list todo;
  todo.swap(rdllist);
  size_t count = 0;
  while (!todo.empty() && count < max) {
    epitem& e = todo.front();
    todo.pop_front();
    const unsigned ready = e.poll(nullptr);
    if (ready == 0) continue;
    if (!store(count, {ready, e.event.data})) {
      todo.push_front(e);
      rdllist.splice(rdllist.begin(), todo);
      if (count == 0) return Err(EFAULT);
      return static_cast<long>(count);
    }
    ++count;
    if ((e.event.events & EPOLLONESHOT) != 0)
      e.event.events &= kPrivateBits;
    else if ((e.event.events & EPOLLET) == 0)
      add_ready(e);
  }
  rdllist.splice(rdllist.begin(), todo);
  if (!rdllist.empty() && wq.active())
    wq.wake(TASK_NORMAL, 1);  // there is more, for the next waiter
  return static_cast<long>(count);
}

Result<void> check_exclusive(int op, const eventpoll& ep, const epitem* existing, file& target,
                             uint32_t events) {
  if (op == EPOLL_CTL_MOD && existing != nullptr && (existing->event.events & EPOLLEXCLUSIVE) != 0)
    return Err(EINVAL);
  if ((events & EPOLLEXCLUSIVE) == 0) return {};
  if (op == EPOLL_CTL_MOD || (events & ~kExclusiveOk) != 0) return Err(EINVAL);
  if (op == EPOLL_CTL_ADD && (as_eventpoll(&target) != nullptr || &target == &ep))
    return Err(EINVAL);
  return {};
}

}  // namespace

Result<long> do_epoll_create(int flags) {
  if ((flags & ~O_CLOEXEC) != 0) return Err(EINVAL);
  return TRY(fd_install_new(make_ref<eventpoll>(O_RDWR), (flags & O_CLOEXEC) != 0));
}

Result<long> do_epoll_ctl(int epfd, int op, int fd, const kernel_epoll_event* event) {
  const Ref<file> holder = TRY(fget_data(epfd));
  const Ref<file> target = TRY(fget_data(fd));
  if (!file_can_poll(*target)) return Err(EPERM);
  eventpoll* ep = as_eventpoll(holder.get());
  if (ep == nullptr || holder == target) return Err(EINVAL);
  const auto at = ep->rbr.find({target.get(), fd});
  epitem* item = at == ep->rbr.end() ? nullptr : at->second.get();
  kernel_epoll_event e = event != nullptr ? *event : kernel_epoll_event{};
  TRY(check_exclusive(op, *ep, item, *target, e.events));
  e.events |= POLLERR | POLLHUP;
  switch (op) {
    case EPOLL_CTL_ADD:
      if (item != nullptr) return Err(EEXIST);
      TRY(ep->insert(target, fd, e));
      return 0;
    case EPOLL_CTL_DEL:
      if (item == nullptr) return Err(ENOENT);
      item->unlink_from_file();
      ep->rbr.erase(at);
      return 0;
    case EPOLL_CTL_MOD:
      if (item == nullptr) return Err(ENOENT);
      TRY(ep->modify(*item, e));
      return 0;
    default: return Err(EINVAL);
  }
}

Result<long> do_epoll_wait(int epfd, size_t max, const poll_deadline& deadline,
                           const epoll_store& store) {
  const Ref<file> holder = TRY(fget_data(epfd));
  eventpoll* ep = as_eventpoll(holder.get());
  if (ep == nullptr) return Err(EINVAL);
  for (;;) {
    if (!ep->rdllist.empty()) {
      // The list may hold stale news; only real events end the wait.
      const long n = TRY(ep->send_events(max, store));
      if (n != 0) return n;
    }
    if (deadline && (*deadline == 0 || *deadline <= ktime_get())) return 0;
    if (signal_pending(*current)) return Err(EINTR);
    wait_queue_entry e(current);
    e.exclusive = true;
    const WaitEnd end = wait_event_with(ep->wq, e, TASK_INTERRUPTIBLE, deadline,
                                        [&] { return !ep->rdllist.empty(); });
    if (end == WaitEnd::signal) return Err(EINTR);
  }
}

SyscallResult sys_epoll_create(int size) {
  if (size <= 0) return Err(EINVAL);
  return do_epoll_create(0);
}
SyscallResult sys_epoll_create1(open_flags_t flags) { return do_epoll_create(flags.value); }
