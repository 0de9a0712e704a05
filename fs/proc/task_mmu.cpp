// What /proc/PID tells about memory: maps, smaps, cmdline, environ, auxv, mem. Linux:
// fs/proc/task_mmu.c, and the first part of fs/proc/base.c. smaps has no per-mapping page counts: the
// host keeps the pages and tells only their sum.
#include <algorithm>
#include <array>
#include <cstring>

#include "fs/proc/internal.h"
#include "mm/mm.h"

namespace {

// Arguments and environment are the guest's to move; this much of them is shown.
constexpr uint64_t kMaxStrings = 2 * 1024 * 1024;
// Where names begin in a line of maps.
constexpr size_t kNameColumn = 73;

// Guest memory of another task, as far as it can be read.
std::string read_remote(mm_struct& mm, uint64_t from, uint64_t to) {
  if (to <= from) return {};
  std::string out(std::min(to - from, kMaxStrings), '\0');
  if (!mm.space) return {};
  out.resize(out.size() - std::min(out.size(), mm.space->copy_in(out.data(), from, out.size())));
  return out;
}

std::string vma_name(const vm_area_struct& v) {
  if (v.name != nullptr) return v.name;
  if (v.vm_file) {
    std::string out;
    for (const char c : v.vm_file->proc_name()) {
      if (c == '\n') out += "\\012";
      else out += c;
    }
    return out;
  }
  return v.anon ? "/dev/zero (deleted)" : "";
}

std::string vma_line(const vm_area_struct& v) {
  uint64_t dev = 0, ino = 0;
  if (v.vm_file) {
    kstat st;
    const Ref<inode> i = v.vm_file->f_inode();
    if (i && i->getattr(st)) {
      dev = st.dev;
      ino = st.ino;
    }
  } else if (v.anon) {
    dev = MKDEV(0, 1);
    ino = v.anon->id;
  }
  std::string line = strprintf("%08lx-%08lx %c%c%c%c %08lx %02x:%02x %lu ", v.start, v.end,
                               (v.flags & VM_READ) != 0 ? 'r' : '-', (v.flags & VM_WRITE) != 0 ? 'w' : '-',
                               (v.flags & VM_EXEC) != 0 ? 'x' : '-', (v.flags & VM_SHARED) != 0 ? 's' : 'p',
                               v.vm_file || v.anon ? v.pgoff : 0, MAJOR(dev), MINOR(dev), ino);
  const std::string name = vma_name(v);
  if (!name.empty()) line.resize(std::max(line.size(), kNameColumn), ' ');
  return line + name + "\n";
}

std::string vm_flags_line(const vm_area_struct& v) {
  struct flag_name {
    unsigned flag;
    const char* name;
  };
  static constexpr flag_name kNames[] = {
      {VM_READ, "rd "},      {VM_WRITE, "wr "},     {VM_EXEC, "ex "},       {VM_SHARED, "sh "},
      {VM_MAYREAD, "mr "},   {VM_MAYWRITE, "mw "},  {VM_MAYEXEC, "me "},    {VM_GROWSDOWN, "gd "},
      {VM_LOCKED, "lo "},    {VM_DONTFORK, "dc "},  {VM_ACCOUNT, "ac "},    {VM_NORESERVE, "nr "},
      {VM_LOCKONFAULT, "lf "}, {VM_WIPEONFORK, "wf "}, {VM_DONTDUMP, "dd "},
  };
  std::string out = "VmFlags: ";
  for (const flag_name& f : kNames) {
    if ((v.flags & f.flag) != 0) out += f.name;
  }
  return out + "\n";
}

// /proc/PID/mem: positions are addresses.
struct mem_file final : file {
  mem_file(path p, unsigned flags, Ref<task_struct> t) : file(std::move(p), flags), task(std::move(t)), mm(task->mm) {}

  Result<size_t> read_iter(iov_iter& to, uint64_t& pos) override {
    return move(to.count(), pos, [&](uint64_t at, std::byte* buffer, size_t n) {
      const size_t got = n - mm->space->copy_in(buffer, at, n);
      return to.copy_to(buffer, got);
    });
  }

  Result<size_t> write_iter(iov_iter& from, uint64_t& pos) override {
    return move(from.count(), pos, [&](uint64_t at, std::byte* buffer, size_t n) {
      const size_t got = from.copy_from(buffer, n);
      return got - mm->space->force_copy_out(at, buffer, got);
    });
  }

  bool seekable() const override { return true; }
  Result<uint64_t> llseek(int64_t offset, int whence) override {
    // Addresses use all 64 bits, so no overflow check.
    if (whence == SEEK_CUR) offset = static_cast<int64_t>(f_pos + static_cast<uint64_t>(offset));
    else if (whence != SEEK_SET) return Err(EINVAL);
    return f_pos = static_cast<uint64_t>(offset);
  }

 private:
  // Page by page, so that what comes before a hole is still transferred.
  template <class Piece>
  Result<size_t> move(size_t count, uint64_t& pos, Piece piece) {
    if (!mm || !mm->space || mm->mm_users == 0) return 0;
    std::array<std::byte, kPageSize> buffer;
    size_t done = 0;
    while (done < count) {
      const size_t n = std::min<uint64_t>(count - done, kPageSize - (pos & ~kPageMask));
      const size_t moved = pos < mm->isa->task_size() ? piece(pos, buffer.data(), n) : 0;
      done += moved;
      pos += moved;
      if (moved < n) break;
    }
    if (done == 0 && count != 0) return Err(EIO);
    return done;
  }

  Ref<task_struct> task;
  Ref<mm_struct> mm;  // of the program that ran at open
};

}  // namespace

vm_sizes task_vm(task_struct& t) {
  vm_sizes v;
  if (!t.mm) return v;
  mm_struct& mm = *t.mm;
  for_each_vma(mm, [&](const vm_area_struct& a) {
    const uint64_t bytes = a.end - a.start;
    v.total += bytes;
    if ((a.flags & VM_GROWSDOWN) != 0) v.stack += bytes;
    else if ((a.flags & (VM_WRITE | VM_SHARED)) == VM_WRITE) v.data += bytes;
    else if ((a.flags & (VM_WRITE | VM_EXEC)) == VM_EXEC) v.exec += bytes;
    if ((a.flags & VM_LOCKED) != 0) v.locked += bytes;
    if (a.vm_file || a.anon) v.shared += bytes;
  });
  v.text = page_align(mm.end_code) - (mm.start_code & kPageMask);
  v.text = std::min(v.text, v.exec);
  v.resident = mm.space ? mm.space->resident() : 0;
  return v;
}

Result<std::string> proc_pid_maps(task_struct& t, bool) {
  std::string out;
  if (!t.mm) return out;
  for_each_vma(*t.mm, [&](const vm_area_struct& v) { out += vma_line(v); });
  return out;
}

Result<std::string> proc_pid_smaps(task_struct& t, bool) {
  std::string out;
  if (!t.mm) return out;
  for_each_vma(*t.mm, [&](const vm_area_struct& v) {
    out += vma_line(v);
    const uint64_t kb = (v.end - v.start) / 1024;
    out += strprintf("Size:           %8lu kB\nKernelPageSize: %8lu kB\nMMUPageSize:    %8lu kB\n", kb,
                     kPageSize / 1024, kPageSize / 1024);
    out += vm_flags_line(v);
  });
  return out;
}

Result<std::string> proc_pid_cmdline(task_struct& t, bool) {
  if (!t.mm) return std::string();
  mm_struct& mm = *t.mm;
  std::string args = read_remote(mm, mm.arg_start, mm.arg_end);
  // A program that has overwritten the last NUL has set its title: one string, perhaps running on into
  // what was the environment.
  if (args.empty() || args.back() == '\0') return args;
  args += read_remote(mm, mm.arg_end, std::min(mm.env_end, mm.arg_end + kPageSize));
  args.resize(std::min(args.size(), std::strlen(args.c_str())));
  return args;
}

Result<std::string> proc_pid_environ(task_struct& t, bool) {
  if (!t.mm) return std::string();
  return read_remote(*t.mm, t.mm->env_start, t.mm->env_end);
}

Result<std::string> proc_pid_auxv(task_struct& t, bool) {
  std::string out;
  if (!t.mm) return out;
  const arch::Isa& isa = *t.mm->isa;
  const auto word = [&](uint64_t value) {
    for (unsigned i = 0; i < isa.word_bytes(); ++i) {
      const unsigned byte = isa.big_endian() ? isa.word_bytes() - 1 - i : i;
      out += static_cast<char>(value >> (8 * byte));
    }
  };
  for (const auto& [type, value] : t.mm->saved_auxv) {
    word(type);
    word(value);
  }
  if (t.mm->saved_auxv.empty() || t.mm->saved_auxv.back().first != AT_NULL) {
    word(AT_NULL);
    word(0);
  }
  return out;
}

Result<Ref<file>> open_task_mem(const path& p, unsigned flags, Ref<task_struct> t) {
  return Ref<file>(make_ref<mem_file>(p, flags, std::move(t)));
}
