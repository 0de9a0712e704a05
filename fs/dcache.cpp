// The dentry cache: entering, finding, dropping and moving names. Linux: fs/dcache.c. Differences:
// no negative dentries, no global hash table, and the cache owns a reference to each of the most
// recently used dentries instead of a separate list of unused ones.

#include "fs/dcache.h"

#include <utility>

#include "fs/cold_disk.h"

path::path(Ref<vfsmount> m, Ref<::dentry> d) : mnt(std::move(m)), dentry(std::move(d)) {}
path::path(const path&) = default;
path::path(path&&) noexcept = default;
path& path::operator=(const path&) = default;
path& path::operator=(path&&) noexcept = default;
path::~path() = default;

namespace {

struct Lru {
  boost::intrusive::list<dentry, boost::intrusive::base_hook<dentry_lru_hook>>
      list;  // newest first
  size_t limit = 8192;
};
// Never destroyed: dentries may outlive every static object.
Lru& lru() {
  static Lru& instance = *new Lru;
  return instance;
}

bool on_lru(const dentry& d) { return static_cast<const dentry_lru_hook&>(d).is_linked(); }

// Takes `d` off the list and hands its reference over, so that the caller decides when it goes.
Ref<dentry> lru_remove(dentry& d) {
  lru().list.erase(lru().list.iterator_to(d));
  return Ref<dentry>(&d, false);
}

void lru_touch(dentry& d) {
  auto& list = lru().list;
  if (on_lru(d)) {
    list.splice(list.begin(), list, list.iterator_to(d));
    return;
  }
  intrusive_ptr_add_ref(&d);
  list.push_front(d);
  // What is in use survives without the list and comes back to it with its next lookup.
  while (list.size() > lru().limit) lru_remove(list.back());
}

// Out of the parent's table, if it is there.
void unhash(dentry& d) {
  if (!d.d_parent) return;
  auto& children = d.d_parent->d_children;
  auto it = children.find(d.d_name);
  if (it != children.end() && it->second == &d) children.erase(it);
}

void hash(dentry& d) { d.d_parent->d_children.insert_or_assign(d.d_name, &d); }

}  // namespace

dentry::dentry(std::string name, Ref<dentry> parent, Ref<::inode> inode)
    : d_name(std::move(name)), d_parent(std::move(parent)), d_inode(std::move(inode)) {}

// A guest can make a path of any depth, so the parents must not be destroyed by recursion.
dentry::~dentry() {
  unhash(*this);
  Ref<dentry> parent = std::move(d_parent);
  while (parent && parent->use_count() == 1) {
    unhash(*parent);
    Ref<dentry> next = std::move(parent->d_parent);
    parent = std::move(next);
  }
}

dentry* d_lookup(dentry& parent, std::string_view name) {
  auto it = parent.d_children.find(name);
  return it == parent.d_children.end() ? nullptr : it->second;
}

Ref<dentry> d_alloc(const Ref<dentry>& parent, std::string_view name, Ref<inode> inode) {
  if (dentry* old = d_lookup(*parent, name)) d_drop(*old);
  auto d = make_ref<dentry>(std::string(name), parent, std::move(inode));
  hash(*d);
  lru_touch(*d);
  return d;
}

Ref<dentry> d_make_root(Ref<inode> inode) {
  return make_ref<dentry>(std::string("/"), nullptr, std::move(inode));
}

void d_drop(dentry& d) {
  Ref<dentry> keep(&d);
  if (on_lru(d)) lru_remove(d);
  unhash(d);
  d.d_unhashed = true;
}

void d_move(dentry& d, const Ref<dentry>& new_parent, std::string_view name) {
  Ref<dentry> keep(&d);
  Ref<dentry> old_parent = d.d_parent;
  dentry* target = d_lookup(*new_parent, name);
  if (target == &d) return;
  if (target != nullptr) d_drop(*target);
  unhash(d);
  d.d_name = std::string(name);
  d.d_parent = new_parent;
  hash(d);
}

void d_exchange(dentry& a, dentry& b) {
  unhash(a);
  unhash(b);
  std::swap(a.d_name, b.d_name);
  std::swap(a.d_parent, b.d_parent);
  hash(a);
  hash(b);
}

bool is_subdir(const dentry& d, const dentry& ancestor) {
  for (const dentry* p = &d; p != nullptr; p = p->d_parent.get()) {
    if (p == &ancestor) return true;
  }
  return false;
}

void shrink_dcache(const super_block* sb) {
  auto& list = lru().list;
  // Dropping a dentry can free its parents but never another listed one: the list holds those.
  for (auto it = list.begin(); it != list.end();) {
    dentry& d = *it++;
    if (sb == nullptr || d.d_inode->sb == sb) lru_remove(d);
  }
}

void d_invalidate(dentry& d) {
  const Ref<dentry> keep(&d);
  std::vector<Ref<dentry>> children;
  for (const auto& [name, child] : d.d_children) children.emplace_back(child);
  for (const Ref<dentry>& child : children) d_invalidate(*child);
  d_drop(d);
}

size_t dcache_size() { return lru().list.size(); }

void set_dcache_limit(size_t dentries) {
  lru().limit = dentries;
  while (lru().list.size() > dentries) lru_remove(lru().list.back());
}

Result<Ref<dentry>> lookup_dentry(const Ref<dentry>& dir, std::string_view name) {
  if (dentry* cached = d_lookup(*dir, name)) {
    Ref<dentry> d(cached);
    // What is mounted on stays: dropping it would lose the mount.
    if (d->d_mounted != nullptr || d->d_inode->revalidate(*d)) {
      lru_touch(*d);
      return d;
    }
    d_drop(*d);
  }
  wait_on_name(*dir, name);
  // Another task may have looked it up while this one slept.
  if (dentry* cached = d_lookup(*dir, name)) return Ref<dentry>(cached);
  Ref<inode> found = TRY(dir->d_inode->lookup(*dir, name));
  return d_alloc(dir, name, std::move(found));
}
