// Files, directories and their attributes: names are byte strings, so that Swift's UTF-8 never stands between.
#pragma once
#include <stddef.h>
#include <stdint.h>

// What lstat(2) tells, flat. `kind` is st_mode & S_IFMT.
struct clinux_stat {
    uint64_t device, inode, links, size, blocks;
    uint32_t mode, uid, gid, rdev_major, rdev_minor, kind;
    int64_t mtime_seconds, atime_seconds, ctime_seconds;
    uint32_t mtime_nanoseconds, atime_nanoseconds, ctime_nanoseconds;
};
// fstatat(2) with AT_SYMLINK_NOFOLLOW, or of `dir` itself where `name` is empty.
int clinux_stat_at(int dir, const char *name, struct clinux_stat *out);

// flock(2), exclusive, without waiting.
int clinux_flock_exclusive(int fd);
int clinux_mknodat(int dir, const char *name, uint32_t mode, uint32_t major, uint32_t minor);
int clinux_mkdirat(int dir, const char *name, uint32_t mode);
int clinux_symlinkat(const char *target, int dir, const char *name);
int clinux_linkat(int old_dir, const char *old_name, int new_dir, const char *new_name);
int clinux_unlinkat(int dir, const char *name, int is_directory);
int clinux_renameat(int old_dir, const char *old_name, int new_dir, const char *new_name);
ptrdiff_t clinux_readlinkat(int dir, const char *name, char *buffer, size_t size);
int clinux_fchown(int fd, uint32_t uid, uint32_t gid);
// fchownat(2) with AT_SYMLINK_NOFOLLOW.
int clinux_lchownat(int dir, const char *name, uint32_t uid, uint32_t gid);
int clinux_fchmod(int fd, uint32_t mode);
// fchmodat(2): follows a link, so only for names that are known not to be one.
int clinux_fchmodat(int dir, const char *name, uint32_t mode);
// utimensat(2) with AT_SYMLINK_NOFOLLOW; futimens(3) where `name` is NULL. Both times become the given one.
int clinux_utimes_at(int dir, const char *name, int64_t seconds, uint32_t nanoseconds);

// Extended attributes of an open file, and by path below /proc/self/fd for what cannot be opened.
int clinux_fsetxattr(int fd, const char *name, const void *value, size_t size);
ptrdiff_t clinux_fgetxattr(int fd, const char *name, void *value, size_t size);
ptrdiff_t clinux_flistxattr(int fd, char *list, size_t size);
int clinux_lsetxattr(const char *path, const char *name, const void *value, size_t size);
ptrdiff_t clinux_lgetxattr(const char *path, const char *name, void *value, size_t size);
ptrdiff_t clinux_llistxattr(const char *path, char *list, size_t size);

int clinux_ftruncate(int fd, int64_t size);
int clinux_fallocate(int fd, int64_t offset, int64_t size);
int clinux_fsync(int fd);
int clinux_fdatasync(int fd);
int clinux_syncfs(int fd);
ptrdiff_t clinux_pread(int fd, void *buffer, size_t size, int64_t offset);
ptrdiff_t clinux_pwrite(int fd, const void *buffer, size_t size, int64_t offset);
// lseek(2) with SEEK_DATA and SEEK_HOLE; -1 with ENXIO after the last data.
int64_t clinux_seek_data(int fd, int64_t offset);
int64_t clinux_seek_hole(int fd, int64_t offset);
// copy_file_range(2) from and to the same offset.
ptrdiff_t clinux_copy_range(int from, int to, int64_t offset, size_t size);

// fs type, bytes in all, free to unprivileged users, and free inodes, of the file system that `fd` is on.
struct clinux_statfs {
    uint64_t type, total_bytes, free_bytes, free_inodes, total_inodes;
};
int clinux_fstatfs(int fd, struct clinux_statfs *out);

// Directory reading on a descriptor that it takes over. Names stay valid until the next call.
struct clinux_directory;
struct clinux_directory *clinux_directory_open(int fd);
// 1 with a name, 0 at the end, -1 with errno. "." and ".." are left out. `type` is DT_*.
int clinux_directory_next(struct clinux_directory *directory, const char **name, size_t *length, uint8_t *type);
void clinux_directory_close(struct clinux_directory *directory);
