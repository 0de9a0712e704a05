// System V messages, semaphores and shared memory.
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <time.h>

#include "t.h"

struct message {
  long type;
  char text[64];
};

static void messages(void) {
  struct message m = {3, "three"};
  int q = OK(msgget(IPC_PRIVATE, 0600));
  R(msgsnd(q, &m, 6, 0));
  m.type = 1;
  strcpy(m.text, "one");
  R(msgsnd(q, &m, 4, 0));
  m.type = 0;
  R(msgsnd(q, &m, 4, 0));
  m.type = 1;
  R(msgsnd(q, &m, -1, 0));
  R(msgsnd(q, &m, 100000, 0));
  struct msqid_ds ds;
  R(msgctl(q, IPC_STAT, &ds));
  printf("%lu messages, %lu of %lu bytes, mode %o\n", (long)ds.msg_qnum, (long)ds.__msg_cbytes, (long)ds.msg_qbytes,
         ds.msg_perm.mode);
  R(msgrcv(q, &m, 2, -2, 0));
  R(msgrcv(q, &m, 64, -2, 0));
  printf("%ld %s\n", m.type, m.text);
  R(msgrcv(q, &m, 2, 0, MSG_NOERROR));
  printf("%ld %.2s\n", m.type, m.text);
  R(msgrcv(q, &m, 2, 0, IPC_NOWAIT));
  pid_t pid = fork();
  if (pid == 0) {
    int n = msgrcv(q, &m, 64, 9, 0);
    printf("child: %d %ld %s\n", n, m.type, m.text);
    _exit(0);
  }
  m.type = 9;
  strcpy(m.text, "nine");
  msgsnd(q, &m, 5, 0);
  waitpid(pid, NULL, 0);
  R(msgctl(q, IPC_RMID, NULL));
  R(msgctl(q, IPC_STAT, &ds));
  R(msgget(0x51907, 0));
}

static void semaphores(void) {
  union {
    int val;
    struct semid_ds* buf;
    unsigned short* array;
  } arg;
  int s = OK(semget(IPC_PRIVATE, 3, 0600));
  unsigned short values[3] = {1, 2, 3};
  arg.array = values;
  R(semctl(s, 0, SETALL, arg));
  struct sembuf two[2] = {{0, -1, 0}, {1, -2, 0}};
  R(semop(s, two, 2));
  R(semctl(s, 0, GETVAL));
  R(semctl(s, 1, GETVAL));
  R(semctl(s, 2, GETVAL));
  struct sembuf no = {0, -1, IPC_NOWAIT};
  R(semop(s, &no, 1));
  struct sembuf zero = {2, 0, IPC_NOWAIT};
  R(semop(s, &zero, 1));
  struct sembuf big = {7, 1, 0};
  R(semop(s, &big, 1));
  R(semop(s, &no, 0));
  R(semop(s, &no, 100000));
  struct timespec ms = {0, 1000000};
  struct sembuf wait = {0, -1, 0};
  R(semtimedop(s, &wait, 1, &ms));
  pid_t pid = fork();
  if (pid == 0) {
    struct sembuf undo = {0, 5, SEM_UNDO};
    R(semop(s, &undo, 1));
    R(semctl(s, 0, GETVAL));
    struct sembuf sleep = {2, -4, 0};
    semop(s, &sleep, 1);
    _exit(0);
  }
  while (semctl(s, 2, GETNCNT) != 1) {
  }
  struct sembuf more = {2, 1, 0};
  semop(s, &more, 1);
  waitpid(pid, NULL, 0);
  R(semctl(s, 0, GETVAL));
  T(semctl(s, 2, GETPID) == pid);
  arg.val = 99999;
  R(semctl(s, 0, SETVAL, arg));
  R(semctl(s, 9, GETVAL));
  struct semid_ds ds;
  arg.buf = &ds;
  R(semctl(s, 0, IPC_STAT, arg));
  printf("%lu semaphores, mode %o\n", (unsigned long)ds.sem_nsems, ds.sem_perm.mode);
  pid = fork();
  if (pid == 0) {
    R(semop(s, &wait, 1));
    _exit(0);
  }
  while (semctl(s, 0, GETNCNT) != 1) {
  }
  semctl(s, 0, IPC_RMID);
  waitpid(pid, NULL, 0);
}

static void stat_any(void) {
#ifdef SEM_STAT_ANY
  // An identifier serves as its index.
  int id = semget(IPC_PRIVATE, 1, 0600);
  struct semid_ds ds;
  T(semctl(id, 0, SEM_STAT_ANY, &ds) == id);
  T(ds.sem_nsems == 1);
  R(semctl(id, 0, IPC_RMID));
#endif
}

static void shared_memory(void) {
  int id = OK(shmget(IPC_PRIVATE, 5000, 0600));
  char* a = shmat(id, NULL, 0);
  char* b = shmat(id, NULL, SHM_RDONLY);
  T(a != (void*)-1 && b != (void*)-1 && a != b);
  strcpy(a, "through the segment");
  printf("%s\n", b);
  struct shmid_ds ds;
  R(shmctl(id, IPC_STAT, &ds));
  printf("%lu bytes, %lu attached\n", (unsigned long)ds.shm_segsz, (unsigned long)ds.shm_nattch);
  pid_t pid = fork();
  if (pid == 0) {
    shmctl(id, IPC_STAT, &ds);
    printf("child: %lu attached\n", (unsigned long)ds.shm_nattch);
    strcpy(a, "from the child");
    _exit(0);
  }
  waitpid(pid, NULL, 0);
  printf("%s\n", b);
  R(shmdt(b));
  R(shmdt(b));
  R(shmdt(a + 4096));
  R(shmctl(id, IPC_RMID, NULL));
  R(shmctl(id, IPC_STAT, &ds));
  printf("%lu attached, mode %o\n", (unsigned long)ds.shm_nattch, ds.shm_perm.mode);
  printf("%s\n", a);
  R(shmdt(a));
  R(shmctl(id, IPC_STAT, &ds));
  R(shmget(0x51908, 4096, 0));
  R(shmget(IPC_PRIVATE, 0, 0600));
  T(shmat(id, NULL, 0) == (void*)-1 && errno == EINVAL);
}

int main(void) {
  messages();
  semaphores();
  stat_any();
  shared_memory();
  return 0;
}
