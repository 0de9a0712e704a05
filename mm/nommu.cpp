// See nommu.h. Linux: mm/nommu.c of 2.6.33. A private mapping is memory with the file read into it; a
// shared one of a file would need the file itself to lie in memory (a ROM file system), so it answers
// ENODEV; addresses are never the program's choice. Difference: any page range of anonymous memory can be
// given back, not only from the ends.
#include "mm/nommu.h"

#include <algorithm>
#include <vector>

#include "fs/fs.h"
#include "kernel/params.h"
#include "kernel/printk.h"
#include "kernel/sched.h"
#include "mm/vma.h"

namespace {

NommuFork chosen = NommuFork::einval;

Result<void> fill_from_file(mm_struct& mm, const Ref<file>& f, uint64_t addr, uint64_t len,
                            uint64_t offset) {
  std::vector<std::byte> bytes(len);
  const size_t n = TRY(kernel_read(*f, bytes.data(), len, offset));
  if (mm.space->copy_out(mm.space->user_view(addr), bytes.data(), n) != 0) return Err(EFAULT);
  return {};
}

// What a program means by an address: programs of the base-register ABI count from their base.
uint64_t absolute(const mm_struct& mm, uint64_t view) {
  return static_cast<uint32_t>(view - mm.space->user_view(0));
}

// The space has moved its data: so have the areas there and the break.
void follow_data(mm_struct& mm, uint64_t by) {
  std::vector<vm_area_struct> moving;
  for (auto it = mm.mmap.begin(); it != mm.mmap.end();) {
    if (mm.space->moved(it->first) == it->first) {
      ++it;
      continue;
    }
    moving.push_back(std::move(it->second));
    it = mm.mmap.erase(it);
  }
  for (vm_area_struct& v : moving) {
    const uint64_t len = v.end - v.start;
    v.start = mm.space->moved(v.start);
    v.end = v.start + len;
    mm.mmap.emplace(v.start, std::move(v));
  }
  for (uint64_t* at : {&mm.start_data, &mm.end_data, &mm.start_brk, &mm.brk, &mm.end_brk})
    *at = static_cast<uint32_t>(*at + by);
}

// A fork that changes the base must copy all that it reaches, so a mapping lies behind the stack, in a hole
// that an earlier one left or at the end, where the piece becomes longer.
Result<uint64_t> allocate_data(mm_struct& mm, uint64_t len, unsigned vm_flags, const Ref<file>& f) {
  len = page_align(len);
  const uint64_t base = absolute(mm, 0);
  uint64_t at = page_align(absolute(mm, mm.env_end));
  const uint64_t end = base + mm.space->data_bytes();
  for (auto it = vma_find(mm, at); it != mm.mmap.end() && it->first < end && it->first < at + len;
       ++it)
    at = it->second.end;
  if (at + len > end) {
    const bool alone = mm.mm_users == 1;
    const uint64_t by = TRY(mm.space->extend_data(current->thread, at + len - end, alone));
    if (by != 0) follow_data(mm, by);
    at = static_cast<uint32_t>(at + by);
  }
  const std::vector<std::byte> zeros(len);
  if (mm.space->copy_out(mm.space->user_view(at), zeros.data(), len) != 0) return Err(EFAULT);
  TRY(nommu_enter(mm, at, len, vm_flags, f));
  return at;
}

Result<unsigned> checked_flags(const Ref<file>& f, unsigned prot, unsigned map_flags) {
  if ((map_flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)) != 0) return Err(EINVAL);
  const unsigned type = map_flags & MAP_TYPE;
  if (type != MAP_PRIVATE && type != MAP_SHARED) return Err(EINVAL);
  unsigned flags = (prot & kVmProt) | kVmMay;
  if (type == MAP_SHARED) flags |= VM_SHARED;
  if (!f) return flags;
  if (!f->readable()) return Err(EACCES);
  if (type == MAP_SHARED) return Err((prot & PROT_WRITE) != 0 && !f->writable() ? EACCES : ENODEV);
  return flags;
}

}  // namespace

NommuFork nommu_fork() { return chosen; }

void set_nommu_fork(NommuFork fork) { chosen = fork; }

void register_nommu_parameters() {
  register_parameters({choice_parameter<NommuFork>(
      "nommu-fork", "what fork does on a machine without an MMU",
      {{"einval", "EINVAL, as in Linux", NommuFork::einval},
       {"exchange", "the child's memory lies aside and is exchanged at each switch (FUZIX)",
        NommuFork::exchange},
       {"relocate", "the CPU relocates the child's data accesses (base and bounds)",
        NommuFork::relocate},
       {"rebase", "programs built for it reach all data through a base register (2017)",
        NommuFork::rebase}},
      set_nommu_fork)});
}

Result<void> check_nommu_fork(const mm_struct& mm) {
  if (mm.isa->has_mmu()) return {};
  if (chosen == NommuFork::einval) return Err(EINVAL);
  if (chosen == NommuFork::rebase && !mm.base_register) {
    printk(
        "%s[%d]: fork refused: nommu-fork=rebase copies only programs of the base-register ABI, "
        "and this one keeps "
        "absolute addresses in its data",
        current->comm.c_str(), current->pid);
    return Err(EINVAL);
  }
  return {};
}

Result<void> nommu_enter(mm_struct& mm, uint64_t addr, uint64_t bytes, unsigned vm_flags,
                         const Ref<file>& f, const char* name) {
  vm_area_struct vma;
  vma.start = addr;
  vma.end = addr + page_align(bytes);
  vma.flags = vm_flags | kVmMay;
  vma.vm_file = f;
  vma.name = name;
  insert_vma(mm, std::move(vma));
  return {};
}

Result<uint64_t> nommu_allocate(mm_struct& mm, uint64_t bytes, unsigned vm_flags,
                                const Ref<file>& f, const char* name) {
  const uint64_t addr = TRY(mm.space->allocate(bytes));
  TRY(nommu_enter(mm, addr, bytes, vm_flags, f, name));
  return addr;
}

Result<uint64_t> nommu_mmap(mm_struct& mm, const Ref<file>& f, uint64_t len, unsigned prot,
                            unsigned map_flags, uint64_t offset) {
  const unsigned flags = TRY(checked_flags(f, prot, map_flags));
  if (len > mm.isa->task_size() || !may_expand_vm(mm, len, flags)) return Err(ENOMEM);
  const bool in_reach = mm.base_register && chosen == NommuFork::rebase;
  const uint64_t addr = TRY(in_reach ? allocate_data(mm, len, flags, f)
                                     : nommu_allocate(mm, len, flags, f));
  if (!f) return mm.space->user_view(addr);
  vma_find(mm, addr)->second.pgoff = offset;
  if (auto filled = fill_from_file(mm, f, addr, len, offset); !filled) {
    (void)nommu_munmap(mm, mm.space->user_view(addr), len);
    return std::unexpected(filled.error());
  }
  return mm.space->user_view(addr);
}

Result<void> nommu_munmap(mm_struct& mm, uint64_t addr, uint64_t len) {
  addr = absolute(mm, addr);
  const auto it = vma_find(mm, addr);
  if (it == mm.mmap.end() || it->second.start > addr || it->second.end < addr + len)
    return Err(EINVAL);
  // A file's copy goes as a whole or not at all.
  if (it->second.vm_file && (it->second.start != addr || it->second.end != addr + len))
    return Err(EINVAL);
  remove_vmas(mm, addr, addr + len);
  mm.space->unmap(addr, len);
  return {};
}

// The room between a program's bss and its stack is all that there is. The break is in the program's view.
Result<uint64_t> nommu_brk(mm_struct& mm, uint64_t brk) {
  const uint64_t wanted = static_cast<uint32_t>(brk - mm.space->user_view(0));
  if (wanted < mm.start_brk || wanted > mm.end_brk) return Err(ENOMEM);
  if (wanted > mm.brk) {
    const std::vector<std::byte> zeros(wanted - mm.brk);
    if (mm.space->copy_out(mm.space->user_view(mm.brk), zeros.data(), zeros.size()) != 0)
      return Err(EFAULT);
  }
  mm.brk = wanted;
  return brk;
}

Result<uint64_t> nommu_mremap(mm_struct& mm, uint64_t addr, uint64_t old_len, uint64_t new_len,
                              unsigned flags) {
  old_len = page_align(old_len);
  new_len = page_align(new_len);
  if (old_len == 0 || new_len == 0 || (addr & ~kPageMask) != 0 || (flags & MREMAP_FIXED) != 0)
    return Err(EINVAL);
  const uint64_t start = absolute(mm, addr);
  const auto it = vma_find(mm, start);
  if (it == mm.mmap.end() || it->second.start != start) return Err(EINVAL);
  const uint64_t have = it->second.end - start;
  if (old_len != have) return Err(EFAULT);
  if ((it->second.flags & VM_SHARED) != 0) return Err(EPERM);
  if (new_len > have) return Err(ENOMEM);
  if (new_len < have && !it->second.vm_file) TRY(nommu_munmap(mm, addr + new_len, have - new_len));
  return addr;
}
