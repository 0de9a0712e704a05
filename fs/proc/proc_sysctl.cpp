// /proc/sys. Linux: fs/proc/proc_sysctl.c and the ctl_tables. What can be written takes effect; the
// rest is read-only, also for root, because a value that changes nothing would be a lie.
#include <array>
#include <string_view>

#include "fs/proc/internal.h"
#include "kernel/utsname.h"
#include "mm/mm.h"

namespace {

struct fixed_value {
  std::string_view path;
  std::string_view text;
};
constexpr fixed_value kFixed[] = {
    {"kernel/pid_max", "32768"},
    {"kernel/randomize_va_space", "0"},
    {"kernel/core_pattern", "core"},
    {"kernel/core_uses_pid", "0"},
    {"kernel/core_pipe_limit", "0"},
    {"kernel/ngroups_max", "65536"},
    {"kernel/cap_last_cap", "40"},
    {"kernel/sched_child_runs_first", "0"},
    {"kernel/sched_autogroup_enabled", "0"},
    {"kernel/sched_rt_period_us", "1000000"},
    {"kernel/sched_rt_runtime_us", "950000"},
    {"kernel/sched_rr_timeslice_ms", "60"},
    {"kernel/shmmax", "18446744073692774399"},
    {"kernel/shmall", "18446744073692774399"},
    {"kernel/shmmni", "4096"},
    {"kernel/shm_rmid_forced", "0"},
    {"kernel/msgmax", "8192"},
    {"kernel/msgmnb", "16384"},
    {"kernel/msgmni", "32000"},
    {"kernel/sem", "32000\t1024000000\t500\t32000"},
    {"kernel/auto_msgmni", "0"},
    {"kernel/overflowuid", "65534"},
    {"kernel/overflowgid", "65534"},
    {"kernel/panic", "0"},
    {"kernel/panic_on_oops", "1"},
    {"kernel/printk", "4\t4\t1\t7"},
    {"kernel/tainted", "0"},
    {"kernel/sysrq", "0"},
    {"kernel/dmesg_restrict", "0"},
    {"kernel/kptr_restrict", "1"},
    {"kernel/perf_event_paranoid", "2"},
    {"kernel/unprivileged_bpf_disabled", "2"},
    {"kernel/yama/ptrace_scope", "0"},
    {"kernel/random/entropy_avail", "256"},
    {"kernel/random/poolsize", "256"},
    {"kernel/random/write_wakeup_threshold", "256"},
    {"kernel/random/urandom_min_reseed_secs", "60"},
    {"fs/file-max", "9223372036854775807"},
    {"fs/nr_open", "1048576"},
    {"fs/pipe-max-size", "1048576"},
    {"fs/pipe-user-pages-soft", "16384"},
    {"fs/pipe-user-pages-hard", "0"},
    {"fs/overflowuid", "65534"},
    {"fs/overflowgid", "65534"},
    {"fs/suid_dumpable", "0"},
    {"fs/mount-max", "100000"},
    {"fs/lease-break-time", "45"},
    {"fs/leases-enable", "1"},
    {"fs/aio-max-nr", "65536"},
    {"fs/aio-nr", "0"},
    {"fs/protected_hardlinks", "0"},
    {"fs/protected_symlinks", "0"},
    {"fs/protected_fifos", "0"},
    {"fs/protected_regular", "0"},
    {"fs/inotify/max_queued_events", "16384"},
    {"fs/inotify/max_user_instances", "128"},
    {"fs/inotify/max_user_watches", "65536"},
    {"fs/mqueue/queues_max", "256"},
    {"fs/mqueue/msg_max", "10"},
    {"fs/mqueue/msg_default", "10"},
    {"fs/mqueue/msgsize_max", "8192"},
    {"fs/mqueue/msgsize_default", "8192"},
    {"fs/epoll/max_user_watches", "1048576"},
    {"vm/overcommit_ratio", "50"},
    {"vm/overcommit_kbytes", "0"},
    {"vm/max_map_count", "65500"},
    {"vm/mmap_min_addr", "65536"},
    {"vm/swappiness", "60"},
    {"vm/page-cluster", "3"},
    {"vm/nr_hugepages", "0"},
    {"vm/nr_overcommit_hugepages", "0"},
    {"vm/legacy_va_layout", "0"},
    {"vm/min_free_kbytes", "0"},
    {"vm/dirty_ratio", "20"},
    {"vm/dirty_background_ratio", "10"},
    {"vm/panic_on_oom", "0"},
    {"vm/oom_kill_allocating_task", "0"},
    {"net/core/somaxconn", "4096"},
    {"net/core/rmem_default", "212992"},
    {"net/core/rmem_max", "212992"},
    {"net/core/wmem_default", "212992"},
    {"net/core/wmem_max", "212992"},
    {"net/core/optmem_max", "20480"},
    {"net/unix/max_dgram_qlen", "10"},
};

std::string line(std::string_view text) { return std::string(text) + "\n"; }

// One word or line of text, without its newline.
std::string_view stripped(std::string_view text) { return text.substr(0, text.find_first_of(std::string_view("\n\0", 2))); }

std::string new_uuid() {
  std::array<unsigned char, 16> b;
  arch::machine().random(std::as_writable_bytes(std::span(b)));
  b[6] = static_cast<unsigned char>((b[6] & 0x0f) | 0x40);  // version 4, random
  b[8] = static_cast<unsigned char>((b[8] & 0x3f) | 0x80);
  std::string out;
  for (size_t i = 0; i < b.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) out += '-';
    out += strprintf("%02x", b[i]);
  }
  return out;
}

std::string boot_id() {
  static const std::string id = new_uuid();
  return id;
}

std::string open_files() {
  uint64_t n = 0;
  for_each_process([&](task_struct& t) {
    if (!t.files) return;
    for (const auto& slot : t.files->fd) n += slot.file ? 1 : 0;
  });
  return strprintf("%lu\t0\t9223372036854775807\n", n);
}

void kernel_names() {
  proc_create("sys/kernel/ostype", 0444, [] { return line(utsname_sysname()); });
  proc_create("sys/kernel/osrelease", 0444, [] { return line(utsname_release()); });
  proc_create("sys/kernel/version", 0444, [] { return line(utsname_version()); });
  proc_create("sys/kernel/hostname", 0644, [] { return line(utsname_nodename()); },
              [](std::string_view text) -> Result<void> {
                if (!capable(CAP_SYS_ADMIN)) return Err(EPERM);
                set_utsname_nodename(stripped(text));
                return {};
              });
  proc_create("sys/kernel/domainname", 0644, [] { return line(utsname_domainname()); },
              [](std::string_view text) -> Result<void> {
                if (!capable(CAP_SYS_ADMIN)) return Err(EPERM);
                set_utsname_domainname(stripped(text));
                return {};
              });
}

}  // namespace

void proc_sys_init() {
  kernel_names();
  for (const fixed_value& v : kFixed) {
    proc_create("sys/" + std::string(v.path), 0444, [text = v.text] { return line(text); });
  }
  proc_create("sys/kernel/random/uuid", 0444, [] { return line(new_uuid()); });
  proc_create("sys/kernel/random/boot_id", 0444, [] { return line(boot_id()); });
  // Half of what fits into memory, as Linux sets it at boot.
  proc_create("sys/kernel/threads-max", 0444, [] {
    return strprintf("%lu\n", std::clamp<uint64_t>(memory_limit() / (128 * 1024), 20, 0x3fffffff));
  });
  proc_create("sys/fs/file-nr", 0444, open_files);
  proc_create("sys/fs/inode-nr", 0444, [] { return std::string("0\t0\n"); });
  proc_create("sys/vm/overcommit_memory", 0444, [] { return std::string("0\n"); });
  // There are no caches of ours to drop but the names, and they are found again.
  proc_create("sys/vm/drop_caches", 0200, [] { return std::string(); },
              [](std::string_view text) -> Result<void> {
                const int64_t value = TRY(parse_number(text));
                if (value < 1 || value > 4) return Err(EINVAL);
                return {};
              });
}
