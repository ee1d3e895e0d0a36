internal import Linux
internal import OCI
internal import SupervisorProtocol

/// Which namespaces a container gets new, and which it joins.
struct NamespacePlan {
    var new: NamespaceFlags = []
    /// Joined by the child.
    var joined: [(descriptor: SharedDescriptor, kind: NamespaceFlags)] = []
    /// Joined before the clone, by the parent for its children: that is how a pid namespace is entered.
    var joinedPid: SharedDescriptor?

    static let flags: [RuntimeSpec.NamespaceType: NamespaceFlags] = [
        .pid: .pid, .network: .network, .mount: .mount, .ipc: .ipc, .uts: .uts, .user: .user,
        .cgroup: .cgroup,
        .time: .time,
    ]

    /// Reads the spec; `passed` are descriptors of namespaces to join, which override its entries.
    init(
        _ namespaces: [RuntimeSpec.Namespace], passed: [(RuntimeSpec.NamespaceType, SharedDescriptor)]
    ) throws(StartFailure) {
        var seen: NamespaceFlags = []
        for namespace in namespaces {
            guard let flag = Self.flags[namespace.type] else { continue }
            if !seen.isDisjoint(with: flag) {
                throw refusal("namespaces", "the \(namespace.type.rawValue) namespace is listed twice")
            }
            seen.formUnion(flag)
            if namespace.type == .user || namespace.type == .time {
                throw refusal("namespaces", "\(namespace.type.rawValue) namespaces are not built yet")
            }
            if passed.contains(where: { $0.0 == namespace.type }) { continue }
            if let path = namespace.path, !path.isEmpty {
                let file = try step("namespaces", "error joining the \(namespace.type.rawValue) namespace") {
                    () throws(SystemError) in SharedDescriptor(try openFile(path))
                }
                join(file, flag)
            } else {
                new.formUnion(flag)
            }
        }
        for (type, descriptor) in passed {
            guard let flag = Self.flags[type], type != .mount, type != .user else {
                throw refusal("namespaces", "a \(type.rawValue) namespace cannot be joined")
            }
            join(descriptor, flag)
        }
        if !new.contains(.mount) {
            throw refusal("namespaces", "a container needs a mount namespace of its own")
        }
    }

    private mutating func join(_ descriptor: SharedDescriptor, _ flag: NamespaceFlags) {
        if flag == .pid { joinedPid = descriptor } else { joined.append((descriptor, flag)) }
    }

    /// The kinds that are joined, the pid namespace left out.
    var joinedKinds: NamespaceFlags { joined.reduce([]) { $0.union($1.kind) } }

    /// What the clone itself makes; a new cgroup namespace comes once the child is in its group.
    var cloneFlags: NamespaceFlags { new.subtracting(.cgroup) }
}

/// Runs `body` with `namespace` as the pid namespace of children to come.
func withChildPidNamespace<Value: ~Copyable>(
    _ namespace: Int32?, _ body: () throws(SystemError) -> Value
) throws(SystemError) -> Value {
    guard let namespace else { return try body() }
    let own = try openFile("/proc/self/ns/pid")
    try joinNamespaces(namespace, .pid)
    defer { try? joinNamespaces(own.rawValue, .pid) }
    return try body()
}
