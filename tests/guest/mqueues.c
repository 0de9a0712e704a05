// POSIX message queues: order by priority, limits, time-outs, notification, attributes.
#include <mqueue.h>
#include <time.h>
#include "t.h"
static volatile sig_atomic_t told;
static void on_message(int sig, siginfo_t* si, void* uc) { told = si->si_code == SI_MESGQ ? si->si_value.sival_int : -1; }
int main(void) {
  char name[32], text[64];
  snprintf(name, sizeof name, "/slot190.%d", getpid());
  struct mq_attr attr = {.mq_maxmsg = 2, .mq_msgsize = 16};
  mqd_t q = mq_open(name, O_CREAT | O_EXCL | O_RDWR | O_NONBLOCK, 0600, &attr);
  T(q >= 0);
  T(mq_open(name, O_CREAT | O_EXCL | O_RDWR, 0600, &attr) == -1 && errno == EEXIST);
  R(mq_receive(q, text, sizeof text, NULL));
  R(mq_send(q, "low", 3, 1));
  R(mq_send(q, "high", 4, 9));
  R(mq_send(q, "too many", 8, 1));
  R(mq_send(q, "longer than any", 17, 1));
  R(mq_send(q, "x", 1, 99999));
  R(mq_receive(q, text, 3, NULL));
  struct mq_attr now;
  R(mq_getattr(q, &now));
  printf("%ld of %ld, at most %ld bytes, flags %ld\n", now.mq_curmsgs, now.mq_maxmsg, now.mq_msgsize, now.mq_flags);
  unsigned prio = 0;
  ssize_t n = R(mq_receive(q, text, sizeof text, &prio));
  printf("%.*s %u\n", (int)n, text, prio);
  n = R(mq_receive(q, text, sizeof text, &prio));
  printf("%.*s %u\n", (int)n, text, prio);

  struct sigaction sa = {.sa_sigaction = on_message, .sa_flags = SA_SIGINFO};
  sigaction(SIGUSR1, &sa, NULL);
  struct sigevent ev = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1, .sigev_value.sival_int = 42};
  R(mq_notify(q, &ev));
  R(mq_notify(q, &ev));
  R(mq_send(q, "knock", 5, 0));
  printf("told %d\n", told);
  R(mq_receive(q, text, sizeof text, NULL));

  now.mq_flags = 0;
  R(mq_setattr(q, &now, NULL));
  struct timespec soon;
  clock_gettime(CLOCK_REALTIME, &soon);
  R(mq_timedreceive(q, text, sizeof text, NULL, &soon));
  pid_t child = fork();
  if (child == 0) _exit(mq_send(q, "from the child", 14, 3) == 0 ? 0 : 1);
  n = R(mq_receive(q, text, sizeof text, &prio));
  printf("%.*s %u\n", (int)n, text, prio);
  int status;
  waitpid(child, &status, 0);
  t_status("child", status);
  R(mq_unlink(name) == 0);
  T(mq_open(name, O_RDWR) == -1 && errno == ENOENT);
  R(mq_send(q, "still open", 10, 0));
  R(mq_close(q));
  char long_name[300];
  memset(long_name, 'a', sizeof long_name);
  long_name[0] = '/';
  long_name[sizeof long_name - 1] = 0;
  T(mq_unlink(long_name) == -1 && errno == ENAMETOOLONG);
  return 0;
}
