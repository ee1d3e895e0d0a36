/// A block device and its share of I/O.
public struct WeightDevice: Codable, Hashable, Sendable {
    public var path: String = ""
    public var weight: Int = 0

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case path = "Path"
        case weight = "Weight"
    }
}
extension WeightDevice: GoZero {}

/// A block device and its limit, in bytes or operations a second.
public struct ThrottleDevice: Codable, Hashable, Sendable {
    public var path: String = ""
    public var rate: UInt64 = 0

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case path = "Path"
        case rate = "Rate"
    }
}
extension ThrottleDevice: GoZero {}

/// A device of the host inside a container.
public struct DeviceMapping: Codable, Hashable, Sendable {
    public var pathOnHost: String = ""
    public var pathInContainer: String = ""
    public var cgroupPermissions: String = ""

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case pathOnHost = "PathOnHost"
        case pathInContainer = "PathInContainer"
        case cgroupPermissions = "CgroupPermissions"
    }
}
extension DeviceMapping: GoZero {}

/// A wish for devices, in a driver's words (GPUs).
public struct DeviceRequest: Codable, Hashable, Sendable {
    public var driver: String = ""
    public var count: Int = 0
    @Nullable public var deviceIDs: [String]?
    @Nullable public var capabilities: [[String]]?
    @Nullable public var options: [String: String]?

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case driver = "Driver"
        case count = "Count"
        case deviceIDs = "DeviceIDs"
        case capabilities = "Capabilities"
        case options = "Options"
    }
}
extension DeviceRequest: GoZero {}

/// One resource limit of the container's processes.
public struct Ulimit: Codable, Hashable, Sendable {
    public var name: String = ""
    public var hard: Int64 = 0
    public var soft: Int64 = 0

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case name = "Name"
        case hard = "Hard"
        case soft = "Soft"
    }
}
extension Ulimit: GoZero {}
