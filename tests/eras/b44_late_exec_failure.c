// B44: an exec that fails when the old program is already gone.
#include "eras.h"

#include <elf.h>

static char broken[] = "/tmp/eras.XXXXXX";

// A program whose second segment lies where no user memory can be.
static void write_broken(void) {
#ifdef __x86_64__
  Elf64_Ehdr h = {.e_machine = EM_X86_64, .e_phentsize = sizeof(Elf64_Phdr), .e_ehsize = sizeof h};
  Elf64_Phdr p[2] = {{.p_vaddr = 0x400000}, {.p_vaddr = 0xffff800000000000}};
  h.e_ident[EI_CLASS] = ELFCLASS64;
#else
  Elf32_Ehdr h = {.e_machine = EM_386, .e_phentsize = sizeof(Elf32_Phdr), .e_ehsize = sizeof h};
  Elf32_Phdr p[2] = {{.p_vaddr = 0x400000}, {.p_vaddr = 0xffffd000}};
  h.e_ident[EI_CLASS] = ELFCLASS32;
#endif
  memcpy(h.e_ident, ELFMAG, SELFMAG);
  h.e_ident[EI_DATA] = ELFDATA2LSB;
  h.e_ident[EI_VERSION] = h.e_version = EV_CURRENT;
  h.e_type = ET_EXEC;
  h.e_phoff = sizeof h;
  h.e_phnum = 2;
  h.e_entry = 0x400000;
  for (int i = 0; i < 2; ++i) {
    p[i].p_type = PT_LOAD;
    p[i].p_flags = PF_R | PF_X;
    p[i].p_filesz = p[i].p_memsz = 4096;
    p[i].p_align = 4096;
  }
  const int fd = mkstemp(broken);
  write(fd, &h, sizeof h);
  write(fd, p, sizeof p);
  ftruncate(fd, 4096);
  fchmod(fd, 0755);
  close(fd);
}

static void child(void) {
  nap_until(200);
  execve(broken, (char*[]){broken, NULL}, environ);
  _exit(1);
}

static void subject(void) {
  write_broken();
  const pid_t v = vfork_child(child);
  say("%ld", grid(now()));
  say("V %s", status_text(wait_for(v)));
  unlink(broken);
}

ROW(44, "exec failing after the point of no return", .subject = subject)
