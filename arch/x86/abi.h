// The wire formats of the two x86 ABIs: what user programs see of stat, timespec, sigaction and the
// rest. Kernel code uses its own forms (kstat, nanoseconds, kernel_siginfo) and templates take the
// wire type as a parameter; no handler asks which ABI it serves. Layouts: uapi headers; x86_64's are
// checked against the host's own in arch/x86/kernel/abi_check.cpp.
#pragma once

#include <cstdint>

namespace abi {

// Same on every ABI.
struct timespec64 { int64_t tv_sec; int64_t tv_nsec; };
struct itimerspec64 { timespec64 it_interval, it_value; };
struct utsname { char sysname[65], nodename[65], release[65], version[65], machine[65], domainname[65]; };
struct pollfd { int32_t fd; int16_t events, revents; };
struct rlimit64 { uint64_t rlim_cur, rlim_max; };
struct sched_param { int32_t sched_priority; };
struct sched_attr {
  uint32_t size, sched_policy;
  uint64_t sched_flags;
  int32_t sched_nice;
  uint32_t sched_priority;
  uint64_t sched_runtime, sched_deadline, sched_period;
  uint32_t sched_util_min, sched_util_max;
};
struct user_cap_header { uint32_t version; int32_t pid; };
struct user_cap_data { uint32_t effective, permitted, inheritable; };
struct clone_args {
  uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size, cgroup;
};
struct epoll_event { uint32_t events; uint64_t data; } __attribute__((packed));  // x86: packed on both
struct open_how { uint64_t flags, mode, resolve; };
struct linger { int32_t l_onoff, l_linger; };
struct ucred { int32_t pid; uint32_t uid, gid; };

// What depends on the word: W = uint32_t or uint64_t, S the signed one.
template <class W, class S>
struct word_abi {
  using uword = W;
  using sword = S;
  struct timespec { S tv_sec; S tv_nsec; };
  struct timeval { S tv_sec; S tv_usec; };
  struct itimerval { timeval it_interval, it_value; };
  struct itimerspec { timespec it_interval, it_value; };
  struct rlimit { W rlim_cur, rlim_max; };
  struct tms { S tms_utime, tms_stime, tms_cutime, tms_cstime; };
  struct iovec { W iov_base; W iov_len; };
  struct utimbuf { S actime, modtime; };
  struct rusage {
    timeval ru_utime, ru_stime;
    S ru_maxrss, ru_ixrss, ru_idrss, ru_isrss, ru_minflt, ru_majflt, ru_nswap, ru_inblock, ru_oublock, ru_msgsnd,
        ru_msgrcv, ru_nsignals, ru_nvcsw, ru_nivcsw;
  };
  struct stack_t { W ss_sp; int32_t ss_flags; W ss_size; };
  struct robust_list_head { W next; S futex_offset; W list_op_pending; };
  struct timex {
    uint32_t modes;
    S offset, freq, maxerror, esterror;
    int32_t status;
    S constant, precision, tolerance;
    timeval time;
    S tick, ppsfreq, jitter;
    int32_t shift;
    S stabil, jitcnt, calcnt, errcnt, stbcnt;
    int32_t tai, pad[11];
  };
  struct sigset_argpack { W p; W size; };   // the sixth argument of pselect6
  struct mmap_arg_struct { W addr, len, prot, flags, fd, offset; };
  struct sel_arg_struct { W n, inp, outp, exp, tvp; };
};

using timex64 = word_abi<uint64_t, int64_t>::timex;  // clock_adjtime64 on i386

}  // namespace abi

struct X86_64Abi : abi::word_abi<uint64_t, int64_t> {
  static constexpr unsigned kWord = 8;
  struct stat {
    uint64_t st_dev, st_ino, st_nlink;
    uint32_t st_mode, st_uid, st_gid, pad0;
    uint64_t st_rdev;
    int64_t st_size, st_blksize, st_blocks;
    uint64_t st_atime_, st_atime_nsec, st_mtime_, st_mtime_nsec, st_ctime_, st_ctime_nsec;
    int64_t unused[3];
  };
  struct statfs {
    int64_t f_type, f_bsize;
    uint64_t f_blocks, f_bfree, f_bavail, f_files, f_ffree;
    int32_t f_fsid[2];
    int64_t f_namelen, f_frsize, f_flags, f_spare[4];
  };
  struct flock { int16_t l_type, l_whence; int64_t l_start, l_len; int32_t l_pid; };
  struct sysinfo {
    int64_t uptime;
    uint64_t loads[3], totalram, freeram, sharedram, bufferram, totalswap, freeswap;
    uint16_t procs, pad;
    uint64_t totalhigh, freehigh;
    uint32_t mem_unit;
  };
  struct sigaction { uint64_t handler, flags, restorer, mask; };
  struct msghdr {
    uint64_t msg_name; int32_t msg_namelen; uint64_t msg_iov, msg_iovlen, msg_control, msg_controllen; uint32_t msg_flags;
  };
  struct mmsghdr { msghdr msg_hdr; uint32_t msg_len; };
  struct cmsghdr { uint64_t cmsg_len; int32_t cmsg_level, cmsg_type; };
  struct siginfo {
    int32_t si_signo, si_errno, si_code, pad0;
    union {
      int32_t pad[28];
      struct { int32_t pid; uint32_t uid; uint64_t value; } rt;
      struct { int32_t tid, overrun; uint64_t value; } timer;
      struct { int32_t pid; uint32_t uid; int32_t status; int64_t utime, stime; } chld;
      struct { uint64_t addr; int16_t addr_lsb; } fault;
      struct { int64_t band; int32_t fd; } poll;
      struct { uint64_t call_addr; int32_t syscall; uint32_t arch; } sys;
    };
  };
  struct sigevent { uint64_t sigev_value; int32_t sigev_signo, sigev_notify, tid, pad[11]; };
  struct dirent_head { uint64_t d_ino; int64_t d_off; uint16_t d_reclen; } __attribute__((packed));
};

struct I386Abi : abi::word_abi<uint32_t, int32_t> {
  static constexpr unsigned kWord = 4;
  struct old_stat {  // the first stat, 16-bit everything (oldstat, 18)
    uint16_t st_dev, st_ino, st_mode, st_nlink, st_uid, st_gid, st_rdev;
    uint32_t st_size, st_atime_, st_mtime_, st_ctime_;
  };
  struct stat {      // newstat (106)
    uint32_t st_dev, st_ino;
    uint16_t st_mode, st_nlink, st_uid, st_gid;
    uint32_t st_rdev, st_size, st_blksize, st_blocks, st_atime_, st_atime_nsec, st_mtime_, st_mtime_nsec, st_ctime_,
        st_ctime_nsec, unused4, unused5;
  };
  struct stat64 {    // stat64 (195)
    uint64_t st_dev;
    uint8_t pad0[4];
    uint32_t st_ino32, st_mode, st_nlink, st_uid, st_gid;
    uint64_t st_rdev;
    uint8_t pad3[4];
    int64_t st_size;
    uint32_t st_blksize;
    uint64_t st_blocks;
    uint32_t st_atime_, st_atime_nsec, st_mtime_, st_mtime_nsec, st_ctime_, st_ctime_nsec;
    uint64_t st_ino;
  } __attribute__((packed, aligned(4)));
  struct statfs {
    uint32_t f_type, f_bsize, f_blocks, f_bfree, f_bavail, f_files, f_ffree;
    int32_t f_fsid[2];
    uint32_t f_namelen, f_frsize, f_flags, f_spare[4];
  };
  struct statfs64 {
    uint32_t f_type, f_bsize;
    uint64_t f_blocks, f_bfree, f_bavail, f_files, f_ffree;
    int32_t f_fsid[2];
    uint32_t f_namelen, f_frsize, f_flags, f_spare[4];
  } __attribute__((packed, aligned(4)));
  struct flock { int16_t l_type, l_whence; int32_t l_start, l_len, l_pid; };
  struct flock64 { int16_t l_type, l_whence; int64_t l_start, l_len; int32_t l_pid; } __attribute__((packed, aligned(4)));
  struct sysinfo {
    int32_t uptime;
    uint32_t loads[3], totalram, freeram, sharedram, bufferram, totalswap, freeswap;
    uint16_t procs, pad;
    uint32_t totalhigh, freehigh, mem_unit;
    char f[8];
  };
  struct sigaction { uint32_t handler, flags, restorer; uint64_t mask; } __attribute__((packed, aligned(4)));
  struct old_sigaction { uint32_t handler, mask, flags, restorer; };
  struct msghdr {
    uint32_t msg_name; int32_t msg_namelen; uint32_t msg_iov, msg_iovlen, msg_control, msg_controllen, msg_flags;
  };
  struct mmsghdr { msghdr msg_hdr; uint32_t msg_len; };
  struct cmsghdr { uint32_t cmsg_len; int32_t cmsg_level, cmsg_type; };
  struct siginfo {
    int32_t si_signo, si_errno, si_code;
    union {
      int32_t pad[29];
      struct { int32_t pid; uint32_t uid; uint32_t value; } rt;
      struct { int32_t tid, overrun; uint32_t value; } timer;
      struct { int32_t pid; uint32_t uid; int32_t status, utime, stime; } chld;
      struct { uint32_t addr; int16_t addr_lsb; } fault;
      struct { int32_t band, fd; } poll;
      struct { uint32_t call_addr; int32_t syscall; uint32_t arch; } sys;
    };
  };
  struct sigevent { uint32_t sigev_value; int32_t sigev_signo, sigev_notify, tid, pad[12]; };
  struct dirent_head { uint32_t d_ino; int32_t d_off; uint16_t d_reclen; } __attribute__((packed));
};
static_assert(sizeof(X86_64Abi::stat) == 144 && sizeof(I386Abi::stat) == 64 && sizeof(I386Abi::stat64) == 96);
static_assert(sizeof(X86_64Abi::siginfo) == 128 && sizeof(I386Abi::siginfo) == 128);
static_assert(sizeof(X86_64Abi::statfs) == 120 && sizeof(I386Abi::statfs) == 64 && sizeof(I386Abi::statfs64) == 84);
static_assert(sizeof(X86_64Abi::sigaction) == 32 && sizeof(I386Abi::sigaction) == 20);
static_assert(sizeof(X86_64Abi::rusage) == 144 && sizeof(I386Abi::rusage) == 72);
static_assert(sizeof(X86_64Abi::sysinfo) == 112 && sizeof(I386Abi::sysinfo) == 64);
static_assert(sizeof(X86_64Abi::sigevent) == 64 && sizeof(I386Abi::sigevent) == 64);
static_assert(sizeof(X86_64Abi::timex) == 208 && sizeof(I386Abi::timex) == 128);
static_assert(sizeof(abi::epoll_event) == 12 && sizeof(abi::clone_args) == 88);
