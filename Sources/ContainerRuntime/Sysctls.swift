internal import Linux
internal import OCI
internal import SupervisorProtocol

/// Which new namespaces a container has, for what may be set in them.
func checkSysctls(_ sysctls: [String: String], new: NamespaceFlags) throws(StartFailure) {
    for name in sysctls.keys {
        let dotted = name.replacingSlashes
        let needed: (NamespaceFlags, String)
        if dotted.hasPrefix("net.") {
            needed = (.network, "network")
        } else if ipcSysctls.contains(dotted) || dotted.hasPrefix("fs.mqueue.") {
            needed = (.ipc, "ipc")
        } else if dotted == "kernel.domainname" || dotted == "kernel.hostname" {
            needed = (.uts, "uts")
        } else {
            throw refusal("sysctl", "sysctl \"\(name)\" is not in a separate kernel namespace")
        }
        if new.isDisjoint(with: needed.0) {
            throw refusal(
                "sysctl",
                needed.0 == .network
                    ? "sysctl \"\(name)\" not allowed in host network namespace"
                    : "sysctl \"\(name)\" is not allowed in the hosts \(needed.1) namespace")
        }
    }
}

private let ipcSysctls: Set<String> = [
    "kernel.msgmax", "kernel.msgmnb", "kernel.msgmni", "kernel.sem", "kernel.shmall", "kernel.shmmax",
    "kernel.shmmni", "kernel.shm_rmid_forced",
]

/// Writes the sysctls, through the container's own `/proc/sys` before it is made read-only.
func writeSysctls(_ sysctls: [String: String], root: ConfinedRoot) throws(StartFailure) {
    for (name, value) in sysctls.sorted(by: { $0.key < $1.key }) {
        // "net.ipv4.conf.eth0.x" or, where an interface has a dot, "net/ipv4/conf/eth0.1/x".
        let path = name.contains("/") ? name : name.split(separator: ".").joined(separator: "/")
        try step("sysctl", "error setting sysctl \"\(name)\" to \"\(value)\"") { () throws(SystemError) in
            let file = try root.open("/proc/sys/\(path)", .writeOnly)
            try writeAll(file.rawValue, Array(value.utf8))
        }
    }
}

extension String {
    /// With slashes as dots, the usual form of a sysctl's name.
    fileprivate var replacingSlashes: String {
        contains("/") ? split(separator: "/").joined(separator: ".") : self
    }
}
