// Who a process is: uname's constants, credentials, prctl, personality, /proc/self.
#include <sys/prctl.h>
#include <sys/utsname.h>
#include "t.h"
int main(int argc, char** argv) {
  struct utsname u;
  R(uname(&u));
  printf("%s\n", u.sysname);
  T(strlen(u.release) > 2 && u.release[1] == '.');
  T(getuid() == geteuid() && getgid() == getegid());
  uid_t r, e, s;
  R(getresuid(&r, &e, &s));
  T(r == e && e == s);
  R(prctl(PR_SET_NAME, "a name that is too long"));
  char name[32] = "";
  R(prctl(PR_GET_NAME, name));
  puts(name);
  int fd = open("/proc/self/comm", O_RDONLY);
  ssize_t n = read(fd, name, sizeof name);
  printf("%zd %.*s", n, (int)n, name);
  R(prctl(PR_GET_DUMPABLE));
  R(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
  R(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
  R(prctl(99999));
  char link[512];
  n = readlink("/proc/self/exe", link, sizeof link - 1);
  link[n > 0 ? n : 0] = 0;
  char* slash = strrchr(link, '/');
  const char* own = strrchr(argv[0], '/');
  T(slash != NULL && strcmp(slash, own != NULL ? own : argv[0]) == 0);
  n = readlink("/proc/self", link, sizeof link - 1);
  link[n > 0 ? n : 0] = 0;
  T(atoi(link) == getpid());
  FILE* f = fopen("/proc/self/status", "r");
  char line[256];
  while (fgets(line, sizeof line, f) != NULL)
    if (strncmp(line, "Name:", 5) == 0 || strncmp(line, "State:", 6) == 0 || strncmp(line, "Threads:", 8) == 0) fputs(line, stdout);
  fclose(f);
  f = fopen("/proc/self/maps", "r");
  int text = 0, stack = 0, heap = 0;
  free(malloc(100));
  while (fgets(line, sizeof line, f) != NULL) {
    text |= strstr(line, "r-xp") != NULL;
    stack |= strstr(line, "[stack]") != NULL;
    heap |= strstr(line, "[heap]") != NULL;
  }
  fclose(f);
  printf("text %d stack %d heap %d\n", text, stack, heap);
  f = fopen("/proc/self/cmdline", "r");
  n = (ssize_t)fread(line, 1, sizeof line, f);
  fclose(f);
  int zeros = 0;
  for (ssize_t i = 0; i < n; ++i) zeros += line[i] == 0;
  T(zeros == argc);
  pid_t child = fork();
  if (child == 0) {
    R(setgid(1000));
    R(setuid(1000));
    R(setuid(0));
    R(getuid());
    R(open("/etc/shadow", O_RDONLY));
    R(kill(1, 0));
    R(access("/etc/passwd", R_OK));
    R(access("/etc/passwd", W_OK));
    _exit(0);
  }
  int status;
  waitpid(child, &status, 0);
  t_status("without rights", status);
  // /proc shows the sets that prctl tells bit by bit.
  unsigned long long bounding = 0, ambient = 0, shown_bounding = 1, shown_ambient = 1;
  for (int cap = 0; cap < 64; ++cap) {
    if (prctl(PR_CAPBSET_READ, cap) == 1) bounding |= 1ULL << cap;
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, cap, 0, 0) == 1) ambient |= 1ULL << cap;
  }
  char status_line[200];
  FILE* status_file = fopen("/proc/self/status", "r");
  while (fgets(status_line, sizeof status_line, status_file) != NULL) {
    sscanf(status_line, "CapBnd: %llx", &shown_bounding);
    sscanf(status_line, "CapAmb: %llx", &shown_ambient);
  }
  fclose(status_file);
  T(bounding == shown_bounding);
  T(ambient == shown_ambient);
  return 0;
}
