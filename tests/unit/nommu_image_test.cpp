// The loaders for machines without an MMU: what they make of a file, and what they refuse.
#include "fs/nommu_image.h"

#include "arch/moxie/moxie.h"
#include "tests/unit/nommu_files.h"

#include "tests/unit/gtest.h"

namespace {

using test::Bytes;

constexpr uint32_t kBase = 0x5000;

NommuImage placed(const Bytes& file) {
  NommuImage image = parse_flat(file).value();
  relocate(image, kBase, kBase);
  return image;
}

void expect_small(const NommuImage& image) {
  const Bytes& b = image.part[0].bytes;
  const uint32_t data = kBase + 32;  // room for the words of shared libraries, aligned
  EXPECT_EQ(test::get32(b, 0), 0x0f000f00U);
  EXPECT_EQ(test::get32(b, 4), data + 4);
  EXPECT_EQ(test::get32(b, 8), 0U);  // a zero word is no pointer
  EXPECT_EQ(test::get32(b, 32), kBase + 8);
  EXPECT_EQ(test::get32(b, 36), 0x11223344U);
  EXPECT_EQ(test::get32(b, 28), data);  // D-4
  EXPECT_EQ(image.part[0].size, 32U + 8 + 16);
  EXPECT_EQ(image.stack, 4096U);
  EXPECT_EQ(image.entry, 0U);
}

TEST(Flat, RelocatesTextAndData) { expect_small(placed(test::small_flat().file())); }
TEST(Flat, UnpacksAll) { expect_small(placed(test::small_flat(1 | 4).file())); }
TEST(Flat, UnpacksData) { expect_small(placed(test::small_flat(1 | 8).file())); }

TEST(Flat, RelocatesTheOffsetTable) {
  test::Flat f = test::small_flat(1 | 2);
  f.relocs.clear();
  f.data.clear();
  for (const uint32_t v : {4U, 0U, 12U, 0xffffffffU, 12U}) test::put32(f.data, v);
  const NommuImage image = placed(f.file());
  const Bytes& b = image.part[0].bytes;
  EXPECT_EQ(test::get32(b, 32), kBase + 4);
  EXPECT_EQ(test::get32(b, 36), 0U);
  EXPECT_EQ(test::get32(b, 40), kBase + 32);
  EXPECT_EQ(test::get32(b, 48), 12U);  // behind the end
  f.data.resize(12);
  EXPECT_EQ(parse_flat(f.file()).error(), ENOEXEC);
}

TEST(Flat, Version2CountsFromThreeAddresses) {
  test::Flat f;
  f.version = 2;
  f.flags = 0;
  f.text.resize(16);
  for (const uint32_t v : {4U, 4U, 4U}) test::put32(f.data, v);
  f.bss = 8;
  f.relocs = {0x00000000, 0x40000004, 0x80000008};
  NommuImage image = parse_flat(f.file()).value();
  relocate(image, kBase, kBase);
  const Bytes& b = image.part[0].bytes;
  EXPECT_EQ(test::get32(b, 16), kBase + 4);
  EXPECT_EQ(test::get32(b, 20), kBase + 16 + 4);
  EXPECT_EQ(test::get32(b, 24), kBase + 28 + 4);
  for (const uint32_t bad : {0xc0000000U, 0x4000000aU, 0x7ffffff0U - 0x30000000U, 0x3fffff00U}) {
    f.relocs = {bad};
    EXPECT_EQ(parse_flat(f.file()).error(), ENOEXEC) << std::hex << bad;
  }
}

TEST(Flat, ABaseRegisterProgramHasItsDataByItself) {
  test::Flat f = test::small_flat(0x101);
  f.data.clear();
  test::put32(f.data, 8);     // a function pointer
  test::put32(f.data, 0x44);  // a pointer to data: an offset, left alone
  f.text.clear();
  for (const uint32_t v : {0x0f000f00U, 4U, 0x44U}) test::put32(f.text, v);
  f.relocs = {4, 12};
  NommuImage image = parse_flat(f.file()).value();
  EXPECT_TRUE(image.base_register);
  relocate(image, kBase, 0x9000);
  EXPECT_EQ(test::get32(image.part[0].bytes, 4), kBase + 4);
  EXPECT_EQ(test::get32(image.part[0].bytes, 8), 0x44U);
  EXPECT_EQ(test::get32(image.part[1].bytes, kBaseRegisterData), kBase + 8);
  EXPECT_EQ(test::get32(image.part[1].bytes, kBaseRegisterData + 4), 0x44U);
  EXPECT_EQ(image.part[1].size, kBaseRegisterData + 8 + 16);
  f.relocs = {8};  // data is not where text is
  EXPECT_EQ(parse_flat(f.file()).error(), ENOEXEC);
  f.flags |= 2;
  f.relocs.clear();
  EXPECT_EQ(parse_flat(f.file()).error(), ENOEXEC);
}

TEST(Flat, RefusesWhatPointsOutside) {
  for (const uint32_t bad : {12U + 8 - 3, 12U + 8 + 16 + 1, 0x10000000U, 0xffffffffU}) {
    test::Flat f = test::small_flat();
    f.relocs = {bad};
    EXPECT_EQ(parse_flat(f.file()).error(), ENOEXEC) << bad;
  }
  test::Flat f = test::small_flat();
  f.data.clear();
  test::put32(f.data, 12 + 4 + 16 + 1);  // a pointer beyond the bss
  f.relocs = {12};
  EXPECT_EQ(parse_flat(f.file()).error(), ENOEXEC);
  f = test::small_flat();
  f.relocs = {4, 4};
  EXPECT_EQ(parse_flat(f.file()).error(), ENOEXEC);
}

TEST(Flat, RefusesBrokenHeaders) {
  const Bytes good = test::small_flat().file();
  for (size_t n = 0; n < good.size(); ++n)
    EXPECT_EQ(parse_flat(std::span(good).first(n)).error(), ENOEXEC) << n;
  for (const size_t field : {4, 8, 12, 16, 20}) {  // version, entry, data start, data end, bss end
    Bytes bad = good;
    for (size_t i = 0; i < 4; ++i) bad[field + i] = std::byte{0xff};
    EXPECT_EQ(parse_flat(bad).error(), ENOEXEC) << field;
  }
  Bytes packed = test::small_flat(1 | 4).file();
  packed[70] ^= std::byte{0x55};
  packed.resize(packed.size() - 12);
  EXPECT_EQ(parse_flat(packed).error(), ENOEXEC);
}

TEST(NommuElf, RelocatesFromItsOwnRelocations) {
  for (const uint32_t machine : {223U, 0xFEEDU}) {
    NommuImage image = parse_nommu_elf(test::small_elf(machine), moxie_isa()).value();
    EXPECT_FALSE(image.fixed);
    relocate(image, kBase, kBase);
    EXPECT_EQ(test::get32(image.part[0].bytes, 4), kBase + 8);
    EXPECT_EQ(test::get32(image.part[0].bytes, 8), kBase);
    EXPECT_EQ(image.part[0].size, 32U);
    EXPECT_EQ(image.entry, 0U);
  }
}

TEST(NommuElf, WithoutRelocationsItRunsWhereItWasLinked) {
  const NommuImage image = parse_nommu_elf(test::small_elf(223, false), moxie_isa()).value();
  EXPECT_TRUE(image.fixed);
  EXPECT_EQ(image.link_address, 0x1000U);
  EXPECT_TRUE(image.relocs.empty());
}

TEST(NommuElf, RefusesCutAndForeignFiles) {
  const Bytes good = test::small_elf();
  for (size_t n = 0; n < good.size(); ++n)
    EXPECT_EQ(parse_nommu_elf(std::span(good).first(n), moxie_isa()).error(), ENOEXEC) << n;
  EXPECT_EQ(parse_nommu_elf(test::small_elf(8), moxie_isa()).error(), ENOEXEC);
}

}  // namespace
