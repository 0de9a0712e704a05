// The scenarios of the table of observable differences, in one program: `eras B6` runs a row and prints
// its line. The row's parent P is a child of the watchdog, which ends the row even when nothing can end
// P; helpers are children of the watchdog too, strangers to P. Exec targets are this program itself in
// another role. ERAS_SCALE=N makes every time N times as long, for hosts whose clock is real.
#include "eras.h"

struct shared* sh;
char self[4096];
int loops = 20;

static struct row* rows;
static long scale = 1;

void row_register(struct row* r) {
  struct row** at = &rows;
  while (*at != NULL && (*at)->number < r->number) at = &(*at)->next;
  r->next = *at;
  *at = r;
}

// ---- time ------------------------------------------------------------------------------------------

static long long clock_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

long now(void) { return (long)((clock_ns() - sh->t0) / 1000000 / scale); }
long grid(long ms) { return ms / 50 * 50; }

void nap_until(long ms) {
  const long long end = sh->t0 + ms * 1000000LL * scale;
  long long left;
  while ((left = end - clock_ns()) > 0) {
    const struct timespec t = {left / 1000000000, left % 1000000000};
    nanosleep(&t, NULL);
  }
}

void nap(long ms) {
  const long long end = clock_ns() + ms * 1000000LL * scale;
  long long left;
  while ((left = end - clock_ns()) > 0) {
    const struct timespec t = {left / 1000000000, left % 1000000000};
    nanosleep(&t, NULL);
  }
}

// ---- the line --------------------------------------------------------------------------------------

void say(const char* format, ...) {
  size_t used = strlen(sh->line);
  if (used != 0) used += (size_t)snprintf(sh->line + used, sizeof sh->line - used, ", ");
  va_list args;
  va_start(args, format);
  vsnprintf(sh->line + used, sizeof sh->line - used, format, args);
  va_end(args);
}

static const struct row* alone;  // the row that runs as pid 1, without a watchdog
static int finish(const struct row* r);

void done(void) { _exit(alone != NULL && getpid() == 1 ? finish(alone) : 0); }

static long times[8];
static int times_seen;

void note_time(long ms) {
  for (int i = 0; i < times_seen; ++i)
    if (times[i] == ms) return;
  if (times_seen < 8) times[times_seen++] = ms;
}

void say_times(void) {
  if (times_seen == 1) {
    say("always %ld", times[0]);
    return;
  }
  for (int i = 0; i < times_seen; ++i)
    for (int j = i + 1; j < times_seen; ++j)
      if (times[j] < times[i]) {
        const long t = times[i];
        times[i] = times[j];
        times[j] = t;
      }
  for (int i = 0; i < times_seen; ++i) say(i == 0 ? "%ld" : "some %ld", times[i]);
}

const char* how_many(int n, int of) { return n == 0 ? "none" : n == of ? "all" : "some"; }

// ---- processes -------------------------------------------------------------------------------------

static char stacks[8][65536] __attribute__((aligned(64)));
static int stacks_used;

static char* next_stack(void) { return stacks[stacks_used++ % 8] + sizeof stacks[0]; }

static void run_child(void (*child)(void)) {
  child();
  _exit(0);
}

// The child leaves the parent's stack with its first instruction and never comes back to it.
__attribute__((noinline)) static long vfork_onto(void (*child)(void), char* top) {
  long result;
#ifdef __x86_64__
  __asm__ volatile(
      "syscall\n\t"
      "test %%rax, %%rax\n\t"
      "jnz 1f\n\t"
      "mov %[top], %%rsp\n\t"
      "call *%[run]\n\t"
      "hlt\n"
      "1:"
      : "=a"(result)
      : "a"((long)SYS_vfork), "D"(child), [top] "r"(top), [run] "r"(run_child)
      : "rcx", "r11", "memory", "cc");
#else
  __asm__ volatile(
      "int $0x80\n\t"
      "test %%eax, %%eax\n\t"
      "jnz 1f\n\t"
      "mov %[top], %%esp\n\t"
      "push %%edi\n\t"
      "call *%[run]\n\t"
      "hlt\n"
      "1:"
      : "=a"(result)
      : "a"((long)SYS_vfork), "D"(child), [top] "r"(top - 12), [run] "r"(run_child)
      : "memory", "cc");
#endif
  return result;
}

long try_vfork(void (*child)(void)) { return vfork_onto(child, next_stack()); }

pid_t vfork_child(void (*child)(void)) {
  const long pid = try_vfork(child);
  if (pid > 0) return (pid_t)pid;
  say("%s", strerrorname_np((int)-pid));
  done();
}

pid_t fork_child(void (*child)(void)) {
  const pid_t pid = fork();
  if (pid != 0) return pid;
  run_child(child);
  return -1;
}

static int clone_entry(void* child) {
  run_child((void (*)(void))(uintptr_t)child);
  return 0;
}

long clone_child(unsigned long flags, void (*child)(void), int* tid) {
  const int pid =
      clone(clone_entry, next_stack(), (int)flags, (void*)(uintptr_t)child, NULL, NULL, tid);
  return pid < 0 ? -errno : pid;
}

void exec_self(const char* verb, const char* first, const char* second) {
  char* argv[] = {self, (char*)verb, (char*)first, (char*)second, NULL};
  execve(self, argv, environ);
  _exit(127);
}

static int play_role(char** argv) {
  const char* verb = argv[1] + 1;
  if (strcmp(verb, "exit") == 0) return atoi(argv[2]);
  sh->t0 = clock_ns();
  if (strcmp(verb, "sleep") == 0) {
    nap_until(atol(argv[2]));
    return 0;
  }
  if (strcmp(verb, "again") == 0) {
    nap_until(atol(argv[2]));
    exec_self("+sleep", argv[3], NULL);
  }
  if (strcmp(verb, "echo") == 0) return write(1, argv[2], strlen(argv[2])) < 0;
  return 127;
}

void kill_later(pid_t pid) {
  if (sh->to_kill < 32) sh->kill_pid[sh->to_kill++] = pid;
}

int wait_for(pid_t pid) {
  int status;
  pid_t r;
  while ((r = waitpid(pid, &status, __WALL)) < 0 && errno == EINTR) {
  }
  return r < 0 ? -errno : status;
}

static int read_small(const char* name, char* to, size_t size) {
  const int fd = open(name, O_RDONLY);
  if (fd < 0) return -1;
  const ssize_t n = read(fd, to, size - 1);
  close(fd);
  if (n < 0) return -1;
  to[n] = 0;
  return 0;
}

char proc_state(pid_t pid) {
  char name[40], text[512];
  snprintf(name, sizeof name, "/proc/%d/stat", (int)pid);
  if (read_small(name, text, sizeof text) != 0) return '-';
  const char* after = strrchr(text, ')');
  return after != NULL && after[1] == ' ' ? after[2] : '-';
}

const char* status_text(int status) {
  static char text[40];
  if (WIFEXITED(status))
    snprintf(text, sizeof text, "exit %d", WEXITSTATUS(status));
  else
    snprintf(text, sizeof text, "killed by %s", sigabbrev_np(WTERMSIG(status)));
  return text;
}

// ---- the watchdog ----------------------------------------------------------------------------------

// Waits for P alone, whatever else dies; its status, or -1 when the limit has passed.
static int wait_with_limit(pid_t pid, long limit) {
  sigset_t chld;
  sigemptyset(&chld);
  sigaddset(&chld, SIGCHLD);
  const long long end = sh->t0 + limit * 1000000LL * scale;
  for (;;) {
    int status;
    if (waitpid(pid, &status, WNOHANG | __WALL) == pid) return status;
    const long long left = end - clock_ns();
    if (left <= 0) return -1;
    const struct timespec t = {left / 1000000000, left % 1000000000};
    sigtimedwait(&chld, NULL, &t);
  }
}

static void report_hang(pid_t pid) {
  const char state = proc_state(pid);
  kill(pid, SIGKILL);
  nap(100);
  if (waitpid(pid, NULL, WNOHANG | __WALL) == pid)
    say("HANG state %c, killed", state);
  else
    say("HANG state %c", state);
}

static void start_helpers(const struct row* r) {
  for (int i = 0; i < 2 && r->helper[i] != NULL; ++i) {
    const pid_t pid = fork();
    if (pid == 0) run_child(r->helper[i]);
    if (i == 0) sh->helper = pid;
    kill_later(pid);
  }
}

static void run_watched(const struct row* r) {
  // Blocked in the watchdog only, so that sigtimedwait sees it.
  sigset_t chld, old;
  sigemptyset(&chld);
  sigaddset(&chld, SIGCHLD);
  start_helpers(r);
  const pid_t p = fork();
  if (p == 0) {
    sh->p = getpid();
    r->subject();
    done();
  }
  sigprocmask(SIG_BLOCK, &chld, &old);
  const int status = wait_with_limit(p, r->limit != 0 ? r->limit : 20000);
  if (status == -1)
    report_hang(p);
  else if (r->over != NULL)
    r->over(status);
  else if (WIFSIGNALED(status))
    say("P killed by %s", sigabbrev_np(WTERMSIG(status)));
}

static int finish(const struct row* r) {
  for (int i = 0; i < sh->to_kill; ++i) kill(sh->kill_pid[i], SIGKILL);
  printf("B%d  %s\n", r->number, sh->line);
  fflush(stdout);
  return sh->line[0] != 0 ? 0 : 1;
}

static int run_row(const struct row* r) {
  sh->t0 = clock_ns();
  if (r->needs_init && getpid() == 1) {
    alone = r;
    sh->p = 1;
    r->subject();
  } else {
    run_watched(r);
  }
  return finish(r);
}

static int usage(void) {
  printf(
      "usage: eras ROW [LOOPS]   one row of the table, such as B6; prints one line\n"
      "       eras --list        the rows\n");
  return 2;
}

int main(int argc, char** argv) {
  sh = mmap(NULL, sizeof *sh, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (sh == MAP_FAILED) return 2;
  const char* factor = getenv("ERAS_SCALE");
  if (factor != NULL && atol(factor) > 0) scale = atol(factor);
  const ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
  if (n <= 0) snprintf(self, sizeof self, "%s", argv[0]);
  if (argc >= 3 && argv[1][0] == '+') return play_role(argv);
  if (argc == 2 && strcmp(argv[1], "--list") == 0) {
    for (const struct row* r = rows; r != NULL; r = r->next)
      printf("B%d  %s\n", r->number, r->what);
    return 0;
  }
  if (argc < 2 || (argv[1][0] != 'B' && argv[1][0] != 'b')) return usage();
  if (argc >= 3 && atoi(argv[2]) > 0) loops = atoi(argv[2]);
  for (const struct row* r = rows; r != NULL; r = r->next)
    if (r->number == atoi(argv[1] + 1)) return run_row(r);
  return usage();
}
