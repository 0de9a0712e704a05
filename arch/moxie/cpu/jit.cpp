// The block translator: not for this host yet.
#include "arch/moxie/cpu/cpu.h"

namespace moxie {

std::unique_ptr<Engine> make_jit(Memory&) { return nullptr; }

}  // namespace moxie
