/// One line of `docker ps`.
public struct ContainerSummary: Codable, Hashable, Sendable {
    public var id: String = ""
    public var names: [String] = []
    public var image: String = ""
    public var imageID: String = ""
    public var command: String = ""
    /// Seconds since 1970.
    public var created: Int64 = 0
    public var ports: [PortSummary] = []
    @OmitEmpty public var sizeRw: Int64 = 0
    @OmitEmpty public var sizeRootFs: Int64 = 0
    public var labels: [String: String] = [:]
    public var state: String = ""
    /// "Up 4 minutes (healthy)"
    public var status: String = ""
    public var hostConfig: SummaryHostConfig = SummaryHostConfig()
    public var networkSettings: SummaryNetworkSettings = SummaryNetworkSettings()
    public var mounts: [MountPoint] = []

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case id = "Id"
        case names = "Names"
        case image = "Image"
        case imageID = "ImageID"
        case command = "Command"
        case created = "Created"
        case ports = "Ports"
        case sizeRw = "SizeRw"
        case sizeRootFs = "SizeRootFs"
        case labels = "Labels"
        case state = "State"
        case status = "Status"
        case hostConfig = "HostConfig"
        case networkSettings = "NetworkSettings"
        case mounts = "Mounts"
    }
}
extension ContainerSummary: GoZero {}

/// An exposed port and where it is published (Port).
public struct PortSummary: Codable, Hashable, Sendable {
    @OmitEmpty public var ip: String = ""
    public var privatePort: UInt16 = 0
    @OmitEmpty public var publicPort: UInt16 = 0
    public var type: String = ""

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case ip = "IP"
        case privatePort = "PrivatePort"
        case publicPort = "PublicPort"
        case type = "Type"
    }
}
extension PortSummary: GoZero {}

/// The part of HostConfig that a list shows.
public struct SummaryHostConfig: Codable, Hashable, Sendable {
    @OmitEmpty public var networkMode: String = ""
    @OmitEmpty public var annotations: [String: String] = [:]

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case networkMode = "NetworkMode"
        case annotations = "Annotations"
    }
}
extension SummaryHostConfig: GoZero {}

/// The part of NetworkSettings that a list shows.
public struct SummaryNetworkSettings: Codable, Hashable, Sendable {
    public var networks: [String: EndpointSettings] = [:]

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case networks = "Networks"
    }
}
extension SummaryNetworkSettings: GoZero {}
