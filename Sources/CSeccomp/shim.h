// The one function of libseccomp that berth calls, declared here: <seccomp.h> brings in kernel headers that clash with
// Swift's Glibc module.
#pragma once
#include <stdint.h>

// The number of the named system call on an architecture; below 0 where it has none, -1 where the name is unknown.
int seccomp_syscall_resolve_name_arch(uint32_t arch_token, const char *name);
