// mmap, munmap, brk and remap_file_pages as system calls. Linux: mm/mmap.c,
// arch/x86/kernel/sys_x86_64.c. Difference: MAP_POPULATE has no effect of its own, the host pages
// in on first touch.
#include "fs/fs.h"
#include "kernel/sched.h"
#include "mm/syscalls.h"
#include "mm/vma.h"

SyscallResult sys_mmap(user_ptr<void> addr, size_arg len, prot_t prot, map_flags_t flags, fd_t fd,
                       ulong_t offset) {
  if ((offset & ~kPageMask) != 0) return Err(EINVAL);
  Ref<file> f;
  if ((flags & MAP_ANONYMOUS) == 0) f = TRY(fget_data(fd));
  return static_cast<long>(TRY(do_mmap(*current->mm, f, addr.addr, len, prot, flags, offset)));
}

SyscallResult sys_mmap2(user_ptr<void> addr, size_arg len, prot_t prot, map_flags_t flags, fd_t fd,
                        ulong_t pgoff) {
  return sys_mmap(addr, len, prot, flags, fd, {pgoff << kPageShift});
}

SyscallResult sys_munmap(user_ptr<void> addr, size_arg len) {
  TRY(do_munmap(*current->mm, addr.addr, len));
  return 0;
}

// The C library compares the answer with what it asked for: failure is the old break, never an
// errno.
SyscallResult sys_brk(user_ptr<void> brk) {
  mm_struct& mm = *current->mm;
  (void)do_brk(mm, brk.addr);
  return static_cast<long>(mm.space->user_view(mm.brk));
}

// Since Linux 4.0 an emulation: the pages of a shared file mapping are mapped anew elsewhere in it.
SyscallResult sys_remap_file_pages(user_ptr<void> addr, size_arg size, prot_t prot, size_arg pgoff,
                                   map_flags_t flags) {
  mm_struct& mm = *current->mm;
  const uint64_t start = addr.addr & kPageMask;
  const uint64_t len = size & kPageMask;
  if (prot != 0 || len == 0 || start + len <= start) return Err(EINVAL);
  if (pgoff > (INT64_MAX >> kPageShift) - (len >> kPageShift)) return Err(EINVAL);
  const vm_area_struct* vma = find_vma(mm, start);
  if (vma == nullptr || vma->start > start || (vma->flags & VM_SHARED) == 0 || !vma->vm_file)
    return Err(EINVAL);
  if (!range_is_mapped(mm, start, start + len)) return Err(EINVAL);
  const Ref<file> f = vma->vm_file;
  const unsigned keep = (flags & MAP_NONBLOCK) | ((vma->flags & VM_LOCKED) != 0 ? MAP_LOCKED : 0U);
  TRY(do_mmap(mm, f, start, len, vma->flags & kVmProt, keep | MAP_SHARED | MAP_FIXED,
              pgoff << kPageShift));
  return 0;
}
