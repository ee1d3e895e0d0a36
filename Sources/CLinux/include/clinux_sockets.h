// Unix sockets, messages with descriptors, and memory files.
#pragma once
#include <stddef.h>
#include <stdint.h>

extern const int clinux_sock_stream, clinux_sock_seqpacket;
extern const int clinux_msg_dontwait, clinux_msg_nosignal;

// socketpair(2) of AF_UNIX, CLOEXEC.
int clinux_socket_pair(int type, int *pair);
// A listening AF_UNIX socket, CLOEXEC and non-blocking, bound to `path` (at most 107 bytes).
int clinux_unix_listen(const char *path, int type, int backlog);
// A connected AF_UNIX socket, CLOEXEC.
int clinux_unix_connect(const char *path, int type);
// accept4(2) with CLOEXEC.
int clinux_accept(int fd);
// sendmsg(2) with SCM_RIGHTS; MSG_NOSIGNAL is always on.
long clinux_send_message(int fd, const void *bytes, size_t count, const int *fds, int fd_count, int flags);
// recvmsg(2); `*fd_count` is the room in `fds` and becomes what came (CLOEXEC); `*truncated` says whether
// bytes or descriptors were cut off.
long clinux_receive_message(int fd, void *bytes, size_t count, int *fds, int *fd_count, int flags, int *truncated);
// The uid of the peer of a connected AF_UNIX socket, or -1.
int64_t clinux_peer_uid(int fd);
// memfd_create(2), CLOEXEC.
int clinux_memfd_create(const char *name);
// shutdown(2): how is 0 read, 1 write, 2 both.
int clinux_shutdown(int fd, int how);
// send(2) with MSG_NOSIGNAL, and MSG_DONTWAIT.
long clinux_send_now(int fd, const void *bytes, size_t count);
