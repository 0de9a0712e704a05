// System V IPC in big-endian wire form, and a segment of shared memory that another process attaches. The same
// source runs on the host and must say the same.
#include "both.h"

struct message { long type; char text[32]; };

static void semaphores(void) {
  const int id = semget(IPC_PRIVATE, 3, 0600);
  unsigned short all[3] = {5, 6, 0x1234};
  struct semid_ds d;
  T(id >= 0);
  R(semctl(id, 0, SETALL, all));
  memset(all, 0, sizeof all);
  R(semctl(id, 0, GETALL, all));
  printf("%d %d %x\n", all[0], all[1], all[2]);
  R(semctl(id, 1, SETVAL, 2));
  struct sembuf ops[2] = {{1, -2, 0}, {0, 3, 0}};
  R(semop(id, ops, 2));
  R(semctl(id, 0, GETVAL, 0));
  R(semctl(id, 1, GETVAL, 0));
  ops[0].sem_flg = IPC_NOWAIT;
  R(semop(id, ops, 1));
  ops[0].sem_flg = 0;
  struct timespec t = {0, 10000000};
  R(semtimedop(id, ops, 1, &t));
  R(semctl(id, 0, IPC_STAT, &d));
  printf("%d semaphores, mode %o\n", (int)d.sem_nsems, d.sem_perm.mode & 0777);
  T(d.sem_ctime != 0 && d.sem_otime >= d.sem_ctime - 100);
  ops[0].sem_num = 9;
  R(semop(id, ops, 1));
  R(semctl(id, 0, IPC_RMID, 0));
  T(semget(0x5110190, 1, 0) == -1);
}

static void messages(void) {
  const int id = msgget(IPC_PRIVATE, 0640);
  struct message m = {7, "seven"}, got = {0, ""};
  struct msqid_ds d;
  T(id >= 0);
  R(msgsnd(id, &m, 6, 0));
  m.type = 0x10002, strcpy(m.text, "another type");
  R(msgsnd(id, &m, 13, 0));
  R(msgctl(id, IPC_STAT, &d));
  printf("%d messages, room for %d, mode %o\n", (int)d.msg_qnum, (int)d.msg_qbytes, d.msg_perm.mode & 0777);
  T(d.msg_lspid == getpid() && d.msg_lrpid == 0);
  R(msgrcv(id, &got, sizeof got.text, 0x10002, 0));
  printf("%lx %s\n", got.type, got.text);
  R(msgrcv(id, &got, 3, 0, 0));
  R(msgrcv(id, &got, 3, 0, MSG_NOERROR));
  printf("%lx %.3s\n", got.type, got.text);
  R(msgrcv(id, &got, 3, 0, IPC_NOWAIT));
  m.type = 0;
  R(msgsnd(id, &m, 1, 0));
  d.msg_qbytes = 4096, d.msg_perm.mode = 0600;
  R(msgctl(id, IPC_SET, &d));
  R(msgctl(id, IPC_STAT, &d));
  printf("room for %d, mode %o\n", (int)d.msg_qbytes, d.msg_perm.mode & 0777);
  R(msgctl(id, IPC_RMID, NULL));
}

static void memory(const char *self) {
  const int id = shmget(IPC_PRIVATE, 10000, 0600);
  char digits[16];
  struct shmid_ds d;
  T(id >= 0);
  int *p = shmat(id, NULL, 0);
  T(p != (void *)-1L);
  p[0] = 190, p[2499] = 0x01020304;
  R(shmctl(id, IPC_STAT, &d));
  printf("%d bytes, attached %d times, mode %o\n", (int)d.shm_segsz, (int)d.shm_nattch, d.shm_perm.mode & 0777);
  T(d.shm_cpid == getpid());
  snprintf(digits, sizeof digits, "%d", id);
  R(again(self, "attach", digits));
  printf("the other wrote %d and %d\n", p[1], p[2]);
  R(shmctl(id, IPC_STAT, &d));
  printf("attached %d times\n", (int)d.shm_nattch);
  T(d.shm_lpid != getpid());
  R(shmctl(id, IPC_RMID, NULL));
  T(p[0] == 190);
  R(shmdt(p));
  R(shmdt(p));
  R(shmctl(id, IPC_STAT, &d));
}

int main(int argc, char **argv) {
  if (argc > 2) {
    int *p = shmat(atoi(argv[2]), NULL, 0);
    if (p == (void *)-1L) return 9;
    p[1] = p[0] + 1, p[2] = p[2499];
    return 5;
  }
  semaphores();
  messages();
  memory(argv[0]);
  return 0;
}
