// Pipes: the ring of buffers. Linux: include/linux/pipe_fs_i.h. The slots are Linux's, one page
// each and at most that much data; ours is that the pages of a ring lie side by side, so that a big
// read or write is one copy over many slots.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "fs/fasync.h"
#include "fs/fs.h"

struct pipe_buffer {
  uint32_t offset = 0, len = 0;  // within the slot's page
  bool packet = false;           // O_DIRECT: a read ends here
};

struct pipe_inode_info : RefCounted<pipe_inode_info> {
  static constexpr unsigned kDefaultSlots = 16;

  explicit pipe_inode_info(unsigned slots = kDefaultSlots);

  // ---- the ring: no sleeping, no signals ----------------------------------------------
  unsigned occupancy() const { return head_ - tail_; }
  bool empty() const { return head_ == tail_; }
  bool full() const { return occupancy() >= slots_; }
  unsigned slots() const { return slots_; }
  size_t bytes() const;  // FIONREAD
  // Moves what fits from the iterator: merge() then append(). EFAULT if nothing could be copied.
  Result<size_t> put(iov_iter& from, bool packet);
  // The beginning of a write, into the last slot, even of a full pipe; no packet is merged. 0 if it
  // has no room.
  Result<size_t> merge(iov_iter& from, bool packet);
  // Into new slots; at most a page goes whole or not at all. 0 if full.
  Result<size_t> append(iov_iter& from, bool packet);
  // Moves what is there; a packet ends it (`ended`). EFAULT if nothing could be copied; 0 if empty.
  Result<size_t> take(iov_iter& to, bool& ended);
  // Copies without consuming: tee. Bytes.
  size_t peek(std::byte* to, size_t n) const;
  void consume(size_t n);
  // A new number of slots, a power of two; EBUSY if the data does not fit.
  Result<void> resize(unsigned slots);

  // ---- who is there -------------------------------------------------------------------
  wait_queue rd_wait, wr_wait;
  unsigned readers = 0, writers = 0;
  unsigned files = 0;                     // open files; the inode forgets the pipe at 0
  uint64_t r_counter = 0, w_counter = 0;  // opens ever, for the open of a FIFO
  bool poll_usage = false;  // somebody polls: tell of every write (edge-triggered epoll)
  fasync_struct fasync_readers, fasync_writers;

 private:
  unsigned mask() const { return static_cast<unsigned>(ring_.size()) - 1; }
  pipe_buffer& slot(unsigned i) { return ring_[i & mask()]; }
  const pipe_buffer& slot(unsigned i) const { return ring_[i & mask()]; }
  std::byte* page(unsigned i) const { return data_.get() + (i & mask()) * kPageSize; }
  size_t contiguous(unsigned first) const;

  std::vector<pipe_buffer> ring_;
  std::unique_ptr<std::byte[]> data_;  // made at the first write
  unsigned slots_;
  unsigned head_ = 0, tail_ = 0;  // free-running, as in Linux
};

// The open end of a pipe or FIFO.
struct pipe_file final : file {
  pipe_file(path p, unsigned flags, Ref<pipe_inode_info> pipe);  // counts itself in
  ~pipe_file() override;

  Result<size_t> read_iter(iov_iter& to, uint64_t& pos) override;
  Result<size_t> write_iter(iov_iter& from, uint64_t& pos) override;
  Result<long> ioctl(unsigned cmd, uint64_t arg) override;
  Result<long> fcntl(unsigned cmd, uint64_t arg) override;
  unsigned poll(poll_table* pt) override;
  void fasync_changed() override;
  std::string proc_name() const override;

  bool packetized() const { return (f_flags & O_DIRECT) != 0; }
  // Sleeps until there is data or the writers are gone (false); EAGAIN, ERESTARTSYS.
  Result<bool> wait_readable(bool nonblock);
  // Sleeps until there is room; EPIPE with SIGPIPE, EAGAIN, ERESTARTSYS.
  Result<void> wait_writable(bool nonblock);
  void wake_readers();
  void wake_writers();

  Ref<pipe_inode_info> pipe;
  const bool anonymous;    // made by pipe(2): no name, no times, no rendezvous
  uint64_t f_version = 0;  // w_counter when a reader came that no writer has met yet
};

struct pipe_pair {
  Ref<file> read_end, write_end;
};
// A pipe without a name; `flags`: O_NONBLOCK, O_DIRECT.
pipe_pair create_pipe_files(unsigned flags);
