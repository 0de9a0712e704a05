// /proc/sysvipc/{msg,sem,shm}. Linux: ipc/util.c (sysvipc_proc_show) and the show functions beside
// each object; the columns are theirs.
#include <cstdarg>
#include <cstdio>

#include "fs/proc/proc_fs.h"
#include "ipc/ipc.h"
#include "ipc/msg.h"
#include "ipc/sem.h"
#include "ipc/shm.h"

namespace {

__attribute__((format(printf, 2, 3))) void print(std::string& to, const char* format, ...) {
  char line[400];
  va_list args;
  va_start(args, format);
  std::vsnprintf(line, sizeof line, format, args);
  va_end(args);
  to += line;
}

using ull = unsigned long long;
using ll = long long;

std::string show_msg() {
  std::string s =
      "       key      msqid perms      cbytes       qnum lspid lrpid   uid   gid  cuid  cgid      "
      "stime      rtime      "
      "ctime\n";
  for_each_msg_queue([&](int id, const msqid_info& q) {
    print(s, "%10d %10d  %4o  %10llu %10llu %5u %5u %5u %5u %5u %5u %10lld %10lld %10lld\n",
          q.perm.key, id, q.perm.mode, static_cast<ull>(q.cbytes), static_cast<ull>(q.qnum),
          static_cast<unsigned>(q.lspid), static_cast<unsigned>(q.lrpid), q.perm.uid, q.perm.gid,
          q.perm.cuid, q.perm.cgid, static_cast<ll>(q.stime), static_cast<ll>(q.rtime),
          static_cast<ll>(q.ctime));
  });
  return s;
}

std::string show_sem() {
  std::string s =
      "       key      semid perms      nsems   uid   gid  cuid  cgid      otime      ctime\n";
  for_each_sem_array([&](int id, const semid_info& a) {
    print(s, "%10d %10d  %4o %10llu %5u %5u %5u %5u %10lld %10lld\n", a.perm.key, id, a.perm.mode,
          static_cast<ull>(a.nsems), a.perm.uid, a.perm.gid, a.perm.cuid, a.perm.cgid,
          static_cast<ll>(a.otime), static_cast<ll>(a.ctime));
  });
  return s;
}

std::string show_shm() {
  std::string s =
      "       key      shmid perms                  size  cpid  lpid nattch   uid   gid  cuid  "
      "cgid      atime      dtime "
      "     ctime                   rss                  swap\n";
  for_each_shm([&](int id, const shmid_info& m) {
    const auto pages = static_cast<ull>((m.segsz + 4095) & ~4095ULL);
    print(s,
          "%10d %10d  %4o %21llu %5u %5u  %5llu %5u %5u %5u %5u %10lld %10lld %10lld %21llu %21u\n",
          m.perm.key, id, m.perm.mode, static_cast<ull>(m.segsz), static_cast<unsigned>(m.cpid),
          static_cast<unsigned>(m.lpid), static_cast<ull>(m.nattch), m.perm.uid, m.perm.gid,
          m.perm.cuid, m.perm.cgid, static_cast<ll>(m.atime), static_cast<ll>(m.dtime),
          static_cast<ll>(m.ctime), pages, 0U);
  });
  return s;
}

}  // namespace

void ipc_proc_init() {
  proc_create("sysvipc/msg", 0444, show_msg);
  proc_create("sysvipc/sem", 0444, show_sem);
  proc_create("sysvipc/shm", 0444, show_shm);
}
