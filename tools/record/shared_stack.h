// Who stands on whose stack. A vfork child runs on its parent's stack while the parent is suspended;
// nothing is wrong with that. If the parent comes back to user mode while the child is still there,
// both push and pop on one stack, and each destroys what the other has there. This watches for that
// moment, and from then on for the words of one task's live stack that the other changes. Ours; fed
// by the recorder, which is the kernel's TraceSink.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

struct task_struct;
struct mm_struct;

namespace record {

struct ChangedWord {
  uint64_t address, before, after;
  bool was_return_address;  // `before` points behind a call
};

class SharedStacks {
 public:
  struct Listener {
    // vfork returned in `parent` while `child` had neither exec'd nor exited.
    std::function<void(int parent, int child)> early_return;
    // `task` runs user code while `other` is alive on the same stack.
    std::function<void(int task, int other)> two_tasks;
    // `by` changed these words of the live stack of `victim`, of `count` in all.
    std::function<void(int victim, int by, const std::vector<ChangedWord>& words, size_t count)>
        clobbered;
  };
  explicit SharedStacks(Listener listener) : tell_(std::move(listener)) {}

  void forked(const task_struct& parent, const task_struct& child, bool vfork);
  void user_enter(task_struct& t);
  void user_leave(task_struct& t);
  // The kernel works for `t` from here, or has done so up to here: what has changed was its doing.
  void boundary(task_struct& t);
  void gone(int pid);  // it exec'd or exits

 private:
  struct Member {
    int pid;
    uint64_t sp;  // when it last was in user mode
  };
  // Tasks that were forked onto one stack, oldest first.
  struct Group {
    mm_struct* mm;
    std::vector<Member> members;
    std::set<std::pair<int, int>> reported;
    uint64_t base = 0;            // of the words below
    std::vector<uint64_t> words;  // the stack as it was at the last boundary; empty: not watched
  };

  Group* group_of(int pid);
  void watch(Group& g, task_struct& t);
  void compare(Group& g, task_struct& by);

  Listener tell_;
  std::list<Group> groups_;
  std::map<int, std::pair<int, mm_struct*>> vforks_;  // parent -> child, and the memory they share
};

}  // namespace record
