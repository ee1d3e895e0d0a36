// Processes: clone3, waiting, namespaces, credentials, signals, terminals.
#pragma once
#include <stddef.h>
#include <stdint.h>

// clone3(2) like fork: returns 0 in the child. `*pidfd` is written if `pidfd` is not NULL; the child starts
// in the v2 cgroup `cgroup_fd` if that is not negative. Only for a single-threaded caller.
int clinux_clone(uint64_t flags, int *pidfd, int cgroup_fd);
// waitid(2) for one exited child, any if `pid` is 0. Returns its pid, 0 if none is ready (with `no_hang`), -1.
// `*signalled`: whether `*status` is a signal's number.
int clinux_wait(int pid, int no_hang, int keep, int *status, int *signalled);
int clinux_setns(int fd, int flags);
int clinux_unshare(int flags);
int clinux_prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d);
// capset(2) of the calling thread.
int clinux_capset(uint64_t effective, uint64_t permitted, uint64_t inheritable);
int clinux_capget(uint64_t *effective, uint64_t *permitted, uint64_t *inheritable);
int clinux_setgroups(size_t count, const uint32_t *groups);
int clinux_setresgid(uint32_t gid);
int clinux_setresuid(uint32_t uid);
int clinux_setrlimit(int resource, uint64_t soft, uint64_t hard);
int clinux_sched_setattr(uint32_t policy, uint64_t flags, int32_t nice, uint32_t priority, uint64_t runtime,
                         uint64_t deadline, uint64_t period);
int clinux_ioprio_set(int value);
int clinux_personality(unsigned long persona);
int clinux_close_from(int first);
// Marks every descriptor from `first` on close-on-exec.
int clinux_close_on_exec_from(int first);
int clinux_execve(const char *path, char *const *argv, char *const *envp);
int clinux_dup3(int from, int to, int close_on_exec);
int clinux_pipe(int *pair);
// Blocks (1) or unblocks (0) all signals.
int clinux_block_signals(int block);
// A non-blocking signalfd(2) of the signals in `mask` (bit n-1 is signal n).
int clinux_signalfd(uint64_t mask);
// The number of the next signal of a signalfd, 0 if none is waiting; `*pid` is its sender.
int clinux_next_signal(int fd, int *pid);
// Default actions for every signal, nothing blocked: what a new program expects.
void clinux_reset_signals(void);
void clinux_ignore_signal(int signal);
int clinux_kill(int pid, int signal);
// A new pty: `*pty` is the master (non-blocking if asked), `*number` the slave's number.
int clinux_open_terminal(const char *ptmx, int *number);
// The other side of the pty `fd`; see TIOCGPTPEER.
int clinux_terminal_peer(int fd);
int clinux_set_window_size(int fd, uint16_t rows, uint16_t columns);
int clinux_set_controlling_terminal(int fd);
int clinux_set_nonblocking(int fd, int on);
int clinux_make_node(int dir, const char *path, uint32_t mode, uint32_t major, uint32_t minor);
int clinux_fchownat(int dir, const char *path, uint32_t uid, uint32_t gid);
int clinux_node_chmod(int dir, const char *path, uint32_t mode);
int clinux_sethostname(const char *name, size_t length);
int clinux_setdomainname(const char *name, size_t length);
// What `stat` says: the file's type and mode, owner, device and number. 0 or -1.
int clinux_stat(int dir, const char *path, int follow, uint32_t *mode, uint32_t *uid, uint32_t *gid,
                uint64_t *rdev);
// Whether the caller may execute `path`, by its effective ids.
int clinux_can_execute(const char *path);
// Overwrites what `ps` shows for this process.
void clinux_set_process_title(const char *title);
void clinux_limit_heaps(int count);
void clinux_trim_heap(void);
int clinux_drop_pages(uintptr_t start, size_t length);
void clinux_exit_now(int status) __attribute__((noreturn));
uint64_t clinux_file_system_type(int fd);
int clinux_last_capability(void);
// execveat(2) of the file `fd` itself.
int clinux_execute_file(int fd, char *const *argv, char *const *envp);
// Whether `fd` was opened through a read-only mount: 1, 0, or -1.
int clinux_on_read_only_mount(int fd);
