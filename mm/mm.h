// Address spaces: mm_struct, its tree of vm_area_structs and the UserSpace that makes them real.
// Linux: include/linux/mm_types.h, mm/mmap.c. The host's own page tables do demand paging and
// copy-on-write; the VMA tree is what the guest may see and what /proc/PID/maps prints.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "arch/arch.h"
#include "lib/ref.h"
#include "lib/result.h"
#include "lib/uapi.h"

struct file;
struct task_struct;

enum vm_flags : unsigned {
  VM_READ = PROT_READ, VM_WRITE = PROT_WRITE, VM_EXEC = PROT_EXEC,
  VM_SHARED = 0x8, VM_GROWSDOWN = 0x100, VM_LOCKED = 0x2000, VM_NORESERVE = 0x200000,
  VM_DONTFORK = 0x20000, VM_WIPEONFORK = 0x2000000, VM_MAYWRITE = 0x20,
  VM_MAYREAD = 0x10, VM_MAYEXEC = 0x40, VM_LOCKONFAULT = 0x80000, VM_ACCOUNT = 0x100000,
  VM_DONTDUMP = 0x4000000,
};
inline constexpr unsigned kVmProt = VM_READ | VM_WRITE | VM_EXEC;

// Memory shared between address spaces that has no file (MAP_SHARED|MAP_ANONYMOUS), and its name in futex
// keys. Linux: shmem_zero_setup().
struct shared_anon : RefCounted<shared_anon> {
  explicit shared_anon(uint64_t bytes);
  ~shared_anon();
  // What to map; plain anonymous memory where the host gave no file.
  arch::Backing backing(uint64_t offset) const;

  uint64_t id;
  uint64_t bytes;
  uint64_t key = 0;
  arch::HostFile memory;
};

struct vm_area_struct {
  vm_area_struct();
  vm_area_struct(const vm_area_struct&);
  vm_area_struct& operator=(const vm_area_struct&);
  ~vm_area_struct();

  uint64_t start = 0, end = 0;
  unsigned flags = 0;
  Ref<file> vm_file;
  Ref<shared_anon> anon;
  uint64_t pgoff = 0;           // bytes into the file or the shared object
  const char* name = nullptr;   // "[heap]", "[stack]", "[vdso]"
};

struct mm_struct : RefCounted<mm_struct> {
  explicit mm_struct(const arch::Isa& isa);
  ~mm_struct();

  const arch::Isa* isa;
  std::unique_ptr<arch::UserSpace> space;
  std::map<uint64_t, vm_area_struct> mmap;  // by start
  uint64_t mmap_base = 0;
  uint64_t free_area_cache = 0;             // no hole above is larger than cached_hole_size; 0: not known
  uint64_t cached_hole_size = 0;
  uint64_t total_vm = 0;                    // bytes
  uint64_t start_code = 0, end_code = 0, start_data = 0, end_data = 0;
  uint64_t start_brk = 0, brk = 0, start_stack = 0;
  uint64_t arg_start = 0, arg_end = 0, env_start = 0, env_end = 0;
  uint64_t stack_limit = 0;                 // bytes the stack may grow to
  uint64_t end_brk = 0;                     // nommu: where the room for brk ends
  uint64_t load_bias = 0;                   // nommu: what the loader added to the program's addresses
  bool base_register = false;               // nommu: a program of the base-register ABI
  std::vector<std::pair<uint64_t, uint64_t>> saved_auxv;
  Ref<file> exe_file;
  unsigned mm_users = 0;                    // tasks; exec and exit count it down (mmput)
  bool dumpable = true;
  bool def_locked = false;
  bool exe_denied = false;                  // set_mm_exe_file took the right to write from exe_file
  unsigned membarrier_state = 0;            // registered commands
};

Result<Ref<mm_struct>> mm_alloc(const arch::Isa& isa);
Result<Ref<mm_struct>> dup_mm(task_struct& parent, task_struct& child);   // fork
void mmput(Ref<mm_struct> mm);   // one user less; the last one tears the space down
// Linux's function of that name: /proc/PID/exe, and nobody may open the file for writing meanwhile.
void set_mm_exe_file(mm_struct& mm, Ref<file> f);

vm_area_struct* find_vma(mm_struct& mm, uint64_t addr);  // first that ends above addr
// The work behind mmap(2); `addr` is a hint or, with MAP_FIXED, the place. Bytes. Not yet synced when
// `queue_only` (exec batches many). Returns the address.
Result<uint64_t> do_mmap(mm_struct& mm, const Ref<file>& f, uint64_t addr, uint64_t len, unsigned prot,
                         unsigned map_flags, uint64_t offset, bool queue_only = false);
Result<void> do_munmap(mm_struct& mm, uint64_t addr, uint64_t len, bool queue_only = false);
Result<uint64_t> do_brk(mm_struct& mm, uint64_t brk);
Result<void> setup_stack(mm_struct& mm, uint64_t top, uint64_t initial_bytes);
// The guest touched `addr`. True if the access can now succeed (a stack grew); else false.
bool handle_mm_fault(mm_struct& mm, uint64_t addr, bool write);
// For every mapping in address order.
void for_each_vma(const mm_struct& mm, const std::function<void(const vm_area_struct&)>& f);
// Which object and offset a user address names, so that futexes in shared memory meet: {object, offset}.
struct futex_key {
  uint64_t object = 0, offset = 0;
  friend auto operator<=>(const futex_key&, const futex_key&) = default;
};
Result<futex_key> get_futex_key(mm_struct& mm, uint64_t addr, bool is_private);
// Memory given to guests in total, against --mem. Bytes.
void set_memory_limit(uint64_t bytes);
uint64_t memory_limit();
uint64_t memory_committed();
