internal import CLinux
internal import Glibc

/// A set of capabilities, one bit for each number.
public struct CapabilityBits: Hashable, Sendable {
    public var rawValue: UInt64

    public init(rawValue: UInt64 = 0) { self.rawValue = rawValue }

    public func contains(_ number: Int) -> Bool { rawValue >> UInt64(number) & 1 != 0 }
}

/// The calling thread's capabilities; see `capset(2)`.
public func setCapabilities(
    effective: CapabilityBits, permitted: CapabilityBits, inheritable: CapabilityBits
) throws(SystemError) {
    try checked("capset") { clinux_capset(effective.rawValue, permitted.rawValue, inheritable.rawValue) }
}

/// The calling thread's effective capabilities.
public func effectiveCapabilities() throws(SystemError) -> CapabilityBits {
    var sets: (UInt64, UInt64, UInt64) = (0, 0, 0)
    try checked("capget") { clinux_capget(&sets.0, &sets.1, &sets.2) }
    return CapabilityBits(rawValue: sets.0)
}

/// Removes all but `kept` from the bounding set, up to the kernel's last capability.
public func limitBoundingCapabilities(to kept: CapabilityBits, last: Int) throws(SystemError) {
    for number in 0...last where !kept.contains(number) {
        try checked("prctl", "PR_CAPBSET_DROP \(number)") { clinux_prctl(24, UInt(number), 0, 0, 0) }
    }
}

/// Replaces the ambient set; each must be permitted and inheritable. False if the kernel refused one.
public func setAmbientCapabilities(_ bits: CapabilityBits) -> Bool {
    _ = clinux_prctl(47, 4, 0, 0, 0)
    var all = true
    for number in 0..<64 where bits.contains(number) {
        if clinux_prctl(47, 2, UInt(number), 0, 0) != 0 { all = false }
    }
    return all
}

/// The number of the last capability that this kernel knows.
public func lastCapability() -> Int { Int(clinux_last_capability()) }

/// Keeps the permitted set over a change of user.
public func keepCapabilities(_ keep: Bool) throws(SystemError) {
    try checked("prctl", "PR_SET_KEEPCAPS") { clinux_prctl(8, keep ? 1 : 0, 0, 0, 0) }
}

/// From now on no exec gives this process rights it has not.
public func forbidNewPrivileges() throws(SystemError) {
    try checked("prctl", "PR_SET_NO_NEW_PRIVS") { clinux_prctl(38, 1, 0, 0, 0) }
}

/// Replaces the supplementary groups, the group and the user, in this order.
public func becomeUser(_ user: UInt32, group: UInt32, groups: [UInt32]) throws(SystemError) {
    try checked("setgroups") { clinux_setgroups(groups.count, groups) }
    try checked("setresgid", "\(group)") { clinux_setresgid(group) }
    try checked("setresuid", "\(user)") { clinux_setresuid(user) }
}

/// One resource limit of this process; see `setrlimit(2)`.
public func setResourceLimit(_ resource: Int32, soft: UInt64, hard: UInt64) throws(SystemError) {
    try checked("setrlimit", "\(resource)") { clinux_setrlimit(resource, soft, hard) }
}

/// See `sched_setattr(2)`.
public func setScheduling(
    policy: UInt32, flags: UInt64, nice: Int32, priority: UInt32, runtime: UInt64, deadline: UInt64,
    period: UInt64
) throws(SystemError) {
    try checked("sched_setattr") {
        clinux_sched_setattr(policy, flags, nice, priority, runtime, deadline, period)
    }
}

/// See `ioprio_set(2)`.
public func setInputOutputPriority(class kind: Int32, priority: Int32) throws(SystemError) {
    try checked("ioprio_set") { clinux_ioprio_set(kind << 13 | priority) }
}

/// See `personality(2)`.
public func setPersonality(_ persona: UInt) throws(SystemError) {
    try checked("personality") { clinux_personality(persona) }
}

/// Sets the mask of new files' modes.
public func setFileModeMask(_ mask: UInt32) { _ = Glibc.umask(mask) }

/// The host name of this UTS namespace.
public func setHostName(_ name: String) throws(SystemError) {
    try checked("sethostname", name) { clinux_sethostname(name, name.utf8.count) }
}

/// The NIS domain name of this UTS namespace.
public func setDomainName(_ name: String) throws(SystemError) {
    try checked("setdomainname", name) { clinux_setdomainname(name, name.utf8.count) }
}
