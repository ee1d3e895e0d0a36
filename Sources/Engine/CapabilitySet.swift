internal import EngineModel
internal import OCI

/// The kernel's capabilities, and which of them a container gets; see `capabilities(7)`.
enum CapabilitySet {
    /// Every capability, at the position of its bit.
    static let all = [
        "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL",
        "CAP_SETGID",
        "CAP_SETUID", "CAP_SETPCAP", "CAP_LINUX_IMMUTABLE", "CAP_NET_BIND_SERVICE", "CAP_NET_BROADCAST",
        "CAP_NET_ADMIN", "CAP_NET_RAW", "CAP_IPC_LOCK", "CAP_IPC_OWNER", "CAP_SYS_MODULE", "CAP_SYS_RAWIO",
        "CAP_SYS_CHROOT", "CAP_SYS_PTRACE", "CAP_SYS_PACCT", "CAP_SYS_ADMIN", "CAP_SYS_BOOT", "CAP_SYS_NICE",
        "CAP_SYS_RESOURCE", "CAP_SYS_TIME", "CAP_SYS_TTY_CONFIG", "CAP_MKNOD", "CAP_LEASE", "CAP_AUDIT_WRITE",
        "CAP_AUDIT_CONTROL", "CAP_SETFCAP", "CAP_MAC_OVERRIDE", "CAP_MAC_ADMIN", "CAP_SYSLOG",
        "CAP_WAKE_ALARM",
        "CAP_BLOCK_SUSPEND", "CAP_AUDIT_READ", "CAP_PERFMON", "CAP_BPF", "CAP_CHECKPOINT_RESTORE",
    ]

    /// What a container gets unless its user says otherwise: Docker's fourteen.
    static let standard = [
        "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FSETID", "CAP_FOWNER", "CAP_MKNOD", "CAP_NET_RAW", "CAP_SETGID",
        "CAP_SETUID", "CAP_SETFCAP", "CAP_SETPCAP", "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT", "CAP_KILL",
        "CAP_AUDIT_WRITE",
    ]

    /// The names of `list` in the form `CAP_X`; `field` names the list in errors.
    ///
    /// With `available`, one that this daemon has not got is an error as well: it could not be given.
    static func normalized(_ list: [String], field: String, available: Set<String>? = nil) throws -> [String]
    {
        try list.map { name in
            let upper = name.uppercased()
            if upper == "ALL" { return "ALL" }
            let full = upper.hasPrefix("CAP_") ? upper : "CAP_" + upper
            guard all.contains(full) else {
                throw EngineError(.invalidParameter, "invalid \(field): unknown capability: \"\(full)\"")
            }
            if let available, !available.contains(full) {
                throw EngineError(
                    .invalidParameter,
                    "invalid \(field): capability not supported by your kernel or not available in the current "
                        + "environment: \"\(full)\"")
            }
            return full
        }
    }

    /// The capabilities after `--cap-add` and `--cap-drop`, less those that this daemon has not got itself.
    static func effective(add: [String], drop: [String], privileged: Bool, available: Set<String>) throws
        -> [String]
    {
        let adds = try normalized(add, field: "CapAdd")
        let drops = try normalized(drop, field: "CapDrop")
        if privileged { return all.filter(available.contains) }
        var names = standard
        if adds.contains("ALL") { return all.filter { available.contains($0) && !drops.contains($0) } }
        names.removeAll { drops.contains("ALL") || drops.contains($0) }
        for name in adds where name != "ALL" && !names.contains(name) { names.append(name) }
        return names.filter(available.contains)
    }

    /// The capabilities in a mask as `/proc/self/status` shows it.
    static func names(mask: UInt64) -> Set<String> {
        Set(all.enumerated().filter { mask >> UInt64($0.offset) & 1 == 1 }.map(\.element))
    }
}
