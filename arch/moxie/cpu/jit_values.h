// Value numbering over one trace: what its registers hold, relative to what they held at its beginning.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "arch/moxie/cpu/insn.h"

namespace moxie {

// An unknown base (or 0, the constants) and a known distance from it.
struct Value {
  unsigned base = 0;
  uint32_t offset = 0;
  bool operator==(const Value&) const = default;
};

class Values {
 public:
  Values();
  const Value& operator[](unsigned reg) const { return of_[reg]; }
  std::optional<uint32_t> constant(unsigned reg) const {
    return of_[reg].base == 0 ? std::optional(of_[reg].offset) : std::nullopt;
  }
  // The upper bits are known to be zero.
  bool is_byte(unsigned reg) const { return width_[reg] <= 8; }
  bool is_short(unsigned reg) const { return width_[reg] <= 16; }

  // `maybe`: or not.
  void execute(const Insn& insn, bool maybe = false);
  void set(unsigned reg, Value value) { of_[reg] = value, width_[reg] = 32; }
  void forget(unsigned reg) { set(reg, {.base = ++bases_}); }

  // Whether an access at this value is aligned for sure. If not it is afterwards: it was checked.
  bool prove_alignment(Value at, unsigned alignment);

 private:
  struct Proof {
    unsigned alignment = 1;
    uint32_t offset = 0;
  };

  unsigned bases_ = 0;
  std::array<Value, 16> of_;
  std::array<uint8_t, 16> width_;
  std::vector<Proof> proofs_;  // by base
};

}  // namespace moxie
