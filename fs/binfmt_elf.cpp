// ELF programs: static, static-PIE and dynamic. Linux: fs/binfmt_elf.c. One loader for both word sizes
// and all machines: the Isa says what it can run. Headers that are wrong answer ENOEXEC before the old
// program is given up; segments that cannot be mapped kill the caller, who has no program any more.
#include <algorithm>
#include <cstring>
#include <optional>

#include "fs/binfmts.h"
#include "fs/fs.h"
#include "kernel/sched.h"
#include "mm/mm.h"

namespace {

constexpr size_t kMaxPhdrBytes = 65536;

struct segment {
  uint32_t type, flags;
  uint64_t offset, vaddr, filesz, memsz, align;
};

// What both ELF classes say, widened.
struct elf_image {
  const arch::Isa* isa = nullptr;
  unsigned type = 0;
  uint64_t entry = 0, phoff = 0;
  unsigned phentsize = 0;
  std::vector<segment> phdrs;
};

template <class Ehdr, class Phdr>
Result<elf_image> parse(file& f, std::span<const std::byte> head) {
  Ehdr eh;
  if (head.size() < sizeof eh) return Err(ENOEXEC);
  std::memcpy(&eh, head.data(), sizeof eh);
  elf_image e;
  e.isa = arch::isa_for_elf(eh.e_machine, eh.e_ident[EI_CLASS]);
  e.type = eh.e_type;
  e.entry = eh.e_entry;
  e.phoff = eh.e_phoff;
  e.phentsize = sizeof(Phdr);
  if (e.isa == nullptr || (e.type != ET_EXEC && e.type != ET_DYN)) return Err(ENOEXEC);
  if (eh.e_phentsize != sizeof(Phdr) || eh.e_phnum == 0 || eh.e_phnum * sizeof(Phdr) > kMaxPhdrBytes)
    return Err(ENOEXEC);
  std::vector<Phdr> table(eh.e_phnum);
  const size_t bytes = table.size() * sizeof(Phdr);
  if (eh.e_phoff <= head.size() && bytes <= head.size() - eh.e_phoff)
    std::memcpy(table.data(), head.data() + eh.e_phoff, bytes);
  else if (TRY(kernel_read(f, table.data(), bytes, eh.e_phoff)) != bytes)
    return Err(ENOEXEC);
  e.phdrs.reserve(table.size());
  for (const Phdr& p : table)
    e.phdrs.push_back({p.p_type, p.p_flags, p.p_offset, p.p_vaddr, p.p_filesz, p.p_memsz, p.p_align});
  return e;
}

Result<elf_image> read_elf(file& f, std::span<const std::byte> head) {
  if (head.size() < EI_NIDENT || std::memcmp(head.data(), ELFMAG, SELFMAG) != 0) return Err(ENOEXEC);
  const auto byte = [&](size_t i) { return std::to_integer<unsigned>(head[i]); };
  if (byte(EI_DATA) != ELFDATA2LSB) return Err(ENOEXEC);
  if (byte(EI_CLASS) == ELFCLASS64) return parse<Elf64_Ehdr, Elf64_Phdr>(f, head);
  if (byte(EI_CLASS) == ELFCLASS32) return parse<Elf32_Ehdr, Elf32_Phdr>(f, head);
  return Err(ENOEXEC);
}

// Big-endian ELF is for machines without an MMU, which have a loader of their own.
const arch::Isa* nommu_machine(std::span<const std::byte> head) {
  if (head.size() < sizeof(Elf32_Ehdr) || std::memcmp(head.data(), ELFMAG, SELFMAG) != 0) return nullptr;
  const auto byte = [&](size_t i) { return std::to_integer<unsigned>(head[i]); };
  if (byte(EI_DATA) != ELFDATA2MSB || byte(EI_CLASS) != ELFCLASS32) return nullptr;
  constexpr size_t kMachine = offsetof(Elf32_Ehdr, e_machine);
  const arch::Isa* isa = arch::isa_for_elf(byte(kMachine) << 8 | byte(kMachine + 1), ELFCLASS32);
  return isa != nullptr && !isa->has_mmu() ? isa : nullptr;
}

struct load_span {
  uint64_t low = ~0ULL, high = 0, align = kPageSize;
};

Result<load_span> check_segments(const elf_image& e) {
  load_span s;
  for (const segment& p : e.phdrs) {
    if (p.type != PT_LOAD) continue;
    const uint64_t top = e.isa->task_size();
    if (p.filesz > p.memsz || p.vaddr >= top || p.memsz > top - p.vaddr) return Err(ENOEXEC);
    if (((p.vaddr ^ p.offset) & (kPageSize - 1)) != 0 || p.offset > INT64_MAX - p.filesz) return Err(ENOEXEC);
    if (p.align > s.align && (p.align & (p.align - 1)) == 0) s.align = p.align;
    s.low = std::min(s.low, p.vaddr & kPageMask);
    s.high = std::max(s.high, p.vaddr + p.memsz);
  }
  if (s.high == 0) return Err(ENOEXEC);
  return s;
}

constexpr unsigned prot_of(uint32_t p_flags) {
  return ((p_flags & PF_R) != 0 ? PROT_READ : 0U) | ((p_flags & PF_W) != 0 ? PROT_WRITE : 0U) |
         ((p_flags & PF_X) != 0 ? PROT_EXEC : 0U);
}

// The rest of the last file page belongs to bss and must read as zero; done after the batch of maps.
struct zero_tail {
  uint64_t addr, len;
};

struct loaded {
  uint64_t bias = 0, entry = 0, phdr = 0, top = 0;
};

Result<loaded> map_image(mm_struct& mm, const Ref<file>& f, const elf_image& e, const load_span& span, uint64_t bias,
                         std::vector<zero_tail>& tails) {
  loaded l;
  l.bias = bias;
  l.entry = e.entry + bias;
  for (const segment& p : e.phdrs) {
    if (p.type == PT_PHDR) l.phdr = p.vaddr + bias;
    if (p.type != PT_LOAD || p.memsz == 0) continue;
    const uint64_t start = (p.vaddr + bias) & kPageMask;
    const uint64_t in_page = (p.vaddr + bias) & ~kPageMask;
    const uint64_t file_end = p.vaddr + bias + p.filesz, mem_end = p.vaddr + bias + p.memsz;
    uint64_t mapped_to = start;
    if (p.filesz != 0) {
      TRY(do_mmap(mm, f, start, page_align(p.filesz + in_page), prot_of(p.flags), MAP_PRIVATE | MAP_FIXED,
                  p.offset - in_page, true));
      mapped_to = page_align(file_end);
      if (p.memsz > p.filesz && (p.flags & PF_W) != 0 && mapped_to != file_end)
        tails.push_back({file_end, mapped_to - file_end});
    }
    if (page_align(mem_end) > mapped_to)
      TRY(do_mmap(mm, nullptr, mapped_to, page_align(mem_end) - mapped_to, prot_of(p.flags),
                  MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS, 0, true));
    if (l.phdr == 0 && p.offset <= e.phoff && e.phoff < p.offset + p.filesz) l.phdr = e.phoff - p.offset + p.vaddr + bias;
    if ((p.flags & PF_X) != 0 && (mm.start_code == 0 || start < mm.start_code)) mm.start_code = start;
    if ((p.flags & PF_X) != 0) mm.end_code = std::max(mm.end_code, file_end);
    if ((p.flags & PF_W) != 0) {
      mm.start_data = p.vaddr + bias;
      mm.end_data = std::max(mm.end_data, file_end);
    }
    l.top = std::max(l.top, mem_end);
  }
  (void)span;
  return l;
}

// The stack as a new program finds it, top down: file name, strings, platform, random bytes, then
// aligned: argc, argv[], envp[], auxiliary vector.
class StackImage {
 public:
  StackImage(uint64_t top, unsigned word) : top_(top), word_(word) { bytes_.reserve(2 * kPageSize); }

  uint64_t push(const void* data, size_t n) {
    bytes_.insert(bytes_.begin(), static_cast<const std::byte*>(data), static_cast<const std::byte*>(data) + n);
    return top_ - bytes_.size();
  }
  uint64_t push_string(std::string_view s) { return push_block(s, true); }
  uint64_t push_block(std::string_view s, bool nul) {
    std::string z(s);
    if (nul) z.push_back('\0');
    return push(z.data(), z.size());
  }
  void align(uint64_t to) {
    while (((top_ - bytes_.size()) & (to - 1)) != 0) bytes_.insert(bytes_.begin(), std::byte{0});
  }
  // All words at once, lowest first.
  uint64_t push_words(const std::vector<uint64_t>& words) {
    std::vector<std::byte> raw(words.size() * word_);
    for (size_t i = 0; i < words.size(); ++i) std::memcpy(raw.data() + i * word_, &words[i], word_);
    return push(raw.data(), raw.size());
  }
  uint64_t sp() const { return top_ - bytes_.size(); }
  const std::vector<std::byte>& bytes() const { return bytes_; }

 private:
  uint64_t top_;
  unsigned word_;
  std::vector<std::byte> bytes_;
};

uint64_t push_strings(StackImage& stack, const std::vector<std::string>& list, std::vector<uint64_t>& addresses) {
  std::string block;
  size_t bytes = 0;
  for (const std::string& s : list) bytes += s.size() + 1;
  block.reserve(bytes);
  addresses.reserve(list.size());
  for (const std::string& s : list) block.append(s).push_back('\0');
  uint64_t at = stack.push_block(block, false);
  const uint64_t start = at;
  for (const std::string& s : list) {
    addresses.push_back(at);
    at += s.size() + 1;
  }
  return start;
}

StackImage build_stack(const linux_binprm& bprm, mm_struct& mm, const elf_image& e, const loaded& program,
                       std::optional<loaded> interp) {
  const arch::Isa& isa = *e.isa;
  StackImage stack(isa.stack_top(), isa.word_bytes());
  const uint64_t zero = 0;
  stack.push(&zero, isa.word_bytes());
  const uint64_t execfn = stack.push_string(bprm.filename);
  std::vector<uint64_t> argv, envp;
  mm.env_end = execfn;
  mm.env_start = push_strings(stack, bprm.envp, envp);
  mm.arg_end = mm.env_start;
  mm.arg_start = push_strings(stack, bprm.argv, argv);
  const uint64_t platform = stack.push_string(isa.platform());
  std::array<std::byte, 16> random{};
  arch::machine().random(random);
  const uint64_t random_at = stack.push(random.data(), random.size());

  const cred& c = current->creds;
  std::vector<std::pair<uint64_t, uint64_t>>& auxv = mm.saved_auxv;
  isa.arch_auxv(auxv);
  for (auto [type, value] : std::initializer_list<std::pair<uint64_t, uint64_t>>{
           {AT_HWCAP, isa.hwcap()}, {AT_PAGESZ, kPageSize}, {AT_CLKTCK, 100}, {AT_PHDR, program.phdr},
           {AT_PHENT, e.phentsize}, {AT_PHNUM, e.phdrs.size()}, {AT_BASE, interp ? interp->bias : 0}, {AT_FLAGS, 0},
           {AT_ENTRY, program.entry}, {AT_UID, c.uid}, {AT_EUID, c.euid}, {AT_GID, c.gid}, {AT_EGID, c.egid},
           {AT_SECURE, bprm.secureexec ? 1U : 0U}, {AT_RANDOM, random_at}, {AT_HWCAP2, 0}, {AT_EXECFN, execfn},
           {AT_PLATFORM, platform}, {AT_NULL, 0}})
    auxv.emplace_back(type, value);

  std::vector<uint64_t> words{argv.size()};
  words.insert(words.end(), argv.begin(), argv.end());
  words.push_back(0);
  words.insert(words.end(), envp.begin(), envp.end());
  words.push_back(0);
  for (auto [type, value] : auxv) {
    words.push_back(type);
    words.push_back(value);
  }
  // The stack pointer at entry is 16-byte aligned on every ABI we have.
  stack.align(16);
  if ((words.size() * isa.word_bytes()) % 16 != 0) {
    std::vector<std::byte> pad(16 - (words.size() * isa.word_bytes()) % 16);
    stack.push(pad.data(), pad.size());
  }
  stack.push_words(words);
  return stack;
}

Result<std::optional<std::string>> interpreter_of(file& f, const elf_image& e) {
  for (const segment& p : e.phdrs) {
    if (p.type != PT_INTERP) continue;
    if (p.filesz < 2 || p.filesz > PATH_MAX) return Err(ENOEXEC);
    std::string name(p.filesz, '\0');
    if (TRY(kernel_read(f, name.data(), name.size(), p.offset)) != name.size() || name.back() != '\0') return Err(ENOEXEC);
    name.resize(std::strlen(name.c_str()));
    return name;
  }
  return std::optional<std::string>();
}

bool wants_exec_stack(const elf_image& e) {
  for (const segment& p : e.phdrs)
    if (p.type == PT_GNU_STACK) return (p.flags & PF_X) != 0;
  return e.isa->word_bytes() == 4;  // without a word about it, i386 programs expect it
}

struct interpreter {
  Ref<file> f;
  elf_image elf;
  Result<load_span> span;
};

Result<std::optional<interpreter>> open_interpreter(file& f, const elf_image& e) {
  const auto name = TRY(interpreter_of(f, e));
  if (!name) return std::optional<interpreter>();
  interpreter in{.f = TRY(open_exec(AT_FDCWD, *name, 0))};
  std::array<std::byte, 1024> head{};
  const size_t n = TRY(kernel_read(*in.f, head.data(), head.size(), 0));
  auto elf = read_elf(*in.f, std::span(head).first(n));
  if (!elf) return Err(elf.error() == ENOEXEC ? ELIBBAD : elf.error().value);
  in.elf = std::move(*elf);
  if (in.elf.isa != e.isa) return Err(ELIBBAD);
  in.span = check_segments(in.elf);
  return in;
}

Result<uint64_t> place_interpreter(mm_struct& mm, const interpreter& in, const load_span& span) {
  if (in.elf.type != ET_DYN) return 0;
  // mmap_base is where mappings grow down from; the interpreter is the first of them.
  const uint64_t len = page_align(span.high) - span.low;
  const uint64_t at = (mm.mmap_base - len) & ~(std::max(span.align, kPageSize) - 1);
  return at - span.low;
}

// After flush_old_exec: everything that fails now ends the task.
Result<void> install(linux_binprm& bprm, const elf_image& e, const load_span& span, std::optional<interpreter>& in) {
  mm_struct& mm = *current->mm;
  std::vector<zero_tail> tails;
  uint64_t bias = 0;
  if (e.type == ET_DYN) {
    const uint64_t align = std::max(span.align, kPageSize);
    bias = in ? (e.isa->elf_dyn_base() & ~(align - 1)) - span.low
              : ((e.isa->elf_dyn_base() + align - 1) & ~(align - 1)) - span.low;
  }
  const loaded program = TRY(map_image(mm, bprm.file, e, span, bias, tails));
  std::optional<loaded> interp;
  if (in) {
    const load_span in_span = TRY(in->span);
    interp = TRY(map_image(mm, in->f, in->elf, in_span, TRY(place_interpreter(mm, *in, in_span)), tails));
  }
  mm.start_brk = mm.brk = page_align(program.top);
  set_mm_exe_file(mm, bprm.file);
  mm.dumpable = !bprm.secureexec;

  e.isa->map_extras(*mm.space);
  StackImage stack = build_stack(bprm, mm, e, program, interp);
  mm.start_stack = stack.sp();
  TRY(setup_stack(mm, e.isa->stack_top(), page_align(stack.bytes().size()) + 32 * kPageSize));
  if (wants_exec_stack(e)) {
    vm_area_struct* v = find_vma(mm, stack.sp());
    v->flags |= VM_EXEC;
    mm.space->protect(v->start, v->end - v->start, v->flags & kVmProt);
  }
  TRY(mm.space->sync());
  for (const zero_tail& z : tails) {
    const std::vector<std::byte> zeros(z.len);
    if (mm.space->copy_out(z.addr, zeros.data(), z.len) != 0) return Err(EFAULT);
  }
  if (mm.space->copy_out(stack.sp(), stack.bytes().data(), stack.bytes().size()) != 0) return Err(EFAULT);
  e.isa->start_thread(*current, interp ? interp->entry : program.entry, stack.sp());
  return {};
}

}  // namespace

Result<void> load_elf_binary(linux_binprm& bprm) {
  if (const arch::Isa* isa = nommu_machine(std::span(bprm.buf).first(bprm.buf_len)))
    return load_elf_nommu_binary(bprm, *isa);
  const elf_image e = TRY(read_elf(*bprm.file, std::span(bprm.buf).first(bprm.buf_len)));
  // Linux maps one segment after the other when the old program is gone, so this verdict waits.
  const Result<load_span> span = check_segments(e);
  std::optional<interpreter> in = TRY(open_interpreter(*bprm.file, e));
  Ref<mm_struct> mm = TRY(mm_alloc(*e.isa));
  if (auto flushed = flush_old_exec(bprm, mm); !flushed) {
    mmput(std::move(mm));
    return flushed;
  }
  mm.reset();
  return install(bprm, e, TRY(span), in);
}
