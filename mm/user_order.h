// Structures and arrays of bare integers that cross the edge as bytes, in the byte order of the current
// task: for what has one layout in every ABI and therefore no wire type. Linux has no counterpart, its
// kernels have one byte order each. The conversion is its own inverse.
#pragma once

#include <array>
#include <span>

#include "kernel/sched.h"
#include "mm/uaccess.h"

// Converts the named fields: in_user_order(ops, &sembuf::sem_num, &sembuf::sem_op, ...).
template <class S, class... F>
S fields_in_user_order(S s, F S::*... field) {
  ((s.*field = in_user_order(s.*field)), ...);
  return s;
}

template <class T, size_t N>
std::array<T, N> array_in_user_order(std::array<T, N> a) {
  for (T& x : a) x = in_user_order(x);
  return a;
}

// `unsigned long`, as the current task has it.
inline Result<uint64_t> get_user_word(uint64_t addr) {
  if (current->isa->word_bytes() == 8) return get_user(user_ptr<const uint64_t>(addr));
  return TRY(get_user(user_ptr<const uint32_t>(addr)));
}
inline Result<void> put_user_word(uint64_t addr, uint64_t value) {
  if (current->isa->word_bytes() == 8) return put_user(user_ptr<uint64_t>(addr), value);
  return put_user(user_ptr<uint32_t>(addr), static_cast<uint32_t>(value));
}
