#define _GNU_SOURCE 1
#include "clinux_client.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

int clinux_tcp_connect(const char *address, int port) {
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
    const struct sockaddr *target;
    socklen_t length;
    if (inet_pton(AF_INET, address, &v4.sin_addr) == 1) {
        target = (const struct sockaddr *)&v4;
        length = sizeof v4;
    } else if (inet_pton(AF_INET6, address, &v6.sin6_addr) == 1) {
        target = (const struct sockaddr *)&v6;
        length = sizeof v6;
    } else {
        errno = EINVAL;
        return -1;
    }
    int fd = socket(target->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return -1;
    if (connect(fd, target, length) != 0) {
        int saved = errno;
        close(fd);
        errno = saved;
        return -1;
    }
    int one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return fd;
}

void clinux_widen_send_buffer(int fd, int bytes) {
    if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof bytes) != 0)
        setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
}

long clinux_send(int fd, const void *bytes, size_t count, int wait) {
    return send(fd, bytes, count, MSG_NOSIGNAL | (wait ? 0 : MSG_DONTWAIT));
}

int clinux_shutdown_writing(int fd) { return shutdown(fd, SHUT_WR); }

const int16_t clinux_poll_in = POLLIN, clinux_poll_out = POLLOUT;
const int16_t clinux_poll_gone = POLLHUP | POLLERR | POLLNVAL;

int clinux_poll(const int *fds, const int16_t *events, int16_t *results, int count, int timeout_ms) {
    struct pollfd set[16];
    if (count > 16) {
        errno = EINVAL;
        return -1;
    }
    for (int i = 0; i < count; i++) set[i] = (struct pollfd){.fd = fds[i], .events = events[i]};
    int ready = poll(set, (nfds_t)count, timeout_ms);
    for (int i = 0; i < count; i++) results[i] = ready > 0 ? set[i].revents : 0;
    return ready;
}

int clinux_signal_descriptor(const int *signals, int count) {
    sigset_t set;
    sigemptyset(&set);
    for (int i = 0; i < count; i++) sigaddset(&set, signals[i]);
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0) return -1;
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

int clinux_signal_next(int fd) {
    struct signalfd_siginfo info;
    return read(fd, &info, sizeof info) == sizeof info ? (int)info.ssi_signo : -1;
}

void clinux_signal_reset(int number) {
    sigset_t set;
    sigfillset(&set);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    if (number > 0) signal(number, SIG_DFL);
}

int clinux_is_terminal(int fd) {
    struct termios state;
    return tcgetattr(fd, &state) == 0;
}

int clinux_terminal_size(int fd, uint16_t *columns, uint16_t *rows) {
    struct winsize size;
    if (ioctl(fd, TIOCGWINSZ, &size) != 0) return -1;
    *columns = size.ws_col;
    *rows = size.ws_row;
    return 0;
}

const size_t clinux_terminal_state_size = sizeof(struct termios);

int clinux_terminal_raw(int fd, void *saved) {
    struct termios state;
    if (tcgetattr(fd, &state) != 0) return -1;
    memcpy(saved, &state, sizeof state);
    cfmakeraw(&state);
    state.c_cc[VMIN] = 1;
    state.c_cc[VTIME] = 0;
    return tcsetattr(fd, TCSANOW, &state);
}

int clinux_terminal_restore(int fd, const void *saved) {
    struct termios state;
    memcpy(&state, saved, sizeof state);
    return tcsetattr(fd, TCSANOW, &state);
}

int clinux_local_time(int64_t seconds, int *fields, char *zone, size_t zone_size) {
    time_t time = (time_t)seconds;
    struct tm local;
    tzset();
    if (!localtime_r(&time, &local)) return -1;
    int values[] = {local.tm_year + 1900, local.tm_mon + 1, local.tm_mday, local.tm_hour, local.tm_min, local.tm_sec,
                    (int)local.tm_gmtoff};
    memcpy(fields, values, sizeof values);
    strncpy(zone, local.tm_zone ? local.tm_zone : "UTC", zone_size - 1);
    zone[zone_size - 1] = 0;
    return 0;
}

int64_t clinux_local_seconds(const int *fields) {
    struct tm local = {.tm_year = fields[0] - 1900, .tm_mon = fields[1] - 1, .tm_mday = fields[2],
                       .tm_hour = fields[3], .tm_min = fields[4], .tm_sec = fields[5], .tm_isdst = -1};
    return (int64_t)mktime(&local);
}
