/// What a container runs: the part of its settings that an image may give as well.
public struct ContainerConfig: Codable, Hashable, Sendable {
    public var hostname: String = ""
    public var domainname: String = ""
    public var user: String = ""
    public var attachStdin: Bool = false
    public var attachStdout: Bool = false
    public var attachStderr: Bool = false
    /// Keys are "80/tcp".
    @OmitEmpty public var exposedPorts: [String: EmptyObject] = [:]
    public var tty: Bool = false
    public var openStdin: Bool = false
    public var stdinOnce: Bool = false
    @Nullable public var env: [String]?
    @StringOrList public var cmd: [String]?
    public var healthcheck: HealthConfig?
    @OmitEmpty public var argsEscaped: Bool = false
    public var image: String = ""
    @Nullable public var volumes: [String: EmptyObject]?
    public var workingDir: String = ""
    @StringOrList public var entrypoint: [String]?
    @OmitEmpty public var networkDisabled: Bool = false
    @OmitEmpty public var macAddress: String = ""
    @Nullable public var onBuild: [String]?
    @Nullable public var labels: [String: String]?
    @OmitEmpty public var stopSignal: String = ""
    /// Seconds.
    public var stopTimeout: Int?
    @OmitEmptyList public var shell: [String]?

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case hostname = "Hostname"
        case domainname = "Domainname"
        case user = "User"
        case attachStdin = "AttachStdin"
        case attachStdout = "AttachStdout"
        case attachStderr = "AttachStderr"
        case exposedPorts = "ExposedPorts"
        case tty = "Tty"
        case openStdin = "OpenStdin"
        case stdinOnce = "StdinOnce"
        case env = "Env"
        case cmd = "Cmd"
        case healthcheck = "Healthcheck"
        case argsEscaped = "ArgsEscaped"
        case image = "Image"
        case volumes = "Volumes"
        case workingDir = "WorkingDir"
        case entrypoint = "Entrypoint"
        case networkDisabled = "NetworkDisabled"
        case macAddress = "MacAddress"
        case onBuild = "OnBuild"
        case labels = "Labels"
        case stopSignal = "StopSignal"
        case stopTimeout = "StopTimeout"
        case shell = "Shell"
    }
}
extension ContainerConfig: GoZero {}

/// How a container's health is probed; durations are nanoseconds, 0 means inherited.
public struct HealthConfig: Codable, Hashable, Sendable {
    /// `NONE`, or `CMD` and arguments, or `CMD-SHELL` and a command line.
    @OmitEmptyList public var test: [String]?
    @OmitEmpty public var interval: Int64 = 0
    @OmitEmpty public var timeout: Int64 = 0
    @OmitEmpty public var startPeriod: Int64 = 0
    @OmitEmpty public var startInterval: Int64 = 0
    @OmitEmpty public var retries: Int = 0

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case test = "Test"
        case interval = "Interval"
        case timeout = "Timeout"
        case startPeriod = "StartPeriod"
        case startInterval = "StartInterval"
        case retries = "Retries"
    }
}
extension HealthConfig: GoZero {}
