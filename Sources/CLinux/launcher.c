#define _GNU_SOURCE 1
#include "clinux_launcher.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>

extern char **environ;

int clinux_spawn_with_socket(const char *path, char *const argv[], int socket) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    if (socket == 3) {
        // dup2 onto itself would leave close-on-exec set: go by way of a number that is free.
        posix_spawn_file_actions_adddup2(&actions, 3, 100);
        posix_spawn_file_actions_adddup2(&actions, 100, 3);
        posix_spawn_file_actions_addclose(&actions, 100);
    } else {
        posix_spawn_file_actions_adddup2(&actions, socket, 3);
    }
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    pid_t pid = -1;
    int failure = posix_spawn(&pid, path, &actions, &attributes, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    if (failure) {
        errno = failure;
        return -1;
    }
    return pid;
}
