// What Swift cannot import from the C library: variadic calls, macros, and raw system calls.
// One section (and one further header beside this one) a topic; Linux is the only importer.
#pragma once
// These headers include nothing but these two: a second view of glibc's types would clash with Swift's Glibc.
#include <stddef.h>
#include <stdint.h>

// open(2) with a mode; Swift cannot call the variadic form.
int clinux_open(const char *path, int flags, uint32_t mode);
int clinux_openat(int dir, const char *path, int flags, uint32_t mode);
// openat2(2): `resolve` is RESOLVE_*.
int clinux_openat2(int dir, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve);
// ioctl(2) with a pointer, and with an integer argument.
int clinux_ioctl_pointer(int fd, unsigned long request, void *argument);
int clinux_ioctl_int(int fd, unsigned long request, long argument);
// fcntl(2) with an integer argument.
int clinux_fcntl(int fd, int command, long argument);
// splice(2) between the descriptors' own positions, with SPLICE_F_MOVE.
long clinux_splice(int from, int to, size_t count);
// pidfd_open(2), pidfd_send_signal(2).
int clinux_pidfd_open(int pid, unsigned int flags);
int clinux_pidfd_send_signal(int pidfd, int signal);
// strerrordesc_np(3): "Permission denied", whatever the locale; strerrorname_np(3): "EACCES".
const char *clinux_errno_description(int code);
const char *clinux_errno_name(int code);
// AT_FDCWD.
int clinux_at_cwd(void);
