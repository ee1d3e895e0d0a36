internal import Linux
internal import OCI
internal import SupervisorProtocol

/// One entry of the spec's mounts, ready to attach.
struct PreparedMount: ~Copyable {
    let mount: RuntimeSpec.Mount
    let options: MountOptions
    /// The detached copy of a bind's source.
    let source: OwnedDescriptor?
    let sourceIsDirectory: Bool
}

/// Reads every mount's options and takes a detached copy of every bind's source.
///
/// This comes before the mount namespace is cut off from the host's, so that `shared` and `slave` binds
/// keep their peers.
func prepareMounts(_ mounts: [RuntimeSpec.Mount]) throws(StartFailure) -> [Int: PreparedBind] {
    var binds: [Int: PreparedBind] = [:]
    for (index, mount) in mounts.enumerated() {
        guard mount.destination.first == "/" else {
            throw refusal("mount", "mount destination \"\(mount.destination)\" is not absolute")
        }
        let options = try MountOptions(mount.options)
        guard options.isBind || mount.type == "bind" else { continue }
        let source = mount.source ?? ""
        let what = "error mounting \"\(source)\" to rootfs at \"\(mount.destination)\""
        binds[index] = try step("mount", what) { () throws(SystemError) in
            let copy: OwnedDescriptor
            if let subpath = options.subpath {
                let whole = try openFile(source, [.path, .directory])
                let part = try openConfined(root: whole.rawValue, subpath, .path)
                copy = try cloneMount(at: part.rawValue, "", recursive: options.isRecursive)
            } else {
                copy = try cloneSource(source, recursive: options.isRecursive)
            }
            let isDirectory = try FileNode(at: copy.rawValue, "").isDirectory
            return PreparedBind(copy: SharedDescriptor(copy), isDirectory: isDirectory)
        }
    }
    return binds
}

/// A detached copy of the mount at `source`, which `/proc/PID/root/…` may place in another mount namespace.
private func cloneSource(_ source: String, recursive: Bool) throws(SystemError) -> OwnedDescriptor {
    do { return try cloneMount(source, recursive: recursive) } catch {
        let parts = source.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: true)
        guard error.code == .invalid, parts.count == 4, parts[0] == "proc", parts[2] == "root",
            Int32(parts[1]) != nil
        else { throw error }
        return try cloneMount("/" + parts[3], inNamespace: "/proc/\(parts[1])/ns/mnt", recursive: recursive)
    }
}

/// Copies a mount of another mount namespace: the kernel clones only those of the caller's, so a child goes there.
private func cloneMount(
    _ path: String, inNamespace namespace: String, recursive: Bool
) throws(SystemError) -> OwnedDescriptor {
    let place = try openFile(namespace)
    let (ours, theirs) = try SocketPair(.sequencedPackets).release()
    let near = OwnedDescriptor(adopting: ours)
    switch try forkProcess() {
    case .child:
        do throws(SystemError) {
            try joinNamespaces(place.rawValue, .mount)
            let copy = try cloneMount(path, recursive: recursive)
            try sendMessage(theirs, [0], descriptors: [copy.rawValue])
        } catch {
            try? sendMessage(theirs, [UInt8(truncatingIfNeeded: error.code.rawValue)])
        }
        exitNow(0)
    case .parent(let pid, _):
        OwnedDescriptor(adopting: theirs).close()
        let answer = try receiveMessage(near.rawValue, limitBytes: 16)
        _ = try reapChild(pid, wait: true)
        guard let file = answer?.descriptors.first else {
            throw SystemError(
                call: "open_tree", subject: path, code: ErrorCode(rawValue: Int32(answer?.bytes.first ?? 5)))
        }
        return try file.duplicate()
    }
}

/// A bind's source as a detached mount.
struct PreparedBind {
    let copy: SharedDescriptor
    let isDirectory: Bool
}

/// Attaches the spec's mounts below `root`, in their order.
func attachMounts(
    _ mounts: [RuntimeSpec.Mount], binds: [Int: PreparedBind], root: ConfinedRoot, cgroup: CgroupView
) throws(StartFailure) {
    for (index, mount) in mounts.enumerated() {
        let options = try MountOptions(mount.options)
        let source = mount.source ?? mount.type ?? ""
        let what = "error mounting \"\(source)\" to rootfs at \"\(mount.destination)\""
        if let bind = binds[index] {
            try step("mount", what) { () throws(SystemError) in try attachBind(bind, mount, options, root) }
        } else if mount.type == "cgroup" || mount.type == "cgroup2" {
            try step("mount", what) { () throws(SystemError) in
                try attachCgroups(cgroup, mount, options, root)
            }
        } else {
            try step("mount", what) { () throws(SystemError) in try attachNew(mount, options, root) }
        }
    }
}

func attachBind(
    _ bind: PreparedBind, _ mount: RuntimeSpec.Mount, _ options: MountOptions, _ root: ConfinedRoot
) throws(SystemError) {
    let copy = bind.copy.rawValue
    // A copy keeps the source's peers: "shared" stays, all else gets what was asked for, or slave.
    if options.propagation != .shared {
        try setMountAttributes(
            at: copy, "", propagation: options.propagation ?? .slave,
            recursive: options.propagation == nil || options.propagatesRecursively)
    } else {
        try setMountAttributes(at: copy, "", propagation: .shared, recursive: options.propagatesRecursively)
    }
    if !options.set.isEmpty || !options.clear.isEmpty {
        try setMountAttributes(at: copy, "", set: options.set, clear: options.clear)
    }
    if !options.setRecursively.isEmpty || !options.clearRecursively.isEmpty {
        try setMountAttributes(
            at: copy, "", set: options.setRecursively, clear: options.clearRecursively, recursive: true)
    }
    let place = bind.isDirectory ? try root.directory(mount.destination) : try root.file(mount.destination)
    try attachMount(copy, at: place.rawValue, subject: mount.destination)
}

func attachNew(
    _ mount: RuntimeSpec.Mount, _ options: MountOptions, _ root: ConfinedRoot
) throws(SystemError) {
    let type = mount.type ?? "none"
    let context = try FileSystemContext(type)
    if let source = mount.source, !source.isEmpty { try context.set("source", source) }
    let isCovering = (try? root.open(mount.destination, [.path, .directory])) != nil
    let place = try root.directory(mount.destination)
    // Like Docker: a tmpfs takes the mode of the directory that it covers.
    if type == "tmpfs", isCovering, !options.data.contains(where: { $0.key == "mode" }) {
        let mode = try FileNode(at: place.rawValue, "").mode & 0o7777
        try context.set("mode", String(mode, radix: 8))
    }
    for (key, value) in options.data {
        if key == "lowerdir+", let value {
            try setPath(context, key, value, escape: false)
        } else if let value {
            try context.set(key, value)
        } else {
            try context.set(key)
        }
    }
    let fresh = try context.mount(options.set)
    if let propagation = options.propagation {
        try setMountAttributes(at: fresh.rawValue, "", propagation: propagation)
    }
    try attachMount(fresh.rawValue, at: place.rawValue, subject: mount.destination)
    if let subpath = options.subpath { try narrow(mount.destination, to: subpath, options, root) }
}

/// Leaves of the mount at `destination` the part `subpath` alone.
private func narrow(
    _ destination: String, to subpath: String, _ options: MountOptions, _ root: ConfinedRoot
) throws(SystemError) {
    let whole = try root.open(destination, [.path, .directory])
    let part = try openConfined(root: whole.rawValue, subpath, .path)
    let copy = try cloneMount(at: part.rawValue, "")
    try setMountAttributes(at: copy.rawValue, "", set: options.set, propagation: .private)
    try detachMount("/proc/self/fd/\(whole.rawValue)")
    let place = try root.open(destination)
    try attachMount(copy.rawValue, at: place.rawValue, subject: destination)
}

/// What the container shall see below `/sys/fs/cgroup`.
struct CgroupView {
    /// The unified hierarchy is all there is.
    var isUnified: Bool
    /// Each v1 (or hybrid v2) hierarchy: the name below `/sys/fs/cgroup`, and the directory of the container's
    /// group; a name that leads to another hierarchy's name is a link.
    var hierarchies: [(name: String, path: String)]
    var links: [(name: String, target: String)]

    static let none = CgroupView(isUnified: false, hierarchies: [], links: [])
}

private func attachCgroups(
    _ view: CgroupView, _ mount: RuntimeSpec.Mount, _ options: MountOptions, _ root: ConfinedRoot
) throws(SystemError) {
    let place = try root.directory(mount.destination)
    if view.isUnified {
        let group = try FileSystemContext("cgroup2").mount(options.set)
        return try attachMount(group.rawValue, at: place.rawValue, subject: mount.destination)
    }
    let context = try FileSystemContext("tmpfs")
    try context.set("source", "cgroup")
    try context.set("mode", "755")
    // Read-only comes last: the hierarchies' directories are still to be made.
    let folder = try context.mount(options.set.subtracting(.readOnly))
    try attachMount(folder.rawValue, at: place.rawValue, subject: mount.destination)
    for (name, path) in view.hierarchies {
        try makeDirectory(at: folder.rawValue, name)
        let group = try cloneMount(path)
        try setMountAttributes(
            at: group.rawValue, "", set: options.set.union([.noSetUserID, .noDevices, .noExecution]),
            propagation: .private)
        try attachMount(group.rawValue, at: folder.rawValue, name, subject: "\(mount.destination)/\(name)")
    }
    for (name, target) in view.links { try makeLink(at: folder.rawValue, name, to: target) }
    if options.set.contains(.readOnly) {
        try setMountAttributes(at: folder.rawValue, "", set: .readOnly)
    }
}
