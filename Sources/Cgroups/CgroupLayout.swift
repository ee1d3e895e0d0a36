internal import Linux

/// Which cgroup hierarchies a machine has, and where they are mounted.
public struct CgroupLayout: Sendable, Hashable {
    /// v1: one hierarchy a controller; v2: one for all; hybrid: v1, and a v2 one beside it.
    public enum Mode: String, Sendable, Hashable { case v1, v2, hybrid }

    /// One mounted v1 hierarchy.
    public struct Hierarchy: Sendable, Hashable {
        public var path: String
        /// Its controllers, such as `cpu` and `cpuacct`; a named hierarchy has `name=systemd`.
        public var controllers: [String]
    }

    public var hierarchies: [Hierarchy]
    /// Where cgroup2 is mounted, if it is.
    public var unifiedPath: String?
    /// The controllers that the v2 hierarchy has.
    public var unifiedControllers: Set<String>

    public var mode: Mode { unifiedPath == nil ? .v1 : hierarchies.isEmpty ? .v2 : .hybrid }

    /// Finds what is mounted at and below `root`.
    public static func detect(
        root: String = "/sys/fs/cgroup", mountTable: String = "/proc/self/mountinfo"
    ) throws(CgroupError) -> CgroupLayout {
        let table = try translating { () throws(SystemError) in try readText(mountTable) }
        var layout = parse(mountTable: table, root: root)
        if let unified = layout.unifiedPath,
            let controllers = try readControl(unified + "/cgroup.controllers")
        {
            layout.unifiedControllers = Set(controllers.split(separator: " ").map(String.init))
        }
        guard layout.unifiedPath != nil || !layout.hierarchies.isEmpty else {
            throw CgroupError(#"find cgroups: nothing of type cgroup or cgroup2 is mounted at "\#(root)""#)
        }
        return layout
    }

    static func parse(mountTable: String, root: String) -> CgroupLayout {
        var layout = CgroupLayout(hierarchies: [], unifiedPath: nil, unifiedControllers: [])
        for line in mountTable.split(separator: "\n") {
            // 36 35 0:30 / /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory
            let fields = line.split(separator: " ")
            guard let separator = fields.firstIndex(of: "-"), separator >= 6, fields.count > separator + 3
            else { continue }
            let path = String(fields[4])
            guard path == root || path.hasPrefix(root + "/") else { continue }
            switch fields[separator + 1] {
            case "cgroup2": if layout.unifiedPath == nil { layout.unifiedPath = path }
            case "cgroup":
                let controllers = fields[separator + 3].split(separator: ",").map(String.init)
                    .filter { knownControllers.contains($0) || $0.hasPrefix("name=") }
                if controllers.isEmpty
                    || layout.hierarchies.contains(where: { $0.controllers == controllers })
                {
                    continue
                }
                layout.hierarchies.append(Hierarchy(path: path, controllers: controllers))
            default: break
            }
        }
        return layout
    }

    private static let knownControllers: Set<String> = [
        "cpu", "cpuacct", "cpuset", "memory", "devices", "freezer", "blkio", "pids", "hugetlb", "net_cls",
        "net_prio",
        "perf_event", "rdma", "misc",
    ]

    /// The v1 hierarchy of a controller.
    func hierarchy(_ controller: String) -> Hierarchy? {
        hierarchies.first { $0.controllers.contains(controller) }
    }
}
