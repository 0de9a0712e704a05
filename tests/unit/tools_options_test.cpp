// The command line: cutting it, and text to values.
#include "tools/options.h"

#include <string>
#include <vector>

#include "gtest.h"

namespace {

using namespace tools;
using Words = std::vector<std::string>;

struct OptionsTest : testing::Test {
  OptionsTest() : app("", "run") { add_boot_options(app, words); }
  Parsed<SplitLine> split(const Words& line) { return split_line(app, line); }
  CLI::App app;
  BootWords words;
};

TEST_F(OptionsTest, FirstWordThatIsNoOptionEndsOptions) {
  auto line = split({"--rw", "prog", "--mem=3", "-v"});
  ASSERT_TRUE(line);
  EXPECT_EQ(line->options, Words({"--rw"}));
  EXPECT_EQ(line->program, Words({"prog", "--mem=3", "-v"}));
}

TEST_F(OptionsTest, ValuesAreTakenWithTheirOptions) {
  auto line = split({"-w", "/tmp", "--mem", "1G", "-EA=b", "-qr", "dir", "--", "-x"});
  ASSERT_TRUE(line) << line.error();
  EXPECT_EQ(line->options, Words({"--cwd=/tmp", "--mem=1G", "--env=A=b", "--quiet", "--root=dir"}));
  EXPECT_EQ(line->program, Words({"-x"}));
}

TEST_F(OptionsTest, VIsAVolumeBeforeAPathWithAColon) {
  auto line = split({"-v", "/a:/b", "-v", "prog"});
  ASSERT_TRUE(line);
  EXPECT_EQ(line->options, Words({"--volume=/a:/b", "--verbose"}));
  EXPECT_EQ(line->program, Words({"prog"}));
}

TEST_F(OptionsTest, ADashAloneIsAProgram) {
  auto line = split({"-", "x"});
  ASSERT_TRUE(line);
  EXPECT_EQ(line->program, Words({"-", "x"}));
}

TEST_F(OptionsTest, WrongOptionsAreNamed) {
  EXPECT_NE(split({"--mmem=3"}).error().find("try --mem"), std::string::npos);
  EXPECT_NE(split({"-w"}).error().find("needs a value"), std::string::npos);
  EXPECT_NE(split({"--rw=1"}).error().find("takes no value"), std::string::npos);
  EXPECT_NE(split({"-Z"}).error().find("no option -Z"), std::string::npos);
}

TEST_F(OptionsTest, Environment) {
  words.env = {"A=1", "GONE", "B=x=y", "A=2"};
  auto o = boot_options(words, {"p"}, {"GONE=1", "KEPT=2", "A=0"});
  ASSERT_TRUE(o);
  EXPECT_EQ(o->env, Words({"KEPT=2", "B=x=y", "A=2"}));
  words.clear_env = true;
  EXPECT_EQ(boot_options(words, {"p"}, {"KEPT=2"})->env, Words({"B=x=y", "A=2"}));
}

TEST_F(OptionsTest, KernelParametersMayShareAWord) {
  words.params = {"a=1 b=2", "a=1"};
  auto o = boot_options(words, {"p"}, {});
  ASSERT_TRUE(o);
  EXPECT_EQ(o->kernel_params, (std::map<std::string, std::string>{{"a", "1"}, {"b", "2"}}));
}

TEST_F(OptionsTest, ContradictoryKernelParametersAreWrong) {
  words.params = {"a=1", "a=3"};
  EXPECT_FALSE(boot_options(words, {"p"}, {}));
  words.params = {"preempt=3"};
  EXPECT_FALSE(boot_options(words, {"p"}, {}));
  words.params = {"preempt=3 cpus=2"};
  EXPECT_TRUE(boot_options(words, {"p"}, {}));
  words.profile = "patch-1999";
  words.params = {"profile=linux-2.2"};
  EXPECT_FALSE(boot_options(words, {"p"}, {}));
}

TEST(ParseSize, Units) {
  EXPECT_EQ(parse_size("--mem", "4096"), 4096U);
  EXPECT_EQ(parse_size("--mem", "64M"), 64U << 20);
  EXPECT_EQ(parse_size("--mem", "1.5g"), 3ULL << 29);
  EXPECT_EQ(parse_size("--mem", "2KiB"), 2048U);
  for (const char* bad : {"", "x", "3Q", "-1", "0", "1e30", "nan", "inf", "12 M"})
    EXPECT_FALSE(parse_size("--mem", bad)) << bad;
}

TEST(ParseDuration, Units) {
  EXPECT_EQ(parse_duration("--timeout", "2"), 2'000'000'000U);
  EXPECT_EQ(parse_duration("--timeout", "250ms"), 250'000'000U);
  EXPECT_EQ(parse_duration("--timeout", "1.5m"), 90'000'000'000U);
  for (const char* bad : {"", "s", "-1s", "0", "1d"})
    EXPECT_FALSE(parse_duration("--timeout", bad)) << bad;
}

TEST(ParseNumber, Range) {
  EXPECT_EQ(parse_number("-n", "7", 1, 8), 7U);
  for (const char* bad : {"0", "9", "7x", "", " 7", "+7", "99999999999999999999"})
    EXPECT_FALSE(parse_number("-n", bad, 1, 8)) << bad;
}

TEST(ParseVolume, Forms) {
  auto v = parse_volume("/tmp:/here");
  ASSERT_TRUE(v);
  EXPECT_EQ(v->host, "/tmp");
  EXPECT_EQ(v->guest, "/here");
  EXPECT_FALSE(v->rw);
  EXPECT_TRUE(parse_volume("/tmp:/here:rw")->rw);
  EXPECT_FALSE(parse_volume("/tmp:/here:ro")->rw);
  for (const char* bad : {"/tmp", ":/x", "/tmp:", "/tmp:x", "/no/such/thing:/x"})
    EXPECT_FALSE(parse_volume(bad)) << bad;
}

TEST(Nearest, EditDistance) {
  constexpr std::string_view kKnown[] = {"--mem", "--root", "--cpus"};
  EXPECT_EQ(nearest("--men", kKnown), "--mem");
  EXPECT_EQ(nearest("--rot", kKnown), "--root");
  EXPECT_EQ(nearest("--nothing", kKnown), "");
}

}  // namespace
