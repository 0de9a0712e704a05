// The program file of a guest, read for its symbols and its unwind table. The file is the guest's
// and may be anything: every offset is checked, what is wrong is left out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

struct file;

namespace tools {

class GuestElf {
 public:
  // `entry` is where the loaded program's entry is (AT_ENTRY): tells how far a PIE was moved.
  static std::optional<GuestElf> load(file& f, uint64_t entry);

  // "main+0x12/0x40", "main" if it has no size, "" if nothing covers the address.
  std::string symbolise(uint64_t address) const;
  // A function and the place of its FDE in guest memory.
  struct UnwindEntry {
    uint64_t start, fde;
  };
  // From .eh_frame, sorted by start; empty if there is none. Static programs lack the sorted table
  // (PT_GNU_EH_FRAME) that dynamic ones have, so it is made here.
  const std::vector<UnwindEntry>& unwind_table() const { return unwind_; }

 private:
  struct Section {
    uint32_t type, link;
    uint64_t address, offset, size;
    std::string name;
  };
  struct Symbol {
    uint64_t start, size;
    std::string name;
  };
  std::vector<Section> sections(file& f, uint64_t entry);
  void read_symbols(file& f, const std::vector<Section>& list);
  void read_eh_frame(file& f, const Section& s);

  bool is64_ = true;
  uint64_t bias_ = 0;
  std::vector<Symbol> symbols_;
  std::vector<UnwindEntry> unwind_;
};

}  // namespace tools
