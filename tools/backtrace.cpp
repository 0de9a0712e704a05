// What a dying guest program leaves behind with -v: its registers and a backtrace. Linux prints as
// much for a program only with print-fatal-signals=1 (kernel/signal.c). x86-64 is unwound by
// libunwind through accessors of ours that read the guest's memory; programs without unwind
// information and i386 by frame pointers.
#include "tools/backtrace.h"

#include <fmt/format.h>
#include <libunwind.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <sstream>
#include <vector>

#include "fs/fs.h"
#include "kernel/printk.h"
#include "kernel/sched.h"
#include "lib/uapi.h"
#include "mm/mm.h"
#include "mm/uaccess.h"
#include "tools/guest_elf.h"
#include "tools/trace/symbols.h"

// Exported by libunwind for remote unwinders such as perf, but in no header.
extern "C" int UNW_OBJ(dwarf_search_unwind_table)(unw_addr_space_t as, unw_word_t ip,
                                                  unw_dyn_info_t* di, unw_proc_info_t* pi,
                                                  int need_unwind_info, void* arg);

namespace tools {

namespace {

constexpr unsigned kMaxFrames = 48;
// Where our table of functions seems to be in the guest: no guest address can be there.
constexpr uint64_t kTableAddress = 0xffff'9000'0000'0000;

struct Frame {
  uint64_t pc, sp;
};

struct Unwinder {
  task_struct& task;
  std::optional<GuestElf> elf;
  std::vector<std::pair<std::string_view, uint64_t>> registers;
  // libunwind's sorted table: pairs of 32-bit offsets from `base`, function and FDE.
  std::vector<int32_t> table;
  uint64_t base = 0;
};

uint64_t register_named(const Unwinder& u, std::string_view name) {
  auto it = std::ranges::find(u.registers, name, &std::pair<std::string_view, uint64_t>::first);
  return it == u.registers.end() ? 0 : it->second;
}

// ---- libunwind's view of the guest --------------------------------------------------------------

int find_proc_info(unw_addr_space_t as, unw_word_t ip, unw_proc_info_t* pi, int need, void* arg) {
  auto& u = *static_cast<Unwinder*>(arg);
  const auto& entries = u.elf->unwind_table();
  if (entries.empty() || ip < entries.front().start) return -UNW_ENOINFO;
  unw_dyn_info_t di{};
  di.start_ip = entries.front().start;
  di.end_ip = entries.back().start + (1 << 20);  // the FDE itself says where its function ends
  di.format = UNW_INFO_FORMAT_REMOTE_TABLE;
  di.u.rti.segbase = u.base;
  di.u.rti.table_data = kTableAddress;
  di.u.rti.table_len = u.table.size() * sizeof(int32_t) / sizeof(unw_word_t);
  return UNW_OBJ(dwarf_search_unwind_table)(as, ip, &di, pi, need, arg);
}

void put_unwind_info(unw_addr_space_t, unw_proc_info_t*, void*) {}
int no_dyn_info(unw_addr_space_t, unw_word_t*, void*) { return -UNW_ENOINFO; }

int access_mem(unw_addr_space_t, unw_word_t address, unw_word_t* value, int write, void* arg) {
  auto& u = *static_cast<Unwinder*>(arg);
  if (write != 0) return -UNW_EINVAL;
  if (address >= kTableAddress) {
    uint64_t at = address - kTableAddress, size = u.table.size() * sizeof(int32_t);
    if (at >= size) return -UNW_EINVAL;
    *value = 0;
    std::memcpy(value, reinterpret_cast<const char*>(u.table.data()) + at,
                std::min<uint64_t>(sizeof *value, size - at));
    return 0;
  }
  return copy_from_user(value, address, sizeof *value) ? 0 : -UNW_EINVAL;
}

int access_reg(unw_addr_space_t, unw_regnum_t reg, unw_word_t* value, int write, void* arg) {
  static constexpr std::string_view kNames[] = {"rax", "rdx", "rcx", "rbx", "rsi", "rdi",
                                                "rbp", "rsp", "r8",  "r9",  "r10", "r11",
                                                "r12", "r13", "r14", "r15", "rip"};
  if (write != 0 || reg < 0 || static_cast<size_t>(reg) >= std::size(kNames)) return -UNW_EBADREG;
  *value = register_named(*static_cast<Unwinder*>(arg), kNames[reg]);
  return 0;
}

int no_fpreg(unw_addr_space_t, unw_regnum_t, unw_fpreg_t*, int, void*) { return -UNW_EBADREG; }
int no_resume(unw_addr_space_t, unw_cursor_t*, void*) { return -UNW_EINVAL; }
int no_name(unw_addr_space_t, unw_word_t, char*, size_t, unw_word_t*, void*) {
  return -UNW_ENOINFO;
}

void build_table(Unwinder& u) {
  const auto& entries = u.elf->unwind_table();
  if (entries.empty()) return;
  u.base = entries.front().start;
  for (const auto& e : entries) {
    auto start = static_cast<int64_t>(e.start - u.base), fde = static_cast<int64_t>(e.fde - u.base);
    if (start != static_cast<int32_t>(start) || fde != static_cast<int32_t>(fde)) continue;
    u.table.push_back(static_cast<int32_t>(start));
    u.table.push_back(static_cast<int32_t>(fde));
  }
}

std::vector<Frame> unwind_with_tables(Unwinder& u) {
  static unw_accessors_t accessors = {find_proc_info, put_unwind_info, no_dyn_info, access_mem,
                                      access_reg,     no_fpreg,        no_resume,   no_name};
  std::vector<Frame> frames;
  unw_addr_space_t space = unw_create_addr_space(&accessors, 0);
  unw_cursor_t cursor;
  if (space == nullptr) return frames;
  if (unw_init_remote(&cursor, space, &u) == 0) {
    do {
      unw_word_t pc = 0, sp = 0;
      if (unw_get_reg(&cursor, UNW_REG_IP, &pc) != 0 || pc == 0) break;
      unw_get_reg(&cursor, UNW_REG_SP, &sp);
      if (!frames.empty() && sp <= frames.back().sp) break;  // a stack only unwinds upwards
      frames.push_back({pc, sp});
    } while (frames.size() < kMaxFrames && unw_step(&cursor) > 0);
  }
  unw_destroy_addr_space(space);
  return frames;
}

// ---- frame pointers -----------------------------------------------------------------------------

// Does `pc` follow a call instruction in executable memory, as a return address does?
bool is_return_address(mm_struct& mm, uint64_t pc) {
  vm_area_struct* vma = find_vma(mm, pc);
  if (vma == nullptr || vma->start > pc || (vma->flags & VM_EXEC) == 0) return false;
  uint8_t before[5] = {};
  if (!copy_from_user(before, pc - sizeof before, sizeof before)) return false;
  auto calls_register = [&](size_t at) {
    return before[at] == 0xff && (before[at + 1] >> 3 & 7) == 2;
  };
  return before[0] == 0xe8 || calls_register(3) || calls_register(2);
}

std::vector<Frame> unwind_with_frame_pointers(const task_struct& t) {
  const arch::Isa& isa = *t.isa;
  const unsigned word = isa.word_bytes();
  std::vector<Frame> frames = {{isa.pc(t.thread), isa.sp(t.thread)}};
  uint64_t fp = isa.fp(t.thread), top = 0, of_frame = 0;
  // A leaf has no frame of its own: its return address is on top of the stack.
  if (copy_from_user(&top, frames[0].sp, word) && is_return_address(*t.mm, top) &&
      !(copy_from_user(&of_frame, fp + word, word) && of_frame == top))
    frames.push_back({top, frames[0].sp});
  while (frames.size() < kMaxFrames && fp > frames.back().sp && fp % word == 0) {
    uint64_t next = 0, pc = 0;
    if (!copy_from_user(&next, fp, word) || !copy_from_user(&pc, fp + word, word) || pc == 0) break;
    frames.push_back({pc, fp});
    fp = next;
  }
  return frames;
}

// ---- the report ---------------------------------------------------------------------------------

uint64_t loaded_entry(const mm_struct& mm) {
  for (auto [type, value] : mm.saved_auxv)
    if (type == AT_ENTRY) return value;
  return 0;
}

std::string place(const Unwinder& u, uint64_t pc) {
  std::string text = u.elf ? u.elf->symbolise(pc) : "";
  if (!text.empty()) return text;
  vm_area_struct* vma = find_vma(*u.task.mm, pc);
  if (vma == nullptr || vma->start > pc) return "not mapped";
  if (vma->vm_file)
    return fmt::format("{}+{:#x}", d_path(vma->vm_file->f_path), pc - vma->start + vma->pgoff);
  return vma->name != nullptr ? vma->name : "anonymous memory";
}

void print_registers(const Unwinder& u) {
  std::string line;
  int width = static_cast<int>(2 * u.task.isa->word_bytes());
  for (size_t i = 0; i < u.registers.size(); ++i) {
    line += fmt::format("{:>7}: {:0{}x}", u.registers[i].first, u.registers[i].second, width);
    if (i % 4 == 3 || i + 1 == u.registers.size()) {
      printk_level(4, "%s", line.c_str());
      line.clear();
    }
  }
}

void report_fatal_signal(task_struct& t, const kernel_siginfo& info) {
  if (!t.mm || t.isa == nullptr || (kCoreSignals & sigmask(info.si_signo)) == 0) return;
  Unwinder u{.task = t, .elf = {}, .registers = t.isa->registers(t.thread), .table = {}};
  if (t.mm->exe_file) u.elf = GuestElf::load(*t.mm->exe_file, loaded_entry(*t.mm));
  bool fault = (kSyncSignals & sigmask(info.si_signo)) != 0 && info.si_code > 0;
  printk_level(4, "%s[%d]: killed by %s (%s%s) at %s", t.comm.c_str(), t.pid,
               trace::signal_name(info.si_signo).c_str(),
               trace::sig_code_text(info.si_signo, info.si_code).c_str(),
               fault ? fmt::format(", address {:#x}", info.addr).c_str() : "",
               place(u, t.isa->pc(t.thread)).c_str());
  print_registers(u);
  // An ISA that knows its own frames, and shows the code too.
  if (const std::string own = t.isa->describe(t); !own.empty()) {
    std::istringstream lines(own);
    for (std::string line; std::getline(lines, line);) printk_level(4, "%s", line.c_str());
    return;
  }
  std::vector<Frame> frames;
  if (t.isa->name() == "x86_64" && u.elf && !u.elf->unwind_table().empty()) {
    build_table(u);
    frames = unwind_with_tables(u);
  }
  if (frames.size() < 2) frames = unwind_with_frame_pointers(t);
  printk_level(4, "Call trace:");
  for (size_t i = 0; i < frames.size(); ++i)
    // A return address belongs to the call before it.
    printk_level(4, " [<%0*llx>] %s", static_cast<int>(2 * t.isa->word_bytes()),
                 static_cast<unsigned long long>(frames[i].pc),
                 place(u, frames[i].pc - (i == 0 ? 0 : 1)).c_str());
}

}  // namespace

void install_backtrace() { fatal_signal_hook = report_fatal_signal; }

}  // namespace tools
