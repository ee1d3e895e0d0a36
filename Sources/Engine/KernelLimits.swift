internal import Linux

/// The limits that this host's kernel can hold, as far as its cgroups are mounted.
///
/// A create that asks for another one goes on without it and is told so, as with Docker.
struct KernelLimits: OptionSet, Sendable {
    let rawValue: UInt32

    static let memory = KernelLimits(rawValue: 1 << 0)
    static let swap = KernelLimits(rawValue: 1 << 1)
    static let memoryReservation = KernelLimits(rawValue: 1 << 2)
    static let swappiness = KernelLimits(rawValue: 1 << 3)
    static let oomKillDisable = KernelLimits(rawValue: 1 << 4)
    static let kernelMemoryTCP = KernelLimits(rawValue: 1 << 5)
    static let cpuShares = KernelLimits(rawValue: 1 << 6)
    static let cpuBandwidth = KernelLimits(rawValue: 1 << 7)
    static let cpuRealtime = KernelLimits(rawValue: 1 << 8)
    static let cpuset = KernelLimits(rawValue: 1 << 9)
    static let pids = KernelLimits(rawValue: 1 << 10)
    static let blockWeight = KernelLimits(rawValue: 1 << 11)
    static let blockWeightDevice = KernelLimits(rawValue: 1 << 12)
    static let blockThrottle = KernelLimits(rawValue: 1 << 13)

    static let all = KernelLimits(rawValue: (1 << 14) - 1)

    /// The file of cgroup v1 that tells of each limit.
    private static let files: [(KernelLimits, String)] = [
        (.memory, "memory/memory.limit_in_bytes"), (.swap, "memory/memory.memsw.limit_in_bytes"),
        (.memoryReservation, "memory/memory.soft_limit_in_bytes"), (.swappiness, "memory/memory.swappiness"),
        (.oomKillDisable, "memory/memory.oom_control"),
        (.kernelMemoryTCP, "memory/memory.kmem.tcp.limit_in_bytes"),
        (.cpuShares, "cpu/cpu.shares"), (.cpuBandwidth, "cpu/cpu.cfs_quota_us"),
        (.cpuRealtime, "cpu/cpu.rt_runtime_us"), (.cpuset, "cpuset/cpuset.cpus"),
        (.pids, "pids/cgroup.procs"),
        (.blockWeight, "blkio/blkio.weight"), (.blockWeightDevice, "blkio/blkio.weight_device"),
        (.blockThrottle, "blkio/blkio.throttle.read_bps_device"),
    ]

    /// What each controller of cgroup v2 holds.
    private static let controllers: [String: KernelLimits] = [
        "memory": [.memory, .swap, .memoryReservation], "cpu": [.cpuShares, .cpuBandwidth], "cpuset": .cpuset,
        "pids": .pids, "io": [.blockWeight, .blockWeightDevice, .blockThrottle],
    ]

    /// Looks at the files below `root`, where the cgroups are mounted.
    static func read(root: String = "/sys/fs/cgroup") -> KernelLimits {
        if let text = try? readText(root + "/cgroup.controllers") {
            let names = text.split(whereSeparator: \.isWhitespace).map(String.init)
            return KernelLimits(names.compactMap { controllers[$0] })
        }
        return KernelLimits(files.filter { fileExists("\(root)/\($0.1)") }.map(\.0))
    }
}
