// The ring of a pipe by itself: slots, merging, packets, resizing.
#include "fs/pipe.h"

#include <numeric>
#include <string>

#include "tests/unit/gtest.h"

namespace {

class PipeBufferTest : public testing::Test {
 protected:
  size_t put(std::string text, bool packet = false) {
    iov_iter from = iov_iter::kernel(text.data(), text.size());
    const Result<size_t> n = pipe_->put(from, packet);
    return n ? *n : 0;
  }
  std::string take(size_t n) {
    std::string text(n, '\0');
    iov_iter to = iov_iter::kernel(text.data(), n);
    const Result<size_t> got = pipe_->take(to, ended_);
    text.resize(got ? *got : 0);
    return text;
  }
  static std::string pattern(size_t n) {
    std::string s(n, '\0');
    for (size_t i = 0; i < n; ++i) s[i] = static_cast<char>(i * 7 + i / 251);
    return s;
  }
  Ref<pipe_inode_info> pipe_ = make_ref<pipe_inode_info>();
  bool ended_ = false;
};

TEST_F(PipeBufferTest, SmallWritesShareAPage) {
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(put("abc"), 3U);
  EXPECT_EQ(pipe_->occupancy(), 1U);
  EXPECT_EQ(pipe_->bytes(), 3000U);
  EXPECT_EQ(take(5), "abcab");
  EXPECT_EQ(take(1), "c");
}

TEST_F(PipeBufferTest, HoldsSixteenPages) {
  EXPECT_EQ(put(pattern(70000)), 65536U);
  EXPECT_TRUE(pipe_->full());
  EXPECT_EQ(put("x"), 0U);
  EXPECT_EQ(take(65536), pattern(65536));
  EXPECT_TRUE(pipe_->empty());
}

// A slot is free only when it is empty: what is left of a page keeps it.
TEST_F(PipeBufferTest, APartlyReadPageIsStillFull) {
  put(pattern(65536));
  EXPECT_EQ(take(4095).size(), 4095U);
  EXPECT_TRUE(pipe_->full());
  EXPECT_EQ(put("x"), 0U);
  EXPECT_EQ(take(1).size(), 1U);
  EXPECT_FALSE(pipe_->full());
  EXPECT_EQ(put(pattern(4096)), 4096U);
}

TEST_F(PipeBufferTest, AWriteOfAPageIsWhole) {
  // 16 slots, each with one byte short of a page: nothing merges with the odd rest.
  put(pattern(15 * 4096 + 4000));
  EXPECT_EQ(pipe_->occupancy(), 16U);
  EXPECT_EQ(put(std::string(97, 'x')), 0U);
  EXPECT_EQ(put(std::string(96, 'x')), 96U);  // even into a full pipe
}

TEST_F(PipeBufferTest, WrapsAround) {
  const std::string data = pattern(50000);
  std::string seen;
  size_t at = 0;
  for (int round = 0; seen.size() < data.size(); ++round) {
    at += put(data.substr(at, 3001));
    seen += take(static_cast<size_t>(round % 3 == 0 ? 5003 : 1999));
  }
  EXPECT_EQ(seen, data);
}

TEST_F(PipeBufferTest, PacketsStayApart) {
  put("one", true);
  put("two", true);
  put("three");
  put("four", true);
  EXPECT_EQ(pipe_->occupancy(), 4U);
  EXPECT_EQ(take(100), "one");
  EXPECT_TRUE(ended_);
  EXPECT_EQ(take(2), "tw");           // the rest of the packet is gone
  EXPECT_EQ(take(100), "threefour");  // bytes run on into the packet that ends the read
  EXPECT_TRUE(ended_);
  EXPECT_TRUE(pipe_->empty());
}

TEST_F(PipeBufferTest, ABigPacketWriteIsSplit) {
  EXPECT_EQ(put(pattern(5000), true), 5000U);
  EXPECT_EQ(take(10000), pattern(5000).substr(0, 4096));
  EXPECT_EQ(take(10000).size(), 904U);
}

TEST_F(PipeBufferTest, Resizes) {
  put(pattern(20000));
  take(5000);
  EXPECT_EQ(pipe_->resize(2).error().value, EBUSY);
  ASSERT_TRUE(pipe_->resize(4));
  EXPECT_TRUE(pipe_->full());
  ASSERT_TRUE(pipe_->resize(64));
  EXPECT_EQ(put(pattern(1 << 20)), 60U * 4096);
  EXPECT_EQ(take(15000), pattern(20000).substr(5000));
}

TEST_F(PipeBufferTest, PeekLeavesTheData) {
  put(pattern(9000));
  std::string text(8000, '\0');
  EXPECT_EQ(pipe_->peek(reinterpret_cast<std::byte*>(text.data()), text.size()), 8000U);
  EXPECT_EQ(text, pattern(9000).substr(0, 8000));
  EXPECT_EQ(pipe_->bytes(), 9000U);
  pipe_->consume(4096);
  EXPECT_EQ(take(10), pattern(9000).substr(4096, 10));
}

}  // namespace
