// The VFS: super blocks, inodes, dentries, mounts, open files, descriptor tables. Linux:
// include/linux/fs.h, dcache.h, mount.h, fdtable.h. Operations are virtual functions; what an object
// does not override answers the errno that Linux gives.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <boost/intrusive/list.hpp>

#include "arch/arch.h"
#include "kernel/wait.h"
#include "lib/ref.h"
#include "lib/result.h"
#include "lib/uapi.h"

struct dentry;
struct file;
struct inode;
struct super_block;
struct task_struct;
struct vfsmount;

// The kernel's form of struct stat; each ABI has its own. Times: ns since the epoch.
struct kstat {
  uint64_t dev = 0, ino = 0, nlink = 1, size = 0, blocks = 0, rdev = 0;
  uint32_t blksize = 4096, mode = 0, uid = 0, gid = 0;
  int64_t atime = 0, mtime = 0, ctime = 0, btime = 0;
};
// Device numbers in Linux's new_encode_dev form (what st_rdev shows for small numbers).
constexpr uint64_t MKDEV(unsigned major, unsigned minor) {
  return (minor & 0xff) | (static_cast<uint64_t>(major) << 8) | (static_cast<uint64_t>(minor & ~0xffU) << 12);
}
constexpr unsigned MAJOR(uint64_t dev) { return static_cast<unsigned>((dev >> 8) & 0xfff); }
constexpr unsigned MINOR(uint64_t dev) { return static_cast<unsigned>((dev & 0xff) | ((dev >> 12) & 0xfff00)); }

struct kstatfs {
  uint64_t type = 0, bsize = 4096, blocks = 0, bfree = 0, bavail = 0, files = 0, ffree = 0, namelen = 255, flags = 0;
};

enum : unsigned { ATTR_MODE = 1, ATTR_UID = 2, ATTR_GID = 4, ATTR_SIZE = 8, ATTR_ATIME = 16, ATTR_MTIME = 32,
                // for notify_change's permission checks only: times of the caller's choice (owners
                // only), truncation through a descriptor that may write
                ATTR_TIMES_SET = 64, ATTR_FILE = 128 };
struct iattr {
  unsigned valid = 0;
  uint32_t mode = 0, uid = 0, gid = 0;
  uint64_t size = 0;
  int64_t atime = 0, mtime = 0;
};

struct path {
  Ref<vfsmount> mnt;
  Ref<::dentry> dentry;
  explicit operator bool() const { return dentry != nullptr; }
  friend bool operator==(const path& a, const path& b) { return a.mnt == b.mnt && a.dentry == b.dentry; }
  path() = default;
  path(Ref<vfsmount> m, Ref<::dentry> d);
  path(const path&);
  path(path&&) noexcept;
  path& operator=(const path&);
  path& operator=(path&&) noexcept;
  ~path();
};

// Where a read goes or a write comes from: guest memory in pieces, or kernel memory. Copies advance it.
class iov_iter {
 public:
  struct segment {
    uint64_t base;
    uint64_t len;
  };
  static iov_iter user(std::vector<segment> segments);
  static iov_iter user(uint64_t base, uint64_t len);
  static iov_iter kernel(void* base, size_t len);
  size_t count() const { return count_; }
  // Bytes moved; fewer than asked when a page is bad (0 and count() > 0: EFAULT).
  size_t copy_to(const void* from, size_t n);    // into the iterator: read(2)
  size_t copy_from(void* to, size_t n);          // out of the iterator: write(2)
  size_t zero(size_t n);
  void truncate(size_t n);                       // at most n bytes from here
  void advance(size_t n);
  void revert(size_t n);
  bool is_kernel() const { return kernel_; }
  const segment& current_segment() const { return at(index_); }

 private:
  template <class Move> size_t step(size_t n, Move move);
  const segment& at(size_t i) const { return segments_.empty() ? one_ : segments_[i]; }
  segment one_{};                   // the usual case needs no vector
  std::vector<segment> segments_;
  size_t index_ = 0, offset_ = 0, count_ = 0;
  bool kernel_ = false;
};

struct dir_context {
  // False when the buffer is full: stop and come again with this `pos`.
  std::function<bool(std::string_view name, uint64_t ino, unsigned type, uint64_t next_pos)> actor;
  uint64_t pos = 0;
};
// For iterate(): hands one entry to the actor and moves ctx.pos on to `next`; false: stop here.
bool dir_emit(dir_context& ctx, std::string_view name, uint64_t ino, unsigned type, uint64_t next);
// "." and ".." at positions 0 and 1; a directory's own entries begin at position 2.
bool dir_emit_dots(file& dir, dir_context& ctx);
constexpr unsigned mode_to_dt(uint32_t mode) { return (mode & S_IFMT) >> 12; }

// Who waits for a file to become ready; see fs/poll.h.
class poll_table;
void poll_wait(file& f, wait_queue& q, poll_table* pt);

struct super_block : RefCounted<super_block> {
  super_block();
  virtual ~super_block();
  virtual Result<kstatfs> statfs() = 0;
  virtual Result<void> sync() { return {}; }
  std::string type;              // "ramfs", "hostfs", "overlay", "proc", "devpts" ...
  std::string source = "none";
  uint64_t dev = 0;              // st_dev, given out by the constructor
  uint64_t magic = 0;
  bool read_only = false;
  Ref<dentry> root;
};

struct inode : RefCounted<inode> {
  explicit inode(super_block& sb);
  virtual ~inode();

  super_block* sb;
  uint64_t ino = 0;
  uint32_t mode = 0, uid = 0, gid = 0;
  uint64_t nlink = 1, size = 0, rdev = 0;
  int64_t atime = 0, mtime = 0, ctime = 0;
  // state that the VFS hangs on an inode: record locks and flock (fs/locks.cpp), FIFO (fs/pipe.cpp),
  // bound socket (net/)
  Ref<struct file_lock_context> flctx;
  Ref<struct pipe_inode_info> pipe;
  void* socket = nullptr;
  bool linkable = false;         // O_TMPFILE: link(2) may still give it a name (Linux I_LINKABLE)
  int i_writecount = 0;          // >0: open for writing (exec answers ETXTBSY); <0: being executed

  bool is_dir() const { return (mode & S_IFMT) == S_IFDIR; }
  bool is_reg() const { return (mode & S_IFMT) == S_IFREG; }
  bool is_lnk() const { return (mode & S_IFMT) == S_IFLNK; }

  // Directory operations. `name` is one component. Errors as in Linux; the defaults are ENOTDIR for
  // lookup and EPERM/EROFS for changes.
  virtual Result<Ref<inode>> lookup(dentry& dir, std::string_view name);
  virtual Result<Ref<inode>> create(dentry& dir, std::string_view name, uint32_t mode);  // regular file
  virtual Result<Ref<inode>> mknod(dentry& dir, std::string_view name, uint32_t mode, uint64_t dev);
  virtual Result<Ref<inode>> mkdir(dentry& dir, std::string_view name, uint32_t mode);
  virtual Result<Ref<inode>> symlink(dentry& dir, std::string_view name, std::string_view target);
  virtual Result<Ref<inode>> tmpfile(dentry& dir, uint32_t mode);  // O_TMPFILE: no name; EOPNOTSUPP
  virtual Result<void> link(dentry& dir, std::string_view name, dentry& old);
  virtual Result<void> unlink(dentry& dir, dentry& victim);
  virtual Result<void> rmdir(dentry& dir, dentry& victim);
  virtual Result<void> rename(dentry& old_dir, dentry& victim, dentry& new_dir, std::string_view name,
                              dentry* target, unsigned flags);
  virtual Result<void> iterate(file& dir, dir_context& ctx);

  virtual Result<std::string> readlink();
  // A magic link (/proc/self/exe, fd/N) jumps straight to an object; others answer an empty optional.
  virtual Result<std::optional<path>> follow_link() { return std::optional<path>(); }

  // `flags` as open(2) had them; returns the file to use, usually of a class of its own. By default
  // devices, FIFOs and directories can be opened.
  virtual Result<Ref<file>> open(const path& p, unsigned flags);
  virtual Result<void> getattr(kstat& st);
  virtual Result<void> setattr(const iattr& attr);      // permission already checked
  virtual Result<void> permission(int mask);            // MAY_*; default generic_permission
  // A cached name: is it still the same object? False drops the dentry (hostfs).
  virtual bool revalidate(dentry& /*d*/) { return true; }
  virtual Result<std::string> getxattr(std::string_view name);
  virtual Result<void> setxattr(std::string_view name, std::string_view value, int flags);
  virtual Result<void> removexattr(std::string_view name);
  virtual Result<std::vector<std::string>> listxattr();
};
Result<void> generic_permission(const inode& i, int mask);   // by the current task's fsuid and groups
Result<void> inode_permission(inode& i, int mask);
// While a program runs nobody may write to its file, and the other way round: ETXTBSY.
Result<void> deny_write_access(inode& i);
void allow_write_access(inode& i);
// A read of the file: st_atime by the rules of relatime, noatime and O_NOATIME.
void file_accessed(file& f);

using dentry_lru_hook =
    boost::intrusive::list_base_hook<boost::intrusive::tag<struct dentry_lru_tag>,
                                     boost::intrusive::link_mode<boost::intrusive::safe_link>>;

// Children refer to their parent and not the other way; fs/dcache.h has the operations.
struct dentry : RefCounted<dentry>, dentry_lru_hook {
  dentry(std::string name, Ref<dentry> parent, Ref<inode> inode);
  ~dentry();
  std::string d_name;
  Ref<dentry> d_parent;          // null for a root
  Ref<::inode> d_inode;          // never null: there are no negative dentries
  std::unordered_map<std::string_view, dentry*> d_children;  // cached ones; keys are their d_name
  bool d_unhashed = false;       // unlinked: /proc shows "(deleted)"
  vfsmount* d_mounted = nullptr; // mounts on this dentry: the last one made; see vfsmount::under
};

struct vfsmount : RefCounted<vfsmount> {
  ~vfsmount();
  Ref<super_block> sb;
  Ref<dentry> root;
  Ref<vfsmount> parent;
  Ref<dentry> mountpoint;        // in parent; null for the root mount
  vfsmount* under = nullptr;     // next mount on the same dentry, seen through another `parent`
  int id = 0;                    // as in mountinfo
  unsigned flags = 0;            // MS_RDONLY, MS_NOEXEC, MS_NOSUID, MS_NODEV
  bool read_only() const;
};

// The epoll items that watch a file; they go when it goes (fs/eventpoll.cpp).
struct epoll_links {
  struct epitem* first = nullptr;
  epoll_links() = default;
  epoll_links(const epoll_links&) = delete;
  epoll_links& operator=(const epoll_links&) = delete;
  ~epoll_links() {
    if (first != nullptr) eventpoll_release(*this);
  }
  static void eventpoll_release(epoll_links& links);
};

// An open file description.
struct file : RefCounted<file> {
  file(path p, unsigned flags);
  virtual ~file();

  path f_path;
  unsigned f_flags;              // O_*
  uint64_t f_pos = 0;
  int f_owner = 0, f_sig = 0;    // F_SETOWN, F_SETSIG
  uint64_t id;                   // unique, for epoll and kcmp
  bool f_write_counted = false;  // this description is in i_writecount
  void put_write_access();       // it no longer counts as a writer: exec of the file is allowed
  epoll_links f_ep;

  Ref<inode> f_inode() const;
  bool readable() const { return (f_flags & O_ACCMODE) != O_WRONLY && !(f_flags & O_PATH); }
  bool writable() const { return (f_flags & O_ACCMODE) != O_RDONLY && !(f_flags & O_PATH); }
  bool nonblocking() const { return (f_flags & O_NONBLOCK) != 0; }

  // `pos` is the file's own position or a copy (pread). May sleep. Defaults: EINVAL.
  virtual Result<size_t> read_iter(iov_iter& to, uint64_t& pos);
  virtual Result<size_t> write_iter(iov_iter& from, uint64_t& pos);
  virtual bool seekable() const { return false; }               // pread/pwrite/lseek allowed
  virtual Result<uint64_t> llseek(int64_t offset, int whence);  // default: by inode size if seekable
  virtual Result<void> iterate(dir_context& ctx);               // default: f_inode()->iterate
  virtual Result<long> ioctl(unsigned cmd, uint64_t arg);       // default ENOTTY
  // fcntl commands of one kind of file: F_SETPIPE_SZ, F_GETPIPE_SZ (default EBADF), F_ADD_SEALS,
  // F_GET_SEALS (default EINVAL).
  virtual Result<long> fcntl(unsigned cmd, uint64_t arg);
  virtual unsigned poll(poll_table* pt);                        // default: always readable and writable
  // What an mmap of this file maps; default ENODEV. `shared_write`: will be written through the mapping.
  virtual Result<arch::Backing> mmap(uint64_t offset, uint64_t len, bool shared, bool shared_write);
  // The page at `offset` of what is mapped, if it lies inside memory that nobody but guests can change or
  // take away; host_fd < 0 if not.
  virtual arch::Backing memory_at(uint64_t offset) const;
  virtual Result<void> fsync() { return {}; }
  virtual Result<void> truncate(uint64_t size);                 // default: inode setattr
  virtual Result<void> fallocate(int mode, uint64_t offset, uint64_t len);
  virtual void flush(task_struct& /*closer*/) {}                // at each close(2)
  virtual void fasync_changed() {}                              // O_ASYNC toggled by fcntl
  virtual std::string proc_name() const;                        // readlink of /proc/PID/fd/N
};

// ---- descriptor tables (fs/file_table.cpp) -----------------------------------------------------------
struct files_struct : RefCounted<files_struct> {
  struct slot {
    Ref<::file> file;
    bool cloexec = false;
  };
  std::vector<slot> fd;
  int next_fd = 0;
  Ref<files_struct> dup() const;
  ~files_struct();
};
struct fs_struct : RefCounted<fs_struct> {
  path root, pwd;
  uint32_t umask = 022;
  Ref<fs_struct> dup() const;
};
Result<Ref<file>> fget(int fd);                              // EBADF; also for O_PATH descriptors
Result<Ref<file>> fget_data(int fd);                         // EBADF for O_PATH descriptors
Result<int> get_unused_fd(bool cloexec, int from = 0);       // EMFILE; reserves nothing until fd_install
Result<int> fd_install_new(Ref<file> f, bool cloexec, int from = 0);
Result<void> close_fd(int fd);
void close_files(files_struct& files, task_struct& owner);   // exit, in order
void do_close_on_exec(files_struct& files);

// ---- path walk (fs/namei.cpp) -------------------------------------------------------------------------
enum : unsigned {
  LOOKUP_FOLLOW = 1,             // follow a final symlink
  LOOKUP_DIRECTORY = 2,          // ENOTDIR otherwise
  LOOKUP_EMPTY = 4,              // AT_EMPTY_PATH
  LOOKUP_PARENT = 8,
};
Result<path> user_path_at(int dirfd, std::string_view name, unsigned lookup_flags);
struct parent_path {
  path parent;
  std::string last;              // last component; "." or ".." possible
  bool trailing_slash = false;
};
Result<parent_path> user_path_parent(int dirfd, std::string_view name);
Result<path> lookup_one(const path& parent, std::string_view name);  // crosses mounts, no symlink
Result<Ref<file>> do_open(int dirfd, std::string_view name, unsigned flags, uint32_t mode);
Result<Ref<file>> open_path(const path& p, unsigned flags);          // permission checked
Result<Ref<file>> open_exec(int dirfd, std::string_view name, unsigned at_flags);  // exec permission
std::string d_path(const path& p);                                   // from the task's root; "(unreachable)"/" (deleted)"
Result<void> vfs_getattr(const path& p, kstat& st);
Result<void> notify_change(const path& p, iattr attr);               // permission checks of chmod, chown, utimes, truncate

// ---- mounts and file systems ---------------------------------------------------------------------------
Result<Ref<vfsmount>> do_mount(Ref<super_block> sb, const path& where, unsigned flags);
Result<void> do_umount(const path& where, unsigned flags);
path& init_root();                                                    // the initial root, set at boot
void for_each_mount(const std::function<void(vfsmount&)>& f);
uint64_t new_anon_dev();
uint64_t new_backing_key();                                           // arch::Backing::key, never given twice
// Types for mount(2). The factory makes a super block with its root.
using fs_factory = Result<Ref<super_block>> (*)(std::string_view source, unsigned flags, std::string_view data);
void register_filesystem(std::string_view name, fs_factory factory, bool nodev = true);
Result<Ref<super_block>> new_filesystem(std::string_view name, std::string_view source, unsigned flags,
                                        std::string_view data);       // ENODEV
void for_each_filesystem(const std::function<void(std::string_view name, bool nodev)>& f);
// kernel_read: whole or partial into kernel memory at an offset, short at end of file.
Result<size_t> kernel_read(file& f, void* to, size_t n, uint64_t pos);
int64_t current_time_ns();                                            // for inode times

// ---- character devices (drivers/) ------------------------------------------------------------------------
// open() of a device node asks the driver of its major; drivers register at boot.
using chrdev_open = Result<Ref<file>> (*)(const path& p, unsigned flags, uint64_t rdev);
void register_chrdev(unsigned major, chrdev_open open);
Result<Ref<file>> chrdev_open_inode(inode& i, const path& p, unsigned flags);  // ENXIO without driver
Result<Ref<file>> fifo_open(inode& i, const path& p, unsigned flags);          // fs/pipe.cpp

// ---- exec (fs/exec.cpp) -------------------------------------------------------------------------------
// The program that runs already, for those without /proc: execveat(AT_EXE_FILE, "", ...), as discussed on
// linux-fsdevel in May 2020, and execve(NULL, ...), Rob Landley's proposal of September 2017. Both with
// `execve-null=on` alone: Linux has neither, and answers EBADF and EFAULT. The number is ours, of those
// near -10000 that Linux keeps for such descriptors.
inline constexpr int AT_EXE_FILE = -10190;
bool execve_null();
void register_exec_parameters();  // execve-null=

// do_execve asks for the strings when it has opened the file: 2.2 copied them that late, after the
// 1999 patch had woken the parent whose memory they are in.
struct ExecStrings {
  std::vector<std::string> argv, envp;
};
using ReadExecStrings = std::function<Result<ExecStrings>()>;
Result<void> do_execve(int dirfd, std::string filename, const ReadExecStrings& strings, int at_flags);
