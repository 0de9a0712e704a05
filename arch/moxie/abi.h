// The wire formats of the moxie ABI: big-endian, 32-bit, nothing aligned to more than 4. Layouts are those
// of asm-generic in 2.6.33 (the port took MicroBlaze's headers, which took the generic ones). The fields
// are Boost.Endian types, which convert at each assignment; a bare integer argument is converted by
// get_user and put_user.
#pragma once

#include <boost/endian/arithmetic.hpp>

#include <cstdint>

struct MoxieAbi {
  static constexpr unsigned kWord = 4;
  using u16 = boost::endian::big_uint16_t;
  using s16 = boost::endian::big_int16_t;
  using u32 = boost::endian::big_uint32_t;
  using s32 = boost::endian::big_int32_t;
  using u64 = boost::endian::big_uint64_t;
  using s64 = boost::endian::big_int64_t;
  using uword = u32;
  using sword = s32;

  // sigset_t is two `unsigned long` words, the low signals first.
  struct sigset {
    u32 word[2];
    operator uint64_t() const { return word[0] | static_cast<uint64_t>(word[1]) << 32; }
    sigset& operator=(uint64_t set) {
      word[0] = static_cast<uint32_t>(set);
      word[1] = static_cast<uint32_t>(set >> 32);
      return *this;
    }
  };

  struct timespec {
    s32 tv_sec, tv_nsec;
  };
  struct timeval {
    s32 tv_sec, tv_usec;
  };
  struct itimerval {
    timeval it_interval, it_value;
  };
  struct itimerspec {
    timespec it_interval, it_value;
  };
  struct rlimit {
    u32 rlim_cur, rlim_max;
  };
  struct tms {
    s32 tms_utime, tms_stime, tms_cutime, tms_cstime;
  };
  struct iovec {
    u32 iov_base, iov_len;
  };
  struct utimbuf {
    s32 actime, modtime;
  };
  struct rusage {
    timeval ru_utime, ru_stime;
    s32 ru_maxrss, ru_ixrss, ru_idrss, ru_isrss, ru_minflt, ru_majflt, ru_nswap, ru_inblock,
        ru_oublock, ru_msgsnd, ru_msgrcv, ru_nsignals, ru_nvcsw, ru_nivcsw;
  };
  struct stack_t {
    u32 ss_sp;
    s32 ss_flags;
    u32 ss_size;
  };
  struct robust_list_head {
    u32 next;
    s32 futex_offset;
    u32 list_op_pending;
  };
  struct timex {
    u32 modes;
    s32 offset, freq, maxerror, esterror;
    s32 status;
    s32 constant, precision, tolerance;
    timeval time;
    s32 tick, ppsfreq, jitter;
    s32 shift;
    s32 stabil, jitcnt, calcnt, errcnt, stbcnt;
    s32 tai, pad[11];
  };
  struct sigset_argpack {
    u32 p, size;
  };
  struct mmap_arg_struct {
    u32 addr, len, prot, flags, fd, offset;
  };
  struct sel_arg_struct {
    u32 n, inp, outp, exp, tvp;
  };
  struct pollfd {
    s32 fd;
    s16 events, revents;
  };
  struct timespec64 {
    s64 tv_sec, tv_nsec;
  };
  struct itimerspec64 {
    timespec64 it_interval, it_value;
  };
  struct timeval64 {
    s64 tv_sec, tv_usec;
  };
  struct timex64 {
    u32 modes, pad1;
    s64 offset, freq, maxerror, esterror;
    s32 status, pad2;
    s64 constant, precision, tolerance;
    timeval64 time;
    s64 tick, ppsfreq, jitter;
    s32 shift, pad3;
    s64 stabil, jitcnt, calcnt, errcnt, stbcnt;
    s32 tai, pad[11];
  };
  struct rlimit64 {
    u64 rlim_cur, rlim_max;
  };
  struct sched_attr {
    u32 size, sched_policy;
    u64 sched_flags;
    s32 sched_nice;
    u32 sched_priority;
    u64 sched_runtime, sched_deadline, sched_period;
    u32 sched_util_min, sched_util_max;
  };
  struct clone_args {
    u64 flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid,
        set_tid_size, cgroup;
  };
  struct sched_param {
    s32 sched_priority;
  };
  struct utsname {
    char sysname[65], nodename[65], release[65], version[65], machine[65], domainname[65];
  };
  struct user_cap_header {
    u32 version;
    s32 pid;
  };
  struct user_cap_data {
    u32 effective, permitted, inheritable;
  };
  struct epoll_event {
    u32 events;
    u64 data;
  };

  struct stat {  // stat (106 to 108)
    u32 st_dev, st_ino, st_mode, st_nlink, st_uid, st_gid, st_rdev, pad1;
    s32 st_size, st_blksize, pad2, st_blocks, st_atime_;
    u32 st_atime_nsec;
    s32 st_mtime_;
    u32 st_mtime_nsec;
    s32 st_ctime_;
    u32 st_ctime_nsec, unused4, unused5;
  };
  struct stat64 {  // stat64 (195 to 197)
    u64 st_dev, st_ino;
    u32 st_mode, st_nlink, st_uid, st_gid;
    u64 st_rdev, pad1;
    s64 st_size;
    s32 st_blksize, pad2;
    s64 st_blocks;
    s32 st_atime_;
    u32 st_atime_nsec;
    s32 st_mtime_;
    u32 st_mtime_nsec;
    s32 st_ctime_;
    u32 st_ctime_nsec, unused4, unused5;
  };
  struct statfs {
    u32 f_type, f_bsize, f_blocks, f_bfree, f_bavail, f_files, f_ffree;
    s32 f_fsid[2];
    u32 f_namelen, f_frsize, f_flags, f_spare[4];
  };
  struct statfs64 {
    u32 f_type, f_bsize;
    u64 f_blocks, f_bfree, f_bavail, f_files, f_ffree;
    s32 f_fsid[2];
    u32 f_namelen, f_frsize, f_flags, f_spare[4];
  };
  struct flock {
    s16 l_type, l_whence;
    s32 l_start, l_len, l_pid;
  };
  struct flock64 {
    s16 l_type, l_whence;
    s64 l_start, l_len;
    s32 l_pid;
  };
  struct sysinfo {
    s32 uptime;
    u32 loads[3], totalram, freeram, sharedram, bufferram, totalswap, freeswap;
    u16 procs, pad;
    u32 totalhigh, freehigh, mem_unit;
    char f[8];
  };
  struct sigaction {
    u32 handler, flags, restorer;
    sigset mask;
  };
  struct old_sigaction {
    u32 handler, mask, flags, restorer;
  };
  struct msghdr {
    u32 msg_name;
    s32 msg_namelen;
    u32 msg_iov, msg_iovlen, msg_control, msg_controllen, msg_flags;
  };
  struct mmsghdr {
    msghdr msg_hdr;
    u32 msg_len;
  };
  struct cmsghdr {
    u32 cmsg_len;
    s32 cmsg_level, cmsg_type;
  };
  struct siginfo {
    s32 si_signo, si_errno, si_code;
    union {
      s32 pad[29];
      struct {
        s32 pid;
        u32 uid;
        u32 value;
      } rt;
      struct {
        s32 tid, overrun;
        u32 value;
      } timer;
      struct {
        s32 pid;
        u32 uid;
        s32 status, utime, stime;
      } chld;
      struct {
        u32 addr;
        s16 addr_lsb;
      } fault;
      struct {
        s32 band, fd;
      } poll;
      struct {
        u32 call_addr;
        s32 syscall;
        u32 arch;
      } sys;
    };
  };
  struct sigevent {
    u32 sigev_value;
    s32 sigev_signo, sigev_notify, tid, pad[12];
  };
  struct dirent_head {
    u32 d_ino;
    s32 d_off;
    u16 d_reclen;
  };
  struct dirent64_head {
    u64 d_ino;
    s64 d_off;
    u16 d_reclen;
    uint8_t d_type;
  };

  // Ours, for the old port never had one: what a signal handler is given. All registers, then the operands
  // of the last cmp, which a branch after the handler may still look at.
  struct sigcontext {
    u32 fp, sp, r[14], pc, cmp_a, cmp_b;
  };
  struct ucontext {
    u32 uc_flags, uc_link;
    stack_t uc_stack;
    sigcontext uc_mcontext;
    sigset uc_sigmask;
    u32 uc_sreg[16];
  };
  struct rt_sigframe {
    siginfo info;
    ucontext uc;
  };
};
static_assert(sizeof(MoxieAbi::stat) == 80 && sizeof(MoxieAbi::stat64) == 104);
static_assert(sizeof(MoxieAbi::siginfo) == 128 && sizeof(MoxieAbi::sigaction) == 20);
static_assert(sizeof(MoxieAbi::statfs) == 64 && sizeof(MoxieAbi::statfs64) == 84);
static_assert(sizeof(MoxieAbi::rusage) == 72 && sizeof(MoxieAbi::sysinfo) == 64);
static_assert(sizeof(MoxieAbi::dirent_head) == 10 && sizeof(MoxieAbi::dirent64_head) == 19);
static_assert(sizeof(MoxieAbi::timex64) == 208 && sizeof(MoxieAbi::clone_args) == 88);
static_assert(sizeof(MoxieAbi::sigcontext) == 76 && sizeof(MoxieAbi::rt_sigframe) == 296);
