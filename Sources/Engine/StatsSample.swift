internal import Cgroups
internal import DockerAPI
internal import EngineModel
internal import Linux

/// Reads what a container uses; all calls block, shortly.
struct StatsSource: Sendable {
    let group: Cgroup
    /// A process in the container's network namespace; nil where that is the host's.
    let networkProcess: Int32?
    let hostMemoryBytes: Int64

    /// One sample, without name, id and what went before; nil once the container has ended.
    func sample() throws -> ContainerStats? {
        guard group.exists else { return nil }
        let values = try group.statistics()
        var stats = ContainerStats()
        stats.read = Timestamp.now.rfc3339
        stats.pids.current = values.pids.current
        stats.pids.limit = values.pids.limit ?? (values.isV2 ? .max : 0)
        stats.blockIO = Self.blockIO(values)
        stats.cpu = Self.cpu(values)
        let host = HostCPUTime(parsing: try readText("/proc/stat", limitBytes: 4 << 20))
        (stats.cpu.systemUsage, stats.cpu.onlineCPUs) = (host.nanoseconds, host.cpus)
        stats.memory = Self.memory(values, hostMemoryBytes: UInt64(hostMemoryBytes))
        if let networkProcess, let text = try? readText("/proc/\(networkProcess)/net/dev") {
            stats.networks = NetworkCounters.parse(text)
        }
        return stats
    }

    static func cpu(_ values: CgroupStatistics) -> CPUStats {
        var cpu = CPUStats()
        cpu.usage.total = values.cpu.usageNanoseconds
        cpu.usage.perCPU = values.cpu.perCPUNanoseconds
        cpu.usage.kernelMode = values.cpu.systemNanoseconds
        cpu.usage.userMode = values.cpu.userNanoseconds
        cpu.throttling.periods = values.cpu.periods
        cpu.throttling.throttledPeriods = values.cpu.throttledPeriods
        cpu.throttling.throttledTime = values.cpu.throttledNanoseconds
        return cpu
    }

    /// On v2 Docker tells the bytes alone, and tells nothing rather than an empty list.
    static func blockIO(_ values: CgroupStatistics) -> BlockIOStats {
        func entries(_ list: [CgroupStatistics.BlockIO]) -> [BlockIOEntry] {
            list.map { BlockIOEntry(major: $0.major, minor: $0.minor, op: $0.operation, value: $0.value) }
        }
        var stats = BlockIOStats()
        if values.isV2 {
            let bytes = values.blockIOBytes.filter { $0.operation != "discard" }
            stats.serviceBytes = bytes.isEmpty ? nil : entries(bytes)
            return stats
        }
        stats.serviceBytes = entries(values.blockIOBytes)
        stats.serviced = entries(values.blockIOOperations)
        // The scheduler that counted these has left the kernel.
        (stats.queued, stats.serviceTime, stats.waitTime) = ([], [], [])
        (stats.merged, stats.time, stats.sectors) = ([], [], [])
        return stats
    }

    static func memory(_ values: CgroupStatistics, hostMemoryBytes: UInt64) -> MemoryStats {
        var stats = MemoryStats()
        stats.usage = values.memory.usageBytes
        stats.failures = values.memory.failures
        stats.limit = min(values.memory.limitBytes ?? .max, hostMemoryBytes)
        let details = values.memory.details
        if values.isV2 {
            for name in namesV2 { stats.stats[name] = details[name] ?? 0 }
            for name in ["workingset_refault", "workingset_activate"] where details[name] == nil {
                // Kernels from 5.9 count them apart.
                stats.stats[name] = (details[name + "_anon"] ?? 0) + (details[name + "_file"] ?? 0)
            }
        } else {
            stats.maxUsage = values.memory.peakBytes
            for name in namesV1 {
                stats.stats[name] = details[name] ?? 0
                stats.stats["total_" + name] = details["total_" + name] ?? 0
            }
            for name in ["hierarchical_memory_limit", "hierarchical_memsw_limit"] {
                stats.stats[name] = details[name] ?? 0
            }
        }
        return stats
    }

    private static let namesV1 = [
        "cache", "rss", "rss_huge", "mapped_file", "dirty", "writeback", "pgpgin", "pgpgout", "pgfault",
        "pgmajfault", "inactive_anon", "active_anon", "inactive_file", "active_file", "unevictable",
    ]
    private static let namesV2 = [
        "anon", "file", "kernel_stack", "slab", "sock", "shmem", "file_mapped", "file_dirty",
        "file_writeback", "anon_thp", "inactive_anon", "active_anon", "inactive_file", "active_file",
        "unevictable", "slab_reclaimable", "slab_unreclaimable", "pgfault", "pgmajfault",
        "workingset_refault", "workingset_activate", "workingset_nodereclaim", "pgrefill", "pgscan",
        "pgsteal", "pgactivate", "pgdeactivate", "pglazyfree", "pglazyfreed", "thp_fault_alloc",
        "thp_collapse_alloc",
    ]
}

/// The time that all CPUs of the host have spent, idle or not, and how many they are.
struct HostCPUTime: Hashable {
    var nanoseconds: UInt64 = 0
    var cpus = 0

    /// Reads `/proc/stat`, which counts in hundredths of a second.
    init(parsing text: String) {
        for line in text.split(separator: "\n") {
            guard line.hasPrefix("cpu") else { break }
            let fields = line.split(separator: " ")
            if fields.first == "cpu" {
                // Guest time is within user time.
                let ticks = fields.dropFirst().prefix(7).reduce(0) { $0 &+ (UInt64($1) ?? 0) }
                nanoseconds = ticks &* 10_000_000
            } else {
                cpus += 1
            }
        }
    }
}

/// The counters of a network namespace's interfaces.
enum NetworkCounters {
    /// Reads `/proc/PID/net/dev`; the loopback interface is nobody's traffic.
    static func parse(_ text: String) -> [String: NetworkStats] {
        var found: [String: NetworkStats] = [:]
        for line in text.split(separator: "\n").dropFirst(2) {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, let name = parts[0].split(separator: " ").first, name != "lo" else {
                continue
            }
            let fields = parts[1].split(separator: " ").map { UInt64($0) ?? 0 }
            guard fields.count >= 12 else { continue }
            var stats = NetworkStats()
            (stats.rxBytes, stats.rxPackets, stats.rxErrors, stats.rxDropped) = (
                fields[0], fields[1], fields[2], fields[3]
            )
            (stats.txBytes, stats.txPackets, stats.txErrors, stats.txDropped) = (
                fields[8], fields[9], fields[10], fields[11]
            )
            found[String(name)] = stats
        }
        return found
    }
}
