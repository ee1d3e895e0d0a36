public import OrderedJSON

/// A named place for data that outlives containers.
public struct Volume: Codable, Hashable, Sendable {
    @OmitEmpty public var createdAt: String = ""
    public var driver: String = ""
    @Nullable public var labels: [String: String]?
    public var mountpoint: String = ""
    public var name: String = ""
    @Nullable public var options: [String: String]?
    public var scope: String = ""
    public var status: [String: JSONValue]?
    public var usageData: VolumeUsageData?

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case createdAt = "CreatedAt"
        case driver = "Driver"
        case labels = "Labels"
        case mountpoint = "Mountpoint"
        case name = "Name"
        case options = "Options"
        case scope = "Scope"
        case status = "Status"
        case usageData = "UsageData"
    }
}
extension Volume: GoZero {}

/// How much a volume holds and how many use it; -1 where that was not counted.
public struct VolumeUsageData: Codable, Hashable, Sendable {
    public var refCount: Int64 = 0
    public var size: Int64 = 0

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case refCount = "RefCount"
        case size = "Size"
    }
}
extension VolumeUsageData: GoZero {}

/// The volumes there are.
public struct VolumeListResponse: Codable, Hashable, Sendable {
    public var volumes: [Volume] = []
    @Nullable public var warnings: [String]?

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case volumes = "Volumes"
        case warnings = "Warnings"
    }
}
extension VolumeListResponse: GoZero {}

/// A volume to make (VolumeCreateOptions).
public struct VolumeCreateRequest: Codable, Hashable, Sendable {
    public var driver: String = ""
    @Nullable public var driverOpts: [String: String]?
    @Nullable public var labels: [String: String]?
    public var name: String = ""
    public var clusterVolumeSpec: JSONValue?

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case driver = "Driver"
        case driverOpts = "DriverOpts"
        case labels = "Labels"
        case name = "Name"
        case clusterVolumeSpec = "ClusterVolumeSpec"
    }
}
extension VolumeCreateRequest: GoZero {}
