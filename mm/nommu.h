// Memory without an MMU: every address is physical, a mapping is an allocation, and what a fork can
// mean is a choice. Linux: mm/nommu.c.
#pragma once

#include <cstdint>

#include "mm/mm.h"

// What sys_fork does on a machine that cannot show two tasks different memory at one address.
enum class NommuFork : uint8_t {
  einval,    // refuses, as Linux does
  exchange,  // FUZIX: the copy lies aside and is exchanged with the original at each switch
  relocate,  // a CPU with a data-relocation register: the old base-and-bounds way
  rebase,    // programs that reach all data through a base register (Geert Uytterhoeven, 2017)
};
NommuFork nommu_fork();
void set_nommu_fork(NommuFork fork);
void register_nommu_parameters();  // nommu-fork=
// May the current task make a copy of its memory? EINVAL, with a kernel message that says why not.
Result<void> check_nommu_fork(const mm_struct& mm);

// Takes memory for the mm, zeroed, and enters it in the tree. ENOMEM.
Result<uint64_t> nommu_allocate(mm_struct& mm, uint64_t bytes, unsigned vm_flags,
                                const Ref<file>& f, const char* name = nullptr);

// The same for memory that has been taken already.
Result<void> nommu_enter(mm_struct& mm, uint64_t addr, uint64_t bytes, unsigned vm_flags,
                         const Ref<file>& f, const char* name = nullptr);

// The nommu halves of do_mmap, do_munmap, do_brk, mremap and dup_mm.
Result<uint64_t> nommu_mmap(mm_struct& mm, const Ref<file>& f, uint64_t len, unsigned prot,
                            unsigned map_flags, uint64_t offset);
Result<void> nommu_munmap(mm_struct& mm, uint64_t addr, uint64_t len);
Result<uint64_t> nommu_brk(mm_struct& mm, uint64_t brk);
Result<uint64_t> nommu_mremap(mm_struct& mm, uint64_t addr, uint64_t old_len, uint64_t new_len,
                              unsigned flags);
