// What a command line client needs: sockets, poll(2), terminals, signals as a descriptor, local time.
#pragma once
#include <stddef.h>
#include <stdint.h>

// Connects to a numeric IPv4 or IPv6 address; EINVAL if it is none.
int clinux_tcp_connect(const char *address, int port);
// send(2) without SIGPIPE; with `wait` 0 a full socket is EAGAIN.
long clinux_send(int fd, const void *bytes, size_t count, int wait);
// Lets a socket hold more before its sender waits, as far as the kernel allows.
void clinux_widen_send_buffer(int fd, int bytes);
// Ends our side of a connection.
int clinux_shutdown_writing(int fd);
// poll(2) on `count` descriptors; `events` and `results` hold POLL* bits.
int clinux_poll(const int *fds, const int16_t *events, int16_t *results, int count, int timeout_ms);
extern const int16_t clinux_poll_in, clinux_poll_out, clinux_poll_gone;
// Blocks `signals` for this process and returns a descriptor that reads them (signalfd(2)).
int clinux_signal_descriptor(const int *signals, int count);
// The next signal's number; -1 with EAGAIN when there is none.
int clinux_signal_next(int fd);
// Unblocks every signal and restores its default action.
void clinux_signal_reset(int signal);
// Whether `fd` is a terminal; its size; raw mode, with what was before in `saved` (of clinux_terminal_state_size).
int clinux_is_terminal(int fd);
int clinux_terminal_size(int fd, uint16_t *columns, uint16_t *rows);
extern const size_t clinux_terminal_state_size;
int clinux_terminal_raw(int fd, void *saved);
int clinux_terminal_restore(int fd, const void *saved);
// Broken-down local time: year, month, day, hour, minute, second, offset in seconds; the zone's name.
int clinux_local_time(int64_t seconds, int *fields, char *zone, size_t zone_size);
// Seconds since the epoch of a broken-down local time.
int64_t clinux_local_seconds(const int *fields);
