#define _GNU_SOURCE 1
#include "clinux_bpf.h"
#include <linux/bpf.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int call(int command, union bpf_attr *attributes) {
    return (int)syscall(SYS_bpf, command, attributes, sizeof *attributes);
}

int clinux_bpf_load_device_program(const void *instructions, uint32_t count, char *log, uint32_t log_size) {
    union bpf_attr attributes;
    memset(&attributes, 0, sizeof attributes);
    attributes.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
    attributes.insns = (uintptr_t)instructions;
    attributes.insn_cnt = count;
    attributes.license = (uintptr_t) "Apache-2.0";
    int fd = call(BPF_PROG_LOAD, &attributes);
    if (fd >= 0 || log_size == 0) return fd;
    // Only a program that was refused is worth the log's time.
    attributes.log_buf = (uintptr_t)log;
    attributes.log_size = log_size;
    attributes.log_level = 1;
    return call(BPF_PROG_LOAD, &attributes);
}

int clinux_bpf_attach_device(int cgroup_fd, int program_fd) {
    union bpf_attr attributes;
    memset(&attributes, 0, sizeof attributes);
    attributes.target_fd = cgroup_fd;
    attributes.attach_bpf_fd = program_fd;
    attributes.attach_type = BPF_CGROUP_DEVICE;
    attributes.attach_flags = BPF_F_ALLOW_MULTI;
    return call(BPF_PROG_ATTACH, &attributes);
}

int clinux_bpf_detach_device(int cgroup_fd, int program_fd) {
    union bpf_attr attributes;
    memset(&attributes, 0, sizeof attributes);
    attributes.target_fd = cgroup_fd;
    attributes.attach_bpf_fd = program_fd;
    attributes.attach_type = BPF_CGROUP_DEVICE;
    return call(BPF_PROG_DETACH, &attributes);
}

int clinux_bpf_attached_devices(int cgroup_fd, uint32_t *ids, uint32_t room) {
    union bpf_attr attributes;
    memset(&attributes, 0, sizeof attributes);
    attributes.query.target_fd = cgroup_fd;
    attributes.query.attach_type = BPF_CGROUP_DEVICE;
    attributes.query.prog_ids = (uintptr_t)ids;
    attributes.query.prog_cnt = room;
    return call(BPF_PROG_QUERY, &attributes) == -1 ? -1 : (int)attributes.query.prog_cnt;
}

int clinux_bpf_program_by_id(uint32_t id) {
    union bpf_attr attributes;
    memset(&attributes, 0, sizeof attributes);
    attributes.prog_id = id;
    return call(BPF_PROG_GET_FD_BY_ID, &attributes);
}
