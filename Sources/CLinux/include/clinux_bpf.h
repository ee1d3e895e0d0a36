// bpf(2), as far as the device rules of cgroup v2 need it.
#pragma once
#include <stdint.h>

// Loads a BPF_PROG_TYPE_CGROUP_DEVICE program of `count` instructions (8 bytes each); gives its descriptor.
// What the verifier says goes to `log`, which it ends with a zero.
int clinux_bpf_load_device_program(const void *instructions, uint32_t count, char *log, uint32_t log_size);
// Attaches the program to the group of `cgroup_fd`, beside those that are there.
int clinux_bpf_attach_device(int cgroup_fd, int program_fd);
// Detaches a program.
int clinux_bpf_detach_device(int cgroup_fd, int program_fd);
// The ids of the device programs attached to the group, at most `room`; gives how many.
int clinux_bpf_attached_devices(int cgroup_fd, uint32_t *ids, uint32_t room);
// A descriptor of the program with this id.
int clinux_bpf_program_by_id(uint32_t id);
