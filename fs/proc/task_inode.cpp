// Inodes about a task: its directory, text files, magic links, and who may look. Linux: fs/proc/base.c
// (proc_pid_lookup, pid_revalidate, proc_pid_follow_link). An inode holds its task, so a directory that
// is somebody's cwd stays one after the task is gone; it is empty then.
#include <charconv>
#include <utility>

#include "fs/proc/internal.h"
#include "kernel/pidfd.h"
#include "mm/mm.h"

namespace {

constexpr uint64_t kFirstTaskIno = 0x80000000, kTaskInoMask = 0x6fffffff;

struct text_inode final : task_inode {
  text_inode(super_block& s, task_struct& t, const pid_entry& e, bool w)
      : task_inode(s, t, e.name, e.mode), entry(e), whole(w) {}

  Result<Ref<file>> open(const path& p, unsigned flags) override {
    if (!alive()) return Err(ESRCH);
    if (entry.guarded && !may_access(*task)) return Err(EACCES);
    return open_task_text(p, flags, task, entry, whole);
  }

  const pid_entry& entry;
  bool whole;
};

struct link_inode final : task_inode {
  link_inode(super_block& s, task_struct& t, std::string_view what, uint32_t m,
             std::function<Result<path>(task_struct&)> to, std::function<Result<std::string>(task_struct&)> name)
      : task_inode(s, t, what, m), target(std::move(to)), text(std::move(name)) {
    size = 64;
  }

  Result<std::string> readlink() override {
    if (!alive()) return Err(ENOENT);
    if (!may_access(*task)) return Err(EACCES);
    return text(*task);
  }

  Result<std::optional<path>> follow_link() override {
    if (!alive()) return Err(ENOENT);
    if (!may_access(*task)) return Err(EACCES);
    return std::optional<path>(TRY(target(*task)));
  }

  // Linux drops the link of a descriptor that was closed.
  bool revalidate(dentry& d) override { return task_inode::revalidate(d) && text(*task).has_value(); }

  std::function<Result<path>(task_struct&)> target;
  std::function<Result<std::string>(task_struct&)> text;
};

struct task_dir_inode final : task_inode {
  task_dir_inode(super_block& s, task_struct& t) : task_inode(s, t, "task", S_IFDIR | 0555) {}

  Result<Ref<inode>> lookup(dentry&, std::string_view name) override {
    int tid = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), tid);
    if (error != std::errc() || end != name.data() + name.size() || name.front() == '0') return Err(ENOENT);
    task_struct* t = find_task_by_pid(tid);
    if (t == nullptr || t->tgid != task->tgid) return Err(ENOENT);
    return new_pid_dir(*sb, *t, false);
  }

  Result<Ref<file>> open(const path& p, unsigned flags) override {
    return Ref<file>(make_ref<dir_snapshot>(p, flags, [leader = task](auto& out) -> Result<void> {
      for_each_task([&](task_struct& t) {
        if (t.tgid == leader->tgid) out.push_back({std::to_string(t.pid), proc_ino(t, "task/"), DT_DIR});
      });
      return {};
    }));
  }

  Result<void> getattr(kstat& st) override {
    TRY(task_inode::getattr(st));
    st.nlink = 2 + (task->signal ? task->signal->nr_threads : 0);
    return {};
  }
};

struct pid_dir_inode final : task_inode {
  pid_dir_inode(super_block& s, task_struct& t, bool w)
      : task_inode(s, t, w ? "/" : "task/", S_IFDIR | 0555), whole(w) {
    nlink = whole ? 9 : 7;
  }

  Result<Ref<inode>> lookup(dentry&, std::string_view name) override {
    if (!alive()) return Err(ENOENT);
    for (const pid_entry& e : pid_entries()) {
      if (e.name == name && (whole ? !e.thread_only : !e.leader_only)) return make(e);
    }
    if (name == "task" && whole) return Ref<inode>(make_ref<task_dir_inode>(*sb, *task));
    return Err(ENOENT);
  }

  Ref<inode> make(const pid_entry& e) {
    if (e.dir != nullptr) return e.dir(*sb, *task);
    if (e.link == nullptr) return make_ref<text_inode>(*sb, *task, e, whole);
    return new_task_link(*sb, *task, e.name, e.mode, e.link, [&e](task_struct& t) -> Result<std::string> {
      return d_path(TRY(e.link(t)));
    });
  }

  Result<Ref<file>> open(const path& p, unsigned flags) override {
    return Ref<file>(make_ref<dir_snapshot>(p, flags, [t = task, w = whole](auto& out) -> Result<void> {
      if (!task_alive(*t)) return Err(ENOENT);
      for (const pid_entry& e : pid_entries()) {
        if (w ? e.thread_only : e.leader_only) continue;
        out.push_back({std::string(e.name), proc_ino(*t, e.name), mode_to_dt(e.mode)});
      }
      if (w) out.push_back({"task", proc_ino(*t, "task"), DT_DIR});
      return {};
    }));
  }

  bool whole;
};

task_struct* pid_dir_task(file& f) {
  const auto* dir = f.f_path ? dynamic_cast<pid_dir_inode*>(f.f_inode().get()) : nullptr;
  return dir != nullptr && dir->whole ? dir->task.get() : nullptr;
}

}  // namespace

void proc_pidfd_init() { proc_pid_dir_hook = &pid_dir_task; }

bool task_alive(const task_struct& t) { return find_task_by_pid(t.pid) == &t; }

bool may_access(const task_struct& t) {
  if (current->tgid == t.tgid) return true;
  const cred &mine = current->creds, &theirs = t.creds;
  const bool same = mine.fsuid == theirs.euid && mine.fsuid == theirs.suid && mine.fsuid == theirs.uid &&
                    mine.fsgid == theirs.egid && mine.fsgid == theirs.sgid && mine.fsgid == theirs.gid;
  if (same && (!t.mm || t.mm->dumpable)) return true;
  return capable(CAP_SYS_PTRACE);
}

uint64_t proc_ino(const task_struct& t, std::string_view what) {
  uint64_t h = 0xcbf29ce484222325ULL ^ static_cast<uint64_t>(t.pid);
  h *= 0x100000001b3ULL;
  for (const char c : what) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return kFirstTaskIno | ((h ^ h >> 32) & kTaskInoMask);
}

task_inode::task_inode(super_block& s, task_struct& t, std::string_view what, uint32_t m)
    : proc_inode(s, proc_ino(t, what), m), task(&t) {
  take_owner();
}

bool task_inode::alive() const { return task_alive(*task); }

void task_inode::take_owner() {
  // What a program of other rights leaves undumpable belongs to root, but for the directories that
  // everybody may read.
  const bool open_dir = mode == (S_IFDIR | 0555);
  const bool owned = open_dir || !task->mm || task->mm->dumpable;
  uid = owned ? task->creds.euid : 0;
  gid = owned ? task->creds.egid : 0;
}

bool task_inode::revalidate(dentry&) {
  if (!alive()) return false;
  take_owner();
  return true;
}

Result<void> task_inode::getattr(kstat& st) {
  if (!alive()) return Err(ENOENT);
  take_owner();
  return proc_inode::getattr(st);
}

Ref<inode> new_pid_dir(super_block& sb, task_struct& t, bool whole) {
  return make_ref<pid_dir_inode>(sb, t, whole);
}

Ref<inode> new_task_link(super_block& sb, task_struct& t, std::string_view what, uint32_t mode,
                         std::function<Result<path>(task_struct&)> target,
                         std::function<Result<std::string>(task_struct&)> text) {
  return make_ref<link_inode>(sb, t, what, S_IFLNK | mode, std::move(target), std::move(text));
}

Result<Ref<file>> open_task_text(const path& p, unsigned flags, Ref<task_struct> t, const pid_entry& e,
                                 bool whole) {
  if (e.name == "mem") return open_task_mem(p, flags, std::move(t));
  seq_show show;
  proc_store store;
  if (e.show != nullptr) {
    show = [t, &e, whole]() -> Result<std::string> {
      if (!task_alive(*t)) return Err(ESRCH);
      return e.show(*t, whole);
    };
  }
  if (e.store != nullptr) {
    store = [t, &e](std::string_view text) -> Result<void> {
      if (!task_alive(*t)) return Err(ESRCH);
      return e.store(*t, text);
    };
  }
  return seq_open(p, flags, std::move(show), std::move(store));
}
