// Starting another program; see posix_spawn(3).
#pragma once
#include <stddef.h>
#include <stdint.h>

// Starts `path` (searched in PATH) with standard input, output and error from three descriptors; -1 leaves one as it is.
// `terminal` (or NULL) names a terminal that becomes all three and, with `session`, the controlling one.
// `directory` (or NULL) is the working directory. Returns the pid, or -1 with errno set.
int clinux_child_spawn(
    const char *path, char *const argv[], char *const envp[], int input, int output, int error,
    const char *terminal, int session, const char *directory);
// waitpid(2): fills in the wait status; returns the pid, 0 (with WNOHANG) or -1.
int clinux_child_wait(int pid, int nohang, int *status);
// Opens a new pseudo terminal, CLOEXEC: returns the master and writes the other end's path to `name`.
int clinux_child_terminal(char *name, size_t size);
// pipe2(2) with O_CLOEXEC.
int clinux_child_pipe(int *reading, int *writing);
