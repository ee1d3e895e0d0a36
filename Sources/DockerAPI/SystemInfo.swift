public import OrderedJSON

/// The daemon, its host and what it can do.
public struct SystemInfo: Codable, Hashable, Sendable {
    public var id: String = ""
    public var containers: Int = 0
    public var containersRunning: Int = 0
    public var containersPaused: Int = 0
    public var containersStopped: Int = 0
    public var images: Int = 0
    public var driver: String = ""
    public var driverStatus: [[String]] = []
    public var systemStatus: [[String]]?
    public var plugins: PluginsInfo = PluginsInfo()
    public var memoryLimit: Bool = false
    public var swapLimit: Bool = false
    @OmitEmpty public var kernelMemory: Bool = false
    public var kernelMemoryTCP: Bool = false
    public var cpuCfsPeriod: Bool = false
    public var cpuCfsQuota: Bool = false
    public var cpuShares: Bool = false
    public var cpuSet: Bool = false
    public var pidsLimit: Bool = false
    public var ipv4Forwarding: Bool = false
    /// Up to API 1.49.
    public var bridgeNfIptables: Bool?
    /// Up to API 1.49.
    public var bridgeNfIp6tables: Bool?
    public var debug: Bool = false
    public var fileDescriptors: Int = 0
    public var oomKillDisable: Bool = false
    public var goroutines: Int = 0
    public var systemTime: String = ""
    public var loggingDriver: String = ""
    public var cgroupDriver: String = ""
    @OmitEmpty public var cgroupVersion: String = ""
    public var eventListeners: Int = 0
    public var kernelVersion: String = ""
    public var operatingSystem: String = ""
    public var osVersion: String = ""
    public var osType: String = ""
    public var architecture: String = ""
    public var indexServerAddress: String = ""
    @Nullable public var registryConfig: RegistryServiceConfig?
    public var cpus: Int = 0
    public var memTotal: Int64 = 0
    @Nullable public var genericResources: [JSONValue]?
    public var dockerRootDir: String = ""
    public var httpProxy: String = ""
    public var httpsProxy: String = ""
    public var noProxy: String = ""
    public var name: String = ""
    public var labels: [String] = []
    public var experimentalBuild: Bool = false
    public var serverVersion: String = ""
    public var runtimes: [String: RuntimeInfo] = [:]
    public var defaultRuntime: String = ""
    public var swarm: SwarmInfo = SwarmInfo()
    public var liveRestoreEnabled: Bool = false
    public var isolation: String = ""
    public var initBinary: String = ""
    public var containerdCommit: Commit = Commit()
    public var runcCommit: Commit = Commit()
    public var initCommit: Commit = Commit()
    public var securityOptions: [String] = []
    @OmitEmpty public var productLicense: String = ""
    public var defaultAddressPools: [AddressPool]?
    public var firewallBackend: FirewallInfo?
    public var discoveredDevices: [JSONValue]?
    public var cdiSpecDirs: [String] = []
    public var containerd: ContainerdInfo?
    @Nullable public var warnings: [String]?

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case id = "ID"
        case containers = "Containers"
        case containersRunning = "ContainersRunning"
        case containersPaused = "ContainersPaused"
        case containersStopped = "ContainersStopped"
        case images = "Images"
        case driver = "Driver"
        case driverStatus = "DriverStatus"
        case systemStatus = "SystemStatus"
        case plugins = "Plugins"
        case memoryLimit = "MemoryLimit"
        case swapLimit = "SwapLimit"
        case kernelMemory = "KernelMemory"
        case kernelMemoryTCP = "KernelMemoryTCP"
        case cpuCfsPeriod = "CpuCfsPeriod"
        case cpuCfsQuota = "CpuCfsQuota"
        case cpuShares = "CPUShares"
        case cpuSet = "CPUSet"
        case pidsLimit = "PidsLimit"
        case ipv4Forwarding = "IPv4Forwarding"
        case bridgeNfIptables = "BridgeNfIptables"
        case bridgeNfIp6tables = "BridgeNfIp6tables"
        case debug = "Debug"
        case fileDescriptors = "NFd"
        case oomKillDisable = "OomKillDisable"
        case goroutines = "NGoroutines"
        case systemTime = "SystemTime"
        case loggingDriver = "LoggingDriver"
        case cgroupDriver = "CgroupDriver"
        case cgroupVersion = "CgroupVersion"
        case eventListeners = "NEventsListener"
        case kernelVersion = "KernelVersion"
        case operatingSystem = "OperatingSystem"
        case osVersion = "OSVersion"
        case osType = "OSType"
        case architecture = "Architecture"
        case indexServerAddress = "IndexServerAddress"
        case registryConfig = "RegistryConfig"
        case cpus = "NCPU"
        case memTotal = "MemTotal"
        case genericResources = "GenericResources"
        case dockerRootDir = "DockerRootDir"
        case httpProxy = "HttpProxy"
        case httpsProxy = "HttpsProxy"
        case noProxy = "NoProxy"
        case name = "Name"
        case labels = "Labels"
        case experimentalBuild = "ExperimentalBuild"
        case serverVersion = "ServerVersion"
        case runtimes = "Runtimes"
        case defaultRuntime = "DefaultRuntime"
        case swarm = "Swarm"
        case liveRestoreEnabled = "LiveRestoreEnabled"
        case isolation = "Isolation"
        case initBinary = "InitBinary"
        case containerdCommit = "ContainerdCommit"
        case runcCommit = "RuncCommit"
        case initCommit = "InitCommit"
        case securityOptions = "SecurityOptions"
        case productLicense = "ProductLicense"
        case defaultAddressPools = "DefaultAddressPools"
        case firewallBackend = "FirewallBackend"
        case discoveredDevices = "DiscoveredDevices"
        case cdiSpecDirs = "CDISpecDirs"
        case containerd = "Containerd"
        case warnings = "Warnings"
    }
}
extension SystemInfo: GoZero {}

/// The drivers there are, by kind.
public struct PluginsInfo: Codable, Hashable, Sendable {
    public var volume: [String] = []
    public var network: [String] = []
    @Nullable public var authorization: [String]?
    public var log: [String] = []

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case volume = "Volume"
        case network = "Network"
        case authorization = "Authorization"
        case log = "Log"
    }
}
extension PluginsInfo: GoZero {}

/// A range that new networks take their subnets from.
public struct AddressPool: Codable, Hashable, Sendable {
    public var base: String = ""
    public var size: Int = 0

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case base = "Base"
        case size = "Size"
    }
}
extension AddressPool: GoZero {}

/// What filters packets.
public struct FirewallInfo: Codable, Hashable, Sendable {
    public var driver: String = ""
    public var info: [[String]]?

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case driver = "Driver"
        case info = "Info"
    }
}
extension FirewallInfo: GoZero {}

/// Where containerd is, if the daemon uses one.
public struct ContainerdInfo: Codable, Hashable, Sendable {
    @OmitEmpty public var address: String = ""
    public var namespaces: ContainerdNamespaces = ContainerdNamespaces()

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case address = "Address"
        case namespaces = "Namespaces"
    }
}
extension ContainerdInfo: GoZero {}

/// containerd's namespaces.
public struct ContainerdNamespaces: Codable, Hashable, Sendable {
    public var containers: String = ""
    public var plugins: String = ""

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case containers = "Containers"
        case plugins = "Plugins"
    }
}
extension ContainerdNamespaces: GoZero {}

/// One OCI runtime (Runtime).
public struct RuntimeInfo: Codable, Hashable, Sendable {
    @OmitEmpty public var path: String = ""
    public var runtimeArgs: [String]?
    public var status: [String: String]?

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case path
        case runtimeArgs
        case status
    }
}
extension RuntimeInfo: GoZero {}

/// The revision of a part.
public struct Commit: Codable, Hashable, Sendable {
    public var id: String = ""
    /// Up to API 1.48.
    public var expected: String?

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case id = "ID"
        case expected = "Expected"
    }
}
extension Commit: GoZero {}

/// berth is no swarm node: `inactive`.
public struct SwarmInfo: Codable, Hashable, Sendable {
    public var nodeID: String = ""
    public var nodeAddr: String = ""
    public var localNodeState: String = "inactive"
    public var controlAvailable: Bool = false
    public var error: String = ""
    @Nullable public var remoteManagers: [JSONValue]?

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case nodeID = "NodeID"
        case nodeAddr = "NodeAddr"
        case localNodeState = "LocalNodeState"
        case controlAvailable = "ControlAvailable"
        case error = "Error"
        case remoteManagers = "RemoteManagers"
    }
}
extension SwarmInfo: GoZero {}

/// The registries that the daemon knows.
public struct RegistryServiceConfig: Codable, Hashable, Sendable {
    /// Up to API 1.48.
    public var allowNondistributableArtifactsCIDRs: [String]?
    /// Up to API 1.48.
    public var allowNondistributableArtifactsHostnames: [String]?
    public var indexConfigs: [String: IndexInfo] = [:]
    public var insecureRegistryCIDRs: [String] = []
    @Nullable public var mirrors: [String]?

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case allowNondistributableArtifactsCIDRs = "AllowNondistributableArtifactsCIDRs"
        case allowNondistributableArtifactsHostnames = "AllowNondistributableArtifactsHostnames"
        case indexConfigs = "IndexConfigs"
        case insecureRegistryCIDRs = "InsecureRegistryCIDRs"
        case mirrors = "Mirrors"
    }
}
extension RegistryServiceConfig: GoZero {}

/// One registry.
public struct IndexInfo: Codable, Hashable, Sendable {
    public var mirrors: [String] = []
    public var name: String = ""
    public var official: Bool = false
    public var secure: Bool = false

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case mirrors = "Mirrors"
        case name = "Name"
        case official = "Official"
        case secure = "Secure"
    }
}
extension IndexInfo: GoZero {}
