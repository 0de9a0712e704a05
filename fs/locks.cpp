// File locks. Linux: fs/locks.c. Differences: no leases, no mandatory locks, and no queue of its
// own for each lock: whoever waits for a file looks again when one of its locks goes.

#include "fs/locks.h"

#include <algorithm>

#include "kernel/sched.h"

namespace {

constexpr size_t kMaxLocksPerFile = 1 << 16;

bool overlap(const file_lock& a, const file_lock& b) {
  return a.start <= b.end && b.start <= a.end;
}
bool touch(const file_lock& a, const file_lock& b) {
  return a.start <= b.end + 1 && b.start <= a.end + 1;  // ends are at most INT64_MAX: no overflow
}

// Who sleeps for whose lock. Owners that hold a lock while they wait for another make the edges of
// the graph in which fcntl must not close a circle.
struct lock_waiter {
  const void* owner;
  const void* blocker;
};
std::vector<lock_waiter*> blocked;

bool would_deadlock(const lock_waiter& me) {
  constexpr int kSteps = 10;  // as far as Linux looks
  const void* owner = me.blocker;
  for (int i = 0; i < kSteps; ++i) {
    const auto it = std::ranges::find_if(
        blocked, [&](const lock_waiter* w) { return w != &me && w->owner == owner; });
    if (it == blocked.end()) return false;
    owner = (*it)->blocker;
    if (owner == me.owner) return true;
  }
  return false;
}

Ref<file_lock_context> context(file& f) {
  inode& i = *f.f_path.dentry->d_inode;
  if (!i.flctx) i.flctx = make_ref<file_lock_context>();
  return i.flctx;
}

// Sleeps until nothing conflicts any more.
Result<void> wait_for_range(file_lock_context& ctx, const file_lock& request) {
  lock_waiter me{request.owner, nullptr};
  blocked.push_back(&me);
  bool deadlock = false;
  const Result<void> slept = wait_event_interruptible(ctx.wait, [&] {
    const file_lock* other = ctx.records.conflict(request);
    if (other == nullptr) return true;
    me.blocker = other->owner;
    const bool posix = request.pid != -1 && other->pid != -1;
    deadlock = posix && would_deadlock(me);
    return deadlock;
  });
  std::erase(blocked, &me);
  if (deadlock) return Err(EDEADLK);
  return slept;
}

}  // namespace

const file_lock* record_locks::conflict(const file_lock& request) const {
  if (request.type == F_UNLCK) return nullptr;
  for (const file_lock& l : locks_) {
    if (l.owner == request.owner || !overlap(l, request)) continue;
    if (l.type == F_WRLCK || request.type == F_WRLCK) return &l;
  }
  return nullptr;
}

Result<void> record_locks::set(file_lock request) {
  if (request.type != F_UNLCK && locks_.size() >= kMaxLocksPerFile) return Err(ENOLCK);
  std::vector<file_lock> rest;
  rest.reserve(locks_.size() + 2);
  for (const file_lock& l : locks_) {
    if (l.owner != request.owner || !touch(l, request)) {
      rest.push_back(l);
    } else if (l.type == request.type) {
      request.start = std::min(request.start, l.start);
      request.end = std::max(request.end, l.end);
    } else {
      if (l.start < request.start) {
        file_lock left = l;
        left.end = std::min(l.end, request.start - 1);
        rest.push_back(left);
      }
      if (l.end > request.end) {
        file_lock right = l;
        right.start = std::max(l.start, request.end + 1);
        rest.push_back(right);
      }
    }
  }
  if (request.type != F_UNLCK) rest.push_back(request);
  std::ranges::stable_sort(rest, {}, &file_lock::start);
  locks_ = std::move(rest);
  return {};
}

bool record_locks::remove_owner(const void* owner) {
  return std::erase_if(locks_, [&](const file_lock& l) { return l.owner == owner; }) != 0;
}

Result<void> posix_lock_file(file& f, const file_lock& request, bool wait) {
  const Ref<file_lock_context> ctx = context(f);
  if (ctx->records.conflict(request) != nullptr) {
    if (!wait) return Err(EAGAIN);
    TRY(wait_for_range(*ctx, request));
  }
  TRY(ctx->records.set(request));
  // Also a new lock can make room: it may have replaced a stronger one.
  wake_up_all(ctx->wait);
  return {};
}

file_lock posix_test_lock(file& f, const file_lock& request) {
  const Ref<file_lock_context>& ctx = f.f_path.dentry->d_inode->flctx;
  const file_lock* other = ctx ? ctx->records.conflict(request) : nullptr;
  return other != nullptr ? *other : file_lock{};
}

Result<void> flock_lock_file(file& f, int type, bool wait) {
  const Ref<file_lock_context> ctx = context(f);
  auto& held = ctx->flocks;
  const auto mine = std::ranges::find(held, &f, &file_lock_context::whole_file_lock::owner);
  if (mine != held.end()) {
    if (mine->type == type) return {};
    held.erase(mine);  // a conversion lets go first, as flock(2) warns
    wake_up_all(ctx->wait);
  }
  if (type == F_UNLCK) return {};
  const auto free = [&] {
    return std::ranges::none_of(held, [&](const auto& l) {
      return l.owner != &f && (l.type == F_WRLCK || type == F_WRLCK);
    });
  };
  if (!free()) {
    if (!wait) return Err(EAGAIN);
    TRY(wait_event_interruptible(ctx->wait, free));
  }
  // Another thread may have set one through the same description in the meantime.
  std::erase_if(held, [&](const auto& l) { return l.owner == &f; });
  held.push_back({&f, type});
  return {};
}

void locks_remove_posix(file& f, const void* owner) {
  const Ref<file_lock_context> ctx = f.f_path ? f.f_path.dentry->d_inode->flctx : nullptr;
  if (ctx && ctx->records.remove_owner(owner)) wake_up_all(ctx->wait);
}

void locks_remove_file(file& f) {
  const Ref<file_lock_context> ctx = f.f_path.dentry->d_inode->flctx;
  if (!ctx) return;
  const bool records = ctx->records.remove_owner(&f);
  const size_t flocks = std::erase_if(ctx->flocks, [&](const auto& l) { return l.owner == &f; });
  if (records || flocks != 0) wake_up_all(ctx->wait);
}
