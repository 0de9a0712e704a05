// The ring of a pipe: see fs/pipe.h. Linux: the buffer handling in fs/pipe.c and
// pipe_resize_ring(). Differences: the pages of a ring are one block; an emptied ring starts again
// at its first page, so that a small exchange stays in one cache-warm page.
#include <algorithm>
#include <cstring>

#include "fs/pipe.h"

pipe_inode_info::pipe_inode_info(unsigned slots) : ring_(slots), slots_(slots) {}

size_t pipe_inode_info::bytes() const {
  size_t n = 0;
  for (unsigned i = tail_; i != head_; ++i) n += slot(i).len;
  return n;
}

Result<size_t> pipe_inode_info::put(iov_iter& from, bool packet) {
  const size_t merged = TRY(merge(from, packet));
  const Result<size_t> n = append(from, packet);
  if (!n && merged == 0) return n;
  return merged + n.value_or(0);
}

// The odd bytes of a write go behind the last data if the whole of them fits there.
Result<size_t> pipe_inode_info::merge(iov_iter& from, bool packet) {
  const size_t odd = from.count() & (kPageSize - 1);
  if (odd == 0 || empty() || packet) return 0;
  pipe_buffer& last = slot(head_ - 1);
  if (last.packet || last.offset + last.len + odd > kPageSize) return 0;
  const size_t n = from.copy_from(page(head_ - 1) + last.offset + last.len, odd);
  if (n < odd) {
    from.revert(n);
    return Err(EFAULT);
  }
  last.len += static_cast<uint32_t>(n);
  return n;
}

Result<size_t> pipe_inode_info::append(iov_iter& from, bool packet) {
  size_t done = 0;
  if (!data_) data_ = std::make_unique_for_overwrite<std::byte[]>(ring_.size() * kPageSize);
  while (from.count() != 0 && !full()) {
    const size_t free_slots = std::min(slots_ - occupancy(), mask() + 1 - (head_ & mask()));
    const size_t want = std::min(from.count(), free_slots * kPageSize);
    size_t got = from.copy_from(page(head_), want);
    const bool fault = got < want;
    if (fault) {  // whole pages only, so that the caller sees where it stopped
      from.revert(got & (kPageSize - 1));
      got &= kPageMask;
    }
    for (size_t at = 0; at < got; at += kPageSize)
      slot(head_++) = {0, static_cast<uint32_t>(std::min<size_t>(got - at, kPageSize)), packet};
    done += got;
    if (fault) {
      if (done == 0) return Err(EFAULT);
      break;
    }
  }
  return done;
}

// Bytes that lie side by side from slot `first` on; a packet stands alone.
size_t pipe_inode_info::contiguous(unsigned first) const {
  size_t n = 0;
  for (unsigned i = first; i != head_; ++i) {
    const pipe_buffer& b = slot(i);
    if (i != first && (b.packet || b.offset != 0 || (i & mask()) == 0)) break;
    n += b.len;
    if (b.packet || b.offset + b.len != kPageSize) break;
  }
  return n;
}

void pipe_inode_info::consume(size_t n) {
  while (n != 0) {
    pipe_buffer& b = slot(tail_);
    const auto part = static_cast<uint32_t>(std::min<size_t>(n, b.len));
    b.offset += part;
    b.len -= part;
    n -= part;
    if (b.len == 0) ++tail_;
  }
  if (empty()) head_ = tail_ = 0;
}

Result<size_t> pipe_inode_info::take(iov_iter& to, bool& ended) {
  size_t done = 0;
  ended = false;
  while (to.count() != 0 && !empty()) {
    const pipe_buffer first = slot(tail_);
    const size_t want = std::min(to.count(), contiguous(tail_));
    size_t got = to.copy_to(page(tail_) + first.offset, want);
    if (got < want) {  // a buffer that could not be copied whole stays
      size_t whole = 0;
      for (unsigned i = tail_; whole + slot(i).len <= got; ++i) whole += slot(i).len;
      to.revert(got - whole);
      got = whole;
      if (done + got == 0) return Err(EFAULT);
    }
    done += got;
    if (got < want) {
      consume(got);
      break;
    }
    if (first.packet) {  // what did not fit is lost
      consume(first.len);
      ended = true;
      break;
    }
    consume(got);
  }
  return done;
}

size_t pipe_inode_info::peek(std::byte* to, size_t n) const {
  size_t done = 0;
  for (unsigned i = tail_; i != head_ && done < n; ++i) {
    const pipe_buffer& b = slot(i);
    const size_t part = std::min<size_t>(n - done, b.len);
    std::memcpy(to + done, page(i) + b.offset, part);
    done += part;
  }
  return done;
}

Result<void> pipe_inode_info::resize(unsigned slots) {
  if (slots < occupancy()) return Err(EBUSY);
  std::vector<pipe_buffer> ring(slots);
  std::unique_ptr<std::byte[]> data;
  const unsigned used = occupancy();
  if (used != 0) {
    data = std::make_unique_for_overwrite<std::byte[]>(slots * kPageSize);
    for (unsigned i = 0; i < used; ++i) {
      const pipe_buffer& b = ring[i] = slot(tail_ + i);
      std::memcpy(data.get() + i * kPageSize + b.offset, page(tail_ + i) + b.offset, b.len);
    }
  }
  ring_ = std::move(ring);
  data_ = std::move(data);
  slots_ = slots;
  tail_ = 0;
  head_ = used;
  return {};
}
