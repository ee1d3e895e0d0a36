/// What a group uses and used, in the units of the Engine API: nanoseconds and bytes.
public struct CgroupStatistics: Sendable, Hashable {
    public struct CPU: Sendable, Hashable {
        public var usageNanoseconds: UInt64 = 0
        public var userNanoseconds: UInt64 = 0
        public var systemNanoseconds: UInt64 = 0
        /// The use of each CPU; empty on v2, which doesn't tell.
        public var perCPUNanoseconds: [UInt64] = []
        public var periods: UInt64 = 0
        public var throttledPeriods: UInt64 = 0
        public var throttledNanoseconds: UInt64 = 0
    }

    public struct Memory: Sendable, Hashable {
        public var usageBytes: UInt64 = 0
        /// The highest use so far; 0 where the kernel doesn't tell.
        public var peakBytes: UInt64 = 0
        /// nil is unlimited.
        public var limitBytes: UInt64?
        /// How often the limit was hit; on v2, how often memory was about to run out.
        public var failures: UInt64 = 0
        public var swapUsageBytes: UInt64?
        /// `memory.stat` as the kernel gives it.
        public var details: [String: UInt64] = [:]
    }

    public struct Pids: Sendable, Hashable {
        public var current: UInt64 = 0
        /// nil is unlimited.
        public var limit: UInt64?
    }

    /// One line of the block devices' counters; v1's operations are the kernel's words: `Read`, `Write`, `Sync`, …
    public struct BlockIO: Sendable, Hashable {
        public var major: UInt64
        public var minor: UInt64
        public var operation: String
        public var value: UInt64
    }

    public var isV2 = false
    public var cpu = CPU()
    public var memory = Memory()
    public var pids = Pids()
    public var blockIOBytes: [BlockIO] = []
    public var blockIOOperations: [BlockIO] = []
    public var oomKills: UInt64 = 0

    public init() {}
}

extension Cgroup {
    /// What the group uses now; a counter that this kernel hasn't got stays at zero.
    public func statistics() throws(CgroupError) -> CgroupStatistics {
        var statistics = CgroupStatistics()
        statistics.isV2 = layout.mode == .v2
        if let place = directory("cpu") {
            let stat = try table(place.path + "/cpu.stat")
            statistics.cpu.periods = stat["nr_periods"] ?? 0
            statistics.cpu.throttledPeriods = stat["nr_throttled"] ?? 0
            statistics.cpu.throttledNanoseconds =
                stat["throttled_time"] ?? (stat["throttled_usec"] ?? 0) * 1000
            if place.isUnified {
                statistics.cpu.usageNanoseconds = (stat["usage_usec"] ?? 0) * 1000
                statistics.cpu.userNanoseconds = (stat["user_usec"] ?? 0) * 1000
                statistics.cpu.systemNanoseconds = (stat["system_usec"] ?? 0) * 1000
            }
        }
        if let place = directory("cpuacct"), !place.isUnified {
            statistics.cpu.usageNanoseconds = try number(place.path + "/cpuacct.usage") ?? 0
            statistics.cpu.userNanoseconds = try number(place.path + "/cpuacct.usage_user") ?? 0
            statistics.cpu.systemNanoseconds = try number(place.path + "/cpuacct.usage_sys") ?? 0
            let each = try readControl(place.path + "/cpuacct.usage_percpu") ?? ""
            statistics.cpu.perCPUNanoseconds = each.split(separator: " ").compactMap { UInt64($0) }
        }
        if let place = directory("memory") {
            statistics.memory = try memory(place.path, isUnified: place.isUnified)
        }
        if let place = directory("pids") {
            statistics.pids.current = try number(place.path + "/pids.current") ?? 0
            statistics.pids.limit = try number(place.path + "/pids.max")
        }
        if let place = directory("blkio") {
            if place.isUnified {
                try readIOStat(place.path + "/io.stat", into: &statistics)
            } else {
                statistics.blockIOBytes = try blockIO(place.path, "io_service_bytes_recursive")
                statistics.blockIOOperations = try blockIO(place.path, "io_serviced_recursive")
            }
        }
        statistics.oomKills = try oomKills()
        return statistics
    }

    /// How many processes of the group (on v2, and of those below it) the kernel killed for want of memory.
    public func oomKills() throws(CgroupError) -> UInt64 {
        guard let place = directory("memory") else { return 0 }
        return try table(place.path + (place.isUnified ? "/memory.events" : "/memory.oom_control"))[
            "oom_kill"] ?? 0
    }

    private func memory(_ directory: String, isUnified: Bool) throws(CgroupError) -> CgroupStatistics.Memory {
        var memory = CgroupStatistics.Memory()
        memory.details = try table(directory + "/memory.stat")
        if isUnified {
            memory.usageBytes = try number(directory + "/memory.current") ?? 0
            memory.peakBytes = try number(directory + "/memory.peak") ?? 0
            memory.limitBytes = try number(directory + "/memory.max")
            memory.swapUsageBytes = try number(directory + "/memory.swap.current")
            memory.failures = try table(directory + "/memory.events")["oom"] ?? 0
        } else {
            memory.usageBytes = try number(directory + "/memory.usage_in_bytes") ?? 0
            memory.peakBytes = try number(directory + "/memory.max_usage_in_bytes") ?? 0
            memory.failures = try number(directory + "/memory.failcnt") ?? 0
            // v1's unlimited is the greatest number of whole pages.
            let limit = try number(directory + "/memory.limit_in_bytes") ?? .max
            memory.limitBytes = limit >= 1 << 62 ? nil : limit
            if let both = try number(directory + "/memory.memsw.usage_in_bytes") {
                memory.swapUsageBytes = both >= memory.usageBytes ? both - memory.usageBytes : 0
            }
        }
        return memory
    }

    /// `8:0 Read 4096`, with BFQ's counters where the others are missing.
    private func blockIO(_ directory: String, _ name: String) throws(CgroupError) -> [CgroupStatistics
        .BlockIO]
    {
        for file in ["/blkio.bfq.\(name)", "/blkio.throttle.\(name)"] {
            let entries = (try readControl(directory + file) ?? "").split(separator: "\n").compactMap {
                line in
                let fields = line.split(separator: " ")
                let device = (fields.first ?? "").split(separator: ":").compactMap { UInt64($0) }
                guard fields.count == 3, device.count == 2, let value = UInt64(fields[2]) else {
                    return nil as CgroupStatistics.BlockIO?
                }
                return CgroupStatistics.BlockIO(
                    major: device[0], minor: device[1], operation: String(fields[1]), value: value)
            }
            if !entries.isEmpty { return entries }
        }
        return []
    }

    /// `8:0 rbytes=4096 wbytes=0 rios=1 wios=0 dbytes=0 dios=0`
    private func readIOStat(_ file: String, into statistics: inout CgroupStatistics) throws(CgroupError) {
        for line in (try readControl(file) ?? "").split(separator: "\n") {
            let fields = line.split(separator: " ")
            let device = (fields.first ?? "").split(separator: ":").compactMap { UInt64($0) }
            guard device.count == 2 else { continue }
            for field in fields.dropFirst() {
                let parts = field.split(separator: "=")
                guard parts.count == 2, let value = UInt64(parts[1]) else { continue }
                let operation =
                    parts[0].hasPrefix("r") ? "read" : parts[0].hasPrefix("w") ? "write" : "discard"
                let entry = CgroupStatistics.BlockIO(
                    major: device[0], minor: device[1], operation: operation, value: value)
                if parts[0].hasSuffix("bytes") { statistics.blockIOBytes.append(entry) }
                if parts[0].hasSuffix("ios") { statistics.blockIOOperations.append(entry) }
            }
        }
    }

    /// A file with one number; nil if it is missing or says `max`.
    private func number(_ file: String) throws(CgroupError) -> UInt64? {
        try readControl(file).flatMap { UInt64($0) }
    }

    /// A file of names and numbers.
    private func table(_ file: String) throws(CgroupError) -> [String: UInt64] {
        var table: [String: UInt64] = [:]
        for line in (try readControl(file) ?? "").split(separator: "\n") {
            let fields = line.split(separator: " ")
            if fields.count == 2, let value = UInt64(fields[1]) { table[String(fields[0])] = value }
        }
        return table
    }
}
