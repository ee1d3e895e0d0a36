// seccomp(2).
#pragma once
#include <stdint.h>

// Installs a filter of `count` instructions (struct sock_filter, 8 bytes each) in the calling thread.
int clinux_seccomp_install(const void *instructions, uint16_t count, uint32_t flags);
