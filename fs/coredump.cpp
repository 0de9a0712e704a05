// Core files: an ELF file with the registers of every thread (NT_PRSTATUS), what the process was
// (NT_PRPSINFO, NT_AUXV) and its private memory. Linux: fs/coredump.c, fs/binfmt_elf.c. What happens
// when others use the memory too, a vfork parent say, changed twice in history (-k shared-core=).
// Known differences: the name is always "core"; memory that a file backs and nobody may write is left
// out (coredump_filter 0x33); floating-point state is left out; no moxie.
#include "fs/coredump.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "fs/fs.h"
#include "fs/open.h"
#include "fs/read_write.h"
#include "kernel/profile.h"
#include "kernel/sched.h"
#include "mm/mm.h"

namespace {

constexpr unsigned kEmI386 = 3, kEmX86_64 = 62;

// Little-endian words of the guest's size, one after the other.
class Words {
 public:
  explicit Words(unsigned word) : word_(word) {}
  Words& put(uint64_t value, unsigned bytes) {
    for (unsigned i = 0; i < bytes; ++i) bytes_.push_back(static_cast<std::byte>(value >> 8 * i));
    return *this;
  }
  Words& u16(uint64_t v) { return put(v, 2); }
  Words& u32(uint64_t v) { return put(v, 4); }
  Words& word(uint64_t v) { return put(v, word_); }
  Words& raw(const void* p, size_t n) {
    const auto* b = static_cast<const std::byte*>(p);
    bytes_.insert(bytes_.end(), b, b + n);
    return *this;
  }
  Words& align(size_t to) {
    while (bytes_.size() % to != 0) bytes_.push_back(std::byte{0});
    return *this;
  }
  // A NUL-padded field of n bytes.
  Words& text(std::string_view s, size_t n) {
    s = s.substr(0, n - 1);
    raw(s.data(), s.size());
    for (size_t i = s.size(); i < n; ++i) bytes_.push_back(std::byte{0});
    return *this;
  }
  size_t size() const { return bytes_.size(); }
  const std::vector<std::byte>& bytes() const { return bytes_; }

 private:
  unsigned word_;
  std::vector<std::byte> bytes_;
};

void put_note(Words& to, unsigned type, const std::vector<std::byte>& content) {
  to.u32(5).u32(content.size()).u32(type).text("CORE", 5).align(4);
  to.raw(content.data(), content.size()).align(4);
}

void put_times(Words& w, uint64_t ns) { w.word(ns / kNsec).word(ns % kNsec / 1000); }

// struct elf_prstatus.
std::vector<std::byte> prstatus(task_struct& t, int sig, unsigned word) {
  Words w(word);
  w.u32(static_cast<unsigned>(sig)).u32(0).u32(0).u16(static_cast<unsigned>(sig)).align(word);
  w.word(t.pending.signal).word(t.blocked);
  w.u32(static_cast<unsigned>(t.pid)).u32(static_cast<unsigned>(t.p_opptr != nullptr ? t.p_opptr->tgid : 0));
  w.u32(static_cast<unsigned>(t.signal->pgrp)).u32(static_cast<unsigned>(t.signal->session));
  put_times(w, task_utime(t));
  put_times(w, task_stime(t));
  put_times(w, t.signal->cacct.utime);
  put_times(w, t.signal->cacct.stime);
  const std::vector<std::byte> regs = t.isa->user_regs(t.thread);
  w.raw(regs.data(), regs.size()).u32(0).align(word);
  return w.bytes();
}

// struct elf_prpsinfo.
std::vector<std::byte> prpsinfo(task_struct& t, unsigned word) {
  Words w(word);
  w.put(0, 1).put('R', 1).put(0, 1).put(static_cast<uint64_t>(t.nice), 1).align(word).word(t.flags);
  const unsigned id_bytes = word == 4 ? 2 : 4;
  w.put(t.creds.uid, id_bytes).put(t.creds.gid, id_bytes);
  w.u32(static_cast<unsigned>(t.tgid)).u32(static_cast<unsigned>(t.p_opptr != nullptr ? t.p_opptr->tgid : 0));
  w.u32(static_cast<unsigned>(t.signal->pgrp)).u32(static_cast<unsigned>(t.signal->session));
  std::string args(std::min<uint64_t>(t.mm->arg_end - t.mm->arg_start, 79), '\0');
  if (t.mm->space->copy_in(args.data(), t.mm->arg_start, args.size()) != 0) args.clear();
  std::ranges::replace(args, '\0', ' ');
  w.text(t.comm, 16).text(args, 80);
  return w.bytes();
}

std::vector<std::byte> notes(task_struct& dying, int sig, unsigned word) {
  Words w(word);
  put_note(w, NT_PRSTATUS, prstatus(dying, sig, word));
  put_note(w, NT_PRPSINFO, prpsinfo(dying, word));
  Words auxv(word);
  for (const auto& [type, value] : dying.mm->saved_auxv) auxv.word(type).word(value);
  put_note(w, NT_AUXV, auxv.word(0).word(0).bytes());
  for (task_struct* t : dying.signal->threads)
    if (t != &dying && t->exit_state == 0 && !t->on_cpu_away) put_note(w, NT_PRSTATUS, prstatus(*t, sig, word));
  return w.bytes();
}

uint64_t dump_size(const vm_area_struct& v) {
  if ((v.flags & VM_DONTDUMP) != 0 || (v.flags & VM_READ) == 0) return 0;
  return v.vm_file && (v.flags & VM_WRITE) == 0 ? 0 : v.end - v.start;
}

struct Layout {
  std::vector<const vm_area_struct*> areas;
  std::vector<std::byte> notes;
};

std::vector<std::byte> headers(const Layout& l, unsigned word, unsigned machine) {
  const bool wide = word == 8;
  const unsigned ehsize = wide ? 64 : 52, phsize = wide ? 56 : 32;
  Words w(word);
  w.raw(ELFMAG, SELFMAG).put(wide ? ELFCLASS64 : ELFCLASS32, 1).put(ELFDATA2LSB, 1).put(1, 1).put(0, 9);
  w.u16(4 /* ET_CORE */).u16(machine).u32(1).word(0).word(ehsize).word(0).u32(0);
  w.u16(ehsize).u16(phsize).u16(l.areas.size() + 1).u16(0).u16(0).u16(0);
  uint64_t offset = ehsize + phsize * (l.areas.size() + 1);
  const auto segment = [&](unsigned type, unsigned flags, uint64_t at, uint64_t addr, uint64_t filesz,
                           uint64_t memsz, uint64_t align) {
    w.u32(type);
    if (wide) w.u32(flags);
    w.word(at).word(addr).word(0).word(filesz).word(memsz);
    if (!wide) w.u32(flags);
    w.word(align);
  };
  segment(PT_NOTE, 0, offset, 0, l.notes.size(), 0, 4);
  offset = (offset + l.notes.size() + kPageSize - 1) & kPageMask;
  for (const vm_area_struct* v : l.areas) {
    const unsigned flags = ((v->flags & VM_READ) != 0 ? PF_R : 0U) | ((v->flags & VM_WRITE) != 0 ? PF_W : 0U) |
                           ((v->flags & VM_EXEC) != 0 ? PF_X : 0U);
    segment(PT_LOAD, flags, offset, v->start, dump_size(*v), v->end - v->start, kPageSize);
    offset += dump_size(*v);
  }
  w.raw(l.notes.data(), l.notes.size()).align(kPageSize);
  return w.bytes();
}

// Writes at most `limit` bytes; a longer core is cut off there, as Linux does.
class LimitedFile {
 public:
  LimitedFile(file& f, uint64_t limit) : file_(f), limit_(limit) {}
  Result<void> write(const void* from, size_t n) {
    n = static_cast<size_t>(std::min<uint64_t>(n, limit_ > pos_ ? limit_ - pos_ : 0));
    return n == 0 ? Result<void>{} : kernel_write(file_, from, n, pos_);
  }

 private:
  file& file_;
  uint64_t limit_, pos_ = 0;
};

Result<void> write_core(task_struct& t, int sig, uint64_t limit) {
  const unsigned word = t.isa->word_bytes();
  const Ref<file> f = TRY(do_filp_open(
      AT_FDCWD, "core", {.flags = O_CREAT | O_TRUNC | O_WRONLY | O_NOFOLLOW, .mode = 0600}));
  if (!f->f_inode()->is_reg() || f->f_inode()->nlink != 1) return Err(EPERM);
  Layout l;
  for_each_vma(*t.mm, [&](const vm_area_struct& v) { l.areas.push_back(&v); });
  l.notes = notes(t, sig, word);
  LimitedFile out(*f, limit);
  const std::vector<std::byte> head = headers(l, word, word == 8 ? kEmX86_64 : kEmI386);
  TRY(out.write(head.data(), head.size()));
  std::vector<std::byte> buffer(64 * kPageSize);
  for (const vm_area_struct* v : l.areas)
    for (uint64_t at = v->start; at < v->start + dump_size(*v);) {
      const size_t n = static_cast<size_t>(std::min<uint64_t>(buffer.size(), v->end - at));
      const size_t missing = t.mm->space->copy_in(buffer.data(), at, n);
      std::fill(buffer.begin() + static_cast<ptrdiff_t>(n - missing), buffer.end(), std::byte{0});
      TRY(out.write(buffer.data(), n));
      at += n;
    }
  return {};
}

// Does somebody outside the thread group use its memory?
bool memory_is_shared(const task_struct& t) { return t.mm->mm_users > t.signal->threads.size(); }

// 2.5.47 to 5.15: the dumper kills every task that shares the mm, so that it holds still.
void kill_sharers(task_struct& dying) {
  for_each_task([&](task_struct& t) {
    if (t.mm != dying.mm || t.signal == dying.signal || t.exit_state != 0) return;
    kernel_siginfo info;
    info.si_signo = SIGKILL;
    info.si_code = SI_KERNEL;
    (void)send_signal(t, info, false);
  });
}

}  // namespace

bool do_coredump(int sig) {
  task_struct& t = *current;
  const uint64_t limit = t.signal->rlim[RLIMIT_CORE].cur;
  if (!t.mm || !t.mm->dumpable || !t.isa->has_mmu()) return false;
  const SharedCore rule = mechanisms().shared_core;
  if (memory_is_shared(t)) {
    if (rule == SharedCore::refused) return false;
    if (rule == SharedCore::kills) kill_sharers(t);
  }
  if (limit == 0) return false;
  t.flags |= PF_DUMPCORE;
  return write_core(t, sig, limit).has_value();
}
