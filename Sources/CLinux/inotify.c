#define _GNU_SOURCE 1
#include "clinux_inotify.h"
#include <errno.h>
#include <sys/inotify.h>
#include <unistd.h>

int clinux_inotify_init(void) { return inotify_init1(IN_NONBLOCK | IN_CLOEXEC); }

int clinux_inotify_add_directory(int fd, const char *path) {
    return inotify_add_watch(
        fd, path, IN_MODIFY | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF | IN_ONLYDIR);
}

int clinux_inotify_remove(int fd, int watch) { return inotify_rm_watch(fd, watch); }

int clinux_inotify_drain(int fd, int32_t *watches, int room) {
    // An event is at least 16 bytes, so that 4096 bytes never hold more than `room` (256) of them.
    _Alignas(struct inotify_event) char buffer[4096];
    ssize_t size = read(fd, buffer, sizeof buffer);
    if (size < 0) return errno == EAGAIN ? 0 : -1;
    int count = 0;
    for (char *at = buffer; at < buffer + size;) {
        struct inotify_event *event = (struct inotify_event *)at;
        if (count < room) watches[count++] = event->wd;
        at += sizeof *event + event->len;
    }
    return count;
}
