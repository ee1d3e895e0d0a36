// Starting a helper that finds one socket at descriptor 3.
#pragma once

// Starts `path` with `argv` in a session of its own: `socket` becomes descriptor 3, stdin /dev/null, the rest is
// kept. Returns the pid, or -1 with errno.
int clinux_spawn_with_socket(const char *path, char *const argv[], int socket);
