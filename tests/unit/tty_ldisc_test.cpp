// The line discipline against transcripts of real pseudo-terminals on Linux 6: what was typed, what
// appeared on the screen, what each read(2) returned.
#include <string>
#include <utility>
#include <vector>

#include "tests/unit/tty_fixture.h"

namespace {

using test::WireTty;
using namespace std::string_literals;

struct Modes {
  unsigned i_on = 0, i_off = 0, o_on = 0, o_off = 0, l_on = 0, l_off = 0;
  std::vector<std::pair<unsigned, uint8_t>> cc = {};
};

ktermios with(const Modes& m) {
  ktermios t = tty_std_termios();
  t.c_iflag = (t.c_iflag | m.i_on) & ~m.i_off;
  t.c_oflag = (t.c_oflag | m.o_on) & ~m.o_off;
  t.c_lflag = (t.c_lflag | m.l_on) & ~m.l_off;
  for (auto [index, c] : m.cc) t.c_cc[index] = c;
  return t;
}

struct Read {
  size_t size;
  std::string result;
};
struct InputCase {
  const char* name;
  Modes modes;
  std::vector<std::string> typed;
  std::string screen;
  std::vector<Read> reads;
};
void PrintTo(const InputCase& c, std::ostream* os) { *os << c.name; }

const InputCase kInput[] = {
    {"line", {}, {"abc\n"}, "abc\r\n", {{100, "abc\n"}, {100, "EAGAIN"}}},
    {"a read is one line", {}, {"ab\ncd\n"}, "ab\r\ncd\r\n", {{100, "ab\n"}, {100, "cd\n"}}},
    {"short reads", {}, {"abcdef\n"}, "abcdef\r\n", {{3, "abc"}, {100, "def\n"}, {100, "EAGAIN"}}},
    {"unfinished line", {}, {"abc"}, "abc", {{100, "EAGAIN"}}},
    {"erase", {}, {"abc\177d\n"}, "abc\b \bd\r\n", {{100, "abd\n"}}},
    {"erase at start", {}, {"\177\177a\n"}, "a\r\n", {{100, "a\n"}}},
    {"erase keeps the last line", {}, {"ab\n\177c\n"}, "ab\r\nc\r\n", {{100, "ab\n"}, {100, "c\n"}}},
    {"erase control", {}, {"a\001\177b\n"}, "a^A\b \b\b \bb\r\n", {{100, "ab\n"}}},
    {"erase UTF-8", {.i_on = IUTF8}, {"a\342\202\254\177b\n"}, "a\342\202\254\b \bb\r\n", {{100, "ab\n"}}},
    {"erase a byte", {}, {"\342\202\254\177\n"}, "\342\202\254\b \b\r\n", {{100, "\342\202\n"}}},
    {"erase tab", {}, {"ab\tc\177\177d\n"}, "ab\tc\b \b\b\b\b\b\b\bd\r\n", {{100, "abd\n"}}},
    {"erase second tab", {}, {"a\tb\t\177c\n"}, "a\tb\t\b\b\b\b\b\b\bc\r\n", {{100, "a\tbc\n"}}},
    {"kill", {}, {"abc\025de\n"}, "abc\b \b\b \b\b \bde\r\n", {{100, "de\n"}}},
    {"kill without ECHOKE", {.l_off = ECHOKE}, {"abc\025de\n"}, "abc^U\r\nde\r\n", {{100, "de\n"}}},
    {"word erase",
     {},
     {"foo bar_9  \027x\n"},
     "foo bar_9  \b \b\b \b\b \b\b \b\b \b\b \b\b \bx\r\n",
     {{100, "foo x\n"}}},
    {"word erase twice",
     {},
     {"foo bar\027\027\n"},
     "foo bar\b \b\b \b\b \b\b \b\b \b\b \b\b \b\r\n",
     {{100, "\n"}}},
    {"literal next", {}, {"\026\003\026\177\n"}, "^\b^C^\b^?\r\n", {{100, "\003\177\n"}}},
    {"literal newline", {}, {"a\026\nb\n"}, "a^\b^Jb\r\n", {{100, "a\nb\n"}}},
    {"reprint", {}, {"ab\022c\n"}, "ab^R\r\nabc\r\n", {{100, "abc\n"}}},
    {"end of file", {}, {"\004"}, "", {{100, ""}, {100, "EAGAIN"}}},
    {"end of file after text", {}, {"abc\004"}, "abc", {{100, "abc"}, {100, "EAGAIN"}}},
    {"end of file at the end of the buffer", {}, {"abc\004"}, "abc", {{3, "abc"}, {3, "EAGAIN"}}},
    {"end of file twice", {}, {"abc\004\004d\n"}, "abcd\r\n", {{100, "abc"}, {100, ""}, {100, "d\n"}}},
    {"EOL", {.cc = {{VEOL, '.'}}}, {"ab.cd\n"}, "ab.cd\r\n", {{100, "ab."}, {100, "cd\n"}}},
    {"EOL2", {.cc = {{VEOL2, ';'}}}, {"ab;cd\n"}, "ab;cd\r\n", {{100, "ab;"}, {100, "cd\n"}}},
    {"ICRNL", {}, {"ab\r"}, "ab\r\n", {{100, "ab\n"}}},
    {"IGNCR", {.i_on = IGNCR}, {"a\rb\n"}, "ab\r\n", {{100, "ab\n"}}},
    {"INLCR", {.i_on = INLCR}, {"a\nb\r"}, "a^Mb\r\n", {{100, "a\rb\n"}}},
    {"ISTRIP", {.i_on = ISTRIP}, {"\303\241\n"}, "C!\r\n", {{100, "C!\n"}}},
    {"IUCLC", {.i_on = IUCLC}, {"ABc\n"}, "abc\r\n", {{100, "abc\n"}}},
    {"ECHONL", {.l_on = ECHONL, .l_off = ECHO}, {"ab\n"}, "\r\n", {{100, "ab\n"}}},
    {"no echo", {.l_off = ECHO}, {"ab\177\n"}, "", {{100, "a\n"}}},
    {"no ECHOCTL", {.l_off = ECHOCTL}, {"a\001b\n"}, "a\001b\r\n", {{100, "a\001b\n"}}},
    {"ECHOPRT", {.l_on = ECHOPRT}, {"abc\177\177d\n"}, "abc\\cb/d\r\n", {{100, "ad\n"}}},
    {"ECHOPRT of all", {.l_on = ECHOPRT}, {"ab\177\177\177c\n"}, "ab\\ba/c\r\n", {{100, "c\n"}}},
    {"no ECHOE", {.l_off = ECHOE}, {"ab\177\n"}, "ab^?\r\n", {{100, "a\n"}}},
    {"interrupt flushes", {}, {"abc\n", "de\003f\n"}, "abc\r\n^Cf\r\n", {{100, "f\n"}, {100, "EAGAIN"}}},
    {"NOFLSH", {.l_on = NOFLSH}, {"ab", "c\003d\n"}, "abc^Cd\r\n", {{100, "abcd\n"}}},
    {"no ISIG", {.l_off = ISIG}, {"a\003\n"}, "a^C\r\n", {{100, "a\003\n"}}},
    {"NUL is no end", {}, {"a\0b\n"s}, "a^@b\r\n", {{100, "a\0b\n"s}}},
    {"no IEXTEN", {.l_off = IEXTEN}, {"a\027\026b\n"}, "a^W^Vb\r\n", {{100, "a\027\026b\n"}}},
    {"no OPOST", {.o_off = OPOST}, {"a\n"}, "a\n", {{100, "a\n"}}},
    {"raw",
     {.i_off = ICRNL | IXON, .l_off = ICANON | ECHO | ISIG | IEXTEN},
     {"a\r\003\004\177"},
     "",
     {{2, "a\r"}, {100, "\003\004\177"}, {100, "EAGAIN"}}},
    {"raw with echo", {.l_off = ICANON}, {"a\nb\r"}, "a^Jb\r\n", {{100, "a\nb\n"}}},
    {"VMIN 0", {.l_off = ICANON | ECHO, .cc = {{VMIN, 0}}}, {}, "", {{10, ""}}},
};

class Input : public testing::TestWithParam<InputCase> {};

TEST_P(Input, LooksAndReadsAsOnLinux) {
  const InputCase& c = GetParam();
  WireTty tty(with(c.modes));
  for (const auto& chunk : c.typed) tty.type(chunk);
  EXPECT_EQ(tty.shown(), c.screen);
  for (const auto& r : c.reads) EXPECT_EQ(tty.take(r.size), r.result);
}
INSTANTIATE_TEST_SUITE_P(Tty, Input, testing::ValuesIn(kInput));

struct OutputCase {
  const char* name;
  unsigned oflag;
  std::string printed, screen;
};
void PrintTo(const OutputCase& c, std::ostream* os) { *os << c.name; }

const OutputCase kOutput[] = {
    {"ONLCR", OPOST | ONLCR, "a\nb\r\n", "a\r\nb\r\r\n"},
    {"nothing", 0, "a\n", "a\n"},
    {"OPOST alone", OPOST, "a\nb\r", "a\nb\r"},
    {"XTABS", OPOST | ONLCR | XTABS, "\tab\tc\n1234567\t8\t", "        ab      c\r\n1234567 8       "},
    {"XTABS after backspace", OPOST | XTABS, "abc\b\t", "abc\b      "},
    {"ONOCR", OPOST | ONOCR, "\rab\rc\n\r", "ab\rc\n\r"},
    {"OCRNL", OPOST | OCRNL, "a\rb", "a\nb"},
    {"ONLRET", OPOST | ONLRET | XTABS, "abc\n\t", "abc\n        "},
    {"newline keeps the column", OPOST | XTABS, "abc\n\t", "abc\n     "},
    {"OLCUC", OPOST | OLCUC, "aZ\351", "AZ\311"},
    {"UTF-8 columns", OPOST | XTABS, "\342\202\254\t|", "\342\202\254       |"},
};

class Output : public testing::TestWithParam<OutputCase> {};

TEST_P(Output, LooksAsOnLinux) {
  const OutputCase& c = GetParam();
  ktermios t = with({.i_on = IUTF8});
  t.c_oflag = c.oflag;
  WireTty tty(t);
  EXPECT_EQ(tty.print(c.printed), static_cast<long>(c.printed.size()));
  EXPECT_EQ(tty.shown(), c.screen);
}
INSTANTIATE_TEST_SUITE_P(Tty, Output, testing::ValuesIn(kOutput));

// ---- what does not fit a table -------------------------------------------------------------------

TEST(TtyLdisc, ALineIsAtMost4096BytesAndStillEnds) {
  WireTty tty;
  tty.type(std::string(5000, 'a') + "\n");
  const std::string line = tty.take(10000);
  EXPECT_EQ(line.size(), 4096U);
  EXPECT_EQ(line.back(), '\n');
}

TEST(TtyLdisc, WhatHasNoRoomWaitsAndIsNotLost) {
  WireTty tty(with({.l_off = ICANON | ECHO}));
  std::string typed;
  for (int i = 0; i < 3000; ++i) typed += std::to_string(i) + ' ';
  tty.type(typed);
  std::string read;
  for (std::string part; (part = tty.take()) != "EAGAIN";) read += part;
  EXPECT_EQ(read, typed);
}

TEST(TtyLdisc, SignalsGoToTheForegroundGroup) {
  WireTty tty;
  tty.type("\003\034\032");
  EXPECT_EQ(tty.signals, (std::vector<int>{SIGINT, SIGQUIT, SIGTSTP}));
  EXPECT_EQ(tty.shown(), "^Z");  // each signal forgets the echo of the one before
}

TEST(TtyLdisc, StopHoldsOutputAndStartLetsItGo) {
  WireTty tty;
  tty.type("\023");
  EXPECT_EQ(tty.print("hello"), -EAGAIN);
  EXPECT_EQ(tty.ldisc.poll_mask() & POLLOUT, 0U);
  tty.type("x");  // no IXANY
  EXPECT_EQ(tty.print("hello"), -EAGAIN);
  tty.type("\021");
  EXPECT_EQ(tty.shown(), "x");
  EXPECT_EQ(tty.print("hello"), 5);
}

TEST(TtyLdisc, AnyKeyRestartsWithIxany) {
  WireTty tty(with({.i_on = IXANY}));
  tty.type("\023");
  EXPECT_TRUE(tty.stopped);
  tty.type("x");
  EXPECT_FALSE(tty.stopped);
  EXPECT_EQ(tty.shown(), "x");
}

TEST(TtyLdisc, TurningIxonOffUndoesTheStop) {
  WireTty tty;
  tty.type("\023");
  tty.set_termios(with({.i_off = IXON}));
  EXPECT_FALSE(tty.stopped);
}

TEST(TtyLdisc, LeavingCanonicalModeMakesAnUnfinishedLineReadable) {
  WireTty tty;
  tty.type("abc");
  EXPECT_EQ(tty.ldisc.inq(), 0U);
  tty.set_termios(with({.l_off = ICANON}));
  EXPECT_EQ(tty.ldisc.inq(), 3U);
  EXPECT_EQ(tty.take(), "abc");
}

TEST(TtyLdisc, EnteringCanonicalModeMakesOneLineOfWhatIsThere) {
  WireTty tty(with({.l_off = ICANON}));
  tty.type("ab\ncd");
  tty.set_termios(with({}));
  EXPECT_EQ(tty.ldisc.inq(), 5U);
  tty.type("ef\n");
  EXPECT_EQ(tty.take(), "ab\ncd");
  EXPECT_EQ(tty.take(), "ef\n");
}

TEST(TtyLdisc, PollWaitsForVminOnlyWithoutVtime) {
  WireTty tty(with({.l_off = ICANON, .cc = {{VMIN, 3}}}));
  tty.type("ab");
  EXPECT_EQ(tty.ldisc.poll_mask() & POLLIN, 0U);
  tty.type("c");
  EXPECT_NE(tty.ldisc.poll_mask() & POLLIN, 0U);
  tty.take();
  tty.set_termios(with({.l_off = ICANON, .cc = {{VMIN, 3}, {VTIME, 1}}}));
  tty.type("a");
  EXPECT_NE(tty.ldisc.poll_mask() & POLLIN, 0U);
}

TEST(TtyLdisc, CountsForFionreadLeaveOutEndOfFileMarks) {
  WireTty tty;
  tty.type("ab\004cd\n");
  EXPECT_EQ(tty.ldisc.inq(), 5U);
}

TEST(TtyLdisc, EchoWaitsForRoom) {
  WireTty tty;
  tty.space = 1;
  tty.type("ab");
  EXPECT_EQ(tty.shown(), "a");
  tty.type("c\n");
  EXPECT_EQ(tty.shown(), "");
  EXPECT_EQ(tty.take(), "abc\n");
  tty.space = 100;
  tty.wakeup();
  EXPECT_EQ(tty.shown(), "bc\r\n");
}

TEST(TtyLdisc, APairOfBytesIsWrittenWholeOrNotAtAll) {
  WireTty tty;
  tty.space = 2;
  EXPECT_EQ(tty.print("a\nb"), 1);
  EXPECT_EQ(tty.shown(), "a");
  tty.space = 3;
  EXPECT_EQ(tty.print("\nb"), 2);
  EXPECT_EQ(tty.shown(), "\r\nb");
}

}  // namespace
