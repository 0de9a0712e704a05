// Shared memory segments: see ipc/shm.h. Linux: ipc/shm.c. A segment is a memfd; each attachment
// maps it through a file of its own, as in Linux, so that shmdt finds what belongs together.
// Differences: attachments are counted when somebody asks (over all address spaces); no huge pages;
// SHM_LOCK only sets the flag; without an MMU a process can attach a segment once.
#include "ipc/shm.h"

#include <algorithm>
#include <cstdio>
#include <set>

#include "fs/fs.h"
#include "fs/ramfs/ramfs.h"
#include "mm/mm.h"
#include "mm/nommu.h"

namespace {

struct shmid_kernel : kern_ipc_perm {
  uint64_t segsz = 0;
  int64_t atime = 0, dtime = 0, ctime = ipc_seconds();
  int cpid = 0, lpid = 0;
  unsigned files = 0;  // attachments that are mapped anywhere
  Ref<file> memory;
  // Without an MMU there are no pages to map: the segment is a piece of flat memory. What was attached one
  // way cannot be attached the other way.
  std::shared_ptr<void> flat;
  bool paged = false;
};

ipc_ids<shmid_kernel>& ids() {
  static auto& all = *new ipc_ids<shmid_kernel>;
  return all;
}

// One attachment. The last one of a removed segment takes the memory with it.
struct shm_file final : file {
  shm_file(Ref<shmid_kernel> s, bool read_only)
      : file(s->memory->f_path, read_only ? O_RDONLY : O_RDWR), shp(std::move(s)) {
    ++shp->files;
  }
  ~shm_file() override {
    shp->dtime = ipc_seconds();
    if (--shp->files == 0 && (shp->mode & SHM_DEST) != 0 && !shp->deleted) ids().remove(*shp);
  }

  Result<arch::Backing> mmap(uint64_t offset, uint64_t len, bool shared,
                             bool shared_write) override {
    return shp->memory->mmap(offset, len, shared, shared_write);
  }
  arch::Backing memory_at(uint64_t offset) const override {
    return shp->memory->memory_at(offset);
  }
  std::string proc_name() const override {
    char name[32];
    std::snprintf(name, sizeof name, "/SYSV%08x (deleted)", static_cast<unsigned>(shp->key));
    return name;
  }
  Ref<shmid_kernel> shp;
};

shm_file* as_shm(const vm_area_struct& v) {
  return v.vm_file ? dynamic_cast<shm_file*>(v.vm_file.get()) : nullptr;
}

template <class F>
void for_each_attachment(F f) {
  std::set<const mm_struct*> seen;
  for_each_process([&](task_struct& t) {
    if (!t.mm || !seen.insert(t.mm.get()).second) return;
    for_each_vma(*t.mm, [&](const vm_area_struct& v) {
      if (const shm_file* s = as_shm(v)) f(*s->shp);
    });
  });
}

uint64_t attachments(const shmid_kernel& shp) {
  uint64_t n = 0;
  for_each_attachment([&](const shmid_kernel& s) { n += &s == &shp ? 1 : 0; });
  return n;
}

shmid_info info_of(const shmid_kernel& s) {
  return {ipc_info(s), s.segsz, attachments(s), s.atime, s.dtime, s.ctime, s.cpid, s.lpid};
}

Result<Ref<shmid_kernel>> new_segment(uint64_t size, int flags) {
  if (size == 0) return Err(EINVAL);
  if (size > INT64_MAX - kPageSize) return Err(EINVAL);
  if ((flags & SHM_HUGETLB) != 0 || page_align(size) > memory_limit()) return Err(ENOMEM);
  Ref<shmid_kernel> s = make_ref<shmid_kernel>();
  s->memory = TRY(shmem_file_setup("SYSV", page_align(size), 0600));
  s->segsz = size;
  s->cpid = current->tgid;
  return s;
}

// On a machine without an MMU: where the segment is, in every process.
Result<uint64_t> attach_flat(shmid_kernel& s, const Ref<file>& f, uint64_t addr, unsigned prot) {
  mm_struct& mm = *current->mm;
  if (addr != 0 || s.paged) return Err(EINVAL);
  if (mm.base_register) return Err(ENOMEM);
  const uint64_t at = TRY(mm.space->share(s.flat, s.segsz));
  TRY(nommu_enter(mm, at, s.segsz, prot | VM_SHARED, f));
  return at;
}

Result<uint64_t> attach_pages(shmid_kernel& s, const Ref<file>& f, uint64_t addr, unsigned prot,
                              unsigned map) {
  if (s.flat) return Err(EINVAL);
  const Result<uint64_t> at = do_mmap(*current->mm, f, addr, page_align(s.segsz), prot, map, 0);
  if (!at) return Err(at.error() == EEXIST ? EINVAL : at.error().value);
  s.paged = true;
  return at;
}

}  // namespace

Result<long> do_shmget(int key, uint64_t size, int flags) {
  return ipcget(
      ids(), key, flags, SHMMNI, [&] { return new_segment(size, flags); },
      [&](shmid_kernel& s) -> Result<void> {
        if (size > s.segsz) return Err(EINVAL);
        return {};
      });
}

Result<uint64_t> do_shmat(int id, uint64_t addr, int flags) {
  if (id < 0) return Err(EINVAL);
  unsigned map = MAP_SHARED;
  if (addr != 0) {
    if ((addr & ~kPageMask) != 0) {
      if ((flags & SHM_RND) == 0) return Err(EINVAL);
      addr &= kPageMask;
      if (addr == 0 && (flags & SHM_REMAP) != 0) return Err(EINVAL);
    }
    map |= (flags & SHM_REMAP) != 0 ? MAP_FIXED : MAP_FIXED_NOREPLACE;
  } else if ((flags & SHM_REMAP) != 0) {
    return Err(EINVAL);
  }
  const bool read_only = (flags & SHM_RDONLY) != 0;
  unsigned prot = PROT_READ | (read_only ? 0 : PROT_WRITE);
  unsigned access = read_only ? 0444 : 0666;
  if ((flags & SHM_EXEC) != 0) {
    prot |= PROT_EXEC;
    access |= 0111;
  }
  const Ref<shmid_kernel> s = TRY(ids().obtain(id));
  TRY(ipcperms(*s, access));
  const Ref<file> f = make_ref<shm_file>(s, read_only);
  const uint64_t at = TRY(current->isa->has_mmu() ? attach_pages(*s, f, addr, prot, map)
                                                  : attach_flat(*s, f, addr, prot));
  s->atime = ipc_seconds();
  s->lpid = current->tgid;
  return at;
}

Result<void> do_shmdt(uint64_t addr) {
  if ((addr & ~kPageMask) != 0) return Err(EINVAL);
  mm_struct& mm = *current->mm;
  // The first piece that is where it would be if the segment began at addr names the attachment;
  // the other pieces of it (mprotect splits) go too.
  Ref<file> attachment;
  std::vector<std::pair<uint64_t, uint64_t>> pieces;
  for (auto it = mm.mmap.lower_bound(addr); it != mm.mmap.end(); ++it) {
    const vm_area_struct& v = it->second;
    const shm_file* s = as_shm(v);
    if (attachment && v.start - addr >= page_align(static_cast<shm_file&>(*attachment).shp->segsz))
      break;
    if (s == nullptr || v.start - addr != v.pgoff || (attachment && v.vm_file != attachment))
      continue;
    attachment = v.vm_file;
    pieces.emplace_back(v.start, v.end - v.start);
  }
  if (!attachment) return Err(EINVAL);
  for (const auto& [start, len] : pieces) TRY(do_munmap(mm, start, len));
  static_cast<shm_file&>(*attachment).shp->lpid = current->tgid;
  return {};
}

Result<long> shmctl_stat(int id, int cmd, shmid_info& info) {
  const Ref<shmid_kernel> s = TRY(cmd == IPC_STAT ? ids().obtain(id) : ids().at_index(id));
  if (cmd != SHM_STAT_ANY) TRY(ipcperms(*s, 0444));
  info = info_of(*s);
  return cmd == IPC_STAT ? 0 : s->id;
}

Result<void> shmctl_set(int id, const ipc_perm_info& perm) {
  const Ref<shmid_kernel> s = TRY(ids().obtain(id));
  TRY(ipc_owner(*s));
  ipc_update_perm(*s, perm);
  s->ctime = ipc_seconds();
  return {};
}

Result<void> shmctl_rmid(int id) {
  const Ref<shmid_kernel> s = TRY(ids().obtain(id));
  TRY(ipc_owner(*s));
  if (s->files == 0) {
    ids().remove(*s);
    return {};
  }
  // It can still be attached by its identifier until the last attachment goes; nobody finds its
  // key.
  s->mode |= SHM_DEST;
  s->key = IPC_PRIVATE;
  return {};
}

Result<void> shmctl_lock(int id, bool lock) {
  const Ref<shmid_kernel> s = TRY(ids().obtain(id));
  if (!capable(CAP_IPC_LOCK) && current->creds.euid != s->cuid && current->creds.euid != s->uid)
    return Err(EPERM);
  s->mode = lock ? s->mode | SHM_LOCKED : s->mode & ~static_cast<uint32_t>(SHM_LOCKED);
  return {};
}

int shm_max_index() { return ids().max_index(); }

shm_usage shm_total() {
  shm_usage u;
  u.used_ids = static_cast<int>(ids().used());
  ids().for_each([&](const shmid_kernel& s) { u.shm_tot += page_align(s.segsz) >> kPageShift; });
  u.shm_rss = u.shm_tot;
  return u;
}

void for_each_shm(const std::function<void(int id, const shmid_info&)>& f) {
  ids().for_each([&](const shmid_kernel& s) { f(s.id, info_of(s)); });
}
