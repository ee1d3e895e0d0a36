#define _GNU_SOURCE 1
#include "clinux_files.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

int clinux_stat_at(int dir, const char *name, struct clinux_stat *out) {
    struct stat s;
    if (fstatat(dir, name, &s, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH) != 0) return -1;
    *out = (struct clinux_stat){
        .device = s.st_dev, .inode = s.st_ino, .links = s.st_nlink,
        .size = (uint64_t)s.st_size, .blocks = (uint64_t)s.st_blocks,
        .mode = s.st_mode & 07777, .uid = s.st_uid, .gid = s.st_gid,
        .rdev_major = major(s.st_rdev), .rdev_minor = minor(s.st_rdev), .kind = s.st_mode & S_IFMT,
        .mtime_seconds = s.st_mtim.tv_sec, .atime_seconds = s.st_atim.tv_sec,
        .ctime_seconds = s.st_ctim.tv_sec,
        .mtime_nanoseconds = (uint32_t)s.st_mtim.tv_nsec, .atime_nanoseconds = (uint32_t)s.st_atim.tv_nsec,
        .ctime_nanoseconds = (uint32_t)s.st_ctim.tv_nsec,
    };
    return 0;
}

int clinux_flock_exclusive(int fd) { return flock(fd, LOCK_EX | LOCK_NB); }

int clinux_mknodat(int dir, const char *name, uint32_t mode, uint32_t major, uint32_t minor) {
    return mknodat(dir, name, mode, makedev(major, minor));
}

int clinux_mkdirat(int dir, const char *name, uint32_t mode) { return mkdirat(dir, name, mode); }

int clinux_symlinkat(const char *target, int dir, const char *name) { return symlinkat(target, dir, name); }

int clinux_linkat(int old_dir, const char *old_name, int new_dir, const char *new_name) {
    return linkat(old_dir, old_name, new_dir, new_name, 0);
}

int clinux_unlinkat(int dir, const char *name, int is_directory) {
    return unlinkat(dir, name, is_directory ? AT_REMOVEDIR : 0);
}

int clinux_renameat(int old_dir, const char *old_name, int new_dir, const char *new_name) {
    return renameat(old_dir, old_name, new_dir, new_name);
}

ptrdiff_t clinux_readlinkat(int dir, const char *name, char *buffer, size_t size) {
    return readlinkat(dir, name, buffer, size);
}

int clinux_fchown(int fd, uint32_t uid, uint32_t gid) { return fchown(fd, uid, gid); }

int clinux_lchownat(int dir, const char *name, uint32_t uid, uint32_t gid) {
    return fchownat(dir, name, uid, gid, AT_SYMLINK_NOFOLLOW);
}

int clinux_fchmod(int fd, uint32_t mode) { return fchmod(fd, mode); }

int clinux_fchmodat(int dir, const char *name, uint32_t mode) { return fchmodat(dir, name, mode, 0); }

int clinux_utimes_at(int dir, const char *name, int64_t seconds, uint32_t nanoseconds) {
    struct timespec both[2] = {{seconds, nanoseconds}, {seconds, nanoseconds}};
    // glibc's utimensat refuses a null name.
    return name == NULL ? futimens(dir, both) : utimensat(dir, name, both, AT_SYMLINK_NOFOLLOW);
}

int clinux_fsetxattr(int fd, const char *name, const void *value, size_t size) {
    return fsetxattr(fd, name, value, size, 0);
}

ptrdiff_t clinux_fgetxattr(int fd, const char *name, void *value, size_t size) {
    return fgetxattr(fd, name, value, size);
}

ptrdiff_t clinux_flistxattr(int fd, char *list, size_t size) { return flistxattr(fd, list, size); }

int clinux_lsetxattr(const char *path, const char *name, const void *value, size_t size) {
    return lsetxattr(path, name, value, size, 0);
}

ptrdiff_t clinux_lgetxattr(const char *path, const char *name, void *value, size_t size) {
    return lgetxattr(path, name, value, size);
}

ptrdiff_t clinux_llistxattr(const char *path, char *list, size_t size) { return llistxattr(path, list, size); }

int clinux_ftruncate(int fd, int64_t size) { return ftruncate(fd, size); }

int clinux_fallocate(int fd, int64_t offset, int64_t size) { return fallocate(fd, 0, offset, size); }

int clinux_fsync(int fd) { return fsync(fd); }

int clinux_fdatasync(int fd) { return fdatasync(fd); }

int clinux_syncfs(int fd) { return syncfs(fd); }

ptrdiff_t clinux_pread(int fd, void *buffer, size_t size, int64_t offset) {
    return pread(fd, buffer, size, offset);
}

ptrdiff_t clinux_pwrite(int fd, const void *buffer, size_t size, int64_t offset) {
    return pwrite(fd, buffer, size, offset);
}

int64_t clinux_seek_data(int fd, int64_t offset) { return lseek(fd, offset, SEEK_DATA); }

int64_t clinux_seek_hole(int fd, int64_t offset) { return lseek(fd, offset, SEEK_HOLE); }

ptrdiff_t clinux_copy_range(int from, int to, int64_t offset, size_t size) {
    off_t in = offset, out = offset;
    return copy_file_range(from, &in, to, &out, size, 0);
}

int clinux_fstatfs(int fd, struct clinux_statfs *out) {
    struct statfs s;
    if (fstatfs(fd, &s) != 0) return -1;
    *out = (struct clinux_statfs){
        .type = (uint64_t)s.f_type, .total_bytes = s.f_blocks * (uint64_t)s.f_bsize,
        .free_bytes = s.f_bavail * (uint64_t)s.f_bsize, .free_inodes = s.f_ffree, .total_inodes = s.f_files,
    };
    return 0;
}

struct clinux_directory *clinux_directory_open(int fd) { return (struct clinux_directory *)fdopendir(fd); }

int clinux_directory_next(struct clinux_directory *directory, const char **name, size_t *length, uint8_t *type) {
    while (1) {
        errno = 0;
        struct dirent *entry = readdir((DIR *)directory);
        if (entry == NULL) return errno == 0 ? 0 : -1;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        *name = entry->d_name;
        *length = strlen(entry->d_name);
        *type = entry->d_type;
        return 1;
    }
}

void clinux_directory_close(struct clinux_directory *directory) { closedir((DIR *)directory); }
