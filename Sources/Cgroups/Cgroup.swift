public import Linux
public import OCI

/// A group of processes in every hierarchy of the machine: a name below each mount, such as `/berth/4f2a…`.
///
/// Only a handle: making one touches nothing, and several may stand for the same group. All calls are
/// synchronous.
public struct Cgroup: Sendable, Hashable {
    public let layout: CgroupLayout
    /// The group's path below each hierarchy's mount; it starts with a slash.
    public let path: String

    /// The group at `path`, which need not exist.
    ///
    /// The root itself, and a path with `.` or `..`, is refused: that group would not be ours.
    public init(layout: CgroupLayout, path: String) throws(CgroupError) {
        let parts = path.split(separator: "/")
        guard !parts.isEmpty, !parts.contains("."), !parts.contains(".."), !path.utf8.contains(0) else {
            throw CgroupError(
                #"cgroup path "\#(path)": must name a group below the root, without "." or "..""#)
        }
        self.layout = layout
        self.path = "/" + parts.joined(separator: "/")
    }

    /// Does once what each child of a process would do for the first time otherwise; nothing is touched.
    public static func warmUp() { DeviceRules.warmUp() }

    /// Makes the group in every hierarchy, with what `resources` limits; on failure nothing is left behind.
    ///
    /// An existing empty group is taken over; the caller sees to it that names are its own.
    public static func create(
        layout: CgroupLayout, path: String, resources: RuntimeSpec.Resources?
    ) throws(CgroupError) -> Cgroup {
        let group = try Cgroup(layout: layout, path: path)
        do {
            for hierarchy in layout.hierarchies { try group.makeV1(hierarchy) }
            if let unified = layout.unifiedPath { try group.makeV2(unified) }
            if let resources { try group.apply(resources, isNew: true) }
        } catch {
            try? group.remove()
            throw error
        }
        return group
    }

    /// Whether the group is there, in the hierarchy that tells: memory's on v1.
    public var exists: Bool { directories.contains { fileExists($0) } }

    /// The group's directory in every hierarchy.
    public var directories: [String] {
        layout.hierarchies.map { $0.path + path } + (layout.unifiedPath.map { [$0 + path] } ?? [])
    }

    /// The directory whose group has the controller, and whether its files are v2's.
    func directory(_ controller: String) -> (path: String, isUnified: Bool)? {
        if let hierarchy = layout.hierarchy(controller) { return (hierarchy.path + path, false) }
        guard let unified = layout.unifiedPath else { return nil }
        // These have no controller of their own in v2: every group has their files.
        let name = ["cpuacct": "cpu", "blkio": "io"][controller] ?? controller
        let isBuiltIn = ["freezer", "devices"].contains(controller) && layout.mode == .v2
        return isBuiltIn || layout.unifiedControllers.contains(name) ? (unified + path, true) : nil
    }

    /// Moves the process into the group, with all of its threads; children that it starts later follow.
    ///
    /// Slow: the kernel waits for an RCU grace period, some 8 ms, before it moves somebody else's threads. A process
    /// that is born in ``birthplace()`` and then calls ``join()`` gets there in half a millisecond.
    public func add(_ pid: Int32) throws(CgroupError) {
        for directory in directories { try writeControl(directory + "/cgroup.procs", String(pid)) }
    }

    /// The group's directory on v2, which has to be there, for `CLONE_INTO_CGROUP` (clone(2)); nil without v2.
    ///
    /// Only there can a process be born. Into the v1 hierarchies it moves itself: ``join()``.
    public func birthplace() throws(CgroupError) -> OwnedDescriptor? {
        guard let unified = layout.unifiedPath else { return nil }
        do { return try openFile(unified + path, [.readOnly, .directory]) } catch { throw CgroupError(error) }
    }

    /// Makes the group on v2 alone and opens it, for a process that is born before the rest is there.
    public func makeBirthplace() throws(CgroupError) -> OwnedDescriptor? {
        guard let unified = layout.unifiedPath else { return nil }
        try makeV2(unified)
        return try birthplace()
    }

    /// Moves the calling process, which has one thread and was born in ``birthplace()``, into the v1 hierarchies.
    ///
    /// A thread that moves itself needs none of the waiting of ``add(_:)``. The groups have to be there, and the
    /// host's paths to be reachable.
    public func join() throws(CgroupError) {
        for hierarchy in layout.hierarchies { try writeControl(hierarchy.path + path + "/tasks", "0") }
    }

    /// Changes the limits that `resources` names and leaves the others.
    public func apply(_ resources: RuntimeSpec.Resources) throws(CgroupError) {
        try apply(resources, isNew: false)
    }

    // MARK: - making

    private func makeV1(_ hierarchy: CgroupLayout.Hierarchy) throws(CgroupError) {
        let isCpuset = hierarchy.controllers.contains("cpuset")
        if try !makeIfParentExists(hierarchy.path + path) {
            var directory = hierarchy.path
            for part in path.split(separator: "/") {
                directory += "/" + part
                guard try makeIfParentExists(directory) else {
                    throw CgroupError(
                        #"make cgroup "\#(directory)": the group above it was removed meanwhile"#)
                }
                if isCpuset, directory != hierarchy.path + path {
                    try inheritCpuset(hierarchy, upTo: directory)
                    // From here down each new group copies its parent's.
                    try writeControl(directory + "/cgroup.clone_children", "1")
                }
            }
        }
        if isCpuset { try inheritCpuset(hierarchy, upTo: hierarchy.path + path) }
    }

    /// Gives `group`, and groups above it that have none, the CPUs and memory nodes of their parents.
    ///
    /// A cpuset without them takes no process, and whoever made the parents need not have thought of that.
    private func inheritCpuset(_ hierarchy: CgroupLayout.Hierarchy, upTo group: String) throws(CgroupError) {
        for file in ["/cpuset.cpus", "/cpuset.mems"] where try readControl(group + file) == "" {
            var directory = hierarchy.path
            for part in group.dropFirst(hierarchy.path.count).split(separator: "/") {
                let parent = directory
                directory += "/" + part
                guard try readControl(directory + file) == "" else { continue }
                try writeControl(directory + file, try readControl(parent + file) ?? "")
            }
        }
    }

    /// Makes one directory; false where its parent is missing.
    private func makeIfParentExists(_ directory: String) throws(CgroupError) -> Bool {
        do { try makeDirectory(directory) } catch {
            if error.code == .noEntry { return false }
            if error.code != .exists { throw CgroupError(error) }
        }
        return true
    }

    private func makeV2(_ unified: String) throws(CgroupError) {
        try translating { () throws(SystemError) in try makeDirectories(unified + path) }
        let wanted = layout.unifiedControllers.intersection(Self.usedControllers)
        if wanted.isEmpty { return }
        var parents = [unified]
        for part in path.split(separator: "/").dropLast() {
            parents.append((parents.last ?? unified) + "/" + part)
        }
        // The last parent having them means that those above have them too.
        for parent in [parents.last ?? unified] + parents {
            let file = parent + "/cgroup.subtree_control"
            let enabled = Set((try readControl(file) ?? "").split(separator: " ").map(String.init))
            let missing = wanted.subtracting(enabled).sorted()
            if missing.isEmpty {
                if parent == parents.last { return }
                continue
            }
            if parent == parents.last && enabledAbove(parents, wanted) == false { continue }
            do {
                try writeControl(file, missing.map { "+\($0)" }.joined(separator: " "))
            } catch {
                guard error.code == .busy else { throw error }
                throw CgroupError(
                    writing: missing.joined(separator: " "), to: file, .busy,
                    hint:
                        ": the group holds processes itself; move them to a group of their own first"
                )
            }
        }
    }

    /// Whether every parent but the last hands down what is wanted.
    private func enabledAbove(_ parents: [String], _ wanted: Set<String>) -> Bool {
        for parent in parents.dropLast() {
            let text = (try? readControl(parent + "/cgroup.subtree_control")) ?? ""
            if !Set(text.split(separator: " ").map(String.init)).isSuperset(of: wanted) { return false }
        }
        return true
    }

    private static let usedControllers: Set<String> = [
        "cpu", "cpuset", "io", "memory", "pids", "hugetlb", "rdma", "misc",
    ]
}
