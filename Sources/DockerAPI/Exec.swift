/// What to run in a running container.
public struct ExecConfig: Codable, Hashable, Sendable {
    public var user: String = ""
    public var privileged: Bool = false
    public var tty: Bool = false
    public var consoleSize: [Int]?
    public var attachStdin: Bool = false
    public var attachStderr: Bool = false
    public var attachStdout: Bool = false
    @OmitEmpty public var detach: Bool = false
    public var detachKeys: String = ""
    @Nullable public var env: [String]?
    public var workingDir: String = ""
    @StringOrList public var cmd: [String]?

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case user = "User"
        case privileged = "Privileged"
        case tty = "Tty"
        case consoleSize = "ConsoleSize"
        case attachStdin = "AttachStdin"
        case attachStderr = "AttachStderr"
        case attachStdout = "AttachStdout"
        case detach = "Detach"
        case detachKeys = "DetachKeys"
        case env = "Env"
        case workingDir = "WorkingDir"
        case cmd = "Cmd"
    }
}
extension ExecConfig: GoZero {}

/// How to start what ``ExecConfig`` has prepared.
public struct ExecStartConfig: Codable, Hashable, Sendable {
    public var detach: Bool = false
    public var tty: Bool = false
    public var consoleSize: [Int]?

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case detach = "Detach"
        case tty = "Tty"
        case consoleSize = "ConsoleSize"
    }
}
extension ExecStartConfig: GoZero {}

/// One exec (ExecInspectResponse).
public struct ExecInspect: Codable, Hashable, Sendable {
    public var id: String = ""
    public var running: Bool = false
    @Nullable public var exitCode: Int?
    public var processConfig: ProcessConfig = ProcessConfig()
    public var openStdin: Bool = false
    public var openStderr: Bool = false
    public var openStdout: Bool = false
    public var canRemove: Bool = false
    public var containerID: String = ""
    /// Go's base64 of the key bytes.
    public var detachKeys: String = ""
    public var pid: Int = 0

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case id = "ID"
        case running = "Running"
        case exitCode = "ExitCode"
        case processConfig = "ProcessConfig"
        case openStdin = "OpenStdin"
        case openStderr = "OpenStderr"
        case openStdout = "OpenStdout"
        case canRemove = "CanRemove"
        case containerID = "ContainerID"
        case detachKeys = "DetachKeys"
        case pid = "Pid"
    }
}
extension ExecInspect: GoZero {}

/// The process of an exec.
public struct ProcessConfig: Codable, Hashable, Sendable {
    public var tty: Bool = false
    public var entrypoint: String = ""
    public var arguments: [String] = []
    public var privileged: Bool?
    @OmitEmpty public var user: String = ""

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case tty
        case entrypoint
        case arguments
        case privileged
        case user
    }
}
extension ProcessConfig: GoZero {}

/// The id of what was made.
public struct IDResponse: Codable, Hashable, Sendable {
    public var id: String = ""

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case id = "Id"
    }
}
extension IDResponse: GoZero {}
