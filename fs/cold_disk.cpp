// See cold_disk.h.
#include "fs/cold_disk.h"

#include <string>
#include <unordered_set>

#include "fs/fs.h"
#include "kernel/profile.h"
#include "kernel/sched.h"
#include "kernel/timer.h"

namespace {

constexpr uint64_t kReadNs = 1'000'000;
constexpr size_t kRemembered = 16384;

bool on_disk(const inode& i) { return i.sb->type == "hostfs" || i.sb->type == "overlay"; }

void wait_on_buffer(std::string what) {
  static std::unordered_set<std::string> in_memory;
  if (in_memory.size() >= kRemembered) in_memory.clear();
  if (!in_memory.insert(std::move(what)).second) return;
  // The kernel's own threads find everything where the boot has left it.
  if (!current->mm || current->state != TASK_RUNNING) return;
  const uint64_t until = ktime_get() + kReadNs;
  current->wchan = "wait_on_buffer";
  do current->state = TASK_UNINTERRUPTIBLE;
  while (schedule_until(until));
  current->wchan = nullptr;
}

}  // namespace

void wait_on_name(const dentry& dir, std::string_view name) {
  const inode& i = *dir.d_inode;
  if (mechanisms().disk == Disk::warm || !on_disk(i)) return;
  wait_on_buffer(std::to_string(i.sb->dev) + ":" + std::to_string(i.ino) + "/" + std::string(name));
}

void wait_on_program(const inode& i) {
  if (mechanisms().disk == Disk::warm || !on_disk(i)) return;
  wait_on_buffer(std::to_string(i.sb->dev) + ":" + std::to_string(i.ino));
}
