/// How a container runs on this host: limits, mounts, namespaces, ports.
public struct HostConfig: Codable, Hashable, Sendable {
    /// `source:destination[:options]`
    @Nullable public var binds: [String]?
    public var containerIDFile: String = ""
    public var logConfig: LogConfig = LogConfig()
    public var networkMode: String = ""
    @Nullable public var portBindings: [String: [PortBinding]?]?
    public var restartPolicy: RestartPolicyConfig = RestartPolicyConfig()
    public var autoRemove: Bool = false
    public var volumeDriver: String = ""
    @Nullable public var volumesFrom: [String]?
    /// Height, width.
    @Pair public var consoleSize: [Int] = [0, 0]
    @OmitEmpty public var annotations: [String: String] = [:]
    @StringOrList public var capAdd: [String]?
    @StringOrList public var capDrop: [String]?
    public var cgroupnsMode: String = ""
    @Nullable public var dns: [String]?
    @Nullable public var dnsOptions: [String]?
    @Nullable public var dnsSearch: [String]?
    @Nullable public var extraHosts: [String]?
    @Nullable public var groupAdd: [String]?
    public var ipcMode: String = ""
    public var cgroup: String = ""
    @Nullable public var links: [String]?
    public var oomScoreAdj: Int = 0
    public var pidMode: String = ""
    public var privileged: Bool = false
    public var publishAllPorts: Bool = false
    public var readonlyRootfs: Bool = false
    @Nullable public var securityOpt: [String]?
    @OmitEmpty public var storageOpt: [String: String] = [:]
    /// Destination and mount options.
    @OmitEmpty public var tmpfs: [String: String] = [:]
    public var utsMode: String = ""
    public var usernsMode: String = ""
    public var shmSize: Int64 = 0
    @OmitEmpty public var sysctls: [String: String] = [:]
    @OmitEmpty public var runtime: String = ""
    public var isolation: String = ""
    public var cpuShares: Int64 = 0
    /// Bytes; 0 is unlimited.
    public var memory: Int64 = 0
    /// Billionths of a CPU.
    public var nanoCpus: Int64 = 0
    public var cgroupParent: String = ""
    public var blkioWeight: Int = 0
    @Nullable public var blkioWeightDevice: [WeightDevice]?
    @Nullable public var blkioDeviceReadBps: [ThrottleDevice]?
    @Nullable public var blkioDeviceWriteBps: [ThrottleDevice]?
    @Nullable public var blkioDeviceReadIOps: [ThrottleDevice]?
    @Nullable public var blkioDeviceWriteIOps: [ThrottleDevice]?
    public var cpuPeriod: Int64 = 0
    public var cpuQuota: Int64 = 0
    public var cpuRealtimePeriod: Int64 = 0
    public var cpuRealtimeRuntime: Int64 = 0
    public var cpusetCpus: String = ""
    public var cpusetMems: String = ""
    @Nullable public var devices: [DeviceMapping]?
    @Nullable public var deviceCgroupRules: [String]?
    @Nullable public var deviceRequests: [DeviceRequest]?
    @OmitEmpty public var kernelMemory: Int64 = 0
    @OmitEmpty public var kernelMemoryTCP: Int64 = 0
    public var memoryReservation: Int64 = 0
    /// Bytes of memory and swap together; -1 is unlimited.
    public var memorySwap: Int64 = 0
    @Nullable public var memorySwappiness: Int64?
    @Nullable public var oomKillDisable: Bool?
    public var initProcess: Bool?
    @Nullable public var pidsLimit: Int64?
    @Nullable public var ulimits: [Ulimit]?
    public var cpuCount: Int64 = 0
    public var cpuPercent: Int64 = 0
    public var ioMaximumIOps: UInt64 = 0
    public var ioMaximumBandwidth: UInt64 = 0
    public var mounts: [Mount]?
    @Nullable public var maskedPaths: [String]?
    @Nullable public var readonlyPaths: [String]?

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case binds = "Binds"
        case containerIDFile = "ContainerIDFile"
        case logConfig = "LogConfig"
        case networkMode = "NetworkMode"
        case portBindings = "PortBindings"
        case restartPolicy = "RestartPolicy"
        case autoRemove = "AutoRemove"
        case volumeDriver = "VolumeDriver"
        case volumesFrom = "VolumesFrom"
        case consoleSize = "ConsoleSize"
        case annotations = "Annotations"
        case capAdd = "CapAdd"
        case capDrop = "CapDrop"
        case cgroupnsMode = "CgroupnsMode"
        case dns = "Dns"
        case dnsOptions = "DnsOptions"
        case dnsSearch = "DnsSearch"
        case extraHosts = "ExtraHosts"
        case groupAdd = "GroupAdd"
        case ipcMode = "IpcMode"
        case cgroup = "Cgroup"
        case links = "Links"
        case oomScoreAdj = "OomScoreAdj"
        case pidMode = "PidMode"
        case privileged = "Privileged"
        case publishAllPorts = "PublishAllPorts"
        case readonlyRootfs = "ReadonlyRootfs"
        case securityOpt = "SecurityOpt"
        case storageOpt = "StorageOpt"
        case tmpfs = "Tmpfs"
        case utsMode = "UTSMode"
        case usernsMode = "UsernsMode"
        case shmSize = "ShmSize"
        case sysctls = "Sysctls"
        case runtime = "Runtime"
        case isolation = "Isolation"
        case cpuShares = "CpuShares"
        case memory = "Memory"
        case nanoCpus = "NanoCpus"
        case cgroupParent = "CgroupParent"
        case blkioWeight = "BlkioWeight"
        case blkioWeightDevice = "BlkioWeightDevice"
        case blkioDeviceReadBps = "BlkioDeviceReadBps"
        case blkioDeviceWriteBps = "BlkioDeviceWriteBps"
        case blkioDeviceReadIOps = "BlkioDeviceReadIOps"
        case blkioDeviceWriteIOps = "BlkioDeviceWriteIOps"
        case cpuPeriod = "CpuPeriod"
        case cpuQuota = "CpuQuota"
        case cpuRealtimePeriod = "CpuRealtimePeriod"
        case cpuRealtimeRuntime = "CpuRealtimeRuntime"
        case cpusetCpus = "CpusetCpus"
        case cpusetMems = "CpusetMems"
        case devices = "Devices"
        case deviceCgroupRules = "DeviceCgroupRules"
        case deviceRequests = "DeviceRequests"
        case kernelMemory = "KernelMemory"
        case kernelMemoryTCP = "KernelMemoryTCP"
        case memoryReservation = "MemoryReservation"
        case memorySwap = "MemorySwap"
        case memorySwappiness = "MemorySwappiness"
        case oomKillDisable = "OomKillDisable"
        case initProcess = "Init"
        case pidsLimit = "PidsLimit"
        case ulimits = "Ulimits"
        case cpuCount = "CpuCount"
        case cpuPercent = "CpuPercent"
        case ioMaximumIOps = "IOMaximumIOps"
        case ioMaximumBandwidth = "IOMaximumBandwidth"
        case mounts = "Mounts"
        case maskedPaths = "MaskedPaths"
        case readonlyPaths = "ReadonlyPaths"
    }
}
extension HostConfig: GoZero {}

/// A log driver and its options.
public struct LogConfig: Codable, Hashable, Sendable {
    public var type: String = ""
    @Nullable public var config: [String: String]?

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case type = "Type"
        case config = "Config"
    }
}
extension LogConfig: GoZero {}

/// Where on the host a container's port is published.
public struct PortBinding: Codable, Hashable, Sendable {
    public var hostIP: String = ""
    /// Decimal, a range, or empty for any.
    public var hostPort: String = ""

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case hostIP = "HostIp"
        case hostPort = "HostPort"
    }
}
extension PortBinding: GoZero {}

/// When a container that has ended is started again: `no`, `always`, `unless-stopped`, `on-failure`.
public struct RestartPolicyConfig: Codable, Hashable, Sendable {
    public var name: String = ""
    public var maximumRetryCount: Int = 0

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case name = "Name"
        case maximumRetryCount = "MaximumRetryCount"
    }
}
extension RestartPolicyConfig: GoZero {}
