// Open overlay files. Linux: fs/overlayfs/file.c. Which layer answers is asked at every read, so all
// descriptors of a file agree; opening for writing copies nothing, the first write does.
#include <utility>

#include "fs/overlay/overlay.h"

namespace {

struct ovl_file final : file {
  ovl_file(path p, unsigned flags, Ref<HostHandle> h) : file(std::move(p), flags), lower(std::move(h)) {}

  ovl_inode& node() const { return static_cast<ovl_inode&>(*f_path.dentry->d_inode); }

  Result<size_t> read_iter(iov_iter& to, uint64_t& pos) override {
    if (PageStore* data = node().data()) {
      const size_t n = TRY(data->read(to, pos, node().size));
      pos += n;
      file_accessed(*this);
      return n;
    }
    return lower->read(to, pos);
  }

  Result<size_t> write_iter(iov_iter& from, uint64_t& pos) override { return node().write(from, pos); }

  bool seekable() const override { return true; }
  Result<uint64_t> llseek(int64_t offset, int whence) override {
    ovl_inode& i = node();
    const bool data = whence == SEEK_DATA;
    if (data || whence == SEEK_HOLE) {
      if (i.data() == nullptr) return f_pos = TRY(arch::machine().hostfs().seek(lower->host.fd(), offset, whence));
      if (offset < 0 || static_cast<uint64_t>(offset) >= i.size) return Err(ENXIO);
      const auto from = static_cast<uint64_t>(offset);
      const uint64_t at = data ? i.data()->next_data(from, i.size) : i.data()->next_hole(from, i.size);
      if (data && at >= i.size) return Err(ENXIO);
      return f_pos = at;
    }
    if (whence == SEEK_END) TRY(i.refresh());
    return file::llseek(offset, whence);
  }

  // What may be written to through this file is mapped from where the writes go.
  Result<arch::Backing> mmap(uint64_t offset, uint64_t, bool shared, bool shared_write) override {
    ovl_inode& i = node();
    if (shared_write || (shared && writable())) TRY(i.copy_up());
    if (i.data() != nullptr) {
      arch::Backing b = TRY(i.data()->promote(i.size));
      b.offset = offset;
      b.shared = shared;
      return b;
    }
    return lower->backing(offset, shared);
  }

  Result<void> fallocate(int mode, uint64_t offset, uint64_t len) override {
    return node().fallocate(mode, offset, len);
  }

  Ref<HostHandle> lower;  // null if the contents were ours already
};

}  // namespace

Result<Ref<file>> ovl_inode::open(const path& p, unsigned flags) {
  if (is_dir()) {
    return Ref<file>(make_ref<dir_snapshot>(
        p, flags, [self = Ref<ovl_inode>(this)](std::vector<dir_snapshot::entry>& out) { return self->merged(out); }));
  }
  // FIFOs and device nodes are names of this kernel's own objects; the host's are never opened.
  if (!is_reg()) return inode::open(p, flags);
  Ref<HostHandle> lower;
  // What will be emptied at once need not be read; a running program is not (ETXTBSY comes later).
  const bool emptied =
      (flags & O_TRUNC) != 0 && (flags & O_ACCMODE) != O_RDONLY && i_writecount >= 0;
  if (!data_ && emptied) TRY(copy_up(0));
  if (!data_) lower = TRY(lower_handle());
  return Ref<file>(make_ref<ovl_file>(p, flags, std::move(lower)));
}
