// The life of an address space: made by exec, copied by fork, let go by exec and exit. Linux:
// kernel/fork.c (mm_alloc, dup_mm, mmput, set_mm_exe_file), mm/mmap.c (exit_mmap),
// arch/x86/mm/mmap.c (arch_pick_mmap_layout). Differences: the pages themselves are copied by
// UserSpace::dup; areas that a child must not have are taken out of the copy afterwards.
#include <algorithm>

#include "fs/fs.h"
#include "kernel/sched.h"
#include "mm/vma.h"

namespace {

// Mappings start below the room that the stack may need, at least 128 MiB below the top. No place
// is low enough for a stack without limit: that leaves it the upper third of the space.
uint64_t pick_mmap_base(const arch::Isa& isa) {
  constexpr uint64_t kUsualStack = 128ULL << 20;
  const uint64_t stack = rlimit_of(RLIMIT_STACK);
  if (current == nullptr || stack <= kUsualStack - kStackGuardGap) return isa.mmap_base();
  if (stack == RLIM_INFINITY) return page_align(isa.task_size() / 3 * 2);
  const uint64_t gap = std::min(stack + kStackGuardGap, isa.task_size() / 6 * 5);
  return std::min(isa.mmap_base(), (isa.task_size() - gap) & kPageMask);
}

Result<uint64_t> charge_copy(const mm_struct& mm) {
  uint64_t bytes = 0;
  for (const auto& [start, vma] : mm.mmap)
    if ((vma.flags & VM_ACCOUNT) != 0 && (vma.flags & VM_DONTFORK) == 0)
      bytes += vma.end - vma.start;
  TRY(vm_enough_memory(bytes));
  return bytes;
}

// The areas of a fork child, without those that the parent keeps to itself.
void copy_vmas(const mm_struct& from, mm_struct& to) {
  for (const auto& [start, vma] : from.mmap) {
    if ((vma.flags & VM_DONTFORK) != 0) {
      to.space->unmap(start, vma.end - start);
      continue;
    }
    vm_area_struct copy = vma;
    copy.flags &= ~static_cast<unsigned>(VM_LOCKED | VM_LOCKONFAULT);  // locks are not inherited
    if ((vma.flags & VM_WIPEONFORK) != 0) to.space->advise(start, vma.end - start, MADV_DONTNEED);
    to.total_vm += vma.end - start;
    copy.start = to.space->moved(start);  // without an MMU a copy may have to lie elsewhere
    copy.end = copy.start + (vma.end - start);
    to.mmap.emplace(copy.start, std::move(copy));
  }
}

void copy_layout(const mm_struct& from, mm_struct& to) {
  to.mmap_base = from.mmap_base;
  to.start_code = from.start_code;
  to.end_code = from.end_code;
  to.start_data = from.start_data;
  to.end_data = from.end_data;
  to.start_brk = to.space->moved(from.start_brk);
  to.brk = to.start_brk + (from.brk - from.start_brk);
  to.end_brk = to.start_brk + (from.end_brk - from.start_brk);
  to.load_bias = from.load_bias;
  to.base_register = from.base_register;
  to.start_stack = from.start_stack;
  to.arg_start = from.arg_start;
  to.arg_end = from.arg_end;
  to.env_start = from.env_start;
  to.env_end = from.env_end;
  to.stack_limit = from.stack_limit;
  to.saved_auxv = from.saved_auxv;
  to.dumpable = from.dumpable;
  to.membarrier_state = from.membarrier_state;
}

void allow_write(mm_struct& mm) {
  if (mm.exe_denied) ++mm.exe_file->f_inode()->i_writecount;
  mm.exe_denied = false;
}

// May somebody have the file mapped so that stores reach it? Who has is one of its writers; a memfd's
// creator does not count as one.
bool may_be_stored_to(const inode& i) { return i.i_writecount > 0 || i.nlink == 0; }

arch::PageKind page_kind(void* context, uint64_t address) {
  const vm_area_struct* vma = find_vma(*static_cast<mm_struct*>(context), address);
  if (vma == nullptr || vma->start > address) return {};
  const Ref<inode> i = vma->vm_file ? vma->vm_file->f_inode() : nullptr;
  const bool is_shared = (vma->flags & VM_SHARED) != 0;
  arch::PageKind kind{.prot = vma->flags & kVmProt,
                      .shared = is_shared || (i && may_be_stored_to(*i)),
                      .file = static_cast<bool>(vma->vm_file)};
  const uint64_t offset = vma->pgoff + (address - vma->start);
  if (is_shared && vma->anon)
    kind.backing = vma->anon->backing(offset);
  else if (is_shared && vma->vm_file)
    kind.backing = vma->vm_file->memory_at(offset);
  return kind;
}

}  // namespace

mm_struct::mm_struct(const arch::Isa& i) : isa(&i), mmap_base(pick_mmap_base(i)) {}
mm_struct::~mm_struct() { exit_mmap(*this); }

Result<Ref<mm_struct>> mm_alloc(const arch::Isa& isa) {
  Ref<mm_struct> mm = make_ref<mm_struct>(isa);
  mm->space = TRY(isa.new_space());
  mm->space->describe_pages(page_kind, mm.get());
  mm->stack_limit = rlimit_of(RLIMIT_STACK);
  mm->mm_users = 1;
  return mm;
}

Result<Ref<mm_struct>> dup_mm(task_struct& parent, task_struct& child) {
  mm_struct& old = *parent.mm;
  const uint64_t charged = TRY(charge_copy(old));
  Ref<mm_struct> mm = make_ref<mm_struct>(*old.isa);
  auto space = old.space->dup(parent.thread, child.thread);
  if (!space) {
    vm_unacct_memory(charged);
    return std::unexpected(space.error());
  }
  mm->space = std::move(*space);
  mm->space->describe_pages(page_kind, mm.get());
  mm->mm_users = 1;
  copy_layout(old, *mm);
  copy_vmas(old, *mm);
  if (old.exe_denied)
    set_mm_exe_file(*mm, old.exe_file);
  else
    mm->exe_file = old.exe_file;
  return mm;
}

void exit_mmap(mm_struct& mm) {
  uint64_t charged = 0;
  for (const auto& [start, vma] : mm.mmap)
    if ((vma.flags & VM_ACCOUNT) != 0) charged += vma.end - start;
  vm_unacct_memory(charged);
  mm.total_vm = 0;
  mm.space.reset();
  mm.mmap.clear();
  allow_write(mm);
  mm.exe_file.reset();
}

void mmput(Ref<mm_struct> mm) {
  if (mm && --mm->mm_users == 0) exit_mmap(*mm);
}

void set_mm_exe_file(mm_struct& mm, Ref<file> f) {
  allow_write(mm);
  if (f && f->f_inode() && f->f_inode()->i_writecount <= 0) {
    --f->f_inode()->i_writecount;
    mm.exe_denied = true;
  }
  mm.exe_file = std::move(f);
}
