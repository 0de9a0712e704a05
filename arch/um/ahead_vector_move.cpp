// AheadCpu's moves of vectors, whole or masked, and of their lowest element from and to everywhere.
#include "arch/um/ahead_vector_operands.h"

namespace um::vectors {
namespace {

// T: the elements that a mask counts.
template <class T, bool aligned>
Outcome load(Step& s) {
  Vector m;
  if (!masked_operand<T>(s, m, aligned)) return Step::unknown;
  write<T>(s, s.reg, m);
  return Step::done;
}

template <class T, bool aligned>
Outcome store(Step& s) {
  if (!s.vectors_ready(s.coding == evex)) return Step::unknown;
  const Vector v = s.vector(s.reg);
  if (s.in_register()) {
    write<T>(s, s.rm, v);
    return Step::done;
  }
  if (s.zeroing) return Step::unknown;
  const uint64_t which = masked_bytes<T>(s);
  return s.store_vector(v.data(), s.bytes, aligned, which) ? Step::done : Step::unknown;
}

// vmovd and vmovq.
Outcome from_general(Step& s) {
  const Step::Place place(s, w(s) ? 8 : 4, AheadPage::kRead);
  if (!place.ok || !s.vectors_ready(s.coding == evex)) return Step::unknown;
  Vector v{};
  Step::store(v.data(), 8, place.get());
  s.set_vector(s.reg, v);
  return Step::done;
}
Outcome to_general(Step& s) {
  if (!s.vectors_ready(s.coding == evex)) return Step::unknown;
  const Step::Place place(s, w(s) ? 8 : 4, AheadPage::kWrite);
  if (!place.ok) return Step::unknown;
  place.put(Step::load(s.vector(s.reg).data(), place.size));
  return Step::done;
}
// Eight bytes between vectors, or memory.
Outcome load_low(Step& s) {
  Vector v;
  if (!s.vector_operand(v, 8, false)) return Step::unknown;
  std::fill(v.begin() + 8, v.end(), 0);
  s.set_vector(s.reg, v);
  return Step::done;
}
Outcome store_low(Step& s) {
  if (!s.vectors_ready(s.coding == evex)) return Step::unknown;
  Vector v = s.vector(s.reg);
  std::fill(v.begin() + 8, v.end(), 0);
  if (!s.in_register())
    return s.store_vector(v.data(), 8, false, ~0ULL) ? Step::done : Step::unknown;
  s.set_vector(s.rm, v);
  return Step::done;
}

// ---- which it is ----

template <class T>
Handler whole(bool stores, bool aligned) {
  if (stores) return aligned ? &store<T, true> : &store<T, false>;
  return aligned ? &load<T, true> : &load<T, false>;
}

Handler low_part(const AheadInsn& i) {
  const bool general = i.mod != 3 || i.rm < 16;
  const bool wide = i.coding == vex || w(i);
  if (i.bytes != 16 || i.opmask != 0) return nullptr;
  switch (key(i)) {
    case key(1, p_66, 0x6e): return general ? &from_general : nullptr;
    case key(1, p_66, 0x7e): return general ? &to_general : nullptr;
    case key(1, p_f3, 0x7e): return wide ? &load_low : nullptr;
    case key(1, p_66, 0xd6): return wide ? &store_low : nullptr;
    default: return nullptr;
  }
}

// Those that pass by the caches, and lddqu: memory only, no mask.
Handler special(const AheadInsn& i) {
  if (i.mod == 3 || i.opmask != 0 || (i.coding == evex && w(i))) return nullptr;
  switch (key(i)) {
    case key(1, p_66, 0xe7): return whole<uint32_t>(true, true);
    case key(2, p_66, 0x2a): return whole<uint32_t>(false, true);
    case key(1, p_f2, 0xf0): return i.coding == vex ? whole<uint32_t>(false, false) : nullptr;
    default: return nullptr;
  }
}

Handler of_evex(const AheadInsn& i) {
  const bool stores = i.op == 0x11 || i.op == 0x29 || i.op == 0x7f;
  switch (i.op) {
    case 0x10:
    case 0x11:
    case 0x28:
    case 0x29: {
      const bool aligned = i.op >= 0x28;
      if (i.prefix == p_none && !w(i)) return whole<uint32_t>(stores, aligned);
      if (i.prefix == p_66 && w(i)) return whole<uint64_t>(stores, aligned);
      return nullptr;
    }
    case 0x6f:
    case 0x7f:
      if (i.prefix == p_none) return nullptr;
      if (i.prefix == p_f2)
        return w(i) ? whole<uint16_t>(stores, false) : whole<uint8_t>(stores, false);
      return w(i) ? whole<uint64_t>(stores, i.prefix == p_66)
                  : whole<uint32_t>(stores, i.prefix == p_66);
    default: return nullptr;
  }
}

Handler of_vex(const AheadInsn& i) {
  const bool floats = i.prefix == p_none || i.prefix == p_66;
  switch (i.op) {
    case 0x10:
    case 0x11: return floats ? whole<uint32_t>(i.op == 0x11, false) : nullptr;
    case 0x28:
    case 0x29: return floats ? whole<uint32_t>(i.op == 0x29, true) : nullptr;
    case 0x6f:
    case 0x7f:
      if (i.prefix != p_66 && i.prefix != p_f3) return nullptr;
      return whole<uint32_t>(i.op == 0x7f, i.prefix == p_66);
    default: return nullptr;
  }
}

}  // namespace

Handler move_of(const AheadInsn& i) {
  if (i.coding == legacy || i.other != 0) return nullptr;
  if (const Handler found = low_part(i); found != nullptr) return found;
  if (const Handler found = special(i); found != nullptr) return found;
  if (i.map != 1) return nullptr;
  return i.coding == evex ? of_evex(i) : of_vex(i);
}

}  // namespace um::vectors
