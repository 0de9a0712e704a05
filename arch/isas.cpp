// The guest architectures of this build: ELF machine -> Isa, and the machine that boots.
#include "arch/moxie/moxie.h"
#include "arch/x86/tables.h"
#include "lib/uapi.h"

namespace arch {

namespace {
Machine* the_machine = nullptr;
}

const Isa* isa_for_elf(unsigned e_machine, unsigned e_class) {
  if (e_machine == EM_X86_64 && e_class == ELFCLASS64) return &x86_64_isa();
  if ((e_machine == EM_386 || e_machine == EM_486) && e_class == ELFCLASS32) return &i386_isa();
  // 223 since January 2015; before that the port made up a number, as ports do.
  if ((e_machine == moxie::kElfMachine || e_machine == moxie::kOldElfMachine) &&
      e_class == ELFCLASS32)
    return &moxie_isa();
  return nullptr;
}

const Isa* isa_for_flat() { return &moxie_isa(); }

const Isa* isa_by_name(std::string_view name) {
  if (name == "x86_64") return &x86_64_isa();
  if (name == "i386") return &i386_isa();
  if (name == "moxie") return &moxie_isa();
  return nullptr;
}

Result<std::unique_ptr<UserSpace>> Isa::new_space() const { return arch::machine().new_space(*this); }
Result<uint64_t> UserSpace::allocate(uint64_t, uint64_t) { return Err(ENOSYS); }
Result<uint64_t> UserSpace::share(std::shared_ptr<void>&, uint64_t) { return Err(ENOSYS); }
Result<uint64_t> UserSpace::extend_data(thread_struct&, uint64_t, bool) { return Err(ENOSYS); }

Machine& machine() { return *the_machine; }
void set_machine(Machine* machine) { the_machine = machine; }

}  // namespace arch
