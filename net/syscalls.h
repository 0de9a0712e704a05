// Socket system calls without ABI differences; the others are in net/socket_abi.h.
#pragma once

#include "kernel/syscall.h"

SyscallResult sys_socket(socket_domain_t family, socket_type_t type, int protocol);
SyscallResult sys_socketpair(socket_domain_t family, socket_type_t type, int protocol,
                             user_ptr<int> fds);
SyscallResult sys_bind(fd_t fd, user_ptr<const void> addr, int len);
SyscallResult sys_connect(fd_t fd, user_ptr<const void> addr, int len);
SyscallResult sys_listen(fd_t fd, int backlog);
SyscallResult sys_accept(fd_t fd, user_ptr<void> addr, user_ptr<int> len);
SyscallResult sys_accept4(fd_t fd, user_ptr<void> addr, user_ptr<int> len, open_flags_t flags);
SyscallResult sys_getsockname(fd_t fd, user_ptr<void> addr, user_ptr<int> len);
SyscallResult sys_getpeername(fd_t fd, user_ptr<void> addr, user_ptr<int> len);
SyscallResult sys_shutdown(fd_t fd, int how);
SyscallResult sys_sendto(fd_t fd, user_ptr<const void> buf, size_arg len, msg_flags_t flags,
                         user_ptr<const void> addr, int addrlen);
SyscallResult sys_recvfrom(fd_t fd, user_ptr<void> buf, size_arg len, msg_flags_t flags,
                           user_ptr<void> addr, user_ptr<int> addrlen);
SyscallResult sys_send(fd_t fd, user_ptr<const void> buf, size_arg len, msg_flags_t flags);
SyscallResult sys_recv(fd_t fd, user_ptr<void> buf, size_arg len, msg_flags_t flags);
