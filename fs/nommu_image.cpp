// See nommu_image.h. Linux: the common end of fs/binfmt_flat.c and fs/binfmt_elf_fdpic.c. The program,
// room for brk and the stack are one allocation, lowest first; argc, argv and envp stand on the stack with
// the strings above them. Difference: memory is taken before the old program is given up, so a program
// that does not fit is an error of execve (ENOMEM) and not a killed task.
#include "fs/nommu_image.h"

#include <boost/endian/conversion.hpp>

#include <algorithm>
#include <cstring>

#include "fs/fs.h"
#include "kernel/sched.h"
#include "mm/nommu.h"

namespace {

using boost::endian::order;

uint32_t load32(const std::byte* at) {
  return boost::endian::endian_load<uint32_t, 4, order::big>(
      reinterpret_cast<const unsigned char*>(at));
}
void store32(std::byte* at, uint32_t v) {
  boost::endian::endian_store<uint32_t, 4, order::big>(reinterpret_cast<unsigned char*>(at), v);
}

// What stands on the stack at entry. `top` is the first address above it, in the program's view.
struct ArgumentBlock {
  std::vector<std::byte> bytes;
  uint64_t sp = 0, arg_start = 0, arg_end = 0, env_end = 0;
};

constexpr uint64_t kStackAlign = 16;

uint64_t argument_bytes(const linux_binprm& bprm) {
  uint64_t n = 4 * (3 + bprm.argv.size() + 1 + bprm.envp.size() + 1) + kStackAlign;
  for (const auto* list : {&bprm.argv, &bprm.envp})
    for (const std::string& s : *list) n += s.size() + 1;
  return (n + kStackAlign - 1) & ~(kStackAlign - 1);
}

ArgumentBlock build_arguments(const linux_binprm& bprm, uint64_t top) {
  ArgumentBlock block;
  block.bytes.resize(argument_bytes(bprm));
  block.sp = top - block.bytes.size();
  const size_t words = 3 + bprm.argv.size() + 1 + bprm.envp.size() + 1;
  size_t word = 0, text = 4 * words;
  const auto put_word = [&](uint64_t v) {
    store32(block.bytes.data() + 4 * word++, static_cast<uint32_t>(v));
  };
  const auto put_string = [&](const std::string& s) {
    put_word(block.sp + text);
    std::memcpy(block.bytes.data() + text, s.c_str(), s.size() + 1);
    text += s.size() + 1;
  };
  put_word(bprm.argv.size());
  put_word(block.sp + 4 * 3);
  put_word(block.sp + 4 * (3 + bprm.argv.size() + 1));
  block.arg_start = block.sp + text;
  for (const std::string& s : bprm.argv) put_string(s);
  put_word(0);
  block.arg_end = block.sp + text;
  for (const std::string& s : bprm.envp) put_string(s);
  put_word(0);
  block.env_end = block.sp + text;
  return block;
}

struct Placed {
  uint64_t text = 0, data = 0;  // where the parts are; data == text for one block
  uint64_t end = 0;             // of the block with data, brk and stack
};

Result<Placed> take_memory(mm_struct& mm, const NommuImage& image, const Ref<file>& f,
                           uint64_t stack) {
  Placed p;
  const NommuImage::Part& last = image.part[image.base_register ? 1 : 0];
  const uint64_t bytes = page_align(last.size + image.heap + stack);
  constexpr unsigned kAll = VM_READ | VM_WRITE | VM_EXEC;
  if (image.fixed) {
    p.text = TRY(mm.space->allocate(bytes, image.link_address));
    TRY(nommu_enter(mm, p.text, bytes, kAll, f));
  } else if (image.base_register) {
    p.text = TRY(nommu_allocate(mm, image.part[0].size, VM_READ | VM_EXEC, f));
    p.data = TRY(nommu_allocate(mm, bytes, VM_READ | VM_WRITE, nullptr));
  } else {
    p.text = TRY(nommu_allocate(mm, bytes, kAll, f));
  }
  if (!image.base_register) p.data = p.text;
  p.end = p.data + bytes;
  return p;
}

Result<void> copy_parts(mm_struct& mm, const NommuImage& image, const Placed& p) {
  const uint64_t where[2] = {p.text, p.data};
  for (size_t i = 0; i < 2; ++i) {
    std::span<const std::byte> bytes = image.part[i].bytes;
    uint64_t to = where[i];
    if (i == NommuImage::kData &&
        !bytes.empty()) {  // what lies below is no address of the program's
      bytes = bytes.subspan(kBaseRegisterData);
      to += kBaseRegisterData;
    }
    if (!bytes.empty() &&
        mm.space->copy_out(mm.space->user_view(to), bytes.data(), bytes.size()) != 0)
      return Err(EFAULT);
  }
  return {};
}

void describe_layout(mm_struct& mm, const NommuImage& image, const Placed& p, uint64_t stack) {
  const NommuImage::Part& last = image.part[image.base_register ? 1 : 0];
  mm.load_bias = p.text - image.link_address;
  mm.base_register = image.base_register;
  mm.start_code = p.text;
  mm.end_code = p.text + image.code_end;
  mm.start_data = p.data + image.data_start;
  mm.end_data = p.data + image.data_end;
  mm.start_brk = mm.brk = (p.data + last.size + 3) & ~uint64_t{3};
  mm.end_brk = p.end - stack;
}

}  // namespace

void relocate(NommuImage& image, uint64_t text, uint64_t data) {
  const uint64_t base[2] = {text, data};
  for (const NommuImage::Reloc& r : image.relocs) {
    std::byte* const word = image.part[r.in].bytes.data() + r.offset;
    store32(word, load32(word) + static_cast<uint32_t>(base[r.to]));
  }
}

Result<std::vector<std::byte>> read_whole_file(file& f) {
  const inode& i = *f.f_inode();
  const auto size = static_cast<uint64_t>(i.size);
  if (size > kMostNommuImage) return Err(ENOEXEC);
  std::vector<std::byte> bytes(size);
  bytes.resize(TRY(kernel_read(f, bytes.data(), size, 0)));
  return bytes;
}

Result<void> exec_nommu_image(linux_binprm& bprm, NommuImage image) {
  Ref<mm_struct> mm = TRY(mm_alloc(*image.isa));
  const uint64_t stack =
      (image.stack + kStackAlign - 1 + argument_bytes(bprm)) & ~(kStackAlign - 1);
  // Takes the memory, and gives it back if anything fails before the old program is gone.
  const auto prepare = [&]() -> Result<Placed> {
    const Placed p = TRY(take_memory(*mm, image, bprm.file, stack));
    if (image.base_register) mm->space->set_data_base(p.data, p.end - p.data, p.data);
    if (!image.fixed) relocate(image, p.text, p.data);
    describe_layout(*mm, image, p, stack);
    TRY(copy_parts(*mm, image, p));
    return p;
  };
  const Result<Placed> placed = prepare();
  Result<void> ready = placed ? flush_old_exec(bprm, mm) : std::unexpected(placed.error());
  if (!ready) {
    mmput(std::move(mm));
    return ready;
  }
  const ArgumentBlock args = build_arguments(bprm, mm->space->user_view(placed->end));
  mm->arg_start = args.arg_start;
  mm->arg_end = mm->env_start = args.arg_end;
  mm->env_end = args.env_end;
  mm->start_stack = args.sp;
  set_mm_exe_file(*mm, bprm.file);
  mm->dumpable = !bprm.secureexec;
  if (mm->space->copy_out(args.sp, args.bytes.data(), args.bytes.size()) != 0) return Err(EFAULT);
  image.isa->start_thread(*current, placed->text + image.entry, placed->end - args.bytes.size());
  return {};
}
