// Calls of Linux that libc.h leaves out, for programs that are built for moxie and for the host from one
// source: names and structures as the host's headers have them (asm-generic), numbers of this port.
#ifndef LINUX_H
#define LINUX_H
#include "libc.h"

typedef unsigned char uint8_t;
typedef unsigned short uint16_t;
typedef unsigned int uint32_t, socklen_t;
typedef unsigned long long uint64_t;
typedef long time_t;

static inline long __call(long number, long a, long b, long c, long d, long e, long f) {
  return __result(__syscall(number, a, b, c, d, e, f));
}
#define CALL6(n, a, b, c, d, e, f) __call(n, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))
#define CALL3(n, a, b, c) CALL6(n, a, b, c, 0, 0, 0)

struct timespec { time_t tv_sec; long tv_nsec; };
struct timeval { time_t tv_sec; long tv_usec; };
struct itimerspec { struct timespec it_interval, it_value; };
struct iovec { void *iov_base; size_t iov_len; };

// sockets
enum { AF_UNIX = 1, SOCK_STREAM = 1, SOCK_DGRAM = 2, SOCK_NONBLOCK = 04000, SOCK_CLOEXEC = 02000000, SOL_SOCKET = 1,
       SO_TYPE = 3, SO_ERROR = 4, SO_LINGER = 13, SO_PASSCRED = 16, SO_PEERCRED = 17, SO_RCVTIMEO = 20, SO_ACCEPTCONN = 30,
       SO_DOMAIN = 39, MSG_PEEK = 2, MSG_DONTWAIT = 0x40, MSG_NOSIGNAL = 0x4000, MSG_CTRUNC = 8, SHUT_RD = 0, SHUT_WR = 1,
       SCM_RIGHTS = 1, SCM_CREDENTIALS = 2 };
struct sockaddr { unsigned short sa_family; char sa_data[14]; };
struct sockaddr_un { unsigned short sun_family; char sun_path[108]; };
struct ucred { pid_t pid; unsigned uid, gid; };
struct linger { int l_onoff, l_linger; };
struct msghdr {
  void *msg_name;
  socklen_t msg_namelen;
  struct iovec *msg_iov;
  size_t msg_iovlen;
  void *msg_control;
  size_t msg_controllen;
  int msg_flags;
};
struct mmsghdr { struct msghdr msg_hdr; unsigned msg_len; };
struct cmsghdr { size_t cmsg_len; int cmsg_level, cmsg_type; };
#define CMSG_ALIGN(n) (((n) + 3) & ~3)
#define CMSG_SPACE(n) (CMSG_ALIGN(n) + sizeof(struct cmsghdr))
#define CMSG_LEN(n) (sizeof(struct cmsghdr) + (n))
#define CMSG_DATA(c) ((unsigned char *)((c) + 1))
#define socket(a, b, c) CALL3(345, a, b, c)
#define socketpair(a, b, c, d) CALL6(346, a, b, c, d, 0, 0)
#define bind(a, b, c) CALL3(347, a, b, c)
#define listen(a, b) CALL3(348, a, b, 0)
#define accept(a, b, c) CALL3(349, a, b, c)
#define connect(a, b, c) CALL3(350, a, b, c)
#define getsockname(a, b, c) CALL3(351, a, b, c)
#define getpeername(a, b, c) CALL3(352, a, b, c)
#define sendto(a, b, c, d, e, f) CALL6(353, a, b, c, d, e, f)
#define send(a, b, c, d) CALL6(354, a, b, c, d, 0, 0)
#define recvfrom(a, b, c, d, e, f) CALL6(355, a, b, c, d, e, f)
#define recv(a, b, c, d) CALL6(356, a, b, c, d, 0, 0)
#define setsockopt(a, b, c, d, e) CALL6(357, a, b, c, d, e, 0)
#define getsockopt(a, b, c, d, e) CALL6(358, a, b, c, d, e, 0)
#define shutdown(a, b) CALL3(359, a, b, 0)
#define sendmsg(a, b, c) CALL3(360, a, b, c)
#define recvmsg(a, b, c) CALL3(361, a, b, c)
#define accept4(a, b, c, d) CALL6(362, a, b, c, d, 0, 0)
#define recvmmsg(a, b, c, d, e) CALL6(367, a, b, c, d, e, 0)
#define sendmmsg(a, b, c, d) CALL6(376, a, b, c, d, 0, 0)

// System V IPC
enum { IPC_PRIVATE = 0, IPC_CREAT = 01000, IPC_NOWAIT = 04000, IPC_RMID = 0, IPC_SET = 1, IPC_STAT = 2, GETALL = 13,
       GETVAL = 12, SETVAL = 16, SETALL = 17, IPC_64 = 0x100, MSG_NOERROR = 010000, SHM_RDONLY = 010000 };
struct ipc_perm { int __key; unsigned uid, gid, cuid, cgid, mode; unsigned short __seq, pad; unsigned long unused[2]; };
struct semid_ds { struct ipc_perm sem_perm; unsigned long sem_otime, o_high, sem_ctime, c_high, sem_nsems, unused[2]; };
struct msqid_ds {
  struct ipc_perm msg_perm;
  unsigned long msg_stime, s_high, msg_rtime, r_high, msg_ctime, c_high, cbytes, msg_qnum, msg_qbytes;
  int msg_lspid, msg_lrpid;
  unsigned long unused[2];
};
struct shmid_ds {
  struct ipc_perm shm_perm;
  size_t shm_segsz;
  unsigned long shm_atime, a_high, shm_dtime, d_high, shm_ctime, c_high;
  int shm_cpid, shm_lpid;
  unsigned long shm_nattch, unused[2];
};
struct sembuf { unsigned short sem_num; short sem_op, sem_flg; };
#define semtimedop(a, b, c, d) CALL6(325, a, b, c, d, 0, 0)
#define semctl(a, b, c, d) CALL6(328, a, b, (c) | IPC_64, d, 0, 0)
#define semget(a, b, c) CALL3(329, a, b, c)
#define semop(a, b, c) CALL3(330, a, b, c)
#define msgctl(a, b, c) CALL3(331, a, (b) | IPC_64, c)
#define msgget(a, b) CALL3(332, a, b, 0)
#define msgrcv(a, b, c, d, e) CALL6(333, a, b, c, d, e, 0)
#define msgsnd(a, b, c, d) CALL6(334, a, b, c, d, 0, 0)
#define shmat(a, b, c) ((void *)CALL3(335, a, b, c))
#define shmctl(a, b, c) CALL3(336, a, (b) | IPC_64, c)
#define shmdt(a) CALL3(337, a, 0, 0)
#define shmget(a, b, c) CALL3(338, a, b, c)

// descriptors that tell of events
enum { EFD_SEMAPHORE = 1, EFD_NONBLOCK = 04000, SFD_NONBLOCK = 04000, TFD_NONBLOCK = 04000, CLOCK_REALTIME = 0,
       CLOCK_MONOTONIC = 1, POLLIN = 1, POLLOUT = 4, POLLHUP = 16, EPOLLIN = 1, EPOLL_CTL_ADD = 1 };
struct signalfd_siginfo {
  uint32_t ssi_signo;
  int ssi_errno, ssi_code;
  uint32_t ssi_pid, ssi_uid;
  int ssi_fd;
  uint32_t ssi_tid, ssi_band, ssi_overrun, ssi_trapno;
  int ssi_status, ssi_int;
  uint64_t ssi_ptr, ssi_utime, ssi_stime, ssi_addr;
  uint8_t pad[48];
};
struct pollfd { int fd; short events, revents; };
typedef struct { unsigned long word[32]; } fd_set;
#define FD_SET(n, s) ((s)->word[(n) / 32] |= 1UL << (n) % 32)
#define FD_ISSET(n, s) ((s)->word[(n) / 32] >> (n) % 32 & 1)
struct epoll_event { uint32_t events; union { uint32_t u32; uint64_t u64; } data; };
#define eventfd(a, b) CALL3(340, a, b, 0)
#define signalfd(a, b, c) CALL6(339, a, b, 8, c, 0, 0)
#define timerfd_create(a, b) CALL3(322, a, b, 0)
#define timerfd_settime(a, b, c, d) CALL6(326, a, b, c, d, 0, 0)
#define timerfd_gettime(a, b) CALL3(327, a, b, 0)
#define ppoll(a, b, c, d) CALL6(309, a, b, c, d, 8, 0)
static inline int pselect(int n, fd_set *in, fd_set *out, fd_set *ex, const struct timespec *t, const sigset_t *mask) {
  const unsigned long pack[2] = {(unsigned long)mask, mask ? 8 : 0};
  return CALL6(308, n, in, out, ex, t, pack);
}
#define epoll_create1(a) CALL3(341, a, 0, 0)
#define epoll_ctl(a, b, c, d) CALL6(255, a, b, c, d, 0, 0)
#define epoll_wait(a, b, c, d) CALL6(256, a, b, c, d, 0, 0)

// younger calls
enum { AT_FDCWD = -100, RLIMIT_NOFILE = 7, RENAME_NOREPLACE = 1 };
struct statx_timestamp { long long tv_sec; uint32_t tv_nsec, pad; };
struct statx {
  uint32_t stx_mask, stx_blksize;
  uint64_t stx_attributes;
  uint32_t stx_nlink, stx_uid, stx_gid;
  uint16_t stx_mode, pad0;
  uint64_t stx_ino, stx_size, stx_blocks, stx_attributes_mask;
  struct statx_timestamp stx_atime, stx_btime, stx_ctime, stx_mtime;
  uint32_t stx_rdev_major, stx_rdev_minor, stx_dev_major, stx_dev_minor;
  uint64_t pad[14];
};
struct rlimit { uint64_t rlim_cur, rlim_max; };
#define STATX_BASIC_STATS 0x7ffU
#define statx(a, b, c, d, e) CALL6(398, a, b, c, d, e, 0)
#define prlimit(a, b, c, d) CALL6(370, a, b, c, d, 0, 0)
#define renameat2(a, b, c, d, e) CALL6(383, a, b, c, d, e, 0)
#define memfd_create(a, b) CALL3(386, a, b, 0)
#define copy_file_range(a, b, c, d, e, f) CALL6(392, a, b, c, d, e, f)
#define process_vm_readv(a, b, c, d, e, f) CALL6(377, a, b, c, d, e, f)
#define close_range(a, b, c) CALL3(436, a, b, c)
#define ftruncate(a, b) CALL3(93, a, b, 0)
#define prctl(a, b, c, d, e) CALL6(172, a, b, c, d, e, 0)
enum { SYS_openat2 = 437, SYS_clock_gettime64 = 403, SYS_pidfd_open = 434, SYS_pidfd_send_signal = 424, SYS_preadv2 = 393,
       SYS_sched_getattr = 382, SYS_seccomp = 384, SYS_sched_getaffinity = 242, SYS_getppid = 64, SYS_setpriority = 97 };
#define syscall(n, a, b, c, d, e, f) CALL6(n, a, b, c, d, e, f)
#define kAuditArch 223U

// ptrace
enum { PTRACE_TRACEME = 0, PTRACE_PEEKDATA = 2, PTRACE_PEEKUSER = 3, PTRACE_POKEDATA = 5, PTRACE_POKEUSER = 6,
       PTRACE_CONT = 7, PTRACE_KILL = 8, PTRACE_SINGLESTEP = 9, PTRACE_GETREGS = 12, PTRACE_SETREGS = 13, PTRACE_DETACH = 17,
       PTRACE_SYSCALL = 24, PTRACE_SETOPTIONS = 0x4200, PTRACE_O_TRACESYSGOOD = 1 };
#define WIFSTOPPED(s) (((s) & 0xff) == 0x7f)
#define WSTOPSIG(s) WEXITSTATUS(s)
static inline long ptrace(long request, pid_t pid, unsigned long addr, unsigned long data) {
  long word;
  if (request < 1 || request > 3) return CALL6(26, request, pid, addr, data, 0, 0);
  return CALL6(26, request, pid, addr, &word, 0, 0) < 0 ? -1 : word;
}
#endif
