// The one header of a small C library for moxie guests: what the programs beside it use and no more. Names
// and structures are Linux's (asm-generic of 2.6.33, which the moxie port took over by way of MicroBlaze).
// Differences from a real one: output is not buffered, every printf is one write; names in environ
// are all exported; no locale, no threads, no floating point.
#ifndef LIBC_H
#define LIBC_H

typedef unsigned int size_t;
typedef int ssize_t, pid_t, off_t, mode_t;
typedef __builtin_va_list va_list;
#define va_start __builtin_va_start
#define va_arg __builtin_va_arg
#define va_end __builtin_va_end
#define NULL ((void *)0)
#define noreturn __attribute__((noreturn))

// errno
enum { EPERM = 1, ENOENT = 2, EINTR = 4, ENOEXEC = 8, EBADF = 9, ECHILD = 10, ENOMEM = 12, EACCES = 13, EFAULT = 14,
       ENOTDIR = 20, EISDIR = 21, EINVAL = 22, ENOSYS = 38 };
extern int errno;

// The raw call: -4095 to -1 is an error. The other turns that into errno and -1.
long __syscall(long number, long a, long b, long c, long d, long e, long f);
long __result(long value);

// string.c
void *memcpy(void *to, const void *from, size_t n);
void *memmove(void *to, const void *from, size_t n);
void *memset(void *to, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
size_t strlen(const char *s);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
char *strcpy(char *to, const char *from);
char *strchr(const char *s, int c);
char *strrchr(const char *s, int c);
char *strdup(const char *s);
int atoi(const char *s);
const char *strerror(int error);

// printf.c: %d %u %x %o %c %s %p %%, with -, 0, width and, for %s, a precision (all with * too)
int printf(const char *format, ...) __attribute__((format(printf, 1, 2)));
int dprintf(int fd, const char *format, ...) __attribute__((format(printf, 2, 3)));
int snprintf(char *to, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));
int puts(const char *s);

// malloc.c
void *malloc(size_t n);
void *calloc(size_t n, size_t size);
void free(void *p);

// files.c
enum { O_RDONLY = 0, O_WRONLY = 1, O_RDWR = 2, O_CREAT = 0100, O_EXCL = 0200, O_TRUNC = 01000, O_APPEND = 02000,
       O_NONBLOCK = 04000, O_DIRECTORY = 0200000, O_CLOEXEC = 02000000 };
enum { SEEK_SET, SEEK_CUR, SEEK_END, F_SETFD = 2, FD_CLOEXEC = 1 };
ssize_t read(int fd, void *to, size_t n);
ssize_t write(int fd, const void *from, size_t n);
int open(const char *name, int flags, ...);
int close(int fd);
off_t lseek(int fd, off_t at, int whence);
int dup2(int from, int to);
int pipe(int fd[2]);
int unlink(const char *name);
int mkdir(const char *name, mode_t mode);
int rmdir(const char *name);
int chdir(const char *name);
int chroot(const char *name);
char *getcwd(char *to, size_t n);
int isatty(int fd);
struct stat {
  unsigned long long st_dev, st_ino;
  unsigned st_mode, st_nlink, st_uid, st_gid;
  unsigned long long st_rdev, pad1;
  long long st_size;
  int st_blksize, pad2;
  long long st_blocks;
  int st_atime, st_atime_nsec, st_mtime, st_mtime_nsec, st_ctime, st_ctime_nsec, unused[2];
};
#define S_ISDIR(mode) (((mode) & 0170000) == 0040000)
int stat(const char *name, struct stat *to);
int lstat(const char *name, struct stat *to);
int fstat(int fd, struct stat *to);

// dirent.c
struct dirent {
  unsigned long long d_ino, d_off;
  unsigned short d_reclen;
  unsigned char d_type;
  char d_name[];
};
typedef struct DIR DIR;
DIR *opendir(const char *name);
struct dirent *readdir(DIR *d);
int closedir(DIR *d);

// process.c, vfork.S, start.c
extern char **environ;
noreturn void _exit(int status);
noreturn void exit(int status);
pid_t getpid(void);
pid_t getppid(void);
pid_t fork(void);
pid_t vfork(void);  // keeps all it needs in preserved registers
__attribute__((returns_twice)) pid_t naive_vfork(void);  // leaves a frame on the shared stack
int execve(const char *name, char *const argv[], char *const envp[]);
int execvpe(const char *name, char *const argv[], char *const envp[]);
int execveat(int dir, const char *name, char *const argv[], char *const envp[], int flags);
enum { AT_EMPTY_PATH = 0x1000 };
char *getenv(const char *name);
pid_t waitpid(pid_t pid, int *status, int options);
pid_t wait(int *status);
enum { WNOHANG = 1 };
#define WIFEXITED(s) (((s) & 0x7f) == 0)
#define WEXITSTATUS(s) ((s) >> 8 & 0xff)
#define WTERMSIG(s) ((s) & 0x7f)

// setjmp.S
typedef struct {
  long regs[9];  // $r6 to $r11, $fp, $sp, pc
  int mask_saved;
  unsigned long mask[2];
} jmp_buf[1], sigjmp_buf[1];
__attribute__((returns_twice)) int setjmp(jmp_buf env);
noreturn void longjmp(jmp_buf env, int value);
#define sigsetjmp(env, save) \
  ((env)->mask_saved = (save), (save) ? sigprocmask(SIG_BLOCK, NULL, (sigset_t *)(env)->mask) : 0, setjmp(env))
noreturn void siglongjmp(sigjmp_buf env, int value);

// signal.c
enum { SIGHUP = 1, SIGINT = 2, SIGILL = 4, SIGTRAP = 5, SIGABRT = 6, SIGBUS = 7, SIGFPE = 8, SIGKILL = 9, SIGUSR1 = 10,
       SIGSEGV = 11, SIGUSR2 = 12, SIGPIPE = 13, SIGALRM = 14, SIGTERM = 15, SIGCHLD = 17 };
enum { SIG_BLOCK, SIG_UNBLOCK, SIG_SETMASK };
enum { SA_SIGINFO = 4, SA_RESTORER = 0x04000000, SA_ONSTACK = 0x08000000, SA_RESTART = 0x10000000, SA_NODEFER = 0x40000000,
       SA_RESETHAND = (int)0x80000000 };
typedef struct { unsigned long word[2]; } sigset_t;  // signals 1 to 32 in the first
typedef struct { int si_signo, si_errno, si_code, si_pid, si_uid, si_value, pad[26]; } siginfo_t;
struct stack { void *ss_sp; int ss_flags; size_t ss_size; };
struct ucontext {
  unsigned long uc_flags;
  struct ucontext *uc_link;
  struct stack uc_stack;
  unsigned long fp, sp, r[14], pc, cmp_a, cmp_b;
  sigset_t uc_sigmask;
  unsigned long sreg[16];
};
typedef void (*sighandler_t)(int);
#define SIG_DFL ((sighandler_t)0)
#define SIG_IGN ((sighandler_t)1)
#define SIG_ERR ((sighandler_t)-1)
struct sigaction {
  union {
    sighandler_t sa_handler;
    void (*sa_sigaction)(int, siginfo_t *, void *);
  };
  unsigned long sa_flags;
  void (*sa_restorer)(void);
  sigset_t sa_mask;
};
int sigaction(int sig, const struct sigaction *action, struct sigaction *old);
sighandler_t signal(int sig, sighandler_t handler);
int sigprocmask(int how, const sigset_t *set, sigset_t *old);
int sigsuspend(const sigset_t *mask);
int sigpending(sigset_t *set);
int sigaltstack(const struct stack *set, struct stack *old);
void sigemptyset(sigset_t *set);
void sigaddset(sigset_t *set, int sig);
int sigismember(const sigset_t *set, int sig);
int kill(pid_t pid, int sig);
unsigned alarm(unsigned seconds);
int every_ms(int ms);  // setitimer(ITIMER_REAL): SIGALRM again and again, 0 stops it

#endif
