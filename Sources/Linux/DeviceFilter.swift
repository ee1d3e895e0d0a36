internal import CLinux

/// Puts an eBPF program in charge of the devices of the v2 group `cgroup`, in place of those that were.
///
/// `program` holds whole eBPF instructions, 8 bytes each. The new one is attached before the old ones go,
/// so that no moment is without a filter. Requires `CAP_BPF` or `CAP_SYS_ADMIN`; see `bpf(2)`.
public func replaceDeviceFilter(cgroup: Int32, program: [UInt8]) throws(SystemError) {
    var log = [CChar](repeating: 0, count: 4096)
    let loaded = program.withUnsafeBytes { buffer in
        clinux_bpf_load_device_program(buffer.baseAddress, UInt32(buffer.count / 8), &log, UInt32(log.count))
    }
    if loaded == -1 {
        throw SystemError.last("bpf", "load device filter of \(program.count / 8) instructions")
    }
    let filter = OwnedDescriptor(adopting: loaded)
    var old = [UInt32](repeating: 0, count: 64)
    let count = clinux_bpf_attached_devices(cgroup, &old, 64)
    try checked("bpf", "attach device filter") { clinux_bpf_attach_device(cgroup, filter.rawValue) }
    for id in old.prefix(max(0, Int(count))) {
        let previous = clinux_bpf_program_by_id(id)
        if previous == -1 { continue }
        let owned = OwnedDescriptor(adopting: previous)
        try checked("bpf", "detach device filter \(id)") { clinux_bpf_detach_device(cgroup, owned.rawValue) }
    }
}
