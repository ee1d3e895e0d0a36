internal import Linux
internal import OCI
internal import SupervisorProtocol

/// The names of `capabilities(7)`, each at its number.
let capabilityNames: [String] = [
    "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL",
    "CAP_SETGID",
    "CAP_SETUID", "CAP_SETPCAP", "CAP_LINUX_IMMUTABLE", "CAP_NET_BIND_SERVICE", "CAP_NET_BROADCAST",
    "CAP_NET_ADMIN", "CAP_NET_RAW", "CAP_IPC_LOCK", "CAP_IPC_OWNER", "CAP_SYS_MODULE", "CAP_SYS_RAWIO",
    "CAP_SYS_CHROOT", "CAP_SYS_PTRACE", "CAP_SYS_PACCT", "CAP_SYS_ADMIN", "CAP_SYS_BOOT", "CAP_SYS_NICE",
    "CAP_SYS_RESOURCE", "CAP_SYS_TIME", "CAP_SYS_TTY_CONFIG", "CAP_MKNOD", "CAP_LEASE", "CAP_AUDIT_WRITE",
    "CAP_AUDIT_CONTROL", "CAP_SETFCAP", "CAP_MAC_OVERRIDE", "CAP_MAC_ADMIN", "CAP_SYSLOG", "CAP_WAKE_ALARM",
    "CAP_BLOCK_SUSPEND", "CAP_AUDIT_READ", "CAP_PERFMON", "CAP_BPF", "CAP_CHECKPOINT_RESTORE",
]

/// A spec's capability sets as bits.
struct CapabilitySets {
    var bounding = CapabilityBits()
    var effective = CapabilityBits()
    var inheritable = CapabilityBits()
    var permitted = CapabilityBits()
    var ambient = CapabilityBits()
    /// Names that this kernel does not know; runc ignores them with a warning.
    var unknown: Set<String> = []

    /// Reads the names; what is newer than the kernel's `last` capability counts as unknown.
    init(_ names: RuntimeSpec.Capabilities?, last: Int) throws(StartFailure) {
        guard let names else { return }
        bounding = try bits(names.bounding, last)
        effective = try bits(names.effective, last)
        inheritable = try bits(names.inheritable, last)
        permitted = try bits(names.permitted, last)
        ambient = try bits(names.ambient, last)
    }

    private mutating func bits(_ names: [String], _ last: Int) throws(StartFailure) -> CapabilityBits {
        var result = CapabilityBits()
        for name in names {
            guard let number = capabilityNames.firstIndex(of: name) else {
                throw refusal("capabilities", "unknown capability \"\(name)\"")
            }
            if number <= last { result.rawValue |= 1 << UInt64(number) } else { unknown.insert(name) }
        }
        return result
    }
}
