// inotify(7), as far as watching directories needs it.
#pragma once
#include <stdint.h>

// inotify_init1(2), non-blocking and close-on-exec.
int clinux_inotify_init(void);
// Watches a directory for files written, made, renamed, removed; gives the watch's number.
int clinux_inotify_add_directory(int fd, const char *path);
int clinux_inotify_remove(int fd, int watch);
// Reads one batch of events, writes the numbers of their watches (at most `room`), gives how many;
// 0 when no event is left, -1 on failure.
int clinux_inotify_drain(int fd, int32_t *watches, int room);
