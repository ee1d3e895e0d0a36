/// Where a container is in its life.
public struct ContainerState: Codable, Hashable, Sendable {
    /// created, running, paused, restarting, removing, exited or dead.
    public var status: String = ""
    public var running: Bool = false
    public var paused: Bool = false
    public var restarting: Bool = false
    public var oomKilled: Bool = false
    public var dead: Bool = false
    public var pid: Int = 0
    public var exitCode: Int = 0
    public var error: String = ""
    public var startedAt: String = "0001-01-01T00:00:00Z"
    public var finishedAt: String = "0001-01-01T00:00:00Z"
    public var health: Health?

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case status = "Status"
        case running = "Running"
        case paused = "Paused"
        case restarting = "Restarting"
        case oomKilled = "OOMKilled"
        case dead = "Dead"
        case pid = "Pid"
        case exitCode = "ExitCode"
        case error = "Error"
        case startedAt = "StartedAt"
        case finishedAt = "FinishedAt"
        case health = "Health"
    }
}
extension ContainerState: GoZero {}

/// What the probes have found so far.
public struct Health: Codable, Hashable, Sendable {
    /// starting, healthy, unhealthy
    public var status: String = ""
    public var failingStreak: Int = 0
    @Nullable public var log: [HealthcheckResult]?

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case status = "Status"
        case failingStreak = "FailingStreak"
        case log = "Log"
    }
}
extension Health: GoZero {}

/// One probe.
public struct HealthcheckResult: Codable, Hashable, Sendable {
    public var start: String = "0001-01-01T00:00:00Z"
    public var end: String = "0001-01-01T00:00:00Z"
    public var exitCode: Int = 0
    public var output: String = ""

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case start = "Start"
        case end = "End"
        case exitCode = "ExitCode"
        case output = "Output"
    }
}
extension HealthcheckResult: GoZero {}
