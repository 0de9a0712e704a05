// Kernel stacks on Boost.Context's jump_fcontext, with the annotations that AddressSanitizer needs
// to follow a stack switch. A stack of a dead fiber goes back to a pool: mapping one with its guard
// page costs 12 us, a switch 10 ns.
#include "lib/fiber.h"

#include <boost/context/detail/fcontext.hpp>
#include <cstdlib>
#include <new>
#include <vector>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#define SLOT190_ASAN 1
#else
#define SLOT190_ASAN 0
#endif

namespace bc = boost::context::detail;

namespace {

constexpr std::size_t kPoolMax = 64;

StackSource stack_source{
    [](std::size_t size) -> void* { return std::aligned_alloc(4096, size); },
    [](void* base, std::size_t) { std::free(base); },
};
std::vector<void*> pool;

void* get_stack() {
  if (!pool.empty()) {
    void* s = pool.back();
    pool.pop_back();
    return s;
  }
  void* s = stack_source.allocate(Fiber::kStackSize);
  if (s == nullptr) throw std::bad_alloc();
  return s;
}

void put_stack(void* s) {
#if SLOT190_ASAN
  ASAN_UNPOISON_MEMORY_REGION(s, Fiber::kStackSize);
#endif
  if (pool.size() < kPoolMax)
    pool.push_back(s);
  else
    stack_source.release(s, Fiber::kStackSize);
}

}  // namespace

// What travels with a jump: who left, who arrives.
struct Fiber::Jump {
  Fiber* from;
  Fiber* to;

  static void arrived(bc::transfer_t t) {
    auto* j = static_cast<Jump*>(t.data);
    j->from->context_ = t.fctx;
#if SLOT190_ASAN
    const void* bottom = nullptr;
    std::size_t size = 0;
    __sanitizer_finish_switch_fiber(j->to->fake_stack_, &bottom, &size);
    if (j->from->stack_ == nullptr) {
      j->from->bottom_ = bottom;
      j->from->size_ = size;
    }
#endif
  }
  static void first(bc::transfer_t t) {
    Fiber* self = static_cast<Jump*>(t.data)->to;
    arrived(t);
    self->entry_(self->arg_);
    std::abort();  // entry never returns: a task ends in do_exit()
  }
};

void Fiber::set_stack_source(StackSource source) { stack_source = source; }

Fiber::Fiber(Entry entry, void* arg) : stack_(get_stack()), entry_(entry), arg_(arg) {
  bottom_ = stack_;
  size_ = kStackSize;
  context_ = bc::make_fcontext(static_cast<char*>(stack_) + kStackSize, kStackSize, &Jump::first);
}

Fiber::~Fiber() {
  if (stack_ != nullptr) put_stack(stack_);
}

void Fiber::switch_from(Fiber& from) {
  Jump j{&from, this};
#if SLOT190_ASAN
  __sanitizer_start_switch_fiber(&from.fake_stack_, bottom_, size_);
#endif
  Jump::arrived(bc::jump_fcontext(context_, &j));
}

void Fiber::switch_from_dying(Fiber& from) {
  Jump j{&from, this};
#if SLOT190_ASAN
  __sanitizer_start_switch_fiber(nullptr, bottom_, size_);
#endif
  bc::jump_fcontext(context_, &j);
  std::abort();
}
