// The x86-64 system-call table (Linux: arch/x86/entry/syscalls/syscall_64.tbl). One slot a line; the
// comment is its number; sys_ni_syscall where we, or history, have a hole. tests/unit holds every slot
// against the host's <asm/unistd_64.h>.
#include "arch/x86/abi.h"
#include "arch/x86/process.h"
#include "arch/x86/signal.h"
#include "arch/x86/tables.h"
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
#include "ipc/mqueue_abi.h"
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

// clang-format off
constexpr syscall_table<NR_syscalls> sys_call_table{
    SYMBOL_NAME(sys_read),  // 0
    SYMBOL_NAME(sys_write),  // 1
    SYMBOL_NAME(sys_open),  // 2
    SYMBOL_NAME(sys_close),  // 3
    SYMBOL_NAME(sys_stat<X86_64Abi>),  // 4
    SYMBOL_NAME(sys_fstat<X86_64Abi>),  // 5
    SYMBOL_NAME(sys_lstat<X86_64Abi>),  // 6
    SYMBOL_NAME(sys_poll<abi::pollfd>),  // 7
    SYMBOL_NAME(sys_lseek<X86_64Abi>),  // 8
    SYMBOL_NAME(sys_mmap),  // 9
    SYMBOL_NAME(sys_mprotect),  // 10
    SYMBOL_NAME(sys_munmap),  // 11
    SYMBOL_NAME(sys_brk),  // 12
    SYMBOL_NAME(sys_rt_sigaction<X86_64Abi>),  // 13
    SYMBOL_NAME(sys_rt_sigprocmask),  // 14
    SYMBOL_NAME(sys_rt_sigreturn<X86_64Abi>),  // 15
    SYMBOL_NAME(sys_ioctl),  // 16
    SYMBOL_NAME(sys_pread64<X86_64Abi>),  // 17
    SYMBOL_NAME(sys_pwrite64<X86_64Abi>),  // 18
    SYMBOL_NAME(sys_readv<X86_64Abi>),  // 19
    SYMBOL_NAME(sys_writev<X86_64Abi>),  // 20
    SYMBOL_NAME(sys_access),  // 21
    SYMBOL_NAME(sys_pipe),  // 22
    SYMBOL_NAME(sys_select<X86_64Abi>),  // 23
    SYMBOL_NAME(sys_sched_yield),  // 24
    SYMBOL_NAME(sys_mremap),  // 25
    SYMBOL_NAME(sys_msync),  // 26
    SYMBOL_NAME(sys_mincore),  // 27
    SYMBOL_NAME(sys_madvise),  // 28
    SYMBOL_NAME(sys_shmget),  // 29
    SYMBOL_NAME(sys_shmat),  // 30
    SYMBOL_NAME(sys_shmctl<X86_64Abi>),  // 31
    SYMBOL_NAME(sys_dup),  // 32
    SYMBOL_NAME(sys_dup2),  // 33
    SYMBOL_NAME(sys_pause),  // 34
    SYMBOL_NAME(sys_nanosleep<X86_64Abi::timespec>),  // 35
    SYMBOL_NAME(sys_getitimer<X86_64Abi>),  // 36
    SYMBOL_NAME(sys_alarm),  // 37
    SYMBOL_NAME(sys_setitimer<X86_64Abi>),  // 38
    SYMBOL_NAME(sys_getpid),  // 39
    SYMBOL_NAME(sys_sendfile<X86_64Abi>),  // 40
    SYMBOL_NAME(sys_socket),  // 41
    SYMBOL_NAME(sys_connect),  // 42
    SYMBOL_NAME(sys_accept),  // 43
    SYMBOL_NAME(sys_sendto),  // 44
    SYMBOL_NAME(sys_recvfrom),  // 45
    SYMBOL_NAME(sys_sendmsg<X86_64Abi>),  // 46
    SYMBOL_NAME(sys_recvmsg<X86_64Abi>),  // 47
    SYMBOL_NAME(sys_shutdown),  // 48
    SYMBOL_NAME(sys_bind),  // 49
    SYMBOL_NAME(sys_listen),  // 50
    SYMBOL_NAME(sys_getsockname),  // 51
    SYMBOL_NAME(sys_getpeername),  // 52
    SYMBOL_NAME(sys_socketpair),  // 53
    SYMBOL_NAME(sys_setsockopt<X86_64Abi>),  // 54
    SYMBOL_NAME(sys_getsockopt<X86_64Abi>),  // 55
    SYMBOL_NAME(sys_clone),  // 56
    SYMBOL_NAME(sys_fork),  // 57
    SYMBOL_NAME(sys_vfork),  // 58
    SYMBOL_NAME(sys_execve<X86_64Abi>),  // 59
    SYMBOL_NAME(sys_exit),  // 60
    SYMBOL_NAME(sys_wait4<X86_64Abi>),  // 61
    SYMBOL_NAME(sys_kill),  // 62
    SYMBOL_NAME(sys_uname<abi::utsname>),  // 63
    SYMBOL_NAME(sys_semget),  // 64
    SYMBOL_NAME(sys_semop),  // 65
    SYMBOL_NAME(sys_semctl<X86_64Abi>),  // 66
    SYMBOL_NAME(sys_shmdt),  // 67
    SYMBOL_NAME(sys_msgget),  // 68
    SYMBOL_NAME(sys_msgsnd<X86_64Abi>),  // 69
    SYMBOL_NAME(sys_msgrcv<X86_64Abi>),  // 70
    SYMBOL_NAME(sys_msgctl<X86_64Abi>),  // 71
    SYMBOL_NAME(sys_fcntl<X86_64Abi>),  // 72
    SYMBOL_NAME(sys_flock),  // 73
    SYMBOL_NAME(sys_fsync),  // 74
    SYMBOL_NAME(sys_fdatasync),  // 75
    SYMBOL_NAME(sys_truncate),  // 76
    SYMBOL_NAME(sys_ftruncate),  // 77
    SYMBOL_NAME(sys_getdents<X86_64Abi>),  // 78
    SYMBOL_NAME(sys_getcwd),  // 79
    SYMBOL_NAME(sys_chdir),  // 80
    SYMBOL_NAME(sys_fchdir),  // 81
    SYMBOL_NAME(sys_rename),  // 82
    SYMBOL_NAME(sys_mkdir),  // 83
    SYMBOL_NAME(sys_rmdir),  // 84
    SYMBOL_NAME(sys_creat),  // 85
    SYMBOL_NAME(sys_link),  // 86
    SYMBOL_NAME(sys_unlink),  // 87
    SYMBOL_NAME(sys_symlink),  // 88
    SYMBOL_NAME(sys_readlink),  // 89
    SYMBOL_NAME(sys_chmod),  // 90
    SYMBOL_NAME(sys_fchmod),  // 91
    SYMBOL_NAME(sys_chown<uint32_t>),  // 92
    SYMBOL_NAME(sys_fchown<uint32_t>),  // 93
    SYMBOL_NAME(sys_lchown<uint32_t>),  // 94
    SYMBOL_NAME(sys_umask),  // 95
    SYMBOL_NAME(sys_gettimeofday<X86_64Abi>),  // 96
    SYMBOL_NAME(sys_getrlimit<X86_64Abi::rlimit>),  // 97
    SYMBOL_NAME(sys_getrusage<X86_64Abi>),  // 98
    SYMBOL_NAME(sys_sysinfo<X86_64Abi::sysinfo>),  // 99
    SYMBOL_NAME(sys_times<X86_64Abi::tms>),  // 100
    SYMBOL_NAME(sys_ptrace<X86_64Abi>),  // 101
    SYMBOL_NAME(sys_getuid),  // 102
    SYMBOL_NAME(sys_syslog),  // 103
    SYMBOL_NAME(sys_getgid),  // 104
    SYMBOL_NAME(sys_setuid),  // 105
    SYMBOL_NAME(sys_setgid),  // 106
    SYMBOL_NAME(sys_geteuid),  // 107
    SYMBOL_NAME(sys_getegid),  // 108
    SYMBOL_NAME(sys_setpgid),  // 109
    SYMBOL_NAME(sys_getppid),  // 110
    SYMBOL_NAME(sys_getpgrp),  // 111
    SYMBOL_NAME(sys_setsid),  // 112
    SYMBOL_NAME(sys_setreuid),  // 113
    SYMBOL_NAME(sys_setregid),  // 114
    SYMBOL_NAME(sys_getgroups),  // 115
    SYMBOL_NAME(sys_setgroups),  // 116
    SYMBOL_NAME(sys_setresuid),  // 117
    SYMBOL_NAME(sys_getresuid),  // 118
    SYMBOL_NAME(sys_setresgid),  // 119
    SYMBOL_NAME(sys_getresgid),  // 120
    SYMBOL_NAME(sys_getpgid),  // 121
    SYMBOL_NAME(sys_setfsuid),  // 122
    SYMBOL_NAME(sys_setfsgid),  // 123
    SYMBOL_NAME(sys_getsid),  // 124
    SYMBOL_NAME(sys_capget<abi::user_cap_header, abi::user_cap_data>),  // 125
    SYMBOL_NAME(sys_capset<abi::user_cap_header, abi::user_cap_data>),  // 126
    SYMBOL_NAME(sys_rt_sigpending),  // 127
    SYMBOL_NAME(sys_rt_sigtimedwait<X86_64Abi>),  // 128
    SYMBOL_NAME(sys_rt_sigqueueinfo<X86_64Abi>),  // 129
    SYMBOL_NAME(sys_rt_sigsuspend),  // 130
    SYMBOL_NAME(sys_sigaltstack<X86_64Abi>),  // 131
    SYMBOL_NAME(sys_utime<X86_64Abi>),  // 132
    SYMBOL_NAME(sys_mknod),  // 133
    SYMBOL_NAME(sys_ni_syscall),  // 134 uselib
    SYMBOL_NAME(sys_personality),  // 135
    SYMBOL_NAME(sys_ni_syscall),  // 136 ustat
    SYMBOL_NAME(sys_statfs<X86_64Abi>),  // 137
    SYMBOL_NAME(sys_fstatfs<X86_64Abi>),  // 138
    SYMBOL_NAME(sys_ni_syscall),  // 139 sysfs
    SYMBOL_NAME(sys_getpriority),  // 140
    SYMBOL_NAME(sys_setpriority),  // 141
    SYMBOL_NAME(sys_sched_setparam<abi::sched_param>),  // 142
    SYMBOL_NAME(sys_sched_getparam<abi::sched_param>),  // 143
    SYMBOL_NAME(sys_sched_setscheduler<abi::sched_param>),  // 144
    SYMBOL_NAME(sys_sched_getscheduler),  // 145
    SYMBOL_NAME(sys_sched_get_priority_max),  // 146
    SYMBOL_NAME(sys_sched_get_priority_min),  // 147
    SYMBOL_NAME(sys_sched_rr_get_interval<X86_64Abi::timespec>),  // 148
    SYMBOL_NAME(sys_mlock),  // 149
    SYMBOL_NAME(sys_munlock),  // 150
    SYMBOL_NAME(sys_mlockall),  // 151
    SYMBOL_NAME(sys_munlockall),  // 152
    SYMBOL_NAME(sys_vhangup),  // 153
    SYMBOL_NAME(sys_ni_syscall),  // 154 modify_ldt
    SYMBOL_NAME(sys_pivot_root),  // 155
    SYMBOL_NAME(sys_ni_syscall),  // 156 _sysctl
    SYMBOL_NAME(sys_prctl),  // 157
    SYMBOL_NAME(sys_arch_prctl),  // 158
    SYMBOL_NAME(sys_adjtimex<X86_64Abi::timex>),  // 159
    SYMBOL_NAME(sys_setrlimit<X86_64Abi::rlimit>),  // 160
    SYMBOL_NAME(sys_chroot),  // 161
    SYMBOL_NAME(sys_sync),  // 162
    SYMBOL_NAME(sys_acct),  // 163
    SYMBOL_NAME(sys_settimeofday<X86_64Abi>),  // 164
    SYMBOL_NAME(sys_mount),  // 165
    SYMBOL_NAME(sys_umount2),  // 166
    SYMBOL_NAME(sys_ni_syscall),  // 167 swapon
    SYMBOL_NAME(sys_ni_syscall),  // 168 swapoff
    SYMBOL_NAME(sys_reboot),  // 169
    SYMBOL_NAME(sys_sethostname),  // 170
    SYMBOL_NAME(sys_setdomainname),  // 171
    SYMBOL_NAME(sys_ni_syscall),  // 172 iopl
    SYMBOL_NAME(sys_ni_syscall),  // 173 ioperm
    SYMBOL_NAME(sys_ni_syscall),  // 174 create_module
    SYMBOL_NAME(sys_ni_syscall),  // 175 init_module
    SYMBOL_NAME(sys_ni_syscall),  // 176 delete_module
    SYMBOL_NAME(sys_ni_syscall),  // 177 get_kernel_syms
    SYMBOL_NAME(sys_ni_syscall),  // 178 query_module
    SYMBOL_NAME(sys_quotactl),  // 179
    SYMBOL_NAME(sys_ni_syscall),  // 180 nfsservctl
    SYMBOL_NAME(sys_ni_syscall),  // 181 getpmsg
    SYMBOL_NAME(sys_ni_syscall),  // 182 putpmsg
    SYMBOL_NAME(sys_ni_syscall),  // 183 afs_syscall
    SYMBOL_NAME(sys_ni_syscall),  // 184 tuxcall
    SYMBOL_NAME(sys_ni_syscall),  // 185 security
    SYMBOL_NAME(sys_gettid),  // 186
    SYMBOL_NAME(sys_readahead<X86_64Abi>),  // 187
    SYMBOL_NAME(sys_setxattr),  // 188
    SYMBOL_NAME(sys_lsetxattr),  // 189
    SYMBOL_NAME(sys_fsetxattr),  // 190
    SYMBOL_NAME(sys_getxattr),  // 191
    SYMBOL_NAME(sys_lgetxattr),  // 192
    SYMBOL_NAME(sys_fgetxattr),  // 193
    SYMBOL_NAME(sys_listxattr),  // 194
    SYMBOL_NAME(sys_llistxattr),  // 195
    SYMBOL_NAME(sys_flistxattr),  // 196
    SYMBOL_NAME(sys_removexattr),  // 197
    SYMBOL_NAME(sys_lremovexattr),  // 198
    SYMBOL_NAME(sys_fremovexattr),  // 199
    SYMBOL_NAME(sys_tkill),  // 200
    SYMBOL_NAME(sys_time<X86_64Abi>),  // 201
    SYMBOL_NAME(sys_futex<X86_64Abi::timespec>),  // 202
    SYMBOL_NAME(sys_sched_setaffinity<X86_64Abi>),  // 203
    SYMBOL_NAME(sys_sched_getaffinity<X86_64Abi>),  // 204
    SYMBOL_NAME(sys_set_thread_area),  // 205
    SYMBOL_NAME(sys_ni_syscall),  // 206 io_setup
    SYMBOL_NAME(sys_ni_syscall),  // 207 io_destroy
    SYMBOL_NAME(sys_ni_syscall),  // 208 io_getevents
    SYMBOL_NAME(sys_ni_syscall),  // 209 io_submit
    SYMBOL_NAME(sys_ni_syscall),  // 210 io_cancel
    SYMBOL_NAME(sys_get_thread_area),  // 211
    SYMBOL_NAME(sys_ni_syscall),  // 212 lookup_dcookie
    SYMBOL_NAME(sys_epoll_create),  // 213
    SYMBOL_NAME(sys_ni_syscall),  // 214 epoll_ctl_old
    SYMBOL_NAME(sys_ni_syscall),  // 215 epoll_wait_old
    SYMBOL_NAME(sys_remap_file_pages),  // 216
    SYMBOL_NAME(sys_getdents64),  // 217
    SYMBOL_NAME(sys_set_tid_address),  // 218
    SYMBOL_NAME(sys_restart_syscall),  // 219
    SYMBOL_NAME(sys_semtimedop<X86_64Abi::timespec>),  // 220
    SYMBOL_NAME(sys_fadvise64<X86_64Abi>),  // 221
    SYMBOL_NAME(sys_timer_create<X86_64Abi>),  // 222
    SYMBOL_NAME(sys_timer_settime<X86_64Abi::itimerspec>),  // 223
    SYMBOL_NAME(sys_timer_gettime<X86_64Abi::itimerspec>),  // 224
    SYMBOL_NAME(sys_timer_getoverrun),  // 225
    SYMBOL_NAME(sys_timer_delete),  // 226
    SYMBOL_NAME(sys_clock_settime<X86_64Abi::timespec>),  // 227
    SYMBOL_NAME(sys_clock_gettime<X86_64Abi::timespec>),  // 228
    SYMBOL_NAME(sys_clock_getres<X86_64Abi::timespec>),  // 229
    SYMBOL_NAME(sys_clock_nanosleep<X86_64Abi::timespec>),  // 230
    SYMBOL_NAME(sys_exit_group),  // 231
    SYMBOL_NAME(sys_epoll_wait<abi::epoll_event>),  // 232
    SYMBOL_NAME(sys_epoll_ctl<abi::epoll_event>),  // 233
    SYMBOL_NAME(sys_tgkill),  // 234
    SYMBOL_NAME(sys_utimes<X86_64Abi::timeval>),  // 235
    SYMBOL_NAME(sys_ni_syscall),  // 236 vserver
    SYMBOL_NAME(sys_ni_syscall),  // 237 mbind
    SYMBOL_NAME(sys_ni_syscall),  // 238 set_mempolicy
    SYMBOL_NAME(sys_ni_syscall),  // 239 get_mempolicy
    SYMBOL_NAME(sys_mq_open<X86_64Abi>),  // 240
    SYMBOL_NAME(sys_mq_unlink),  // 241
    SYMBOL_NAME(sys_mq_timedsend<X86_64Abi::timespec>),  // 242
    SYMBOL_NAME(sys_mq_timedreceive<X86_64Abi::timespec>),  // 243
    SYMBOL_NAME(sys_mq_notify<X86_64Abi>),  // 244
    SYMBOL_NAME(sys_mq_getsetattr<X86_64Abi>),  // 245
    SYMBOL_NAME(sys_ni_syscall),  // 246 kexec_load
    SYMBOL_NAME(sys_waitid<X86_64Abi>),  // 247
    SYMBOL_NAME(sys_ni_syscall),  // 248 add_key
    SYMBOL_NAME(sys_ni_syscall),  // 249 request_key
    SYMBOL_NAME(sys_ni_syscall),  // 250 keyctl
    SYMBOL_NAME(sys_ioprio_set),  // 251
    SYMBOL_NAME(sys_ioprio_get),  // 252
    SYMBOL_NAME(sys_ni_syscall),  // 253 inotify_init
    SYMBOL_NAME(sys_ni_syscall),  // 254 inotify_add_watch
    SYMBOL_NAME(sys_ni_syscall),  // 255 inotify_rm_watch
    SYMBOL_NAME(sys_ni_syscall),  // 256 migrate_pages
    SYMBOL_NAME(sys_openat),  // 257
    SYMBOL_NAME(sys_mkdirat),  // 258
    SYMBOL_NAME(sys_mknodat),  // 259
    SYMBOL_NAME(sys_fchownat),  // 260
    SYMBOL_NAME(sys_futimesat<X86_64Abi::timeval>),  // 261
    SYMBOL_NAME(sys_newfstatat<X86_64Abi>),  // 262
    SYMBOL_NAME(sys_unlinkat),  // 263
    SYMBOL_NAME(sys_renameat),  // 264
    SYMBOL_NAME(sys_linkat),  // 265
    SYMBOL_NAME(sys_symlinkat),  // 266
    SYMBOL_NAME(sys_readlinkat),  // 267
    SYMBOL_NAME(sys_fchmodat),  // 268
    SYMBOL_NAME(sys_faccessat),  // 269
    SYMBOL_NAME(sys_pselect6<X86_64Abi>),  // 270
    SYMBOL_NAME(sys_ppoll<abi::pollfd, X86_64Abi::timespec>),  // 271
    SYMBOL_NAME(sys_unshare),  // 272
    SYMBOL_NAME(sys_set_robust_list<X86_64Abi>),  // 273
    SYMBOL_NAME(sys_get_robust_list<X86_64Abi>),  // 274
    SYMBOL_NAME(sys_splice),  // 275
    SYMBOL_NAME(sys_tee),  // 276
    SYMBOL_NAME(sys_sync_file_range<X86_64Abi>),  // 277
    SYMBOL_NAME(sys_vmsplice<X86_64Abi>),  // 278
    SYMBOL_NAME(sys_ni_syscall),  // 279 move_pages
    SYMBOL_NAME(sys_utimensat<X86_64Abi::timespec>),  // 280
    SYMBOL_NAME(sys_epoll_pwait<abi::epoll_event>),  // 281
    SYMBOL_NAME(sys_signalfd),  // 282
    SYMBOL_NAME(sys_timerfd_create),  // 283
    SYMBOL_NAME(sys_eventfd),  // 284
    SYMBOL_NAME(sys_fallocate<X86_64Abi>),  // 285
    SYMBOL_NAME(sys_timerfd_settime<X86_64Abi::itimerspec>),  // 286
    SYMBOL_NAME(sys_timerfd_gettime<X86_64Abi::itimerspec>),  // 287
    SYMBOL_NAME(sys_accept4),  // 288
    SYMBOL_NAME(sys_signalfd4),  // 289
    SYMBOL_NAME(sys_eventfd2),  // 290
    SYMBOL_NAME(sys_epoll_create1),  // 291
    SYMBOL_NAME(sys_dup3),  // 292
    SYMBOL_NAME(sys_pipe2),  // 293
    SYMBOL_NAME(sys_ni_syscall),  // 294 inotify_init1
    SYMBOL_NAME(sys_preadv<X86_64Abi>),  // 295
    SYMBOL_NAME(sys_pwritev<X86_64Abi>),  // 296
    SYMBOL_NAME(sys_rt_tgsigqueueinfo<X86_64Abi>),  // 297
    SYMBOL_NAME(sys_ni_syscall),  // 298 perf_event_open
    SYMBOL_NAME(sys_recvmmsg<X86_64Abi>),  // 299
    SYMBOL_NAME(sys_ni_syscall),  // 300 fanotify_init
    SYMBOL_NAME(sys_ni_syscall),  // 301 fanotify_mark
    SYMBOL_NAME(sys_prlimit64<abi::rlimit64>),  // 302
    SYMBOL_NAME(sys_ni_syscall),  // 303 name_to_handle_at
    SYMBOL_NAME(sys_ni_syscall),  // 304 open_by_handle_at
    SYMBOL_NAME(sys_clock_adjtime<X86_64Abi::timex>),  // 305
    SYMBOL_NAME(sys_syncfs),  // 306
    SYMBOL_NAME(sys_sendmmsg<X86_64Abi>),  // 307
    SYMBOL_NAME(sys_setns),  // 308
    SYMBOL_NAME(sys_getcpu),  // 309
    SYMBOL_NAME(sys_process_vm_readv<X86_64Abi::iovec>),  // 310
    SYMBOL_NAME(sys_process_vm_writev<X86_64Abi::iovec>),  // 311
    SYMBOL_NAME(sys_kcmp),  // 312
    SYMBOL_NAME(sys_ni_syscall),  // 313 finit_module
    SYMBOL_NAME(sys_sched_setattr<abi::sched_attr>),  // 314
    SYMBOL_NAME(sys_sched_getattr<abi::sched_attr>),  // 315
    SYMBOL_NAME(sys_renameat2),  // 316
    SYMBOL_NAME(sys_seccomp),  // 317
    SYMBOL_NAME(sys_getrandom),  // 318
    SYMBOL_NAME(sys_memfd_create),  // 319
    SYMBOL_NAME(sys_ni_syscall),  // 320 kexec_file_load
    SYMBOL_NAME(sys_ni_syscall),  // 321 bpf
    SYMBOL_NAME(sys_execveat<X86_64Abi>),  // 322
    SYMBOL_NAME(sys_ni_syscall),  // 323 userfaultfd
    SYMBOL_NAME(sys_membarrier),  // 324
    SYMBOL_NAME(sys_mlock2),  // 325
    SYMBOL_NAME(sys_copy_file_range),  // 326
    SYMBOL_NAME(sys_preadv2<X86_64Abi>),  // 327
    SYMBOL_NAME(sys_pwritev2<X86_64Abi>),  // 328
    SYMBOL_NAME(sys_pkey_mprotect),  // 329
    SYMBOL_NAME(sys_ni_syscall),  // 330 pkey_alloc
    SYMBOL_NAME(sys_ni_syscall),  // 331 pkey_free
    SYMBOL_NAME(sys_statx),  // 332
    SYMBOL_NAME(sys_ni_syscall),  // 333 io_pgetevents
    SYMBOL_NAME(sys_rseq),  // 334
    SYMBOL_NAME(sys_ni_syscall),  // 335
    SYMBOL_NAME(sys_ni_syscall),  // 336
    SYMBOL_NAME(sys_ni_syscall),  // 337
    SYMBOL_NAME(sys_ni_syscall),  // 338
    SYMBOL_NAME(sys_ni_syscall),  // 339
    SYMBOL_NAME(sys_ni_syscall),  // 340
    SYMBOL_NAME(sys_ni_syscall),  // 341
    SYMBOL_NAME(sys_ni_syscall),  // 342
    SYMBOL_NAME(sys_ni_syscall),  // 343
    SYMBOL_NAME(sys_ni_syscall),  // 344
    SYMBOL_NAME(sys_ni_syscall),  // 345
    SYMBOL_NAME(sys_ni_syscall),  // 346
    SYMBOL_NAME(sys_ni_syscall),  // 347
    SYMBOL_NAME(sys_ni_syscall),  // 348
    SYMBOL_NAME(sys_ni_syscall),  // 349
    SYMBOL_NAME(sys_ni_syscall),  // 350
    SYMBOL_NAME(sys_ni_syscall),  // 351
    SYMBOL_NAME(sys_ni_syscall),  // 352
    SYMBOL_NAME(sys_ni_syscall),  // 353
    SYMBOL_NAME(sys_ni_syscall),  // 354
    SYMBOL_NAME(sys_ni_syscall),  // 355
    SYMBOL_NAME(sys_ni_syscall),  // 356
    SYMBOL_NAME(sys_ni_syscall),  // 357
    SYMBOL_NAME(sys_ni_syscall),  // 358
    SYMBOL_NAME(sys_ni_syscall),  // 359
    SYMBOL_NAME(sys_ni_syscall),  // 360
    SYMBOL_NAME(sys_ni_syscall),  // 361
    SYMBOL_NAME(sys_ni_syscall),  // 362
    SYMBOL_NAME(sys_ni_syscall),  // 363
    SYMBOL_NAME(sys_ni_syscall),  // 364
    SYMBOL_NAME(sys_ni_syscall),  // 365
    SYMBOL_NAME(sys_ni_syscall),  // 366
    SYMBOL_NAME(sys_ni_syscall),  // 367
    SYMBOL_NAME(sys_ni_syscall),  // 368
    SYMBOL_NAME(sys_ni_syscall),  // 369
    SYMBOL_NAME(sys_ni_syscall),  // 370
    SYMBOL_NAME(sys_ni_syscall),  // 371
    SYMBOL_NAME(sys_ni_syscall),  // 372
    SYMBOL_NAME(sys_ni_syscall),  // 373
    SYMBOL_NAME(sys_ni_syscall),  // 374
    SYMBOL_NAME(sys_ni_syscall),  // 375
    SYMBOL_NAME(sys_ni_syscall),  // 376
    SYMBOL_NAME(sys_ni_syscall),  // 377
    SYMBOL_NAME(sys_ni_syscall),  // 378
    SYMBOL_NAME(sys_ni_syscall),  // 379
    SYMBOL_NAME(sys_ni_syscall),  // 380
    SYMBOL_NAME(sys_ni_syscall),  // 381
    SYMBOL_NAME(sys_ni_syscall),  // 382
    SYMBOL_NAME(sys_ni_syscall),  // 383
    SYMBOL_NAME(sys_ni_syscall),  // 384
    SYMBOL_NAME(sys_ni_syscall),  // 385
    SYMBOL_NAME(sys_ni_syscall),  // 386
    SYMBOL_NAME(sys_ni_syscall),  // 387
    SYMBOL_NAME(sys_ni_syscall),  // 388
    SYMBOL_NAME(sys_ni_syscall),  // 389
    SYMBOL_NAME(sys_ni_syscall),  // 390
    SYMBOL_NAME(sys_ni_syscall),  // 391
    SYMBOL_NAME(sys_ni_syscall),  // 392
    SYMBOL_NAME(sys_ni_syscall),  // 393
    SYMBOL_NAME(sys_ni_syscall),  // 394
    SYMBOL_NAME(sys_ni_syscall),  // 395
    SYMBOL_NAME(sys_ni_syscall),  // 396
    SYMBOL_NAME(sys_ni_syscall),  // 397
    SYMBOL_NAME(sys_ni_syscall),  // 398
    SYMBOL_NAME(sys_ni_syscall),  // 399
    SYMBOL_NAME(sys_ni_syscall),  // 400
    SYMBOL_NAME(sys_ni_syscall),  // 401
    SYMBOL_NAME(sys_ni_syscall),  // 402
    SYMBOL_NAME(sys_ni_syscall),  // 403
    SYMBOL_NAME(sys_ni_syscall),  // 404
    SYMBOL_NAME(sys_ni_syscall),  // 405
    SYMBOL_NAME(sys_ni_syscall),  // 406
    SYMBOL_NAME(sys_ni_syscall),  // 407
    SYMBOL_NAME(sys_ni_syscall),  // 408
    SYMBOL_NAME(sys_ni_syscall),  // 409
    SYMBOL_NAME(sys_ni_syscall),  // 410
    SYMBOL_NAME(sys_ni_syscall),  // 411
    SYMBOL_NAME(sys_ni_syscall),  // 412
    SYMBOL_NAME(sys_ni_syscall),  // 413
    SYMBOL_NAME(sys_ni_syscall),  // 414
    SYMBOL_NAME(sys_ni_syscall),  // 415
    SYMBOL_NAME(sys_ni_syscall),  // 416
    SYMBOL_NAME(sys_ni_syscall),  // 417
    SYMBOL_NAME(sys_ni_syscall),  // 418
    SYMBOL_NAME(sys_ni_syscall),  // 419
    SYMBOL_NAME(sys_ni_syscall),  // 420
    SYMBOL_NAME(sys_ni_syscall),  // 421
    SYMBOL_NAME(sys_ni_syscall),  // 422
    SYMBOL_NAME(sys_ni_syscall),  // 423
    SYMBOL_NAME(sys_pidfd_send_signal<X86_64Abi>),  // 424
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
    SYMBOL_NAME(sys_clone3<abi::clone_args>),  // 435
    SYMBOL_NAME(sys_close_range),  // 436
    SYMBOL_NAME(sys_openat2),  // 437
    SYMBOL_NAME(sys_pidfd_getfd),  // 438
    SYMBOL_NAME(sys_faccessat2),  // 439
    SYMBOL_NAME(sys_ni_syscall),  // 440 process_madvise
    SYMBOL_NAME(sys_epoll_pwait2<abi::epoll_event, abi::timespec64>),  // 441
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

static_assert(sys_call_table[58].name == "sys_vfork");
