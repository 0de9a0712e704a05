// The names. Facts: Linux's uapi headers for x86 (the generic values with few exceptions); spelling
// of the unknown and of sets: what strace(1) prints.
#include "tools/trace/symbols.h"

#include <fmt/format.h>

#include <array>
#include <bit>
#include <cstring>
#include <vector>

#include "lib/result.h"
#include "lib/uapi.h"

namespace trace {

namespace {

// clang-format off
constexpr std::array kOpenFlags = std::to_array<Symbol>({
    {0100, "O_CREAT"}, {0200, "O_EXCL"}, {0400, "O_NOCTTY"}, {01000, "O_TRUNC"}, {02000, "O_APPEND"},
    {04000, "O_NONBLOCK"}, {04010000, "O_SYNC"}, {010000, "O_DSYNC"}, {020000, "O_ASYNC"},
    {040000, "O_DIRECT"}, {0100000, "O_LARGEFILE"}, {0400000, "O_NOFOLLOW"}, {01000000, "O_NOATIME"},
    {02000000, "O_CLOEXEC"}, {010000000, "O_PATH"}, {020200000, "O_TMPFILE"}, {0200000, "O_DIRECTORY"}});
constexpr std::array kProt = std::to_array<Symbol>({
    {1, "PROT_READ"}, {2, "PROT_WRITE"}, {4, "PROT_EXEC"}, {8, "PROT_SEM"}, {0x01000000, "PROT_GROWSDOWN"},
    {0x02000000, "PROT_GROWSUP"}});
constexpr std::array kMapFlags = std::to_array<Symbol>({
    {0x10, "MAP_FIXED"}, {0x20, "MAP_ANONYMOUS"}, {0x40, "MAP_32BIT"}, {0x4000, "MAP_NORESERVE"},
    {0x8000, "MAP_POPULATE"}, {0x10000, "MAP_NONBLOCK"}, {0x100, "MAP_GROWSDOWN"}, {0x800, "MAP_DENYWRITE"},
    {0x1000, "MAP_EXECUTABLE"}, {0x2000, "MAP_LOCKED"}, {0x20000, "MAP_STACK"}, {0x40000, "MAP_HUGETLB"},
    {0x80000, "MAP_SYNC"}, {0x100000, "MAP_FIXED_NOREPLACE"}});
constexpr std::array kMapType = std::to_array<Symbol>({
    {1, "MAP_SHARED"}, {2, "MAP_PRIVATE"}, {3, "MAP_SHARED_VALIDATE"}});
constexpr std::array kMremap = std::to_array<Symbol>({
    {1, "MREMAP_MAYMOVE"}, {2, "MREMAP_FIXED"}, {4, "MREMAP_DONTUNMAP"}});
constexpr std::array kMadvise = std::to_array<Symbol>({
    {0, "MADV_NORMAL"}, {1, "MADV_RANDOM"}, {2, "MADV_SEQUENTIAL"}, {3, "MADV_WILLNEED"}, {4, "MADV_DONTNEED"},
    {8, "MADV_FREE"}, {9, "MADV_REMOVE"}, {10, "MADV_DONTFORK"}, {11, "MADV_DOFORK"}, {12, "MADV_MERGEABLE"},
    {13, "MADV_UNMERGEABLE"}, {14, "MADV_HUGEPAGE"}, {15, "MADV_NOHUGEPAGE"}, {16, "MADV_DONTDUMP"},
    {17, "MADV_DODUMP"}, {18, "MADV_WIPEONFORK"}, {19, "MADV_KEEPONFORK"}, {20, "MADV_COLD"}, {21, "MADV_PAGEOUT"},
    {22, "MADV_POPULATE_READ"}, {23, "MADV_POPULATE_WRITE"}});
constexpr std::array kClone = std::to_array<Symbol>({
    {0x100, "CLONE_VM"}, {0x200, "CLONE_FS"}, {0x400, "CLONE_FILES"}, {0x800, "CLONE_SIGHAND"},
    {0x1000, "CLONE_PIDFD"}, {0x2000, "CLONE_PTRACE"}, {0x4000, "CLONE_VFORK"}, {0x8000, "CLONE_PARENT"},
    {0x10000, "CLONE_THREAD"}, {0x20000, "CLONE_NEWNS"}, {0x40000, "CLONE_SYSVSEM"}, {0x80000, "CLONE_SETTLS"},
    {0x100000, "CLONE_PARENT_SETTID"}, {0x200000, "CLONE_CHILD_CLEARTID"}, {0x400000, "CLONE_DETACHED"},
    {0x800000, "CLONE_UNTRACED"}, {0x1000000, "CLONE_CHILD_SETTID"}, {0x2000000, "CLONE_NEWCGROUP"},
    {0x4000000, "CLONE_NEWUTS"}, {0x8000000, "CLONE_NEWIPC"}, {0x10000000, "CLONE_NEWUSER"},
    {0x20000000, "CLONE_NEWPID"}, {0x40000000, "CLONE_NEWNET"}, {0x80000000, "CLONE_IO"},
    {0x100000000, "CLONE_CLEAR_SIGHAND"}, {0x200000000, "CLONE_INTO_CGROUP"}, {0x80, "CLONE_NEWTIME"}});
constexpr std::array kWait = std::to_array<Symbol>({
    {1, "WNOHANG"}, {2, "WSTOPPED"}, {4, "WEXITED"}, {8, "WCONTINUED"}, {0x01000000, "WNOWAIT"},
    {0x80000000, "__WCLONE"}, {0x40000000, "__WALL"}, {0x20000000, "__WNOTHREAD"}});
constexpr std::array kWhence = std::to_array<Symbol>({
    {0, "SEEK_SET"}, {1, "SEEK_CUR"}, {2, "SEEK_END"}, {3, "SEEK_DATA"}, {4, "SEEK_HOLE"}});
constexpr std::array kAccess = std::to_array<Symbol>({{4, "R_OK"}, {2, "W_OK"}, {1, "X_OK"}});
constexpr std::array kAt = std::to_array<Symbol>({
    {0x100, "AT_SYMLINK_NOFOLLOW"}, {0x200, "AT_REMOVEDIR"}, {0x400, "AT_SYMLINK_FOLLOW"},
    {0x800, "AT_NO_AUTOMOUNT"}, {0x1000, "AT_EMPTY_PATH"}, {0x2000, "AT_STATX_FORCE_SYNC"},
    {0x4000, "AT_STATX_DONT_SYNC"}, {0x8000, "AT_RECURSIVE"}});
constexpr std::array kClock = std::to_array<Symbol>({
    {0, "CLOCK_REALTIME"}, {1, "CLOCK_MONOTONIC"}, {2, "CLOCK_PROCESS_CPUTIME_ID"}, {3, "CLOCK_THREAD_CPUTIME_ID"},
    {4, "CLOCK_MONOTONIC_RAW"}, {5, "CLOCK_REALTIME_COARSE"}, {6, "CLOCK_MONOTONIC_COARSE"}, {7, "CLOCK_BOOTTIME"},
    {8, "CLOCK_REALTIME_ALARM"}, {9, "CLOCK_BOOTTIME_ALARM"}, {11, "CLOCK_TAI"}});
constexpr std::array kSigHow = std::to_array<Symbol>({{0, "SIG_BLOCK"}, {1, "SIG_UNBLOCK"}, {2, "SIG_SETMASK"}});
constexpr std::array kSaFlags = std::to_array<Symbol>({
    {0x04000000, "SA_RESTORER"}, {0x08000000, "SA_ONSTACK"}, {0x10000000, "SA_RESTART"}, {0x20000000, "SA_INTERRUPT"},
    {0x40000000, "SA_NODEFER"}, {0x80000000, "SA_RESETHAND"}, {4, "SA_SIGINFO"}, {1, "SA_NOCLDSTOP"},
    {2, "SA_NOCLDWAIT"}, {0x400, "SA_UNSUPPORTED"}, {0x800, "SA_EXPOSE_TAGBITS"}});
constexpr std::array kSsFlags = std::to_array<Symbol>({{1, "SS_ONSTACK"}, {2, "SS_DISABLE"}, {0x80000000, "SS_AUTODISARM"}});
constexpr std::array kFutexOp = std::to_array<Symbol>({
    {0, "FUTEX_WAIT"}, {1, "FUTEX_WAKE"}, {2, "FUTEX_FD"}, {3, "FUTEX_REQUEUE"}, {4, "FUTEX_CMP_REQUEUE"},
    {5, "FUTEX_WAKE_OP"}, {6, "FUTEX_LOCK_PI"}, {7, "FUTEX_UNLOCK_PI"}, {8, "FUTEX_TRYLOCK_PI"},
    {9, "FUTEX_WAIT_BITSET"}, {10, "FUTEX_WAKE_BITSET"}, {11, "FUTEX_WAIT_REQUEUE_PI"},
    {12, "FUTEX_CMP_REQUEUE_PI"}, {13, "FUTEX_LOCK_PI2"}});
constexpr std::array kDomain = std::to_array<Symbol>({
    {0, "AF_UNSPEC"}, {1, "AF_UNIX"}, {2, "AF_INET"}, {10, "AF_INET6"}, {16, "AF_NETLINK"}, {17, "AF_PACKET"},
    {40, "AF_VSOCK"}});
constexpr std::array kSocketType = std::to_array<Symbol>({
    {1, "SOCK_STREAM"}, {2, "SOCK_DGRAM"}, {3, "SOCK_RAW"}, {4, "SOCK_RDM"}, {5, "SOCK_SEQPACKET"}});
constexpr std::array kSocketFlags = std::to_array<Symbol>({{02000000, "SOCK_CLOEXEC"}, {04000, "SOCK_NONBLOCK"}});
constexpr std::array kProtocol = std::to_array<Symbol>({
    {0, "IPPROTO_IP"}, {1, "IPPROTO_ICMP"}, {6, "IPPROTO_TCP"}, {17, "IPPROTO_UDP"}, {58, "IPPROTO_ICMPV6"}});
constexpr std::array kMsg = std::to_array<Symbol>({
    {1, "MSG_OOB"}, {2, "MSG_PEEK"}, {4, "MSG_DONTROUTE"}, {8, "MSG_CTRUNC"}, {0x10, "MSG_PROBE"}, {0x20, "MSG_TRUNC"},
    {0x40, "MSG_DONTWAIT"}, {0x80, "MSG_EOR"}, {0x100, "MSG_WAITALL"}, {0x4000, "MSG_NOSIGNAL"}, {0x8000, "MSG_MORE"},
    {0x10000, "MSG_WAITFORONE"}, {0x40000000, "MSG_CMSG_CLOEXEC"}});
constexpr std::array kSol = std::to_array<Symbol>({{1, "SOL_SOCKET"}, {0, "SOL_IP"}, {6, "SOL_TCP"}, {17, "SOL_UDP"}, {41, "SOL_IPV6"}});
constexpr std::array kSo = std::to_array<Symbol>({
    {1, "SO_DEBUG"}, {2, "SO_REUSEADDR"}, {3, "SO_TYPE"}, {4, "SO_ERROR"}, {5, "SO_DONTROUTE"}, {6, "SO_BROADCAST"},
    {7, "SO_SNDBUF"}, {8, "SO_RCVBUF"}, {9, "SO_KEEPALIVE"}, {10, "SO_OOBINLINE"}, {13, "SO_LINGER"}, {15, "SO_REUSEPORT"},
    {16, "SO_PASSCRED"}, {17, "SO_PEERCRED"}, {18, "SO_RCVLOWAT"}, {19, "SO_SNDLOWAT"}, {20, "SO_RCVTIMEO_OLD"},
    {21, "SO_SNDTIMEO_OLD"}, {28, "SO_PEERNAME"}, {30, "SO_ACCEPTCONN"}, {31, "SO_PEERSEC"}, {38, "SO_PROTOCOL"}, {39, "SO_DOMAIN"}});
constexpr std::array kResource = std::to_array<Symbol>({
    {0, "RLIMIT_CPU"}, {1, "RLIMIT_FSIZE"}, {2, "RLIMIT_DATA"}, {3, "RLIMIT_STACK"}, {4, "RLIMIT_CORE"}, {5, "RLIMIT_RSS"},
    {6, "RLIMIT_NPROC"}, {7, "RLIMIT_NOFILE"}, {8, "RLIMIT_MEMLOCK"}, {9, "RLIMIT_AS"}, {10, "RLIMIT_LOCKS"},
    {11, "RLIMIT_SIGPENDING"}, {12, "RLIMIT_MSGQUEUE"}, {13, "RLIMIT_NICE"}, {14, "RLIMIT_RTPRIO"}, {15, "RLIMIT_RTTIME"}});
constexpr std::array kPrctl = std::to_array<Symbol>({
    {1, "PR_SET_PDEATHSIG"}, {2, "PR_GET_PDEATHSIG"}, {3, "PR_GET_DUMPABLE"}, {4, "PR_SET_DUMPABLE"}, {7, "PR_GET_KEEPCAPS"},
    {8, "PR_SET_KEEPCAPS"}, {15, "PR_SET_NAME"}, {16, "PR_GET_NAME"}, {21, "PR_GET_SECCOMP"}, {22, "PR_SET_SECCOMP"},
    {23, "PR_CAPBSET_READ"}, {24, "PR_CAPBSET_DROP"}, {25, "PR_GET_TSC"}, {26, "PR_SET_TSC"}, {27, "PR_GET_SECUREBITS"},
    {28, "PR_SET_SECUREBITS"}, {29, "PR_SET_TIMERSLACK"}, {30, "PR_GET_TIMERSLACK"}, {35, "PR_SET_MM"},
    {36, "PR_SET_CHILD_SUBREAPER"}, {37, "PR_GET_CHILD_SUBREAPER"}, {38, "PR_SET_NO_NEW_PRIVS"},
    {39, "PR_GET_NO_NEW_PRIVS"}, {40, "PR_GET_TID_ADDRESS"}, {41, "PR_SET_THP_DISABLE"}, {42, "PR_GET_THP_DISABLE"},
    {47, "PR_CAP_AMBIENT"}, {0x53564d41, "PR_SET_VMA"}});
constexpr std::array kPoll = std::to_array<Symbol>({
    {1, "POLLIN"}, {2, "POLLPRI"}, {4, "POLLOUT"}, {0x40, "POLLRDNORM"}, {0x80, "POLLRDBAND"}, {0x100, "POLLWRNORM"},
    {0x200, "POLLWRBAND"}, {0x400, "POLLMSG"}, {0x1000, "POLLREMOVE"}, {0x2000, "POLLRDHUP"}, {8, "POLLERR"},
    {0x10, "POLLHUP"}, {0x20, "POLLNVAL"}});
constexpr std::array kEpollCtl = std::to_array<Symbol>({{1, "EPOLL_CTL_ADD"}, {2, "EPOLL_CTL_DEL"}, {3, "EPOLL_CTL_MOD"}});
constexpr std::array kEpollEvents = std::to_array<Symbol>({
    {1, "EPOLLIN"}, {2, "EPOLLPRI"}, {4, "EPOLLOUT"}, {0x40, "EPOLLRDNORM"}, {0x80, "EPOLLRDBAND"}, {0x100, "EPOLLWRNORM"},
    {0x200, "EPOLLWRBAND"}, {0x400, "EPOLLMSG"}, {8, "EPOLLERR"}, {0x10, "EPOLLHUP"}, {0x2000, "EPOLLRDHUP"},
    {0x10000000, "EPOLLEXCLUSIVE"}, {0x20000000, "EPOLLWAKEUP"}, {0x40000000, "EPOLLONESHOT"}, {0x80000000, "EPOLLET"}});
constexpr std::array kRusage = std::to_array<Symbol>({{0, "RUSAGE_SELF"}, {0xffffffff, "RUSAGE_CHILDREN"}, {1, "RUSAGE_THREAD"}});
constexpr std::array kItimer = std::to_array<Symbol>({{0, "ITIMER_REAL"}, {1, "ITIMER_VIRTUAL"}, {2, "ITIMER_PROF"}});
constexpr std::array kArchPrctl = std::to_array<Symbol>({
    {0x1001, "ARCH_SET_GS"}, {0x1002, "ARCH_SET_FS"}, {0x1003, "ARCH_GET_FS"}, {0x1004, "ARCH_GET_GS"},
    {0x1011, "ARCH_GET_CPUID"}, {0x1012, "ARCH_SET_CPUID"}, {0x2001, "ARCH_MAP_VDSO_X32"}});
constexpr std::array kFcntl = std::to_array<Symbol>({
    {0, "F_DUPFD"}, {1, "F_GETFD"}, {2, "F_SETFD"}, {3, "F_GETFL"}, {4, "F_SETFL"}, {5, "F_GETLK"}, {6, "F_SETLK"},
    {7, "F_SETLKW"}, {8, "F_SETOWN"}, {9, "F_GETOWN"}, {10, "F_SETSIG"}, {11, "F_GETSIG"}, {12, "F_GETLK64"},
    {13, "F_SETLK64"}, {14, "F_SETLKW64"}, {15, "F_SETOWN_EX"}, {16, "F_GETOWN_EX"}, {36, "F_OFD_GETLK"},
    {37, "F_OFD_SETLK"}, {38, "F_OFD_SETLKW"}, {1024, "F_SETLEASE"}, {1025, "F_GETLEASE"}, {1026, "F_NOTIFY"},
    {1030, "F_DUPFD_CLOEXEC"}, {1031, "F_SETPIPE_SZ"}, {1032, "F_GETPIPE_SZ"}, {1033, "F_ADD_SEALS"}, {1034, "F_GET_SEALS"}});
constexpr std::array kFdFlags = std::to_array<Symbol>({{1, "FD_CLOEXEC"}});
constexpr std::array kLockType = std::to_array<Symbol>({{0, "F_RDLCK"}, {1, "F_WRLCK"}, {2, "F_UNLCK"}});
constexpr std::array kFlock = std::to_array<Symbol>({{1, "LOCK_SH"}, {2, "LOCK_EX"}, {4, "LOCK_NB"}, {8, "LOCK_UN"}});
constexpr std::array kIdtype = std::to_array<Symbol>({{0, "P_ALL"}, {1, "P_PID"}, {2, "P_PGID"}, {3, "P_PIDFD"}});
constexpr std::array kIoctl = std::to_array<Symbol>({
    {0x5401, "TCGETS"}, {0x5402, "SNDCTL_TMR_START or TCSETS"}, {0x5403, "SNDCTL_TMR_STOP or TCSETSW"},
    {0x5404, "SNDCTL_TMR_CONTINUE or TCSETSF"}, {0x5405, "TCGETA"},
    {0x5409, "TCSBRK"}, {0x540a, "TCXONC"}, {0x540b, "TCFLSH"}, {0x540c, "TIOCEXCL"}, {0x540d, "TIOCNXCL"},
    {0x540e, "TIOCSCTTY"}, {0x540f, "TIOCGPGRP"}, {0x5410, "TIOCSPGRP"}, {0x5411, "TIOCOUTQ"}, {0x5412, "TIOCSTI"},
    {0x5413, "TIOCGWINSZ"}, {0x5414, "TIOCSWINSZ"}, {0x541b, "FIONREAD"}, {0x5421, "FIONBIO"}, {0x5422, "TIOCNOTTY"},
    {0x5423, "TIOCSETD"}, {0x5424, "TIOCGETD"}, {0x5425, "TCSBRKP"}, {0x5429, "TIOCGSID"}, {0x5450, "FIONCLEX"},
    {0x5451, "FIOCLEX"}, {0x5452, "FIOASYNC"}, {0x80045430, "TIOCGPTN"}, {0x40045431, "TIOCSPTLCK"},
    {0x80045439, "TIOCGPTLCK"}, {0x5441, "TIOCGPTPEER"}, {0x802c542a, "TCGETS2"}, {0x402c542b, "TCSETS2"},
    {0x4b3a, "KDSETMODE"}, {0x4b33, "KDGKBTYPE"}, {0x5600, "VT_OPENQRY"}, {0x5603, "VT_GETSTATE"},
    {0x40049409, "BTRFS_IOC_CLONE or FICLONE"}, {0x80086601, "FS_IOC_GETFLAGS"}});
constexpr std::array kMount = std::to_array<Symbol>({
    {1, "MS_RDONLY"}, {2, "MS_NOSUID"}, {4, "MS_NODEV"}, {8, "MS_NOEXEC"}, {16, "MS_SYNCHRONOUS"}, {32, "MS_REMOUNT"},
    {64, "MS_MANDLOCK"}, {128, "MS_DIRSYNC"}, {1024, "MS_NOATIME"}, {2048, "MS_NODIRATIME"}, {4096, "MS_BIND"},
    {8192, "MS_MOVE"}, {16384, "MS_REC"}, {32768, "MS_SILENT"}, {1 << 17, "MS_UNBINDABLE"}, {1 << 18, "MS_PRIVATE"},
    {1 << 19, "MS_SLAVE"}, {1 << 20, "MS_SHARED"}, {1 << 21, "MS_RELATIME"}});
constexpr std::array kUmount = std::to_array<Symbol>({{1, "MNT_FORCE"}, {2, "MNT_DETACH"}, {4, "MNT_EXPIRE"}, {8, "UMOUNT_NOFOLLOW"}});
constexpr std::array kMsync = std::to_array<Symbol>({{1, "MS_ASYNC"}, {2, "MS_INVALIDATE"}, {4, "MS_SYNC"}});
constexpr std::array kGrnd = std::to_array<Symbol>({{1, "GRND_NONBLOCK"}, {2, "GRND_RANDOM"}, {4, "GRND_INSECURE"}});
constexpr std::array kEfd = std::to_array<Symbol>({{1, "EFD_SEMAPHORE"}, {02000000, "EFD_CLOEXEC"}, {04000, "EFD_NONBLOCK"}});
constexpr std::array kSfd = std::to_array<Symbol>({{02000000, "SFD_CLOEXEC"}, {04000, "SFD_NONBLOCK"}});
constexpr std::array kTfd = std::to_array<Symbol>({{02000000, "TFD_CLOEXEC"}, {04000, "TFD_NONBLOCK"}});
constexpr std::array kEpollCreate = std::to_array<Symbol>({{02000000, "EPOLL_CLOEXEC"}});
constexpr std::array kStatx = std::to_array<Symbol>({
    {0xfff, "STATX_ALL"}, {0x7ff, "STATX_BASIC_STATS"}, {1, "STATX_TYPE"}, {2, "STATX_MODE"}, {4, "STATX_NLINK"}, {8, "STATX_UID"},
    {0x10, "STATX_GID"}, {0x20, "STATX_ATIME"}, {0x40, "STATX_MTIME"}, {0x80, "STATX_CTIME"}, {0x100, "STATX_INO"},
    {0x200, "STATX_SIZE"}, {0x400, "STATX_BLOCKS"}, {0x800, "STATX_BTIME"}, {0x1000, "STATX_MNT_ID"}});
constexpr std::array kTimerFlags = std::to_array<Symbol>({{1, "TIMER_ABSTIME"}, {2, "TFD_TIMER_CANCEL_ON_SET"}});
constexpr std::array kPipeFlags = std::to_array<Symbol>({{02000000, "O_CLOEXEC"}, {04000, "O_NONBLOCK"}, {040000, "O_DIRECT"}});
constexpr std::array kMlockall = std::to_array<Symbol>({{1, "MCL_CURRENT"}, {2, "MCL_FUTURE"}, {4, "MCL_ONFAULT"}});
constexpr std::array kFallocate = std::to_array<Symbol>({
    {1, "FALLOC_FL_KEEP_SIZE"}, {2, "FALLOC_FL_PUNCH_HOLE"}, {8, "FALLOC_FL_COLLAPSE_RANGE"}, {16, "FALLOC_FL_ZERO_RANGE"},
    {32, "FALLOC_FL_INSERT_RANGE"}, {64, "FALLOC_FL_UNSHARE_RANGE"}});
constexpr std::array kRename = std::to_array<Symbol>({{1, "RENAME_NOREPLACE"}, {2, "RENAME_EXCHANGE"}, {4, "RENAME_WHITEOUT"}});
constexpr std::array kXattr = std::to_array<Symbol>({{1, "XATTR_CREATE"}, {2, "XATTR_REPLACE"}});
constexpr std::array kMembarrier = std::to_array<Symbol>({
    {0, "MEMBARRIER_CMD_QUERY"}, {1, "MEMBARRIER_CMD_GLOBAL"}, {2, "MEMBARRIER_CMD_GLOBAL_EXPEDITED"},
    {4, "MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED"}, {8, "MEMBARRIER_CMD_PRIVATE_EXPEDITED"},
    {16, "MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED"}});
constexpr std::array kSched = std::to_array<Symbol>({
    {0, "SCHED_OTHER"}, {1, "SCHED_FIFO"}, {2, "SCHED_RR"}, {3, "SCHED_BATCH"}, {5, "SCHED_IDLE"}, {6, "SCHED_DEADLINE"}});
constexpr std::array kShutdown = std::to_array<Symbol>({{0, "SHUT_RD"}, {1, "SHUT_WR"}, {2, "SHUT_RDWR"}});
constexpr std::array kMfd = std::to_array<Symbol>({{1, "MFD_CLOEXEC"}, {2, "MFD_ALLOW_SEALING"}, {4, "MFD_HUGETLB"}});
constexpr std::array kRseq = std::to_array<Symbol>({{1, "RSEQ_FLAG_UNREGISTER"}});
constexpr std::array kResolve = std::to_array<Symbol>({
    {1, "RESOLVE_NO_XDEV"}, {2, "RESOLVE_NO_MAGICLINKS"}, {4, "RESOLVE_NO_SYMLINKS"}, {8, "RESOLVE_BENEATH"},
    {16, "RESOLVE_IN_ROOT"}, {32, "RESOLVE_CACHED"}});
constexpr std::array kCloseRange = std::to_array<Symbol>({{2, "CLOSE_RANGE_UNSHARE"}, {4, "CLOSE_RANGE_CLOEXEC"}});
constexpr std::array kSigev = std::to_array<Symbol>({{0, "SIGEV_SIGNAL"}, {1, "SIGEV_NONE"}, {2, "SIGEV_THREAD"}, {4, "SIGEV_THREAD_ID"}});
constexpr std::array kPriority = std::to_array<Symbol>({{0, "PRIO_PROCESS"}, {1, "PRIO_PGRP"}, {2, "PRIO_USER"}});
constexpr std::array kInotify = std::to_array<Symbol>({{02000000, "IN_CLOEXEC"}, {04000, "IN_NONBLOCK"}});
constexpr std::array kPersonality = std::to_array<Symbol>({
    {0, "PER_LINUX"}, {8, "PER_LINUX32"}, {0xffffffff, "0xffffffff"}});

constexpr std::array<std::string_view, 32> kSignals = {
    "SIG_0", "SIGHUP", "SIGINT", "SIGQUIT", "SIGILL", "SIGTRAP", "SIGABRT", "SIGBUS", "SIGFPE", "SIGKILL", "SIGUSR1",
    "SIGSEGV", "SIGUSR2", "SIGPIPE", "SIGALRM", "SIGTERM", "SIGSTKFLT", "SIGCHLD", "SIGCONT", "SIGSTOP", "SIGTSTP",
    "SIGTTIN", "SIGTTOU", "SIGURG", "SIGXCPU", "SIGXFSZ", "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO", "SIGPWR", "SIGSYS"};

constexpr std::array kSiCode = std::to_array<Symbol>({
    {0, "SI_USER"}, {0x80, "SI_KERNEL"}, {uint64_t(-1), "SI_QUEUE"}, {uint64_t(-2), "SI_TIMER"}, {uint64_t(-3), "SI_MESGQ"},
    {uint64_t(-4), "SI_ASYNCIO"}, {uint64_t(-5), "SI_SIGIO"}, {uint64_t(-6), "SI_TKILL"}});
constexpr std::array kIll = std::to_array<Symbol>({{1, "ILL_ILLOPC"}, {2, "ILL_ILLOPN"}, {3, "ILL_ILLADR"}, {4, "ILL_ILLTRP"},
    {5, "ILL_PRVOPC"}, {6, "ILL_PRVREG"}, {7, "ILL_COPROC"}, {8, "ILL_BADSTK"}});
constexpr std::array kFpe = std::to_array<Symbol>({{1, "FPE_INTDIV"}, {2, "FPE_INTOVF"}, {3, "FPE_FLTDIV"}, {4, "FPE_FLTOVF"},
    {5, "FPE_FLTUND"}, {6, "FPE_FLTRES"}, {7, "FPE_FLTINV"}, {8, "FPE_FLTSUB"}});
constexpr std::array kSegv = std::to_array<Symbol>({{1, "SEGV_MAPERR"}, {2, "SEGV_ACCERR"}, {3, "SEGV_BNDERR"}, {4, "SEGV_PKUERR"}});
constexpr std::array kBus = std::to_array<Symbol>({{1, "BUS_ADRALN"}, {2, "BUS_ADRERR"}, {3, "BUS_OBJERR"}});
constexpr std::array kTrap = std::to_array<Symbol>({{1, "TRAP_BRKPT"}, {2, "TRAP_TRACE"}, {3, "TRAP_BRANCH"}, {4, "TRAP_HWBKPT"}});
constexpr std::array kCld = std::to_array<Symbol>({{1, "CLD_EXITED"}, {2, "CLD_KILLED"}, {3, "CLD_DUMPED"}, {4, "CLD_TRAPPED"},
    {5, "CLD_STOPPED"}, {6, "CLD_CONTINUED"}});
constexpr std::array kPollCode = std::to_array<Symbol>({{1, "POLL_IN"}, {2, "POLL_OUT"}, {3, "POLL_MSG"}, {4, "POLL_ERR"},
    {5, "POLL_PRI"}, {6, "POLL_HUP"}});
// clang-format on

}  // namespace

namespace sym {
constinit const Symbols open_flags = kOpenFlags, prot = kProt, map_flags = kMapFlags,
                        mremap = kMremap, madvise = kMadvise, clone = kClone, wait = kWait,
                        whence = kWhence, access = kAccess, at = kAt, clock = kClock,
                        sig_how = kSigHow, sa_flags = kSaFlags, ss_flags = kSsFlags,
                        futex_op = kFutexOp, domain = kDomain, socket_type = kSocketType,
                        socket_flags = kSocketFlags, protocol = kProtocol, msg = kMsg, sol = kSol,
                        so = kSo, resource = kResource, prctl = kPrctl, poll = kPoll,
                        epoll_ctl = kEpollCtl, epoll_events = kEpollEvents, rusage_who = kRusage,
                        itimer = kItimer, arch_prctl = kArchPrctl, fcntl = kFcntl,
                        fd_flags = kFdFlags, lock_type = kLockType, flock_op = kFlock,
                        idtype = kIdtype, ioctl = kIoctl, mount = kMount, umount = kUmount,
                        msync = kMsync, grnd = kGrnd, efd = kEfd, sfd = kSfd, tfd = kTfd,
                        epoll_create = kEpollCreate, statx_mask = kStatx, timer_flags = kTimerFlags,
                        pipe_flags = kPipeFlags, mlockall = kMlockall, fallocate = kFallocate,
                        renameat2 = kRename, xattr = kXattr, membarrier = kMembarrier,
                        sched_policy = kSched, shutdown = kShutdown, mfd = kMfd, rseq = kRseq,
                        open_how_resolve = kResolve, close_range = kCloseRange, sigev = kSigev,
                        priority_which = kPriority, inotify_init = kInotify,
                        personality = kPersonality;
}

std::string_view name_of(Symbols table, uint64_t value) {
  for (const Symbol& s : table)
    if (s.value == value) return s.name;
  return {};
}

std::string one_of(Symbols table, uint64_t value, std::string_view unknown, bool decimal) {
  std::string_view name = name_of(table, value);
  if (!name.empty()) return std::string(name);
  return decimal ? fmt::format("{} /* {} */", static_cast<int64_t>(value), unknown)
                 : fmt::format("{:#x} /* {} */", value, unknown);
}

std::string flags(Symbols table, uint64_t value, std::string_view unknown) {
  if (value == 0) return std::string(name_of(table, 0).empty() ? "0" : name_of(table, 0));
  std::string text;
  uint64_t rest = value;
  for (const Symbol& s : table) {
    if (s.value == 0 || (rest & s.value) != s.value) continue;
    if (!text.empty()) text += '|';
    text += s.name;
    rest &= ~s.value;
  }
  if (text.empty()) return fmt::format("{:#x} /* {} */", value, unknown);
  if (rest != 0) text += fmt::format("|{:#x}", rest);
  return text;
}

std::string errno_name(int number) {
  switch (number) {
    case ERESTARTSYS: return "ERESTARTSYS";
    case ERESTARTNOINTR: return "ERESTARTNOINTR";
    case ERESTARTNOHAND: return "ERESTARTNOHAND";
    case ERESTART_RESTARTBLOCK: return "ERESTART_RESTARTBLOCK";
    case EOPNOTSUPP: return "EOPNOTSUPP";
    default: break;
  }
  const char* name = strerrorname_np(number);
  return name != nullptr ? name : fmt::format("ERRNO_{}", number);
}

std::string errno_text(int number) {
  switch (number) {
    case ERESTARTSYS: return "To be restarted if SA_RESTART is set";
    case ERESTARTNOINTR: return "To be restarted";
    case ERESTARTNOHAND: return "To be restarted if no handler";
    case ERESTART_RESTARTBLOCK: return "Interrupted by signal";
    default: return std::strerror(number);
  }
}

std::string signal_name(int sig) {
  if (sig >= 0 && sig < 32) return sig == 0 ? "0" : std::string(kSignals[static_cast<size_t>(sig)]);
  if (sig == SIGRTMIN) return "SIGRTMIN";
  if (sig > SIGRTMIN && sig <= SIGRTMAX) return fmt::format("SIGRT_{}", sig - SIGRTMIN);
  return fmt::format("{}", sig);
}

std::string sigset_text(uint64_t set) {
  // strace writes a set that is at least two thirds full as what is missing from it.
  bool inverted = std::popcount(set) >= NSIG * 2 / 3;
  uint64_t shown = inverted ? ~set : set;
  std::string text = inverted ? "~[" : "[";
  for (int sig = 1; sig <= NSIG; ++sig) {
    if ((shown >> (sig - 1) & 1) == 0) continue;
    if (text.back() != '[') text += ' ';
    text += signal_name(sig).substr(3);
  }
  return text + ']';
}

std::string mode_text(uint32_t mode) {
  return fmt::format("0{:o}", mode).insert(1, mode < 0100 ? (mode < 010 ? "0" : "") : "");
}

std::string file_mode_text(uint32_t mode) {
  static constexpr std::array kTypes = std::to_array<Symbol>({{S_IFREG, "S_IFREG"},
                                                              {S_IFDIR, "S_IFDIR"},
                                                              {S_IFCHR, "S_IFCHR"},
                                                              {S_IFBLK, "S_IFBLK"},
                                                              {S_IFIFO, "S_IFIFO"},
                                                              {S_IFLNK, "S_IFLNK"},
                                                              {S_IFSOCK, "S_IFSOCK"}});
  std::string text;
  if (auto type = name_of(kTypes, mode & S_IFMT); !type.empty()) text += std::string(type) + '|';
  if ((mode & S_ISUID) != 0) text += "S_ISUID|";
  if ((mode & S_ISGID) != 0) text += "S_ISGID|";
  if ((mode & S_ISVTX) != 0) text += "S_ISVTX|";
  return text + mode_text(mode & 0777);
}

std::string open_flags_text(uint32_t value) {
  static constexpr std::array<std::string_view, 4> kModes = {"O_RDONLY", "O_WRONLY", "O_RDWR",
                                                             "O_ACCMODE"};
  std::string text(kModes[value & 3]);
  if ((value & ~3U) == 0) return text;
  std::string rest = flags(kOpenFlags, value & ~3U, "");
  size_t comment = rest.find(" /*");  // unknown bits alone
  return text + '|' + rest.substr(0, comment);
}

std::string mmap_flags_text(uint32_t value) {
  uint32_t type = value & 0xf;
  std::string text = type == 0 ? "0" : one_of(kMapType, type, "MAP_???");
  uint32_t rest = value & ~0xfU;
  constexpr uint32_t kHugeSize = 0x3fU << 26;  // log2 of the page size
  uint32_t huge = rest & kHugeSize;
  rest &= ~kHugeSize;
  if (rest != 0) text += '|' + flags(kMapFlags, rest, "MAP_???");
  if (huge != 0) text += fmt::format("|{}<<MAP_HUGE_SHIFT", huge >> 26);
  return text;
}

std::string sig_code_text(int sig, int code) {
  if (auto n = name_of(kSiCode, static_cast<uint64_t>(static_cast<int64_t>(code))); !n.empty())
    return std::string(n);
  Symbols table;
  switch (sig) {
    case SIGILL: table = kIll; break;
    case SIGFPE: table = kFpe; break;
    case SIGSEGV: table = kSegv; break;
    case SIGBUS: table = kBus; break;
    case SIGTRAP: table = kTrap; break;
    case SIGCHLD: table = kCld; break;
    case SIGIO: table = kPollCode; break;
    case SIGSYS: return code == 1 ? "SYS_SECCOMP" : fmt::format("{}", code);
    default: break;
  }
  std::string_view n = name_of(table, static_cast<uint64_t>(code));
  return n.empty() ? fmt::format("{}", code) : std::string(n);
}

}  // namespace trace
