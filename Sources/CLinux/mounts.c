#define _GNU_SOURCE 1
#include "clinux_mounts.h"
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef OPEN_TREE_CLONE
#define OPEN_TREE_CLONE 1
#endif
#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000
#endif

struct clinux_mount_attr {
    uint64_t attr_set, attr_clr, propagation, userns_fd;
};

int clinux_fsopen(const char *type) { return (int)syscall(SYS_fsopen, type, 1u); }

int clinux_fsconfig(int fd, unsigned int command, const char *key, const char *value, int aux) {
    return (int)syscall(SYS_fsconfig, fd, command, key, value, aux);
}

int clinux_fsmount(int fd, unsigned int attributes) {
    return (int)syscall(SYS_fsmount, fd, 1u, attributes);
}

int clinux_move_mount(int from, int to, const char *path) {
    return (int)syscall(SYS_move_mount, from, "", to, path, *path ? 0x04u : 0x44u);
}

int clinux_open_tree(int dir, const char *path, int clone, int recursive) {
    unsigned int flags = O_CLOEXEC | (clone ? OPEN_TREE_CLONE : 0) | (recursive ? AT_RECURSIVE : 0) |
                         (*path ? 0 : AT_EMPTY_PATH);
    return (int)syscall(SYS_open_tree, dir, path, flags);
}

int clinux_mount_setattr(int dir, const char *path, int recursive, uint64_t set, uint64_t clear,
                         uint64_t propagation) {
    struct clinux_mount_attr attributes = {.attr_set = set, .attr_clr = clear, .propagation = propagation};
    unsigned int flags = (recursive ? AT_RECURSIVE : 0) | (*path ? 0 : AT_EMPTY_PATH);
    return (int)syscall(SYS_mount_setattr, dir, path, flags, &attributes, sizeof attributes);
}

int clinux_mount(const char *source, const char *target, const char *type, unsigned long flags, const char *data) {
    return mount(source, target, type, flags, data);
}

int clinux_pivot_root(const char *new_root, const char *put_old) {
    return (int)syscall(SYS_pivot_root, new_root, put_old);
}

int clinux_umount(const char *target, int flags) { return umount2(target, flags); }

long clinux_fs_message(int fd, char *bytes, size_t count) { return read(fd, bytes, count); }
