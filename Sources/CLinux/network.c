#define _GNU_SOURCE 1
#include "clinux_network.h"
#include <errno.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int clinux_setns_network(int fd) { return setns(fd, CLONE_NEWNET); }

int clinux_unshare_network(void) { return unshare(CLONE_NEWNET); }

static int failed(int fd) {
    int saved = errno;
    close(fd);
    errno = saved;
    return -1;
}

int clinux_netlink_socket(int protocol) {
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
    if (fd < 0) return -1;
    int on = 1, room = 1 << 20;
    // Words for refusals (Linux 4.12), short acks, strict filters: an old kernel does without.
    setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof on);
    setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on);
    setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof on);
    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
    setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof room);
    struct sockaddr_nl address = {.nl_family = AF_NETLINK};
    if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0) return failed(fd);
    return fd;
}

long clinux_netlink_receive(int fd, void *bytes, size_t count, int wait) {
    return recv(fd, bytes, count, MSG_TRUNC | (wait ? 0 : MSG_DONTWAIT));
}

union address {
    struct sockaddr any;
    struct sockaddr_in four;
    struct sockaddr_in6 six;
};

static socklen_t fill(union address *to, const uint8_t *address, int length, uint16_t port) {
    memset(to, 0, sizeof *to);
    if (length == 4) {
        to->four.sin_family = AF_INET;
        to->four.sin_port = htons(port);
        memcpy(&to->four.sin_addr, address, 4);
        return sizeof to->four;
    }
    to->six.sin6_family = AF_INET6;
    to->six.sin6_port = htons(port);
    memcpy(&to->six.sin6_addr, address, 16);
    return sizeof to->six;
}

static int inet_socket(int length, int datagram) {
    int type = (datagram ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC | SOCK_NONBLOCK;
    return socket(length == 4 ? AF_INET : AF_INET6, type, 0);
}

int clinux_inet_listen(const uint8_t *address, int length, uint16_t port, int datagram, int backlog) {
    union address to;
    socklen_t size = fill(&to, address, length, port);
    int on = 1, fd = inet_socket(length, datagram);
    if (fd < 0) return -1;
    if (length == 16 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) != 0) return failed(fd);
    // Past connections in TIME_WAIT must not keep the port; a listening socket still excludes every other one.
    if (!datagram && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0) return failed(fd);
    if (bind(fd, &to.any, size) != 0) return failed(fd);
    if (!datagram && listen(fd, backlog) != 0) return failed(fd);
    return fd;
}

int clinux_inet_connect(const uint8_t *address, int length, uint16_t port, int datagram) {
    union address to;
    socklen_t size = fill(&to, address, length, port);
    int fd = inet_socket(length, datagram);
    if (fd < 0) return -1;
    if (connect(fd, &to.any, size) != 0 && errno != EINPROGRESS) return failed(fd);
    return fd;
}

int clinux_accept_nonblocking(int fd) { return accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK); }

static int read_address(const union address *from, uint8_t *address, int *length, uint16_t *port) {
    if (from->any.sa_family == AF_INET) {
        memcpy(address, &from->four.sin_addr, 4);
        *length = 4;
        *port = ntohs(from->four.sin_port);
    } else if (from->any.sa_family == AF_INET6) {
        memcpy(address, &from->six.sin6_addr, 16);
        *length = 16;
        *port = ntohs(from->six.sin6_port);
    } else {
        errno = EAFNOSUPPORT;
        return -1;
    }
    return 0;
}

int clinux_inet_local_port(int fd) {
    union address own;
    socklen_t size = sizeof own;
    uint8_t bytes[16];
    int length;
    uint16_t port;
    if (getsockname(fd, &own.any, &size) != 0 || read_address(&own, bytes, &length, &port) != 0) return -1;
    return port;
}

int clinux_socket_error(int fd) {
    int error = 0;
    socklen_t size = sizeof error;
    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

long clinux_inet_receive(int fd, void *bytes, size_t count, uint8_t *address, int *length, uint16_t *port) {
    union address from;
    memset(&from, 0, sizeof from);
    socklen_t size = sizeof from;
    long result = recvfrom(fd, bytes, count, MSG_DONTWAIT, &from.any, &size);
    if (result >= 0 && read_address(&from, address, length, port) != 0) return -1;
    return result;
}

long clinux_inet_send(int fd, const void *bytes, size_t count, const uint8_t *address, int length, uint16_t port) {
    union address to;
    socklen_t size = fill(&to, address, length, port);
    return sendto(fd, bytes, count, MSG_DONTWAIT | MSG_NOSIGNAL, &to.any, size);
}

int clinux_tcp_no_delay(int fd) {
    int on = 1;
    return setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}
