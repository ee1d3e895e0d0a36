/// All there is to know of one image.
public struct ImageInspect: Codable, Hashable, Sendable {
    public var id: String = ""
    public var repoTags: [String] = []
    public var repoDigests: [String] = []
    public var parent: String = ""
    public var comment: String = ""
    public var created: String?
    public var dockerVersion: String = ""
    public var author: String = ""
    public var architecture: String = ""
    @OmitEmpty public var variant: String = ""
    public var os: String = ""
    @OmitEmpty public var osVersion: String = ""
    public var size: Int64 = 0
    /// Up to API 1.43.
    public var virtualSize: Int64?
    public var graphDriver: DriverData = DriverData()
    public var rootFS: ImageRootFS = ImageRootFS()
    public var metadata: ImageMetadata = ImageMetadata()
    public var config: ImageInspectConfig?
    /// Only where they were asked for.
    public var manifests: [ImageManifestSummary]?

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case id = "Id"
        case repoTags = "RepoTags"
        case repoDigests = "RepoDigests"
        case parent = "Parent"
        case comment = "Comment"
        case created = "Created"
        case dockerVersion = "DockerVersion"
        case author = "Author"
        case architecture = "Architecture"
        case variant = "Variant"
        case os = "Os"
        case osVersion = "OsVersion"
        case size = "Size"
        case virtualSize = "VirtualSize"
        case graphDriver = "GraphDriver"
        case rootFS = "RootFS"
        case metadata = "Metadata"
        case config = "Config"
        case manifests = "Manifests"
    }
}
extension ImageInspect: GoZero {}

/// The layers of an image, by diff id.
public struct ImageRootFS: Codable, Hashable, Sendable {
    public var type: String = "layers"
    @OmitEmpty public var layers: [String] = []

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case type = "Type"
        case layers = "Layers"
    }
}
extension ImageRootFS: GoZero {}

/// What this daemon knows of an image beside its content.
public struct ImageMetadata: Codable, Hashable, Sendable {
    public var lastTagTime: String = "0001-01-01T00:00:00Z"

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case lastTagTime = "LastTagTime"
    }
}
extension ImageMetadata: GoZero {}

/// The run-time defaults of an image (ImageConfig).
public struct ImageInspectConfig: Codable, Hashable, Sendable {
    @OmitEmpty public var argsEscaped: Bool = false
    @StringOrList public var cmd: [String]?
    @StringOrList public var entrypoint: [String]?
    @Nullable public var env: [String]?
    @OmitEmpty public var exposedPorts: [String: EmptyObject] = [:]
    public var healthcheck: HealthConfig?
    @Nullable public var labels: [String: String]?
    @Nullable public var onBuild: [String]?
    @OmitEmptyList public var shell: [String]?
    @OmitEmpty public var stopSignal: String = ""
    public var user: String = ""
    @Nullable public var volumes: [String: EmptyObject]?
    public var workingDir: String = ""

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case argsEscaped = "ArgsEscaped"
        case cmd = "Cmd"
        case entrypoint = "Entrypoint"
        case env = "Env"
        case exposedPorts = "ExposedPorts"
        case healthcheck = "Healthcheck"
        case labels = "Labels"
        case onBuild = "OnBuild"
        case shell = "Shell"
        case stopSignal = "StopSignal"
        case user = "User"
        case volumes = "Volumes"
        case workingDir = "WorkingDir"
    }
}
extension ImageInspectConfig: GoZero {}
