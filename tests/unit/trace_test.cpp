// The tracer: expressions, names, strings, the summary. Whole lines are held against strace(1)
// itself by cli/test_strace.py.
#include "tools/trace/call.h"
#include "tools/trace/filter.h"
#include "tools/trace/structs.h"
#include "tools/trace/summary.h"
#include "tools/trace/symbols.h"

#include "gtest.h"

namespace {

using namespace trace;
using std::string;

TEST(Filter, Sets) {
  Filter f;
  EXPECT_TRUE(f.wants_call("read"));
  ASSERT_TRUE(f.add("trace=read,write"));
  EXPECT_TRUE(f.wants_call("read"));
  EXPECT_FALSE(f.wants_call("open"));
  ASSERT_TRUE(f.add("!read"));
  EXPECT_FALSE(f.wants_call("read"));
  EXPECT_TRUE(f.wants_call("open"));
  ASSERT_TRUE(f.add("trace=%file"));
  EXPECT_TRUE(f.wants_call("openat"));
  EXPECT_FALSE(f.wants_call("read"));
  ASSERT_TRUE(f.add("process"));
  EXPECT_TRUE(f.wants_call("vfork"));
  ASSERT_TRUE(f.add("trace=/^(wait|clone)"));
  EXPECT_TRUE(f.wants_call("clone3"));
  EXPECT_FALSE(f.wants_call("fork"));
  ASSERT_TRUE(f.add("trace=none"));
  EXPECT_FALSE(f.wants_call("fork"));
}

TEST(Filter, SignalsAndStatuses) {
  Filter f;
  ASSERT_TRUE(f.add("signal=SIGINT,term,9"));
  EXPECT_TRUE(f.wants_signal(2) && f.wants_signal(15) && f.wants_signal(9));
  EXPECT_FALSE(f.wants_signal(1));
  ASSERT_TRUE(f.add("signal=!INT"));
  EXPECT_TRUE(!f.wants_signal(2) && f.wants_signal(1));
  EXPECT_FALSE(f.filters_results());
  ASSERT_TRUE(f.add("status=failed"));
  EXPECT_TRUE(f.wants_result(true, true));
  EXPECT_FALSE(f.wants_result(false, true) || f.wants_result(false, false));
  for (const char* bad : {"trace=%x", "trace=a b", "signal=x", "status=x", "what=x", "trace=/["})
    EXPECT_FALSE(f.add(bad)) << bad;
}

TEST(Symbols, Flags) {
  EXPECT_EQ(open_flags_text(0), "O_RDONLY");
  EXPECT_EQ(open_flags_text(02000102), "O_RDWR|O_CREAT|O_CLOEXEC");
  EXPECT_EQ(open_flags_text(020200000), "O_RDONLY|O_TMPFILE");
  EXPECT_EQ(flags(sym::prot, 3, "PROT_???"), "PROT_READ|PROT_WRITE");
  EXPECT_EQ(flags(sym::prot, 0x43, "PROT_???"), "PROT_READ|PROT_WRITE|0x40");
  EXPECT_EQ(flags(sym::prot, 0x40, "PROT_???"), "0x40 /* PROT_??? */");
  EXPECT_EQ(one_of(sym::whence, 1, "SEEK_???"), "SEEK_CUR");
  EXPECT_EQ(one_of(sym::whence, 9, "SEEK_???"), "0x9 /* SEEK_??? */");
  EXPECT_EQ(mmap_flags_text(0x22), "MAP_PRIVATE|MAP_ANONYMOUS");
  EXPECT_EQ(file_mode_text(0100644), "S_IFREG|0644");
  EXPECT_EQ(file_mode_text(041777), "S_IFDIR|S_ISVTX|0777");
  EXPECT_EQ(mode_text(0), "000");
  EXPECT_EQ(mode_text(05), "005");
  EXPECT_EQ(clone_flags_text(0x01200000, SIGCHLD),
            "CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID|SIGCHLD");
}

TEST(Symbols, Signals) {
  EXPECT_EQ(signal_name(SIGKILL), "SIGKILL");
  EXPECT_EQ(signal_name(32), "SIGRTMIN");
  EXPECT_EQ(signal_name(34), "SIGRT_2");
  EXPECT_EQ(sigset_text(0), "[]");
  EXPECT_EQ(sigset_text(sigmask(SIGINT) | sigmask(SIGCHLD) | sigmask(32)), "[INT CHLD RTMIN]");
  EXPECT_EQ(sigset_text(~0ULL), "~[]");
  EXPECT_EQ(sigset_text(~(sigmask(32) | sigmask(33))), "~[RTMIN RT_1]");
  EXPECT_EQ(errno_name(ENOENT), "ENOENT");
  EXPECT_EQ(errno_name(ERESTARTSYS), "ERESTARTSYS");
}

TEST(Text, StringsAreCLiterals) {
  EXPECT_EQ(c_quoted("plain"), "\"plain\"");
  EXPECT_EQ(c_quoted("a\"b\\c\n\t"), "\"a\\\"b\\\\c\\n\\t\"");
  EXPECT_EQ(c_quoted(std::string_view("\0x", 2)), "\"\\0x\"");
  EXPECT_EQ(c_quoted(std::string_view("\0001", 2)), "\"\\0001\"");
  EXPECT_EQ(c_quoted("\xff"), "\"\\377\"");
  EXPECT_EQ(c_quoted("\x1f", Quote::hex), "\"\\x1f\"");
  EXPECT_EQ(address(0), "NULL");
  EXPECT_EQ(address(0x10), "0x10");
}

TEST(Text, WaitStatus) {
  EXPECT_EQ(wait_status(0x300), "{WIFEXITED(s) && WEXITSTATUS(s) == 3}");
  EXPECT_EQ(wait_status(9), "{WIFSIGNALED(s) && WTERMSIG(s) == SIGKILL}");
  EXPECT_EQ(wait_status(0x8b), "{WIFSIGNALED(s) && WTERMSIG(s) == SIGSEGV && WCOREDUMP(s)}");
  EXPECT_EQ(wait_status(0x137f), "{WIFSTOPPED(s) && WSTOPSIG(s) == SIGSTOP}");
  EXPECT_EQ(wait_status(0xffff), "{WIFCONTINUED(s)}");
}

TEST(Text, Siginfo) {
  kernel_siginfo i;
  i.si_signo = SIGCHLD;
  i.si_code = CLD_EXITED;
  i.pid = 2;
  EXPECT_EQ(siginfo_text(i),
            "{si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=2, si_uid=0, si_status=0, si_utime=0, "
            "si_stime=0}");
  i = {};
  i.si_signo = SIGSEGV;
  i.si_code = SEGV_MAPERR;
  EXPECT_EQ(siginfo_text(i), "{si_signo=SIGSEGV, si_code=SEGV_MAPERR, si_addr=NULL}");
}

TEST(Table, EveryCallHasItsFormattersInOrder) {
  const CallFormat* f = find_format("openat");
  ASSERT_NE(f, nullptr);
  EXPECT_EQ(f->classes & kFile, unsigned{kFile});
  EXPECT_EQ(find_format("no_such_call"), nullptr);
}

TEST(Results, Errors) {
  FormatOptions options;
  Call c{.options = options, .name = "x"};
  c.exiting = true;
  c.ret = -ENOENT;
  EXPECT_EQ(format_result(c, nullptr), "-1 ENOENT (No such file or directory)");
  c.ret = -ERESTARTSYS;
  EXPECT_EQ(format_result(c, nullptr), "? ERESTARTSYS (To be restarted if SA_RESTART is set)");
  c.ret = 0x1000;
  EXPECT_EQ(format_result(c, find_format("brk")), "0x1000");
  c.ret = 022;
  EXPECT_EQ(format_result(c, find_format("umask")), "022");
}

TEST(Summary, CountsAndSorts) {
  Summary s;
  s.count("read", 2'000'000, false);
  s.count("read", 2'000'000, true);
  s.count("write", 1'000'000, false);
  s.count("write", 0, false);
  s.count("write", 0, false);
  string by_time = s.table("time"), by_calls = s.table("calls");
  EXPECT_LT(by_time.find("read"), by_time.find("write"));
  EXPECT_GT(by_calls.find("read"), by_calls.find("write"));
  EXPECT_NE(by_time.find(" 80.00    0.004000        2000         2         1 read\n"), string::npos)
      << by_time;
  EXPECT_NE(by_time.find("100.00    0.005000        1000         5         1 total\n"),
            string::npos)
      << by_time;
}

}  // namespace
