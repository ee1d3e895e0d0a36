// epoll(7), which Swift's Glibc module leaves out.
#pragma once
#include <stddef.h>
#include <stdint.h>

struct clinux_ready {
    uint64_t key;
    uint32_t events;
};

int clinux_epoll_create(void);
// `operation`: 1 add, 2 delete, 3 modify.
int clinux_epoll_control(int epoll, int operation, int fd, uint32_t events, uint64_t key);
// Fills at most 64 entries.
int clinux_epoll_wait(int epoll, struct clinux_ready *ready, int timeout_ms);
// eventfd(2), close-on-exec and non-blocking.
int clinux_eventfd(void);
