// The i386 system-call table (Linux: arch/i386/kernel/entry.S, later syscall_32.tbl). One slot a line;
// the comment is its number. Where modern Linux still has the holes of 2.2.0 they are holes here too;
// slot 190, which the January 1999 patch filled, is sys_vfork. tests/unit holds every slot against the
// host's <asm/unistd_32.h>.
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
constexpr syscall_table<NR_syscalls> ia32_sys_call_table{
    SYMBOL_NAME(sys_restart_syscall),  // 0
    SYMBOL_NAME(sys_exit),  // 1
    SYMBOL_NAME(sys_fork),  // 2
    SYMBOL_NAME(sys_read),  // 3
    SYMBOL_NAME(sys_write),  // 4
    SYMBOL_NAME(sys_open),  // 5
    SYMBOL_NAME(sys_close),  // 6
    SYMBOL_NAME(sys_waitpid<I386Abi>),  // 7
    SYMBOL_NAME(sys_creat),  // 8
    SYMBOL_NAME(sys_link),  // 9
    SYMBOL_NAME(sys_unlink),  // 10
    SYMBOL_NAME(sys_execve<I386Abi>),  // 11
    SYMBOL_NAME(sys_chdir),  // 12
    SYMBOL_NAME(sys_time<I386Abi>),  // 13
    SYMBOL_NAME(sys_mknod),  // 14
    SYMBOL_NAME(sys_chmod),  // 15
    SYMBOL_NAME(sys_lchown<uint16_t>),  // 16
    SYMBOL_NAME(sys_ni_syscall),  // 17 break
    SYMBOL_NAME(sys_oldstat<I386Abi>),  // 18
    SYMBOL_NAME(sys_lseek<I386Abi>),  // 19
    SYMBOL_NAME(sys_getpid),  // 20
    SYMBOL_NAME(sys_mount),  // 21
    SYMBOL_NAME(sys_umount),  // 22
    SYMBOL_AS(setuid, sys_setuid16),  // 23
    SYMBOL_AS(getuid, sys_getuid16),  // 24
    SYMBOL_NAME(sys_stime<I386Abi>),  // 25
    SYMBOL_NAME(sys_ptrace<I386Abi>),  // 26
    SYMBOL_NAME(sys_alarm),  // 27
    SYMBOL_NAME(sys_oldfstat<I386Abi>),  // 28
    SYMBOL_NAME(sys_pause),  // 29
    SYMBOL_NAME(sys_utime<I386Abi>),  // 30
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
    SYMBOL_NAME(sys_times<I386Abi::tms>),  // 43
    SYMBOL_NAME(sys_ni_syscall),  // 44 prof
    SYMBOL_NAME(sys_brk),  // 45
    SYMBOL_AS(setgid, sys_setgid16),  // 46
    SYMBOL_AS(getgid, sys_getgid16),  // 47
    SYMBOL_NAME(sys_signal),  // 48
    SYMBOL_AS(geteuid, sys_geteuid16),  // 49
    SYMBOL_AS(getegid, sys_getegid16),  // 50
    SYMBOL_NAME(sys_acct),  // 51
    SYMBOL_NAME(sys_umount2),  // 52
    SYMBOL_NAME(sys_ni_syscall),  // 53 lock
    SYMBOL_NAME(sys_ioctl),  // 54
    SYMBOL_NAME(sys_fcntl<I386Abi>),  // 55
    SYMBOL_NAME(sys_ni_syscall),  // 56 mpx
    SYMBOL_NAME(sys_setpgid),  // 57
    SYMBOL_NAME(sys_ni_syscall),  // 58 ulimit
    SYMBOL_NAME(sys_oldolduname),  // 59
    SYMBOL_NAME(sys_umask),  // 60
    SYMBOL_NAME(sys_chroot),  // 61
    SYMBOL_NAME(sys_ni_syscall),  // 62 ustat
    SYMBOL_NAME(sys_dup2),  // 63
    SYMBOL_NAME(sys_getppid),  // 64
    SYMBOL_NAME(sys_getpgrp),  // 65
    SYMBOL_NAME(sys_setsid),  // 66
    SYMBOL_NAME(sys_sigaction<I386Abi>),  // 67
    SYMBOL_NAME(sys_sgetmask),  // 68
    SYMBOL_NAME(sys_ssetmask),  // 69
    SYMBOL_AS(setreuid, sys_setreuid16),  // 70
    SYMBOL_AS(setregid, sys_setregid16),  // 71
    SYMBOL_NAME(sys_sigsuspend),  // 72
    SYMBOL_NAME(sys_sigpending),  // 73
    SYMBOL_NAME(sys_sethostname),  // 74
    SYMBOL_NAME(sys_setrlimit<I386Abi::rlimit>),  // 75
    SYMBOL_AS(getrlimit, sys_old_getrlimit<I386Abi::rlimit>),  // 76
    SYMBOL_NAME(sys_getrusage<I386Abi>),  // 77
    SYMBOL_NAME(sys_gettimeofday<I386Abi>),  // 78
    SYMBOL_NAME(sys_settimeofday<I386Abi>),  // 79
    SYMBOL_AS(getgroups, sys_getgroups16),  // 80
    SYMBOL_AS(setgroups, sys_setgroups16),  // 81
    SYMBOL_AS(select, sys_old_select<I386Abi>),  // 82
    SYMBOL_NAME(sys_symlink),  // 83
    SYMBOL_NAME(sys_oldlstat<I386Abi>),  // 84
    SYMBOL_NAME(sys_readlink),  // 85
    SYMBOL_NAME(sys_ni_syscall),  // 86 uselib
    SYMBOL_NAME(sys_ni_syscall),  // 87 swapon
    SYMBOL_NAME(sys_reboot),  // 88
    SYMBOL_NAME(sys_readdir<I386Abi>),  // 89
    SYMBOL_AS(mmap, sys_old_mmap<I386Abi>),  // 90
    SYMBOL_NAME(sys_munmap),  // 91
    SYMBOL_NAME(sys_truncate),  // 92
    SYMBOL_NAME(sys_ftruncate),  // 93
    SYMBOL_NAME(sys_fchmod),  // 94
    SYMBOL_NAME(sys_fchown<uint16_t>),  // 95
    SYMBOL_NAME(sys_getpriority),  // 96
    SYMBOL_NAME(sys_setpriority),  // 97
    SYMBOL_NAME(sys_ni_syscall),  // 98 profil
    SYMBOL_NAME(sys_statfs<I386Abi>),  // 99
    SYMBOL_NAME(sys_fstatfs<I386Abi>),  // 100
    SYMBOL_NAME(sys_ni_syscall),  // 101 ioperm
    SYMBOL_NAME(sys_socketcall<I386Abi>),  // 102
    SYMBOL_NAME(sys_syslog),  // 103
    SYMBOL_NAME(sys_setitimer<I386Abi>),  // 104
    SYMBOL_NAME(sys_getitimer<I386Abi>),  // 105
    SYMBOL_NAME(sys_stat<I386Abi>),  // 106
    SYMBOL_NAME(sys_lstat<I386Abi>),  // 107
    SYMBOL_NAME(sys_fstat<I386Abi>),  // 108
    SYMBOL_NAME(sys_olduname),  // 109
    SYMBOL_NAME(sys_ni_syscall),  // 110 iopl
    SYMBOL_NAME(sys_vhangup),  // 111
    SYMBOL_NAME(sys_ni_syscall),  // 112 idle
    SYMBOL_NAME(sys_ni_syscall),  // 113 vm86old
    SYMBOL_NAME(sys_wait4<I386Abi>),  // 114
    SYMBOL_NAME(sys_ni_syscall),  // 115 swapoff
    SYMBOL_NAME(sys_sysinfo<I386Abi::sysinfo>),  // 116
    SYMBOL_NAME(sys_ipc<I386Abi>),  // 117
    SYMBOL_NAME(sys_fsync),  // 118
    SYMBOL_NAME(sys_sigreturn),  // 119
    SYMBOL_AS(clone, sys_ia32_clone),  // 120
    SYMBOL_NAME(sys_setdomainname),  // 121
    SYMBOL_NAME(sys_uname<abi::utsname>),  // 122
    SYMBOL_NAME(sys_ni_syscall),  // 123 modify_ldt
    SYMBOL_NAME(sys_adjtimex<I386Abi::timex>),  // 124
    SYMBOL_NAME(sys_mprotect),  // 125
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
    SYMBOL_AS(setfsuid, sys_setfsuid16),  // 138
    SYMBOL_AS(setfsgid, sys_setfsgid16),  // 139
    SYMBOL_NAME(sys__llseek),  // 140
    SYMBOL_NAME(sys_getdents<I386Abi>),  // 141
    SYMBOL_AS(_newselect, sys_select<I386Abi>),  // 142
    SYMBOL_NAME(sys_flock),  // 143
    SYMBOL_NAME(sys_msync),  // 144
    SYMBOL_NAME(sys_readv<I386Abi>),  // 145
    SYMBOL_NAME(sys_writev<I386Abi>),  // 146
    SYMBOL_NAME(sys_getsid),  // 147
    SYMBOL_NAME(sys_fdatasync),  // 148
    SYMBOL_NAME(sys_ni_syscall),  // 149 _sysctl
    SYMBOL_NAME(sys_mlock),  // 150
    SYMBOL_NAME(sys_munlock),  // 151
    SYMBOL_NAME(sys_mlockall),  // 152
    SYMBOL_NAME(sys_munlockall),  // 153
    SYMBOL_NAME(sys_sched_setparam<abi::sched_param>),  // 154
    SYMBOL_NAME(sys_sched_getparam<abi::sched_param>),  // 155
    SYMBOL_NAME(sys_sched_setscheduler<abi::sched_param>),  // 156
    SYMBOL_NAME(sys_sched_getscheduler),  // 157
    SYMBOL_NAME(sys_sched_yield),  // 158
    SYMBOL_NAME(sys_sched_get_priority_max),  // 159
    SYMBOL_NAME(sys_sched_get_priority_min),  // 160
    SYMBOL_NAME(sys_sched_rr_get_interval<I386Abi::timespec>),  // 161
    SYMBOL_NAME(sys_nanosleep<I386Abi::timespec>),  // 162
    SYMBOL_NAME(sys_mremap),  // 163
    SYMBOL_AS(setresuid, sys_setresuid16),  // 164
    SYMBOL_AS(getresuid, sys_getresuid16),  // 165
    SYMBOL_NAME(sys_ni_syscall),  // 166 vm86
    SYMBOL_NAME(sys_ni_syscall),  // 167 query_module
    SYMBOL_NAME(sys_poll<abi::pollfd>),  // 168
    SYMBOL_NAME(sys_ni_syscall),  // 169 nfsservctl
    SYMBOL_AS(setresgid, sys_setresgid16),  // 170
    SYMBOL_AS(getresgid, sys_getresgid16),  // 171
    SYMBOL_NAME(sys_prctl),  // 172
    SYMBOL_NAME(sys_rt_sigreturn<I386Abi>),  // 173
    SYMBOL_NAME(sys_rt_sigaction<I386Abi>),  // 174
    SYMBOL_NAME(sys_rt_sigprocmask),  // 175
    SYMBOL_NAME(sys_rt_sigpending),  // 176
    SYMBOL_NAME(sys_rt_sigtimedwait<I386Abi>),  // 177
    SYMBOL_NAME(sys_rt_sigqueueinfo<I386Abi>),  // 178
    SYMBOL_NAME(sys_rt_sigsuspend),  // 179
    SYMBOL_NAME(sys_pread64<I386Abi>),  // 180
    SYMBOL_NAME(sys_pwrite64<I386Abi>),  // 181
    SYMBOL_NAME(sys_chown<uint16_t>),  // 182
    SYMBOL_NAME(sys_getcwd),  // 183
    SYMBOL_NAME(sys_capget<abi::user_cap_header, abi::user_cap_data>),  // 184
    SYMBOL_NAME(sys_capset<abi::user_cap_header, abi::user_cap_data>),  // 185
    SYMBOL_NAME(sys_sigaltstack<I386Abi>),  // 186
    SYMBOL_NAME(sys_sendfile<I386Abi>),  // 187
    SYMBOL_NAME(sys_ni_syscall),  // 188 getpmsg
    SYMBOL_NAME(sys_ni_syscall),  // 189 putpmsg
    SYMBOL_NAME(sys_vfork),  // 190
    SYMBOL_NAME(sys_ugetrlimit<I386Abi::rlimit>),  // 191
    SYMBOL_NAME(sys_mmap2),  // 192
    SYMBOL_NAME(sys_truncate64),  // 193
    SYMBOL_NAME(sys_ftruncate64),  // 194
    SYMBOL_NAME(sys_stat64<I386Abi>),  // 195
    SYMBOL_NAME(sys_lstat64<I386Abi>),  // 196
    SYMBOL_NAME(sys_fstat64<I386Abi>),  // 197
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
    SYMBOL_NAME(sys_mincore),  // 218
    SYMBOL_NAME(sys_madvise),  // 219
    SYMBOL_NAME(sys_getdents64),  // 220
    SYMBOL_NAME(sys_fcntl64<I386Abi>),  // 221
    SYMBOL_NAME(sys_ni_syscall),  // 222
    SYMBOL_NAME(sys_ni_syscall),  // 223
    SYMBOL_NAME(sys_gettid),  // 224
    SYMBOL_NAME(sys_readahead<I386Abi>),  // 225
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
    SYMBOL_NAME(sys_futex<I386Abi::timespec>),  // 240
    SYMBOL_NAME(sys_sched_setaffinity<I386Abi>),  // 241
    SYMBOL_NAME(sys_sched_getaffinity<I386Abi>),  // 242
    SYMBOL_NAME(sys_set_thread_area),  // 243
    SYMBOL_NAME(sys_get_thread_area),  // 244
    SYMBOL_NAME(sys_ni_syscall),  // 245 io_setup
    SYMBOL_NAME(sys_ni_syscall),  // 246 io_destroy
    SYMBOL_NAME(sys_ni_syscall),  // 247 io_getevents
    SYMBOL_NAME(sys_ni_syscall),  // 248 io_submit
    SYMBOL_NAME(sys_ni_syscall),  // 249 io_cancel
    SYMBOL_NAME(sys_fadvise64<I386Abi>),  // 250
    SYMBOL_NAME(sys_ni_syscall),  // 251
    SYMBOL_NAME(sys_exit_group),  // 252
    SYMBOL_NAME(sys_ni_syscall),  // 253 lookup_dcookie
    SYMBOL_NAME(sys_epoll_create),  // 254
    SYMBOL_NAME(sys_epoll_ctl<abi::epoll_event>),  // 255
    SYMBOL_NAME(sys_epoll_wait<abi::epoll_event>),  // 256
    SYMBOL_NAME(sys_remap_file_pages),  // 257
    SYMBOL_NAME(sys_set_tid_address),  // 258
    SYMBOL_NAME(sys_timer_create<I386Abi>),  // 259
    SYMBOL_NAME(sys_timer_settime<I386Abi::itimerspec>),  // 260
    SYMBOL_NAME(sys_timer_gettime<I386Abi::itimerspec>),  // 261
    SYMBOL_NAME(sys_timer_getoverrun),  // 262
    SYMBOL_NAME(sys_timer_delete),  // 263
    SYMBOL_NAME(sys_clock_settime<I386Abi::timespec>),  // 264
    SYMBOL_NAME(sys_clock_gettime<I386Abi::timespec>),  // 265
    SYMBOL_NAME(sys_clock_getres<I386Abi::timespec>),  // 266
    SYMBOL_NAME(sys_clock_nanosleep<I386Abi::timespec>),  // 267
    SYMBOL_NAME(sys_statfs64<I386Abi>),  // 268
    SYMBOL_NAME(sys_fstatfs64<I386Abi>),  // 269
    SYMBOL_NAME(sys_tgkill),  // 270
    SYMBOL_NAME(sys_utimes<I386Abi::timeval>),  // 271
    SYMBOL_NAME(sys_fadvise64_64),  // 272
    SYMBOL_NAME(sys_ni_syscall),  // 273 vserver
    SYMBOL_NAME(sys_ni_syscall),  // 274 mbind
    SYMBOL_NAME(sys_ni_syscall),  // 275 get_mempolicy
    SYMBOL_NAME(sys_ni_syscall),  // 276 set_mempolicy
    SYMBOL_NAME(sys_mq_open<I386Abi>),  // 277
    SYMBOL_NAME(sys_mq_unlink),  // 278
    SYMBOL_NAME(sys_mq_timedsend<I386Abi::timespec>),  // 279
    SYMBOL_NAME(sys_mq_timedreceive<I386Abi::timespec>),  // 280
    SYMBOL_NAME(sys_mq_notify<I386Abi>),  // 281
    SYMBOL_NAME(sys_mq_getsetattr<I386Abi>),  // 282
    SYMBOL_NAME(sys_ni_syscall),  // 283 kexec_load
    SYMBOL_NAME(sys_waitid<I386Abi>),  // 284
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
    SYMBOL_NAME(sys_futimesat<I386Abi::timeval>),  // 299
    SYMBOL_NAME(sys_fstatat64<I386Abi>),  // 300
    SYMBOL_NAME(sys_unlinkat),  // 301
    SYMBOL_NAME(sys_renameat),  // 302
    SYMBOL_NAME(sys_linkat),  // 303
    SYMBOL_NAME(sys_symlinkat),  // 304
    SYMBOL_NAME(sys_readlinkat),  // 305
    SYMBOL_NAME(sys_fchmodat),  // 306
    SYMBOL_NAME(sys_faccessat),  // 307
    SYMBOL_NAME(sys_pselect6<I386Abi>),  // 308
    SYMBOL_NAME(sys_ppoll<abi::pollfd, I386Abi::timespec>),  // 309
    SYMBOL_NAME(sys_unshare),  // 310
    SYMBOL_NAME(sys_set_robust_list<I386Abi>),  // 311
    SYMBOL_NAME(sys_get_robust_list<I386Abi>),  // 312
    SYMBOL_NAME(sys_splice),  // 313
    SYMBOL_NAME(sys_sync_file_range<I386Abi>),  // 314
    SYMBOL_NAME(sys_tee),  // 315
    SYMBOL_NAME(sys_vmsplice<I386Abi>),  // 316
    SYMBOL_NAME(sys_ni_syscall),  // 317 move_pages
    SYMBOL_NAME(sys_getcpu),  // 318
    SYMBOL_NAME(sys_epoll_pwait<abi::epoll_event>),  // 319
    SYMBOL_NAME(sys_utimensat<I386Abi::timespec>),  // 320
    SYMBOL_NAME(sys_signalfd),  // 321
    SYMBOL_NAME(sys_timerfd_create),  // 322
    SYMBOL_NAME(sys_eventfd),  // 323
    SYMBOL_NAME(sys_fallocate<I386Abi>),  // 324
    SYMBOL_NAME(sys_timerfd_settime<I386Abi::itimerspec>),  // 325
    SYMBOL_NAME(sys_timerfd_gettime<I386Abi::itimerspec>),  // 326
    SYMBOL_NAME(sys_signalfd4),  // 327
    SYMBOL_NAME(sys_eventfd2),  // 328
    SYMBOL_NAME(sys_epoll_create1),  // 329
    SYMBOL_NAME(sys_dup3),  // 330
    SYMBOL_NAME(sys_pipe2),  // 331
    SYMBOL_NAME(sys_ni_syscall),  // 332 inotify_init1
    SYMBOL_NAME(sys_preadv<I386Abi>),  // 333
    SYMBOL_NAME(sys_pwritev<I386Abi>),  // 334
    SYMBOL_NAME(sys_rt_tgsigqueueinfo<I386Abi>),  // 335
    SYMBOL_NAME(sys_ni_syscall),  // 336 perf_event_open
    SYMBOL_NAME(sys_recvmmsg<I386Abi>),  // 337
    SYMBOL_NAME(sys_ni_syscall),  // 338 fanotify_init
    SYMBOL_NAME(sys_ni_syscall),  // 339 fanotify_mark
    SYMBOL_NAME(sys_prlimit64<abi::rlimit64>),  // 340
    SYMBOL_NAME(sys_ni_syscall),  // 341 name_to_handle_at
    SYMBOL_NAME(sys_ni_syscall),  // 342 open_by_handle_at
    SYMBOL_NAME(sys_clock_adjtime<I386Abi::timex>),  // 343
    SYMBOL_NAME(sys_syncfs),  // 344
    SYMBOL_NAME(sys_sendmmsg<I386Abi>),  // 345
    SYMBOL_NAME(sys_setns),  // 346
    SYMBOL_NAME(sys_process_vm_readv<I386Abi::iovec>),  // 347
    SYMBOL_NAME(sys_process_vm_writev<I386Abi::iovec>),  // 348
    SYMBOL_NAME(sys_kcmp),  // 349
    SYMBOL_NAME(sys_ni_syscall),  // 350 finit_module
    SYMBOL_NAME(sys_sched_setattr<abi::sched_attr>),  // 351
    SYMBOL_NAME(sys_sched_getattr<abi::sched_attr>),  // 352
    SYMBOL_NAME(sys_renameat2),  // 353
    SYMBOL_NAME(sys_seccomp),  // 354
    SYMBOL_NAME(sys_getrandom),  // 355
    SYMBOL_NAME(sys_memfd_create),  // 356
    SYMBOL_NAME(sys_ni_syscall),  // 357 bpf
    SYMBOL_NAME(sys_execveat<I386Abi>),  // 358
    SYMBOL_NAME(sys_socket),  // 359
    SYMBOL_NAME(sys_socketpair),  // 360
    SYMBOL_NAME(sys_bind),  // 361
    SYMBOL_NAME(sys_connect),  // 362
    SYMBOL_NAME(sys_listen),  // 363
    SYMBOL_NAME(sys_accept4),  // 364
    SYMBOL_NAME(sys_getsockopt<I386Abi>),  // 365
    SYMBOL_NAME(sys_setsockopt<I386Abi>),  // 366
    SYMBOL_NAME(sys_getsockname),  // 367
    SYMBOL_NAME(sys_getpeername),  // 368
    SYMBOL_NAME(sys_sendto),  // 369
    SYMBOL_NAME(sys_sendmsg<I386Abi>),  // 370
    SYMBOL_NAME(sys_recvfrom),  // 371
    SYMBOL_NAME(sys_recvmsg<I386Abi>),  // 372
    SYMBOL_NAME(sys_shutdown),  // 373
    SYMBOL_NAME(sys_ni_syscall),  // 374 userfaultfd
    SYMBOL_NAME(sys_membarrier),  // 375
    SYMBOL_NAME(sys_mlock2),  // 376
    SYMBOL_NAME(sys_copy_file_range),  // 377
    SYMBOL_NAME(sys_preadv2<I386Abi>),  // 378
    SYMBOL_NAME(sys_pwritev2<I386Abi>),  // 379
    SYMBOL_NAME(sys_pkey_mprotect),  // 380
    SYMBOL_NAME(sys_ni_syscall),  // 381 pkey_alloc
    SYMBOL_NAME(sys_ni_syscall),  // 382 pkey_free
    SYMBOL_NAME(sys_statx),  // 383
    SYMBOL_NAME(sys_arch_prctl),  // 384
    SYMBOL_NAME(sys_ni_syscall),  // 385 io_pgetevents
    SYMBOL_NAME(sys_rseq),  // 386
    SYMBOL_NAME(sys_ni_syscall),  // 387
    SYMBOL_NAME(sys_ni_syscall),  // 388
    SYMBOL_NAME(sys_ni_syscall),  // 389
    SYMBOL_NAME(sys_ni_syscall),  // 390
    SYMBOL_NAME(sys_ni_syscall),  // 391
    SYMBOL_NAME(sys_ni_syscall),  // 392
    SYMBOL_NAME(sys_semget),  // 393
    SYMBOL_NAME(sys_semctl<I386Abi>),  // 394
    SYMBOL_NAME(sys_shmget),  // 395
    SYMBOL_NAME(sys_shmctl<I386Abi>),  // 396
    SYMBOL_NAME(sys_shmat),  // 397
    SYMBOL_NAME(sys_shmdt),  // 398
    SYMBOL_NAME(sys_msgget),  // 399
    SYMBOL_NAME(sys_msgsnd<I386Abi>),  // 400
    SYMBOL_NAME(sys_msgrcv<I386Abi>),  // 401
    SYMBOL_NAME(sys_msgctl<I386Abi>),  // 402
    SYMBOL_NAME(sys_clock_gettime64<abi::timespec64>),  // 403
    SYMBOL_NAME(sys_clock_settime64<abi::timespec64>),  // 404
    SYMBOL_NAME(sys_clock_adjtime64<abi::timex64>),  // 405
    SYMBOL_NAME(sys_clock_getres_time64<abi::timespec64>),  // 406
    SYMBOL_NAME(sys_clock_nanosleep_time64<abi::timespec64>),  // 407
    SYMBOL_NAME(sys_timer_gettime64<abi::itimerspec64>),  // 408
    SYMBOL_NAME(sys_timer_settime64<abi::itimerspec64>),  // 409
    SYMBOL_AS(timerfd_gettime64, sys_timerfd_gettime<abi::itimerspec64>),  // 410
    SYMBOL_AS(timerfd_settime64, sys_timerfd_settime<abi::itimerspec64>),  // 411
    SYMBOL_NAME(sys_utimensat_time64<abi::timespec64>),  // 412
    SYMBOL_AS(pselect6_time64, sys_pselect6<I386Abi, abi::timespec64>),  // 413
    SYMBOL_AS(ppoll_time64, sys_ppoll<abi::pollfd, abi::timespec64>),  // 414
    SYMBOL_NAME(sys_ni_syscall),  // 415
    SYMBOL_NAME(sys_ni_syscall),  // 416 io_pgetevents_time64
    SYMBOL_AS(recvmmsg_time64, sys_recvmmsg<I386Abi, abi::timespec64>),  // 417
    SYMBOL_AS(mq_timedsend_time64, sys_mq_timedsend<abi::timespec64>),  // 418
    SYMBOL_AS(mq_timedreceive_time64, sys_mq_timedreceive<abi::timespec64>),  // 419
    SYMBOL_AS(semtimedop_time64, sys_semtimedop<abi::timespec64>),  // 420
    SYMBOL_NAME(sys_rt_sigtimedwait_time64<I386Abi, abi::timespec64>),  // 421
    SYMBOL_NAME(sys_futex_time64<abi::timespec64>),  // 422
    SYMBOL_NAME(sys_sched_rr_get_interval_time64<abi::timespec64>),  // 423
    SYMBOL_NAME(sys_pidfd_send_signal<I386Abi>),  // 424
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

static_assert(ia32_sys_call_table[190].name == "sys_vfork");
