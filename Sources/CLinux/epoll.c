#define _GNU_SOURCE 1
#include "clinux_epoll.h"
#include <sys/epoll.h>
#include <sys/eventfd.h>

int clinux_epoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }

int clinux_epoll_control(int epoll, int operation, int fd, uint32_t events, uint64_t key) {
    struct epoll_event event = {.events = events, .data.u64 = key};
    return epoll_ctl(epoll, operation, fd, &event);
}

int clinux_epoll_wait(int epoll, struct clinux_ready *ready, int timeout_ms) {
    struct epoll_event events[64];
    int count = epoll_wait(epoll, events, 64, timeout_ms);
    for (int i = 0; i < count; i++) ready[i] = (struct clinux_ready){events[i].data.u64, events[i].events};
    return count;
}

int clinux_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }
