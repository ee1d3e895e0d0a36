// Network namespaces, and internet sockets by plain bytes.
#pragma once
#include <stddef.h>
#include <stdint.h>

// setns(2) with CLONE_NEWNET.
int clinux_setns_network(int fd);
// unshare(2) with CLONE_NEWNET.
int clinux_unshare_network(void);
// A netlink socket, CLOEXEC, with extended and capped acks, strict checks and room for many acks.
int clinux_netlink_socket(int protocol);
// recv(2) that waits (or not) and reports a message's whole length even if it is cut off.
long clinux_netlink_receive(int fd, void *bytes, size_t count, int wait);

// Below, `address` is 4 or 16 bytes in network order and `length` says which.
// A bound (TCP: listening) socket, CLOEXEC and non-blocking; IPv6 ones leave IPv4 alone.
int clinux_inet_listen(const uint8_t *address, int length, uint16_t port, int datagram, int backlog);
// A connecting socket, CLOEXEC and non-blocking.
int clinux_inet_connect(const uint8_t *address, int length, uint16_t port, int datagram);
// accept4(2), CLOEXEC and non-blocking.
int clinux_accept_nonblocking(int fd);
// The port that a socket is bound to, or -1.
int clinux_inet_local_port(int fd);
// SO_ERROR of a socket, or errno if it cannot be read.
int clinux_socket_error(int fd);
// recvfrom(2) without waiting; `address` has room for 16 bytes.
long clinux_inet_receive(int fd, void *bytes, size_t count, uint8_t *address, int *length, uint16_t *port);
// sendto(2) without waiting.
long clinux_inet_send(int fd, const void *bytes, size_t count, const uint8_t *address, int length, uint16_t port);
// TCP_NODELAY.
int clinux_tcp_no_delay(int fd);
