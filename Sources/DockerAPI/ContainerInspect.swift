/// All there is to know of one container (ContainerInspectResponse).
public struct ContainerInspect: Codable, Hashable, Sendable {
    public var id: String = ""
    public var created: String = ""
    public var path: String = ""
    public var args: [String] = []
    public var state: ContainerState = ContainerState()
    /// The image's id.
    public var image: String = ""
    public var resolvConfPath: String = ""
    public var hostnamePath: String = ""
    public var hostsPath: String = ""
    public var logPath: String = ""
    /// With the leading slash.
    public var name: String = ""
    public var restartCount: Int = 0
    public var driver: String = ""
    public var platform: String = ""
    public var mountLabel: String = ""
    public var processLabel: String = ""
    public var appArmorProfile: String = ""
    @Nullable public var execIDs: [String]?
    public var hostConfig: HostConfig = HostConfig()
    public var graphDriver: DriverData = DriverData()
    public var sizeRw: Int64?
    public var sizeRootFs: Int64?
    public var mounts: [MountPoint] = []
    public var config: ContainerConfig = ContainerConfig()
    public var networkSettings: NetworkSettings = NetworkSettings()

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case id = "Id"
        case created = "Created"
        case path = "Path"
        case args = "Args"
        case state = "State"
        case image = "Image"
        case resolvConfPath = "ResolvConfPath"
        case hostnamePath = "HostnamePath"
        case hostsPath = "HostsPath"
        case logPath = "LogPath"
        case name = "Name"
        case restartCount = "RestartCount"
        case driver = "Driver"
        case platform = "Platform"
        case mountLabel = "MountLabel"
        case processLabel = "ProcessLabel"
        case appArmorProfile = "AppArmorProfile"
        case execIDs = "ExecIDs"
        case hostConfig = "HostConfig"
        case graphDriver = "GraphDriver"
        case sizeRw = "SizeRw"
        case sizeRootFs = "SizeRootFs"
        case mounts = "Mounts"
        case config = "Config"
        case networkSettings = "NetworkSettings"
    }
}
extension ContainerInspect: GoZero {}

/// What the storage driver tells of a container or an image.
public struct DriverData: Codable, Hashable, Sendable {
    @Nullable public var data: [String: String]?
    public var name: String = ""

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case data = "Data"
        case name = "Name"
    }
}
extension DriverData: GoZero {}
