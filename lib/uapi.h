// The numbers of the Linux ABI, from Linux's own uapi headers where they agree for all our guests
// (i386, x86-64 and moxie use the generic values), in our own words where the C library's headers
// would clash. This is the only file above arch/um/os-Linux that includes <linux/...> or <asm/...>;
// they hold constants and never a call.
#pragma once

#include <cstdint>  // first: <linux/stat.h> hides its macros from users of the C library

#include <linux/auxvec.h>
#include <linux/capability.h>
#include <linux/elf.h>
#include <linux/falloc.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/futex.h>
#include <linux/limits.h>
#include <linux/magic.h>
#include <linux/memfd.h>
#include <linux/mman.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <linux/personality.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <linux/stat.h>
#include <linux/xattr.h>

#include <asm/ioctls.h>
#include <asm/poll.h>
#include <asm/termbits.h>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>

// <asm/signal.h> defines a sigset_t that clashes with the C library's.
enum : int {
  SIGHUP = 1, SIGINT, SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGKILL, SIGUSR1,
  SIGSEGV, SIGUSR2, SIGPIPE, SIGALRM, SIGTERM, SIGSTKFLT, SIGCHLD, SIGCONT, SIGSTOP, SIGTSTP,
  SIGTTIN, SIGTTOU, SIGURG, SIGXCPU, SIGXFSZ, SIGVTALRM, SIGPROF, SIGWINCH, SIGIO, SIGPWR, SIGSYS,
  SIGRTMIN = 32, SIGRTMAX = 64, NSIG = 64,
  SIGPOLL = SIGIO,
};

// si_code (uapi/asm-generic/siginfo.h)
enum : int {
  SI_USER = 0, SI_KERNEL = 0x80, SI_QUEUE = -1, SI_TIMER = -2, SI_MESGQ = -3, SI_ASYNCIO = -4,
  SI_SIGIO = -5, SI_TKILL = -6,
  ILL_ILLOPC = 1, ILL_ILLOPN = 2, ILL_PRVOPC = 5,
  FPE_INTDIV = 1, FPE_INTOVF = 2, FPE_FLTDIV = 3, FPE_FLTINV = 7,
  SEGV_MAPERR = 1, SEGV_ACCERR = 2,
  BUS_ADRALN = 1, BUS_ADRERR = 2,
  TRAP_BRKPT = 1, TRAP_TRACE = 2, TRAP_BRANCH = 3, TRAP_HWBKPT = 4,
  CLD_EXITED = 1, CLD_KILLED, CLD_DUMPED, CLD_TRAPPED, CLD_STOPPED, CLD_CONTINUED,
};

enum : unsigned long {
  SA_NOCLDSTOP = 1, SA_NOCLDWAIT = 2, SA_SIGINFO = 4, SA_RESTORER = 0x04000000,
  SA_ONSTACK = 0x08000000, SA_RESTART = 0x10000000, SA_NODEFER = 0x40000000,
  SA_RESETHAND = 0x80000000,
};
enum : uint64_t { SIG_DFL = 0, SIG_IGN = 1 };
enum : int { SIG_BLOCK = 0, SIG_UNBLOCK = 1, SIG_SETMASK = 2 };
enum : int { SS_ONSTACK = 1, SS_DISABLE = 2 };
inline constexpr unsigned SS_AUTODISARM = 1U << 31;
inline constexpr unsigned MINSIGSTKSZ = 2048;

// wait (uapi/linux/wait.h); <cstdlib> brings some of them
#ifndef __WNOTHREAD
#define __WNOTHREAD 0x20000000
#define __WALL 0x40000000
#define __WCLONE 0x80000000
#endif
#ifndef WNOHANG
#define WNOHANG 1
#define WUNTRACED 2
#endif
#ifndef WSTOPPED
#define WSTOPPED 2
#define WEXITED 4
#define WCONTINUED 8
#define WNOWAIT 0x01000000
#endif
enum : int { kP_ALL = 0, kP_PID = 1, kP_PGID = 2, kP_PIDFD = 3 };

// resource limits and usage (uapi/asm-generic/resource.h)
enum : unsigned {
  RLIMIT_CPU, RLIMIT_FSIZE, RLIMIT_DATA, RLIMIT_STACK, RLIMIT_CORE, RLIMIT_RSS, RLIMIT_NPROC,
  RLIMIT_NOFILE, RLIMIT_MEMLOCK, RLIMIT_AS, RLIMIT_LOCKS, RLIMIT_SIGPENDING, RLIMIT_MSGQUEUE,
  RLIMIT_NICE, RLIMIT_RTPRIO, RLIMIT_RTTIME, RLIM_NLIMITS,
};
inline constexpr uint64_t RLIM_INFINITY = ~0ULL;
enum : int { RUSAGE_SELF = 0, RUSAGE_CHILDREN = -1, RUSAGE_THREAD = 1 };

// file types and modes (uapi/linux/stat.h hides them from users of a C library)
enum : uint32_t {
  S_IFMT = 0170000, S_IFSOCK = 0140000, S_IFLNK = 0120000, S_IFREG = 0100000, S_IFBLK = 0060000,
  S_IFDIR = 0040000, S_IFCHR = 0020000, S_IFIFO = 0010000,
  S_ISUID = 04000, S_ISGID = 02000, S_ISVTX = 01000, S_IRWXU = 0700, S_IRUSR = 0400, S_IWUSR = 0200,
  S_IXUSR = 0100, S_IRWXG = 0070, S_IXGRP = 0010, S_IRWXO = 0007, S_IXUGO = 0111, S_IALLUGO = 07777,
};

// directory entry types, access(2) bits and lseek extensions
enum : unsigned { DT_UNKNOWN = 0, DT_FIFO = 1, DT_CHR = 2, DT_DIR = 4, DT_BLK = 6, DT_REG = 8, DT_LNK = 10, DT_SOCK = 12 };
enum : int { MAY_EXEC = 1, MAY_WRITE = 2, MAY_READ = 4 };
#ifndef SEEK_DATA
#define SEEK_DATA 3
#define SEEK_HOLE 4
#endif

inline constexpr unsigned kPageShift = 12;
inline constexpr uint64_t kPageSize = 1ULL << kPageShift;
inline constexpr uint64_t kPageMask = ~(kPageSize - 1);
constexpr uint64_t page_align(uint64_t x) { return (x + kPageSize - 1) & kPageMask; }

inline constexpr uint64_t MAX_ARG_STRLEN = 32 * kPageSize;
