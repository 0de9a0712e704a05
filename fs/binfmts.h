// What execve collects before it replaces a program, and the formats that can load one. Linux:
// include/linux/binfmts.h.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "fs/fs.h"
#include "lib/result.h"

struct mm_struct;

struct linux_binprm {
  Ref<struct file> file;
  std::string filename;               // AT_EXECFN and /proc
  std::string interp;                 // the path that a script's interpreter is given
  std::vector<std::string> argv, envp;
  // First bytes of the file, zero padded. Linux reads 256; the program headers, which nearly always
  // follow, come along.
  std::array<std::byte, 1024> buf{};
  size_t buf_len = 0;
  uint32_t euid = 0, egid = 0;        // effective ids after set-id bits
  bool secureexec = false;
  bool own_image = false;             // the running program again: no set-id bits a second time
};

// ENOEXEC: not this format, ask the next. Any other error before flush_old_exec() leaves the caller as
// it was; after it the caller dies (point of no return).
using load_binary = Result<void> (*)(linux_binprm& bprm);
void register_binfmt(load_binary load);

Result<void> load_elf_binary(linux_binprm& bprm);
Result<void> load_flat_binary(linux_binprm& bprm);
// A static ELF program for an ISA without an MMU; the loader of all ELF hands over to it.
Result<void> load_elf_nommu_binary(linux_binprm& bprm, const arch::Isa& isa);
Result<void> load_script(linux_binprm& bprm);  // rewrites bprm; the caller starts over

// The point of no return: other threads die, the old memory is let go (a vfork parent wakes), `mm`
// becomes current->mm, handlers and close-on-exec descriptors are reset.
Result<void> flush_old_exec(linux_binprm& bprm, Ref<mm_struct> mm);
Result<void> prepare_binprm(linux_binprm& bprm);  // reads buf, computes ids
