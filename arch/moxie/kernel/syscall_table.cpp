// The system-call table of moxie: MicroBlaze's of 2.6.31, which is i386's up to 324, as the port took it
// over (arch/moxie/kernel/syscall_table.S of its 2.6.33). One slot a line; the comment is its number. What
// needs an MMU is a hole, and what no ISA of this kernel has. Slot 2 answers EINVAL where the port had
// a hole, as Linux without an MMU does since 2012. Behind the port's last slot, MicroBlaze's later numbers.
#include "arch/moxie/kernel/sys_moxie.h"
#include "arch/moxie/process.h"
#include "fs/attr_abi.h"
#include "fs/eventfd_syscalls.h"
#include "fs/eventpoll_abi.h"
#include "fs/exec_abi.h"
#include "fs/fcntl_abi.h"
#include "fs/pipe_syscalls.h"
#include "fs/poll_abi.h"
#include "fs/quota.h"
#include "fs/read_write_abi.h"
#include "fs/readdir_abi.h"
#include "fs/splice_abi.h"
#include "fs/stat_abi.h"
#include "fs/syscalls.h"
#include "fs/timerfd_abi.h"
#include "fs/xattr_syscalls.h"
#include "ipc/ipc_abi.h"
#include "ipc/syscalls.h"
#include "kernel/acct.h"
#include "kernel/clone3_abi.h"
#include "kernel/exit_abi.h"
#include "kernel/fork_syscalls.h"
#include "kernel/futex_abi.h"
#include "kernel/pidfd.h"
#include "kernel/pidfd_abi.h"
#include "kernel/ptrace_abi.h"
#include "kernel/seccomp.h"
#include "kernel/signal_abi.h"
#include "kernel/signal_syscalls.h"
#include "kernel/sys_abi.h"
#include "kernel/syscalls.h"
#include "kernel/time_abi.h"
#include "kernel/time_syscalls.h"
#include "mm/mmap_abi.h"
#include "mm/syscalls.h"
#include "net/socket_abi.h"
#include "net/syscalls.h"

namespace moxie {

// clang-format off
constexpr syscall_table<NR_syscalls> sys_call_table{
    SYMBOL_NAME(sys_restart_syscall),  // 0
    SYMBOL_NAME(sys_exit),  // 1
    SYMBOL_NAME(sys_fork),  // 2
    SYMBOL_NAME(sys_read),  // 3
    SYMBOL_NAME(sys_write),  // 4
    SYMBOL_NAME(sys_open),  // 5
    SYMBOL_NAME(sys_close),  // 6
    SYMBOL_NAME(sys_waitpid<MoxieAbi>),  // 7
    SYMBOL_NAME(sys_creat),  // 8
    SYMBOL_NAME(sys_link),  // 9
    SYMBOL_NAME(sys_unlink),  // 10
    SYMBOL_NAME(sys_execve<MoxieAbi>),  // 11
    SYMBOL_NAME(sys_chdir),  // 12
    SYMBOL_NAME(sys_time<MoxieAbi>),  // 13
    SYMBOL_NAME(sys_mknod),  // 14
    SYMBOL_NAME(sys_chmod),  // 15
    SYMBOL_NAME(sys_lchown<uint32_t>),  // 16
    SYMBOL_NAME(sys_ni_syscall),  // 17 break
    SYMBOL_NAME(sys_ni_syscall),  // 18 oldstat
    SYMBOL_NAME(sys_lseek<MoxieAbi>),  // 19
    SYMBOL_NAME(sys_getpid),  // 20
    SYMBOL_NAME(sys_mount),  // 21
    SYMBOL_NAME(sys_umount),  // 22
    SYMBOL_NAME(sys_setuid),  // 23
    SYMBOL_NAME(sys_getuid),  // 24
    SYMBOL_NAME(sys_stime<MoxieAbi>),  // 25
    SYMBOL_NAME(sys_ptrace<MoxieAbi>),  // 26 ours: a hole in the port
    SYMBOL_NAME(sys_alarm),  // 27
    SYMBOL_NAME(sys_ni_syscall),  // 28 oldfstat
    SYMBOL_NAME(sys_pause),  // 29
    SYMBOL_NAME(sys_utime<MoxieAbi>),  // 30
    SYMBOL_NAME(sys_ni_syscall),  // 31 stty
    SYMBOL_NAME(sys_ni_syscall),  // 32 gtty
    SYMBOL_NAME(sys_access),  // 33
    SYMBOL_NAME(sys_nice),  // 34
    SYMBOL_NAME(sys_ni_syscall),  // 35 ftime
    SYMBOL_NAME(sys_sync),  // 36
    SYMBOL_NAME(sys_kill),  // 37
    SYMBOL_NAME(sys_rename),  // 38
    SYMBOL_NAME(sys_mkdir),  // 39
    SYMBOL_NAME(sys_rmdir),  // 40
    SYMBOL_NAME(sys_dup),  // 41
    SYMBOL_NAME(sys_pipe),  // 42
    SYMBOL_NAME(sys_times<MoxieAbi::tms>),  // 43
    SYMBOL_NAME(sys_ni_syscall),  // 44 prof
    SYMBOL_NAME(sys_brk),  // 45
    SYMBOL_NAME(sys_setgid),  // 46
    SYMBOL_NAME(sys_getgid),  // 47
    SYMBOL_NAME(sys_signal),  // 48
    SYMBOL_NAME(sys_geteuid),  // 49
    SYMBOL_NAME(sys_getegid),  // 50
    SYMBOL_NAME(sys_acct),  // 51
    SYMBOL_NAME(sys_umount2),  // 52
    SYMBOL_NAME(sys_ni_syscall),  // 53 lock
    SYMBOL_NAME(sys_ioctl),  // 54
    SYMBOL_NAME(sys_fcntl<MoxieAbi>),  // 55
    SYMBOL_NAME(sys_ni_syscall),  // 56 mpx
    SYMBOL_NAME(sys_setpgid),  // 57
    SYMBOL_NAME(sys_ni_syscall),  // 58 ulimit
    SYMBOL_NAME(sys_ni_syscall),  // 59 oldolduname
    SYMBOL_NAME(sys_umask),  // 60
    SYMBOL_NAME(sys_chroot),  // 61
    SYMBOL_NAME(sys_ni_syscall),  // 62 ustat
    SYMBOL_NAME(sys_dup2),  // 63
    SYMBOL_NAME(sys_getppid),  // 64
    SYMBOL_NAME(sys_getpgrp),  // 65
    SYMBOL_NAME(sys_setsid),  // 66
    SYMBOL_NAME(sys_ni_syscall),  // 67 sigaction
    SYMBOL_NAME(sys_sgetmask),  // 68
    SYMBOL_NAME(sys_ssetmask),  // 69
    SYMBOL_NAME(sys_setreuid),  // 70
    SYMBOL_NAME(sys_setregid),  // 71
    SYMBOL_NAME(sys_ni_syscall),  // 72 sigsuspend
    SYMBOL_NAME(sys_sigpending),  // 73
    SYMBOL_NAME(sys_sethostname),  // 74
    SYMBOL_NAME(sys_setrlimit<MoxieAbi::rlimit>),  // 75
    SYMBOL_NAME(sys_ni_syscall),  // 76 old_getrlimit
    SYMBOL_NAME(sys_getrusage<MoxieAbi>),  // 77
    SYMBOL_NAME(sys_gettimeofday<MoxieAbi>),  // 78
    SYMBOL_NAME(sys_settimeofday<MoxieAbi>),  // 79
    SYMBOL_NAME(sys_getgroups),  // 80
    SYMBOL_NAME(sys_setgroups),  // 81
    SYMBOL_NAME(sys_ni_syscall),  // 82 old_select
    SYMBOL_NAME(sys_symlink),  // 83
    SYMBOL_NAME(sys_ni_syscall),  // 84 oldlstat
    SYMBOL_NAME(sys_readlink),  // 85
    SYMBOL_NAME(sys_ni_syscall),  // 86 uselib
    SYMBOL_NAME(sys_ni_syscall),  // 87 swapon
    SYMBOL_NAME(sys_reboot),  // 88
    SYMBOL_NAME(sys_ni_syscall),  // 89 old_readdir
    SYMBOL_NAME(sys_mmap),  // 90
    SYMBOL_NAME(sys_munmap),  // 91
    SYMBOL_NAME(sys_truncate),  // 92
    SYMBOL_NAME(sys_ftruncate),  // 93
    SYMBOL_NAME(sys_fchmod),  // 94
    SYMBOL_NAME(sys_fchown<uint32_t>),  // 95
    SYMBOL_NAME(sys_getpriority),  // 96
    SYMBOL_NAME(sys_setpriority),  // 97
    SYMBOL_NAME(sys_ni_syscall),  // 98 profil
    SYMBOL_NAME(sys_statfs<MoxieAbi>),  // 99
    SYMBOL_NAME(sys_fstatfs<MoxieAbi>),  // 100
    SYMBOL_NAME(sys_ni_syscall),  // 101 ioperm
    SYMBOL_NAME(sys_socketcall<MoxieAbi>),  // 102
    SYMBOL_NAME(sys_syslog),  // 103
    SYMBOL_NAME(sys_setitimer<MoxieAbi>),  // 104
    SYMBOL_NAME(sys_getitimer<MoxieAbi>),  // 105
    SYMBOL_NAME(sys_stat<MoxieAbi>),  // 106
    SYMBOL_NAME(sys_lstat<MoxieAbi>),  // 107
    SYMBOL_NAME(sys_fstat<MoxieAbi>),  // 108
    SYMBOL_NAME(sys_ni_syscall),  // 109 olduname
    SYMBOL_NAME(sys_ni_syscall),  // 110 iopl
    SYMBOL_NAME(sys_ni_syscall),  // 111 vhangup
    SYMBOL_NAME(sys_ni_syscall),  // 112 idle
    SYMBOL_NAME(sys_ni_syscall),  // 113 vm86old
    SYMBOL_NAME(sys_wait4<MoxieAbi>),  // 114
    SYMBOL_NAME(sys_ni_syscall),  // 115 swapoff
    SYMBOL_NAME(sys_sysinfo<MoxieAbi::sysinfo>),  // 116
    SYMBOL_NAME(sys_ni_syscall),  // 117 ipc: its calls have slots of their own
    SYMBOL_NAME(sys_fsync),  // 118
    SYMBOL_NAME(sys_ni_syscall),  // 119 sigreturn
    SYMBOL_NAME(sys_clone),  // 120
    SYMBOL_NAME(sys_setdomainname),  // 121
    SYMBOL_NAME(sys_uname<MoxieAbi::utsname>),  // 122
    SYMBOL_NAME(sys_ni_syscall),  // 123 modify_ldt
    SYMBOL_NAME(sys_adjtimex<MoxieAbi::timex>),  // 124
    SYMBOL_NAME(sys_ni_syscall),  // 125 mprotect, needs an MMU
    SYMBOL_NAME(sys_sigprocmask),  // 126
    SYMBOL_NAME(sys_ni_syscall),  // 127 create_module
    SYMBOL_NAME(sys_ni_syscall),  // 128 init_module
    SYMBOL_NAME(sys_ni_syscall),  // 129 delete_module
    SYMBOL_NAME(sys_ni_syscall),  // 130 get_kernel_syms
    SYMBOL_NAME(sys_quotactl),  // 131
    SYMBOL_NAME(sys_getpgid),  // 132
    SYMBOL_NAME(sys_fchdir),  // 133
    SYMBOL_NAME(sys_ni_syscall),  // 134 bdflush
    SYMBOL_NAME(sys_ni_syscall),  // 135 sysfs
    SYMBOL_NAME(sys_personality),  // 136
    SYMBOL_NAME(sys_ni_syscall),  // 137 afs_syscall
    SYMBOL_NAME(sys_setfsuid),  // 138
    SYMBOL_NAME(sys_setfsgid),  // 139
    SYMBOL_NAME(sys__llseek),  // 140
    SYMBOL_NAME(sys_getdents<MoxieAbi>),  // 141
    SYMBOL_AS(_newselect, sys_select<MoxieAbi>),  // 142
    SYMBOL_NAME(sys_flock),  // 143
    SYMBOL_NAME(sys_ni_syscall),  // 144 msync, needs an MMU
    SYMBOL_NAME(sys_readv<MoxieAbi>),  // 145
    SYMBOL_NAME(sys_writev<MoxieAbi>),  // 146
    SYMBOL_NAME(sys_getsid),  // 147
    SYMBOL_NAME(sys_fdatasync),  // 148
    SYMBOL_NAME(sys_ni_syscall),  // 149 _sysctl
    SYMBOL_NAME(sys_ni_syscall),  // 150 mlock, needs an MMU
    SYMBOL_NAME(sys_ni_syscall),  // 151 munlock, needs an MMU
    SYMBOL_NAME(sys_ni_syscall),  // 152 mlockall, needs an MMU
    SYMBOL_NAME(sys_ni_syscall),  // 153 munlockall, needs an MMU
    SYMBOL_NAME(sys_sched_setparam<MoxieAbi::sched_param>),  // 154
    SYMBOL_NAME(sys_sched_getparam<MoxieAbi::sched_param>),  // 155
    SYMBOL_NAME(sys_sched_setscheduler<MoxieAbi::sched_param>),  // 156
    SYMBOL_NAME(sys_sched_getscheduler),  // 157
    SYMBOL_NAME(sys_sched_yield),  // 158
    SYMBOL_NAME(sys_sched_get_priority_max),  // 159
    SYMBOL_NAME(sys_sched_get_priority_min),  // 160
    SYMBOL_NAME(sys_sched_rr_get_interval<MoxieAbi::timespec>),  // 161
    SYMBOL_NAME(sys_nanosleep<MoxieAbi::timespec>),  // 162
    SYMBOL_NAME(sys_mremap),  // 163
    SYMBOL_NAME(sys_setresuid),  // 164
    SYMBOL_NAME(sys_getresuid),  // 165
    SYMBOL_NAME(sys_ni_syscall),  // 166 vm86
    SYMBOL_NAME(sys_ni_syscall),  // 167 query_module
    SYMBOL_NAME(sys_poll<MoxieAbi::pollfd>),  // 168
    SYMBOL_NAME(sys_ni_syscall),  // 169 nfsservctl
    SYMBOL_NAME(sys_setresgid),  // 170
    SYMBOL_NAME(sys_getresgid),  // 171
    SYMBOL_NAME(sys_prctl),  // 172
    SYMBOL_NAME(sys_rt_sigreturn),  // 173
    SYMBOL_NAME(sys_rt_sigaction<MoxieAbi>),  // 174
    SYMBOL_NAME(sys_rt_sigprocmask),  // 175
    SYMBOL_NAME(sys_rt_sigpending),  // 176
    SYMBOL_NAME(sys_rt_sigtimedwait<MoxieAbi>),  // 177
    SYMBOL_NAME(sys_rt_sigqueueinfo<MoxieAbi>),  // 178
    SYMBOL_NAME(sys_rt_sigsuspend),  // 179
    SYMBOL_NAME(sys_pread64),  // 180
    SYMBOL_NAME(sys_pwrite64),  // 181
    SYMBOL_NAME(sys_chown<uint32_t>),  // 182
    SYMBOL_NAME(sys_getcwd),  // 183
    SYMBOL_NAME(sys_capget<MoxieAbi::user_cap_header, MoxieAbi::user_cap_data>),  // 184
    SYMBOL_NAME(sys_capset<MoxieAbi::user_cap_header, MoxieAbi::user_cap_data>),  // 185
    SYMBOL_NAME(sys_sigaltstack<MoxieAbi>),  // 186 ours: a hole in the port
    SYMBOL_NAME(sys_sendfile<MoxieAbi>),  // 187
    SYMBOL_NAME(sys_ni_syscall),  // 188 getpmsg
    SYMBOL_NAME(sys_ni_syscall),  // 189 putpmsg
    SYMBOL_NAME(sys_vfork),  // 190
    SYMBOL_AS(getrlimit, sys_ugetrlimit<MoxieAbi::rlimit>),  // 191
    SYMBOL_NAME(sys_mmap2),  // 192
    SYMBOL_NAME(sys_truncate64),  // 193
    SYMBOL_NAME(sys_ftruncate64),  // 194
    SYMBOL_NAME(sys_stat64<MoxieAbi>),  // 195
    SYMBOL_NAME(sys_lstat64<MoxieAbi>),  // 196
    SYMBOL_NAME(sys_fstat64<MoxieAbi>),  // 197
    SYMBOL_AS(lchown32, sys_lchown<uint32_t>),  // 198
    SYMBOL_AS(getuid32, sys_getuid),  // 199
    SYMBOL_AS(getgid32, sys_getgid),  // 200
    SYMBOL_AS(geteuid32, sys_geteuid),  // 201
    SYMBOL_AS(getegid32, sys_getegid),  // 202
    SYMBOL_AS(setreuid32, sys_setreuid),  // 203
    SYMBOL_AS(setregid32, sys_setregid),  // 204
    SYMBOL_AS(getgroups32, sys_getgroups),  // 205
    SYMBOL_AS(setgroups32, sys_setgroups),  // 206
    SYMBOL_AS(fchown32, sys_fchown<uint32_t>),  // 207
    SYMBOL_AS(setresuid32, sys_setresuid),  // 208
    SYMBOL_AS(getresuid32, sys_getresuid),  // 209
    SYMBOL_AS(setresgid32, sys_setresgid),  // 210
    SYMBOL_AS(getresgid32, sys_getresgid),  // 211
    SYMBOL_AS(chown32, sys_chown<uint32_t>),  // 212
    SYMBOL_AS(setuid32, sys_setuid),  // 213
    SYMBOL_AS(setgid32, sys_setgid),  // 214
    SYMBOL_AS(setfsuid32, sys_setfsuid),  // 215
    SYMBOL_AS(setfsgid32, sys_setfsgid),  // 216
    SYMBOL_NAME(sys_pivot_root),  // 217
    SYMBOL_NAME(sys_ni_syscall),  // 218 mincore, needs an MMU
    SYMBOL_NAME(sys_ni_syscall),  // 219 madvise, needs an MMU
    SYMBOL_NAME(sys_getdents64),  // 220
    SYMBOL_NAME(sys_fcntl64<MoxieAbi>),  // 221
    SYMBOL_NAME(sys_ni_syscall),  // 222
    SYMBOL_NAME(sys_ni_syscall),  // 223
    SYMBOL_NAME(sys_gettid),  // 224
    SYMBOL_NAME(sys_readahead),  // 225
    SYMBOL_NAME(sys_setxattr),  // 226
    SYMBOL_NAME(sys_lsetxattr),  // 227
    SYMBOL_NAME(sys_fsetxattr),  // 228
    SYMBOL_NAME(sys_getxattr),  // 229
    SYMBOL_NAME(sys_lgetxattr),  // 230
    SYMBOL_NAME(sys_fgetxattr),  // 231
    SYMBOL_NAME(sys_listxattr),  // 232
    SYMBOL_NAME(sys_llistxattr),  // 233
    SYMBOL_NAME(sys_flistxattr),  // 234
    SYMBOL_NAME(sys_removexattr),  // 235
    SYMBOL_NAME(sys_lremovexattr),  // 236
    SYMBOL_NAME(sys_fremovexattr),  // 237
    SYMBOL_NAME(sys_tkill),  // 238
    SYMBOL_NAME(sys_sendfile64),  // 239
    SYMBOL_NAME(sys_futex<MoxieAbi::timespec>),  // 240
    SYMBOL_NAME(sys_sched_setaffinity<MoxieAbi>),  // 241
    SYMBOL_NAME(sys_sched_getaffinity<MoxieAbi>),  // 242
    SYMBOL_NAME(sys_ni_syscall),  // 243
    SYMBOL_NAME(sys_ni_syscall),  // 244
    SYMBOL_NAME(sys_ni_syscall),  // 245 io_setup
    SYMBOL_NAME(sys_ni_syscall),  // 246 io_destroy
    SYMBOL_NAME(sys_ni_syscall),  // 247 io_getevents
    SYMBOL_NAME(sys_ni_syscall),  // 248 io_submit
    SYMBOL_NAME(sys_ni_syscall),  // 249 io_cancel
    SYMBOL_NAME(sys_fadvise64),  // 250
    SYMBOL_NAME(sys_ni_syscall),  // 251
    SYMBOL_NAME(sys_exit_group),  // 252
    SYMBOL_NAME(sys_ni_syscall),  // 253 lookup_dcookie
    SYMBOL_NAME(sys_epoll_create),  // 254
    SYMBOL_NAME(sys_epoll_ctl<MoxieAbi::epoll_event>),  // 255
    SYMBOL_NAME(sys_epoll_wait<MoxieAbi::epoll_event>),  // 256
    SYMBOL_NAME(sys_ni_syscall),  // 257 remap_file_pages, needs an MMU
    SYMBOL_NAME(sys_set_tid_address),  // 258
    SYMBOL_NAME(sys_timer_create<MoxieAbi>),  // 259
    SYMBOL_NAME(sys_timer_settime<MoxieAbi::itimerspec>),  // 260
    SYMBOL_NAME(sys_timer_gettime<MoxieAbi::itimerspec>),  // 261
    SYMBOL_NAME(sys_timer_getoverrun),  // 262
    SYMBOL_NAME(sys_timer_delete),  // 263
    SYMBOL_NAME(sys_clock_settime<MoxieAbi::timespec>),  // 264
    SYMBOL_NAME(sys_clock_gettime<MoxieAbi::timespec>),  // 265
    SYMBOL_NAME(sys_clock_getres<MoxieAbi::timespec>),  // 266
    SYMBOL_NAME(sys_clock_nanosleep<MoxieAbi::timespec>),  // 267
    SYMBOL_NAME(sys_statfs64<MoxieAbi>),  // 268
    SYMBOL_NAME(sys_fstatfs64<MoxieAbi>),  // 269
    SYMBOL_NAME(sys_tgkill),  // 270
    SYMBOL_NAME(sys_utimes<MoxieAbi::timeval>),  // 271
    SYMBOL_NAME(sys_fadvise64_64),  // 272
    SYMBOL_NAME(sys_ni_syscall),  // 273 vserver
    SYMBOL_NAME(sys_ni_syscall),  // 274 mbind
    SYMBOL_NAME(sys_ni_syscall),  // 275 get_mempolicy
    SYMBOL_NAME(sys_ni_syscall),  // 276 set_mempolicy
    SYMBOL_NAME(sys_ni_syscall),  // 277 mq_open
    SYMBOL_NAME(sys_ni_syscall),  // 278 mq_unlink
    SYMBOL_NAME(sys_ni_syscall),  // 279 mq_timedsend
    SYMBOL_NAME(sys_ni_syscall),  // 280 mq_timedreceive
    SYMBOL_NAME(sys_ni_syscall),  // 281 mq_notify
    SYMBOL_NAME(sys_ni_syscall),  // 282 mq_getsetattr
    SYMBOL_NAME(sys_ni_syscall),  // 283 kexec_load
    SYMBOL_NAME(sys_waitid<MoxieAbi>),  // 284
    SYMBOL_NAME(sys_ni_syscall),  // 285
    SYMBOL_NAME(sys_ni_syscall),  // 286 add_key
    SYMBOL_NAME(sys_ni_syscall),  // 287 request_key
    SYMBOL_NAME(sys_ni_syscall),  // 288 keyctl
    SYMBOL_NAME(sys_ioprio_set),  // 289
    SYMBOL_NAME(sys_ioprio_get),  // 290
    SYMBOL_NAME(sys_ni_syscall),  // 291 inotify_init
    SYMBOL_NAME(sys_ni_syscall),  // 292 inotify_add_watch
    SYMBOL_NAME(sys_ni_syscall),  // 293 inotify_rm_watch
    SYMBOL_NAME(sys_ni_syscall),  // 294 migrate_pages
    SYMBOL_NAME(sys_openat),  // 295
    SYMBOL_NAME(sys_mkdirat),  // 296
    SYMBOL_NAME(sys_mknodat),  // 297
    SYMBOL_NAME(sys_fchownat),  // 298
    SYMBOL_NAME(sys_futimesat<MoxieAbi::timeval>),  // 299
    SYMBOL_NAME(sys_fstatat64<MoxieAbi>),  // 300
    SYMBOL_NAME(sys_unlinkat),  // 301
    SYMBOL_NAME(sys_renameat),  // 302
    SYMBOL_NAME(sys_linkat),  // 303
    SYMBOL_NAME(sys_symlinkat),  // 304
    SYMBOL_NAME(sys_readlinkat),  // 305
    SYMBOL_NAME(sys_fchmodat),  // 306
    SYMBOL_NAME(sys_faccessat),  // 307
    SYMBOL_NAME(sys_pselect6<MoxieAbi>),  // 308
    SYMBOL_NAME(sys_ppoll<MoxieAbi::pollfd, MoxieAbi::timespec>),  // 309
    SYMBOL_NAME(sys_unshare),  // 310
    SYMBOL_NAME(sys_set_robust_list<MoxieAbi>),  // 311
    SYMBOL_NAME(sys_get_robust_list<MoxieAbi>),  // 312
    SYMBOL_NAME(sys_splice),  // 313
    SYMBOL_NAME(sys_sync_file_range),  // 314
    SYMBOL_NAME(sys_tee),  // 315
    SYMBOL_NAME(sys_vmsplice<MoxieAbi>),  // 316
    SYMBOL_NAME(sys_ni_syscall),  // 317 move_pages
    SYMBOL_NAME(sys_getcpu),  // 318
    SYMBOL_NAME(sys_epoll_pwait<MoxieAbi::epoll_event>),  // 319
    SYMBOL_NAME(sys_utimensat<MoxieAbi::timespec>),  // 320
    SYMBOL_NAME(sys_signalfd),  // 321
    SYMBOL_NAME(sys_timerfd_create),  // 322
    SYMBOL_NAME(sys_eventfd),  // 323
    SYMBOL_NAME(sys_fallocate),  // 324
    SYMBOL_NAME(sys_semtimedop<MoxieAbi::timespec>),  // 325
    SYMBOL_NAME(sys_timerfd_settime<MoxieAbi::itimerspec>),  // 326
    SYMBOL_NAME(sys_timerfd_gettime<MoxieAbi::itimerspec>),  // 327
    SYMBOL_NAME(sys_semctl<MoxieAbi>),  // 328
    SYMBOL_NAME(sys_semget),  // 329
    SYMBOL_NAME(sys_semop),  // 330
    SYMBOL_NAME(sys_msgctl<MoxieAbi>),  // 331
    SYMBOL_NAME(sys_msgget),  // 332
    SYMBOL_NAME(sys_msgrcv<MoxieAbi>),  // 333
    SYMBOL_NAME(sys_msgsnd<MoxieAbi>),  // 334
    SYMBOL_NAME(sys_shmat),  // 335
    SYMBOL_NAME(sys_shmctl<MoxieAbi>),  // 336
    SYMBOL_NAME(sys_shmdt),  // 337
    SYMBOL_NAME(sys_shmget),  // 338
    SYMBOL_NAME(sys_signalfd4),  // 339
    SYMBOL_NAME(sys_eventfd2),  // 340
    SYMBOL_NAME(sys_epoll_create1),  // 341
    SYMBOL_NAME(sys_dup3),  // 342
    SYMBOL_NAME(sys_pipe2),  // 343
    SYMBOL_NAME(sys_ni_syscall),  // 344 inotify_init1
    SYMBOL_NAME(sys_socket),  // 345
    SYMBOL_NAME(sys_socketpair),  // 346
    SYMBOL_NAME(sys_bind),  // 347
    SYMBOL_NAME(sys_listen),  // 348
    SYMBOL_NAME(sys_accept),  // 349
    SYMBOL_NAME(sys_connect),  // 350
    SYMBOL_NAME(sys_getsockname),  // 351
    SYMBOL_NAME(sys_getpeername),  // 352
    SYMBOL_NAME(sys_sendto),  // 353
    SYMBOL_NAME(sys_send),  // 354
    SYMBOL_NAME(sys_recvfrom),  // 355
    SYMBOL_NAME(sys_recv),  // 356
    SYMBOL_NAME(sys_setsockopt<MoxieAbi>),  // 357
    SYMBOL_NAME(sys_getsockopt<MoxieAbi>),  // 358
    SYMBOL_NAME(sys_shutdown),  // 359
    SYMBOL_NAME(sys_sendmsg<MoxieAbi>),  // 360
    SYMBOL_NAME(sys_recvmsg<MoxieAbi>),  // 361
    SYMBOL_NAME(sys_accept4),  // 362
    SYMBOL_NAME(sys_preadv<MoxieAbi>),  // 363
    SYMBOL_NAME(sys_pwritev<MoxieAbi>),  // 364
    SYMBOL_NAME(sys_rt_tgsigqueueinfo<MoxieAbi>),  // 365
    SYMBOL_NAME(sys_ni_syscall),  // 366 perf_event_open
    SYMBOL_NAME(sys_recvmmsg<MoxieAbi>),  // 367
    SYMBOL_NAME(sys_ni_syscall),  // 368 fanotify_init
    SYMBOL_NAME(sys_ni_syscall),  // 369 fanotify_mark
    SYMBOL_NAME(sys_prlimit64<MoxieAbi::rlimit64>),  // 370
    SYMBOL_NAME(sys_ni_syscall),  // 371 name_to_handle_at
    SYMBOL_NAME(sys_ni_syscall),  // 372 open_by_handle_at
    SYMBOL_NAME(sys_clock_adjtime<MoxieAbi::timex>),  // 373
    SYMBOL_NAME(sys_syncfs),  // 374
    SYMBOL_NAME(sys_setns),  // 375
    SYMBOL_NAME(sys_sendmmsg<MoxieAbi>),  // 376
    SYMBOL_NAME(sys_process_vm_readv<MoxieAbi::iovec>),  // 377
    SYMBOL_NAME(sys_process_vm_writev<MoxieAbi::iovec>),  // 378
    SYMBOL_NAME(sys_kcmp),  // 379
    SYMBOL_NAME(sys_ni_syscall),  // 380 finit_module
    SYMBOL_NAME(sys_sched_setattr<MoxieAbi::sched_attr>),  // 381
    SYMBOL_NAME(sys_sched_getattr<MoxieAbi::sched_attr>),  // 382
    SYMBOL_NAME(sys_renameat2),  // 383
    SYMBOL_NAME(sys_seccomp),  // 384
    SYMBOL_NAME(sys_getrandom),  // 385
    SYMBOL_NAME(sys_memfd_create),  // 386
    SYMBOL_NAME(sys_ni_syscall),  // 387 bpf
    SYMBOL_NAME(sys_execveat<MoxieAbi>),  // 388
    SYMBOL_NAME(sys_ni_syscall),  // 389 userfaultfd
    SYMBOL_NAME(sys_membarrier),  // 390
    SYMBOL_NAME(sys_ni_syscall),  // 391 mlock2, needs an MMU
    SYMBOL_NAME(sys_copy_file_range),  // 392
    SYMBOL_NAME(sys_preadv2<MoxieAbi>),  // 393
    SYMBOL_NAME(sys_pwritev2<MoxieAbi>),  // 394
    SYMBOL_NAME(sys_ni_syscall),  // 395 pkey_mprotect, needs an MMU
    SYMBOL_NAME(sys_ni_syscall),  // 396 pkey_alloc, needs an MMU
    SYMBOL_NAME(sys_ni_syscall),  // 397 pkey_free, needs an MMU
    SYMBOL_NAME(sys_statx),  // 398
    SYMBOL_NAME(sys_ni_syscall),  // 399 io_pgetevents
    SYMBOL_NAME(sys_ni_syscall),  // 400 rseq
    SYMBOL_NAME(sys_ni_syscall),  // 401
    SYMBOL_NAME(sys_ni_syscall),  // 402
    SYMBOL_NAME(sys_clock_gettime64<MoxieAbi::timespec64>),  // 403
    SYMBOL_NAME(sys_clock_settime64<MoxieAbi::timespec64>),  // 404
    SYMBOL_NAME(sys_clock_adjtime64<MoxieAbi::timex64>),  // 405
    SYMBOL_NAME(sys_clock_getres_time64<MoxieAbi::timespec64>),  // 406
    SYMBOL_NAME(sys_clock_nanosleep_time64<MoxieAbi::timespec64>),  // 407
    SYMBOL_NAME(sys_timer_gettime64<MoxieAbi::itimerspec64>),  // 408
    SYMBOL_NAME(sys_timer_settime64<MoxieAbi::itimerspec64>),  // 409
    SYMBOL_AS(timerfd_gettime64, sys_timerfd_gettime<MoxieAbi::itimerspec64>),  // 410
    SYMBOL_AS(timerfd_settime64, sys_timerfd_settime<MoxieAbi::itimerspec64>),  // 411
    SYMBOL_NAME(sys_utimensat_time64<MoxieAbi::timespec64>),  // 412
    SYMBOL_AS(pselect6_time64, sys_pselect6<MoxieAbi, MoxieAbi::timespec64>),  // 413
    SYMBOL_AS(ppoll_time64, sys_ppoll<MoxieAbi::pollfd, MoxieAbi::timespec64>),  // 414
    SYMBOL_NAME(sys_ni_syscall),  // 415
    SYMBOL_NAME(sys_ni_syscall),  // 416 io_pgetevents_time64
    SYMBOL_AS(recvmmsg_time64, sys_recvmmsg<MoxieAbi, MoxieAbi::timespec64>),  // 417
    SYMBOL_NAME(sys_ni_syscall),  // 418 mq_timedsend_time64
    SYMBOL_NAME(sys_ni_syscall),  // 419 mq_timedreceive_time64
    SYMBOL_AS(semtimedop_time64, sys_semtimedop<MoxieAbi::timespec64>),  // 420
    SYMBOL_NAME(sys_rt_sigtimedwait_time64<MoxieAbi, MoxieAbi::timespec64>),  // 421
    SYMBOL_NAME(sys_futex_time64<MoxieAbi::timespec64>),  // 422
    SYMBOL_NAME(sys_sched_rr_get_interval_time64<MoxieAbi::timespec64>),  // 423
    SYMBOL_NAME(sys_pidfd_send_signal<MoxieAbi>),  // 424
    SYMBOL_NAME(sys_ni_syscall),  // 425 io_uring_setup
    SYMBOL_NAME(sys_ni_syscall),  // 426 io_uring_enter
    SYMBOL_NAME(sys_ni_syscall),  // 427 io_uring_register
    SYMBOL_NAME(sys_ni_syscall),  // 428 open_tree
    SYMBOL_NAME(sys_ni_syscall),  // 429 move_mount
    SYMBOL_NAME(sys_ni_syscall),  // 430 fsopen
    SYMBOL_NAME(sys_ni_syscall),  // 431 fsconfig
    SYMBOL_NAME(sys_ni_syscall),  // 432 fsmount
    SYMBOL_NAME(sys_ni_syscall),  // 433 fspick
    SYMBOL_NAME(sys_pidfd_open),  // 434
    SYMBOL_NAME(sys_clone3<MoxieAbi::clone_args>),  // 435
    SYMBOL_NAME(sys_close_range),  // 436
    SYMBOL_NAME(sys_openat2),  // 437
    SYMBOL_NAME(sys_pidfd_getfd),  // 438
    SYMBOL_NAME(sys_faccessat2),  // 439
    SYMBOL_NAME(sys_ni_syscall),  // 440 process_madvise, needs an MMU
    SYMBOL_NAME(sys_epoll_pwait2<MoxieAbi::epoll_event, MoxieAbi::timespec64>),  // 441
    SYMBOL_NAME(sys_ni_syscall),  // 442 mount_setattr
    SYMBOL_NAME(sys_ni_syscall),  // 443 quotactl_fd
    SYMBOL_NAME(sys_ni_syscall),  // 444 landlock_create_ruleset
    SYMBOL_NAME(sys_ni_syscall),  // 445 landlock_add_rule
    SYMBOL_NAME(sys_ni_syscall),  // 446 landlock_restrict_self
    SYMBOL_NAME(sys_ni_syscall),  // 447 memfd_secret
    SYMBOL_NAME(sys_ni_syscall),  // 448 process_mrelease
    SYMBOL_NAME(sys_ni_syscall),  // 449 futex_waitv
    SYMBOL_NAME(sys_ni_syscall)  // 450 set_mempolicy_home_node
};
// clang-format on

static_assert(sys_call_table[190].name == "sys_vfork");
static_assert(sys_call_table[2].name == "sys_fork" && sys_call_table[11].name == "sys_execve");
static_assert(sys_call_table[173].name == "sys_rt_sigreturn" &&
              sys_call_table[252].name == "sys_exit_group");

}  // namespace moxie
