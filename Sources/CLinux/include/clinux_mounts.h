// The mount API by descriptors (fsopen(2) and relatives), and the older calls beside it.
#pragma once
#include <stddef.h>
#include <stdint.h>

int clinux_fsopen(const char *type);
// `command`: 0 flag, 1 string, 5 descriptor (in aux), 6 create the superblock.
int clinux_fsconfig(int fd, unsigned int command, const char *key, const char *value, int aux);
// A detached mount, CLOEXEC; `attributes` are MOUNT_ATTR_*.
int clinux_fsmount(int fd, unsigned int attributes);
// Attaches the mount `from` at `path` below `to`; an empty path is `to` itself.
int clinux_move_mount(int from, int to, const char *path);
// Moves the mount at `from` to the place `to`, both descriptors of directories or files.
int clinux_open_tree(int dir, const char *path, int clone, int recursive);
int clinux_mount_setattr(int dir, const char *path, int recursive, uint64_t set, uint64_t clear,
                         uint64_t propagation);
int clinux_mount(const char *source, const char *target, const char *type, unsigned long flags, const char *data);
int clinux_pivot_root(const char *new_root, const char *put_old);
int clinux_umount(const char *target, int flags);
// Reads the messages that the kernel left at a file system context; returns their length.
long clinux_fs_message(int fd, char *bytes, size_t count);
