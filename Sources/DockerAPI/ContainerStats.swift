/// One sample of what a container uses (ContainerStatsResponse).
public struct ContainerStats: Codable, Hashable, Sendable {
    public var name: String = ""
    public var id: String = ""
    public var read: String = "0001-01-01T00:00:00Z"
    public var preread: String = "0001-01-01T00:00:00Z"
    public var pids = PidsStats()
    public var blockIO = BlockIOStats()
    /// Windows only.
    public var processes: UInt64 = 0
    /// Windows only.
    public var storage = EmptyObject()
    public var cpu = CPUStats()
    /// The CPU's numbers of the sample before this one: a share of time is a difference.
    public var previousCPU = CPUStats()
    public var memory = MemoryStats()
    @OmitEmpty public var networks: [String: NetworkStats] = [:]

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case name, id, read, preread
        case pids = "pids_stats"
        case blockIO = "blkio_stats"
        case processes = "num_procs"
        case storage = "storage_stats"
        case cpu = "cpu_stats"
        case previousCPU = "precpu_stats"
        case memory = "memory_stats"
        case networks
    }
}
extension ContainerStats: GoZero {}
extension EmptyObject: GoZero {}

/// How many processes and threads there are.
public struct PidsStats: Codable, Hashable, Sendable {
    @OmitEmpty public var current: UInt64 = 0
    @OmitEmpty public var limit: UInt64 = 0

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable { case current, limit }
}
extension PidsStats: GoZero {}

/// One counter of a block device.
public struct BlockIOEntry: Codable, Hashable, Sendable {
    public var major: UInt64 = 0
    public var minor: UInt64 = 0
    public var op: String = ""
    public var value: UInt64 = 0

    public init() {}

    public init(major: UInt64, minor: UInt64, op: String, value: UInt64) {
        (self.major, self.minor, self.op, self.value) = (major, minor, op, value)
    }

    enum CodingKeys: String, CodingKey, CaseIterable { case major, minor, op, value }
}
extension BlockIOEntry: GoZero {}

/// What went to and from block devices; cgroup v2 tells the bytes only.
public struct BlockIOStats: Codable, Hashable, Sendable {
    @Nullable public var serviceBytes: [BlockIOEntry]?
    @Nullable public var serviced: [BlockIOEntry]?
    @Nullable public var queued: [BlockIOEntry]?
    @Nullable public var serviceTime: [BlockIOEntry]?
    @Nullable public var waitTime: [BlockIOEntry]?
    @Nullable public var merged: [BlockIOEntry]?
    @Nullable public var time: [BlockIOEntry]?
    @Nullable public var sectors: [BlockIOEntry]?

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case serviceBytes = "io_service_bytes_recursive"
        case serviced = "io_serviced_recursive"
        case queued = "io_queue_recursive"
        case serviceTime = "io_service_time_recursive"
        case waitTime = "io_wait_time_recursive"
        case merged = "io_merged_recursive"
        case time = "io_time_recursive"
        case sectors = "sectors_recursive"
    }
}
extension BlockIOStats: GoZero {}

/// CPU time since the container's start, in nanoseconds, and the host's beside it.
public struct CPUStats: Codable, Hashable, Sendable {
    public var usage = CPUUsage()
    @OmitEmpty public var systemUsage: UInt64 = 0
    @OmitEmpty public var onlineCPUs: Int = 0
    public var throttling = ThrottlingData()

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case usage = "cpu_usage"
        case systemUsage = "system_cpu_usage"
        case onlineCPUs = "online_cpus"
        case throttling = "throttling_data"
    }
}
extension CPUStats: GoZero {}

/// Nanoseconds of CPU time.
public struct CPUUsage: Codable, Hashable, Sendable {
    public var total: UInt64 = 0
    /// cgroup v1 only.
    @OmitEmpty public var perCPU: [UInt64] = []
    public var kernelMode: UInt64 = 0
    public var userMode: UInt64 = 0

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case total = "total_usage"
        case perCPU = "percpu_usage"
        case kernelMode = "usage_in_kernelmode"
        case userMode = "usage_in_usermode"
    }
}
extension CPUUsage: GoZero {}

/// How often, and for how many nanoseconds, the container waited because its quota was used up.
public struct ThrottlingData: Codable, Hashable, Sendable {
    public var periods: UInt64 = 0
    public var throttledPeriods: UInt64 = 0
    public var throttledTime: UInt64 = 0

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case periods
        case throttledPeriods = "throttled_periods"
        case throttledTime = "throttled_time"
    }
}
extension ThrottlingData: GoZero {}

/// Bytes of memory; the details' names are the kernel's and differ between cgroup v1 and v2.
public struct MemoryStats: Codable, Hashable, Sendable {
    @OmitEmpty public var usage: UInt64 = 0
    @OmitEmpty public var maxUsage: UInt64 = 0
    @OmitEmpty public var stats: [String: UInt64] = [:]
    @OmitEmpty public var failures: UInt64 = 0
    @OmitEmpty public var limit: UInt64 = 0
    // Windows only.
    @OmitEmpty public var committed: UInt64 = 0
    @OmitEmpty public var committedPeak: UInt64 = 0
    @OmitEmpty public var privateWorkingSet: UInt64 = 0

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case usage
        case maxUsage = "max_usage"
        case stats
        case failures = "failcnt"
        case limit
        case committed = "commitbytes"
        case committedPeak = "commitpeakbytes"
        case privateWorkingSet = "privateworkingset"
    }
}
extension MemoryStats: GoZero {}

/// What went through one of the container's network interfaces.
public struct NetworkStats: Codable, Hashable, Sendable {
    public var rxBytes: UInt64 = 0
    public var rxPackets: UInt64 = 0
    public var rxErrors: UInt64 = 0
    public var rxDropped: UInt64 = 0
    public var txBytes: UInt64 = 0
    public var txPackets: UInt64 = 0
    public var txErrors: UInt64 = 0
    public var txDropped: UInt64 = 0
    /// Windows only.
    @OmitEmpty public var endpointID: String = ""
    /// Windows only.
    @OmitEmpty public var instanceID: String = ""

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case rxBytes = "rx_bytes"
        case rxPackets = "rx_packets"
        case rxErrors = "rx_errors"
        case rxDropped = "rx_dropped"
        case txBytes = "tx_bytes"
        case txPackets = "tx_packets"
        case txErrors = "tx_errors"
        case txDropped = "tx_dropped"
        case endpointID = "endpoint_id"
        case instanceID = "instance_id"
    }
}
extension NetworkStats: GoZero {}
