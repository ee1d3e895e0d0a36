/// One mount asked for with `--mount`.
public struct Mount: Codable, Hashable, Sendable {
    /// `bind`, `volume`, `tmpfs`, `npipe`, `cluster` or `image`.
    @OmitEmpty public var type: String = ""
    @OmitEmpty public var source: String = ""
    @OmitEmpty public var target: String = ""
    @OmitEmpty public var readOnly: Bool = false
    @OmitEmpty public var consistency: String = ""
    public var bindOptions: BindOptions?
    public var volumeOptions: VolumeOptions?
    public var imageOptions: ImageMountOptions?
    public var tmpfsOptions: TmpfsOptions?
    public var clusterOptions: EmptyObject?

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case type = "Type"
        case source = "Source"
        case target = "Target"
        case readOnly = "ReadOnly"
        case consistency = "Consistency"
        case bindOptions = "BindOptions"
        case volumeOptions = "VolumeOptions"
        case imageOptions = "ImageOptions"
        case tmpfsOptions = "TmpfsOptions"
        case clusterOptions = "ClusterOptions"
    }
}
extension Mount: GoZero {}

/// Options of a bind mount.
public struct BindOptions: Codable, Hashable, Sendable {
    @OmitEmpty public var propagation: String = ""
    @OmitEmpty public var nonRecursive: Bool = false
    @OmitEmpty public var createMountpoint: Bool = false
    @OmitEmpty public var readOnlyNonRecursive: Bool = false
    @OmitEmpty public var readOnlyForceRecursive: Bool = false

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case propagation = "Propagation"
        case nonRecursive = "NonRecursive"
        case createMountpoint = "CreateMountpoint"
        case readOnlyNonRecursive = "ReadOnlyNonRecursive"
        case readOnlyForceRecursive = "ReadOnlyForceRecursive"
    }
}
extension BindOptions: GoZero {}

/// Options of a volume mount.
public struct VolumeOptions: Codable, Hashable, Sendable {
    @OmitEmpty public var noCopy: Bool = false
    @OmitEmpty public var labels: [String: String] = [:]
    @OmitEmpty public var subpath: String = ""
    public var driverConfig: MountDriverConfig?

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case noCopy = "NoCopy"
        case labels = "Labels"
        case subpath = "Subpath"
        case driverConfig = "DriverConfig"
    }
}
extension VolumeOptions: GoZero {}

/// The driver of a volume that a mount makes.
public struct MountDriverConfig: Codable, Hashable, Sendable {
    @OmitEmpty public var name: String = ""
    @OmitEmpty public var options: [String: String] = [:]

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case name = "Name"
        case options = "Options"
    }
}
extension MountDriverConfig: GoZero {}

/// Options of an image mount.
public struct ImageMountOptions: Codable, Hashable, Sendable {
    @OmitEmpty public var subpath: String = ""

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case subpath = "Subpath"
    }
}
extension ImageMountOptions: GoZero {}

/// Options of a tmpfs mount.
public struct TmpfsOptions: Codable, Hashable, Sendable {
    @OmitEmpty public var sizeBytes: Int64 = 0
    @OmitEmpty public var mode: Int = 0
    public var options: [[String]]?

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case sizeBytes = "SizeBytes"
        case mode = "Mode"
        case options = "Options"
    }
}
extension TmpfsOptions: GoZero {}

/// A mount that a container has.
public struct MountPoint: Codable, Hashable, Sendable {
    @OmitEmpty public var type: String = ""
    @OmitEmpty public var name: String = ""
    public var source: String = ""
    public var destination: String = ""
    @OmitEmpty public var driver: String = ""
    public var mode: String = ""
    public var isWritable: Bool = false
    public var propagation: String = ""

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case type = "Type"
        case name = "Name"
        case source = "Source"
        case destination = "Destination"
        case driver = "Driver"
        case mode = "Mode"
        case isWritable = "RW"
        case propagation = "Propagation"
    }
}
extension MountPoint: GoZero {}
