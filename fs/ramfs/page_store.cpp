// Bytes of memory files; see page_store.h. Known difference: what guests write through a shared
// mapping of a sparse file is not charged to the file system.

#include "fs/ramfs/page_store.h"

#include <algorithm>
#include <bit>

#include "fs/read_write.h"
#include "mm/mm.h"

namespace {

// Pages [first, last] of a chunk.
constexpr uint16_t page_mask(uint64_t first, uint64_t last) {
  return static_cast<uint16_t>(((2U << last) - 1) & ~((1U << first) - 1));
}

uint64_t all_used = 0;  // by every account: together they must fit into memory

arch::HostFs& host_fs() { return arch::machine().hostfs(); }

}  // namespace

uint64_t RamAccount::effective_limit() const { return limit != 0 ? limit : memory_limit() / 2; }

Result<void> RamAccount::charge(uint64_t bytes) {
  const uint64_t most = effective_limit(), all = memory_limit();
  if (most != 0 && (bytes > most || used > most - bytes)) return Err(ENOSPC);
  if (all != 0 && (bytes > all || all_used > all - bytes)) return Err(ENOSPC);
  used += bytes;
  all_used += bytes;
  return {};
}

void RamAccount::uncharge(uint64_t bytes) {
  used -= bytes;
  all_used -= bytes;
}

PageStore::~PageStore() {
  account_->uncharge(charged_);
  if (promoted()) arch::machine().forget_backing(key_);
}

Result<void> PageStore::take_pages(Chunk& c, uint16_t pages) {
  const auto fresh = static_cast<uint16_t>(pages & ~c.present);
  const uint64_t bytes = static_cast<uint64_t>(std::popcount(fresh)) * kPageSize;
  TRY(account_->charge(bytes));
  charged_ += bytes;
  c.present |= fresh;
  return {};
}

void PageStore::drop_pages(Chunk& c, uint16_t pages) {
  const auto gone = static_cast<uint16_t>(pages & c.present);
  const uint64_t bytes = static_cast<uint64_t>(std::popcount(gone)) * kPageSize;
  account_->uncharge(bytes);
  charged_ -= bytes;
  c.present = static_cast<uint16_t>(c.present & ~gone);
}

Result<size_t> PageStore::read(iov_iter& to, uint64_t pos, uint64_t size) {
  if (pos >= size || to.count() == 0) return 0;
  const uint64_t end = pos + std::min<uint64_t>(to.count(), size - pos);
  if (promoted()) return read_host(to, pos, end);
  const uint64_t start = pos;
  while (pos < end) {
    const auto it = chunks_.find(pos / kChunk);
    const uint64_t offset = pos % kChunk;
    const uint64_t filled = it == chunks_.end() ? 0 : it->second.data.size();
    const uint64_t in_chunk = std::min(kChunk - offset, end - pos);
    const uint64_t piece = offset < filled ? std::min(in_chunk, filled - offset) : in_chunk;
    const size_t moved =
        offset < filled ? to.copy_to(&it->second.data[offset], piece) : to.zero(piece);
    pos += moved;
    if (moved < piece) break;
  }
  if (pos == start) return Err(EFAULT);
  return pos - start;
}

Result<size_t> PageStore::write(iov_iter& from, uint64_t pos) {
  if (promoted()) return write_host(from, pos);
  const uint64_t start = pos;
  Result<void> status;
  while (from.count() != 0 && status) {
    const uint64_t offset = pos % kChunk;
    const uint64_t piece = std::min<uint64_t>(kChunk - offset, from.count());
    Chunk& c = chunks_[pos / kChunk];
    status = take_pages(c, page_mask(offset / kPageSize, (offset + piece - 1) / kPageSize));
    if (!status) break;
    if (c.data.size() < offset + piece) {
      if (c.data.capacity() < offset + piece)
        c.data.reserve(std::min(kChunk, std::max<uint64_t>(offset + piece, 2 * c.data.capacity())));
      c.data.resize(offset + piece);
    }
    const size_t moved = from.copy_from(&c.data[offset], piece);
    pos += moved;
    if (moved < piece) status = Err(EFAULT);
  }
  if (pos == start && !status) return std::unexpected(status.error());
  return pos - start;
}

Result<void> PageStore::truncate(uint64_t size) {
  if (promoted()) {
    TRY(host_fs().truncate(host_.fd(), size));
    host_end_ = size;
    const uint64_t most = page_align(size);
    if (charged_ > most) {
      account_->uncharge(charged_ - most);
      charged_ = most;
    }
    return {};
  }
  auto it = chunks_.lower_bound(size / kChunk);
  if (it != chunks_.end() && it->first == size / kChunk && size % kChunk != 0) {
    Chunk& c = it->second;
    const uint64_t keep = size % kChunk;
    if (c.data.size() > keep) c.data.resize(keep);
    const uint64_t first_gone = (keep + kPageSize - 1) / kPageSize;
    if (first_gone < kPages) drop_pages(c, page_mask(first_gone, kPages - 1));
    ++it;
  }
  while (it != chunks_.end()) {
    drop_pages(it->second, 0xffff);
    it = chunks_.erase(it);
  }
  return {};
}

Result<void> PageStore::allocate(uint64_t pos, uint64_t len) {
  if (promoted()) {
    TRY(account_->charge(page_align(len)));
    charged_ += page_align(len);
    TRY(host_fs().allocate(host_.fd(), FALLOC_FL_KEEP_SIZE, pos, len));
    return {};
  }
  const uint64_t end = pos + len;
  // Refused at once rather than after filling all the memory there is.
  if (len > account_->effective_limit() && account_->effective_limit() != 0) return Err(ENOSPC);
  while (pos < end) {
    const uint64_t offset = pos % kChunk;
    const uint64_t piece = std::min(kChunk - offset, end - pos);
    TRY(take_pages(chunks_[pos / kChunk],
                   page_mask(offset / kPageSize, (offset + piece - 1) / kPageSize)));
    pos += piece;
  }
  return {};
}

Result<void> PageStore::punch(uint64_t pos, uint64_t len) {
  if (promoted())
    return host_fs().allocate(host_.fd(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, pos, len);
  const uint64_t end = pos + len;
  for (auto it = chunks_.lower_bound(pos / kChunk);
       it != chunks_.end() && it->first * kChunk < end;) {
    Chunk& c = it->second;
    const uint64_t base = it->first * kChunk;
    const uint64_t from = std::max(pos, base) - base, to = std::min(end - base, kChunk);
    if (from < c.data.size()) {
      const auto stop = std::min<uint64_t>(to, c.data.size());
      std::fill(c.data.begin() + static_cast<ptrdiff_t>(from),
                c.data.begin() + static_cast<ptrdiff_t>(stop), std::byte{0});
    }
    const uint64_t first = (from + kPageSize - 1) / kPageSize, after = to / kPageSize;
    if (first < after) drop_pages(c, page_mask(first, after - 1));
    it = c.present == 0 ? chunks_.erase(it) : std::next(it);
  }
  return {};
}

uint64_t PageStore::allocated() const {
  if (promoted()) {
    const Result<arch::HostStat> st = host_fs().stat(host_.fd(), "");
    if (st) return st->blocks * 512;
  }
  return charged_;
}

// The first page for which want(present) holds, as a position not before pos.
template <class Want>
uint64_t PageStore::next(uint64_t pos, uint64_t size, Want want) const {
  while (pos < size) {
    const auto it = chunks_.lower_bound(pos / kChunk);
    const bool here = it != chunks_.end() && it->first == pos / kChunk;
    if (!here) {
      if (want(false)) return pos;
      if (it == chunks_.end()) return size;
      pos = it->first * kChunk;
      continue;
    }
    const uint64_t page = pos % kChunk / kPageSize;
    if (want((it->second.present >> page & 1) != 0)) return pos;
    pos = (pos | (kPageSize - 1)) + 1;
  }
  return size;
}

uint64_t PageStore::next_data(uint64_t pos, uint64_t size) const {
  if (!promoted()) return next(pos, size, [](bool present) { return present; });
  const Result<uint64_t> at = host_fs().seek(host_.fd(), static_cast<int64_t>(pos), SEEK_DATA);
  return at ? std::min(*at, size) : size;
}

uint64_t PageStore::next_hole(uint64_t pos, uint64_t size) const {
  if (!promoted()) return next(pos, size, [](bool present) { return !present; });
  const Result<uint64_t> at = host_fs().seek(host_.fd(), static_cast<int64_t>(pos), SEEK_HOLE);
  return at ? std::min(*at, size) : size;
}

Result<arch::Backing> PageStore::promote(uint64_t size) {
  if (!promoted()) {
    arch::HostFile f = TRY(host_fs().memfd("ramfs"));
    TRY(host_fs().truncate(f.fd(), size));
    for (const auto& [index, c] : chunks_) {
      std::span<const std::byte> rest(c.data);
      uint64_t at = index * kChunk;
      while (!rest.empty()) {
        const size_t n = TRY(host_fs().pwrite(f.fd(), rest, at));
        if (n == 0) return Err(EIO);
        rest = rest.subspan(n);
        at += n;
      }
    }
    // Written pages may reach past the end only as zeros of the last page, never as a longer file.
    TRY(host_fs().truncate(f.fd(), size));
    host_ = std::move(f);
    host_end_ = size;
    key_ = new_backing_key();
    chunks_.clear();
  }
  return arch::Backing{.host_fd = host_.fd(), .key = key_};
}

arch::Backing PageStore::memory_at(uint64_t offset) const {
  if (!promoted() || offset >= host_end_) return {};
  return {.host_fd = host_.fd(), .key = key_, .offset = offset, .shared = true};
}

Result<size_t> PageStore::read_host(iov_iter& to, uint64_t pos, uint64_t end) {
  IoBuffer buffer;
  const uint64_t start = pos;
  while (pos < end) {
    const size_t want = std::min<uint64_t>(end - pos, IoBuffer::kSize);
    const Result<size_t> got = host_fs().pread(host_.fd(), buffer.span().first(want), pos);
    if (!got && pos == start) return got;
    if (!got || *got == 0) break;
    const size_t moved = to.copy_to(buffer.data(), *got);
    pos += moved;
    if (moved < *got) {
      if (pos == start) return Err(EFAULT);
      break;
    }
  }
  return pos - start;
}

Result<size_t> PageStore::write_host(iov_iter& from, uint64_t pos) {
  IoBuffer buffer;
  const uint64_t start = pos;
  Result<void> status;
  while (from.count() != 0 && status) {
    const size_t want = std::min<size_t>(from.count(), IoBuffer::kSize);
    const size_t got = from.copy_from(buffer.data(), want);
    if (got < want) status = Err(EFAULT);
    if (got == 0) break;
    const uint64_t grows =
        pos + got > host_end_ ? page_align(pos + got) - page_align(std::max(host_end_, pos)) : 0;
    if (const Result<void> room = account_->charge(grows); !room) {
      status = room;
      break;
    }
    charged_ += grows;
    const Result<size_t> put = host_fs().pwrite(host_.fd(), buffer.span().first(got), pos);
    if (!put || *put == 0) {
      status = Err(put ? EIO : put.error().value);
      break;
    }
    pos += *put;
    host_end_ = std::max(host_end_, pos);
    if (*put < got) break;
  }
  if (pos == start && !status) return std::unexpected(status.error());
  return pos - start;
}
