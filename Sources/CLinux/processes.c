#define _GNU_SOURCE 1
#include "clinux_processes.h"
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <malloc.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef CLONE_INTO_CGROUP
#define CLONE_INTO_CGROUP 0x200000000ULL
#endif
#ifndef TIOCGPTPEER
#define TIOCGPTPEER _IO('T', 0x41)
#endif

int clinux_clone(uint64_t flags, int *pidfd, int cgroup_fd) {
    struct {
        uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size,
            cgroup;
    } arguments = {.flags = flags, .exit_signal = SIGCHLD};
    if (pidfd) {
        arguments.flags |= CLONE_PIDFD;
        arguments.pidfd = (uint64_t)(uintptr_t)pidfd;
    }
    if (cgroup_fd >= 0) {
        arguments.flags |= CLONE_INTO_CGROUP;
        arguments.cgroup = (uint64_t)cgroup_fd;
    }
    int pid = (int)syscall(SYS_clone3, &arguments, sizeof arguments);
    if (pid >= 0 || errno != ENOSYS || cgroup_fd >= 0) return pid;
    // Inside a container the filter lets clone(2) through and not clone3(2), whose flags it cannot see.
    return (int)syscall(SYS_clone, arguments.flags | SIGCHLD, 0, pidfd, 0, 0);
}

int clinux_wait(int pid, int no_hang, int keep, int *status, int *signalled) {
    siginfo_t info;
    memset(&info, 0, sizeof info);
    if (waitid(pid ? P_PID : P_ALL, (id_t)pid, &info,
               WEXITED | (no_hang ? WNOHANG : 0) | (keep ? WNOWAIT : 0)) != 0)
        return -1;
    *status = info.si_status;
    *signalled = info.si_code != CLD_EXITED;
    return info.si_pid;
}

int clinux_setns(int fd, int flags) { return setns(fd, flags); }
int clinux_unshare(int flags) { return unshare(flags); }

int clinux_prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d) {
    return prctl(option, a, b, c, d);
}

int clinux_capset(uint64_t effective, uint64_t permitted, uint64_t inheritable) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2];
    for (int i = 0; i < 2; i++) {
        data[i].effective = (uint32_t)(effective >> (32 * i));
        data[i].permitted = (uint32_t)(permitted >> (32 * i));
        data[i].inheritable = (uint32_t)(inheritable >> (32 * i));
    }
    return (int)syscall(SYS_capset, &header, data);
}

int clinux_capget(uint64_t *effective, uint64_t *permitted, uint64_t *inheritable) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2];
    if (syscall(SYS_capget, &header, data) != 0) return -1;
    *effective = data[0].effective | (uint64_t)data[1].effective << 32;
    *permitted = data[0].permitted | (uint64_t)data[1].permitted << 32;
    *inheritable = data[0].inheritable | (uint64_t)data[1].inheritable << 32;
    return 0;
}

// The raw calls: glibc's wrappers would signal every thread of a process that has only one.
int clinux_setgroups(size_t count, const uint32_t *groups) { return (int)syscall(SYS_setgroups, count, groups); }
int clinux_setresgid(uint32_t gid) { return (int)syscall(SYS_setresgid, gid, gid, gid); }
int clinux_setresuid(uint32_t uid) { return (int)syscall(SYS_setresuid, uid, uid, uid); }

int clinux_setrlimit(int resource, uint64_t soft, uint64_t hard) {
    struct rlimit limit = {.rlim_cur = soft, .rlim_max = hard};
    return setrlimit(resource, &limit);
}

int clinux_sched_setattr(uint32_t policy, uint64_t flags, int32_t nice, uint32_t priority, uint64_t runtime,
                         uint64_t deadline, uint64_t period) {
    struct {
        uint32_t size, policy;
        uint64_t flags;
        int32_t nice;
        uint32_t priority;
        uint64_t runtime, deadline, period;
    } attributes = {48, policy, flags, nice, priority, runtime, deadline, period};
    return (int)syscall(SYS_sched_setattr, 0, &attributes, 0);
}

int clinux_ioprio_set(int value) { return (int)syscall(SYS_ioprio_set, 1, 0, value); }
int clinux_personality(unsigned long persona) { return personality(persona); }
int clinux_close_from(int first) { return (int)syscall(SYS_close_range, first, ~0u, 0); }
int clinux_close_on_exec_from(int first) { return (int)syscall(SYS_close_range, first, ~0u, 4u); }
int clinux_execve(const char *path, char *const *argv, char *const *envp) { return execve(path, argv, envp); }
int clinux_dup3(int from, int to, int close_on_exec) { return dup3(from, to, close_on_exec ? O_CLOEXEC : 0); }
int clinux_pipe(int *pair) { return pipe2(pair, O_CLOEXEC); }

int clinux_block_signals(int block) {
    sigset_t all;
    sigfillset(&all);
    return sigprocmask(block ? SIG_BLOCK : SIG_UNBLOCK, &all, NULL);
}

int clinux_signalfd(uint64_t mask) {
    sigset_t set;
    sigemptyset(&set);
    for (int number = 1; number <= 64; number++)
        if (mask >> (number - 1) & 1) sigaddset(&set, number);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

int clinux_next_signal(int fd, int *pid) {
    struct signalfd_siginfo info;
    ssize_t count = read(fd, &info, sizeof info);
    if (count == (ssize_t)sizeof info) {
        *pid = (int)info.ssi_pid;
        return (int)info.ssi_signo;
    }
    return 0;
}

void clinux_reset_signals(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = SIG_DFL;
    for (int number = 1; number <= 64; number++) {
        struct sigaction old;
        // Most are at their default already: looking costs less than setting.
        if (sigaction(number, NULL, &old) == 0 && old.sa_handler != SIG_DFL) sigaction(number, &action, NULL);
    }
    clinux_block_signals(0);
}

void clinux_ignore_signal(int number) { signal(number, SIG_IGN); }
int clinux_kill(int pid, int number) { return kill(pid, number); }

int clinux_open_terminal(const char *ptmx, int *number) {
    int fd = open(ptmx, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (fd < 0) return -1;
    int zero = 0;
    if (ioctl(fd, TIOCSPTLCK, &zero) != 0 || ioctl(fd, TIOCGPTN, number) != 0) {
        int saved = errno;
        close(fd);
        errno = saved;
        return -1;
    }
    return fd;
}

int clinux_terminal_peer(int fd) { return ioctl(fd, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC); }

int clinux_set_window_size(int fd, uint16_t rows, uint16_t columns) {
    struct winsize size = {.ws_row = rows, .ws_col = columns};
    return ioctl(fd, TIOCSWINSZ, &size);
}

int clinux_set_controlling_terminal(int fd) { return ioctl(fd, TIOCSCTTY, 0); }

int clinux_set_nonblocking(int fd, int on) {
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0) return -1;
    return fcntl(fd, F_SETFL, on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK);
}

int clinux_make_node(int dir, const char *path, uint32_t mode, uint32_t major, uint32_t minor) {
    return mknodat(dir, path, mode, makedev(major, minor));
}

int clinux_fchownat(int dir, const char *path, uint32_t uid, uint32_t gid) {
    return fchownat(dir, path, uid, gid, AT_SYMLINK_NOFOLLOW | (*path ? 0 : AT_EMPTY_PATH));
}

int clinux_node_chmod(int dir, const char *path, uint32_t mode) { return fchmodat(dir, path, mode, 0); }
int clinux_sethostname(const char *name, size_t length) { return sethostname(name, length); }
int clinux_setdomainname(const char *name, size_t length) { return setdomainname(name, length); }

int clinux_stat(int dir, const char *path, int follow, uint32_t *mode, uint32_t *uid, uint32_t *gid,
                uint64_t *rdev) {
    struct stat info;
    if (fstatat(dir, path, &info, (follow ? 0 : AT_SYMLINK_NOFOLLOW) | (*path ? 0 : AT_EMPTY_PATH)) != 0)
        return -1;
    *mode = info.st_mode;
    *uid = info.st_uid;
    *gid = info.st_gid;
    *rdev = info.st_rdev;
    return 0;
}

int clinux_can_execute(const char *path) { return faccessat(AT_FDCWD, path, X_OK, AT_EACCESS); }

extern char **environ;

void clinux_limit_heaps(int count) { mallopt(M_ARENA_MAX, count); }

void clinux_trim_heap(void) { malloc_trim(0); }

int clinux_drop_pages(uintptr_t start, size_t length) { return madvise((void *)start, length, MADV_DONTNEED); }

void clinux_set_process_title(const char *title) {
    static char *area = NULL;
    static size_t room = 0;
    if (!area) {
        // The kernel lays arguments and environment out one after another, from argv[0] on.
        char *start = program_invocation_name, *end = start + strlen(start) + 1;
        long arguments = 0;
        for (int i = 0; environ && environ[i]; i++)
            if (environ[i] >= end && environ[i] + strlen(environ[i]) + 1 > end) {
                end = environ[i] + strlen(environ[i]) + 1;
                arguments++;
            }
        static char *none[1] = {NULL};
        if (arguments) environ = none;
        area = start;
        room = (size_t)(end - start);
    }
    prctl(PR_SET_NAME, title, 0, 0, 0);
    size_t length = strlen(title);
    if (length >= room) length = room - 1;
    memset(area, 0, room);
    memcpy(area, title, length);
}

void clinux_exit_now(int status) { _exit(status); }

uint64_t clinux_file_system_type(int fd) {
    struct statfs info;
    return fstatfs(fd, &info) == 0 ? (uint64_t)info.f_type : 0;
}

int clinux_last_capability(void) {
    for (int number = 0; number < 64; number++)
        if (prctl(PR_CAPBSET_READ, number, 0, 0, 0) < 0) return number - 1;
    return 63;
}

int clinux_execute_file(int fd, char *const *argv, char *const *envp) {
    return (int)syscall(SYS_execveat, fd, "", argv, envp, AT_EMPTY_PATH);
}

int clinux_on_read_only_mount(int fd) {
    struct statfs info;
    if (fstatfs(fd, &info) != 0) return -1;
    return (info.f_flags & 1) != 0;
}
