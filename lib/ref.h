// Counted objects: task_struct, mm_struct, files_struct, file, inode, dentry ... One kernel thread
// runs all kernel code, so the counter is a plain integer.
#pragma once

#include <boost/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

template <class T>
using Ref = boost::intrusive_ptr<T>;

// Derive as `struct file : RefCounted<file>`; T needs a virtual destructor if it is a base class.
template <class T>
using RefCounted = boost::intrusive_ref_counter<T, boost::thread_unsafe_counter>;

template <class T, class... A>
Ref<T> make_ref(A&&... args) {
  return Ref<T>(new T(std::forward<A>(args)...));
}
