/// What ContainerList was asked for.
public struct ContainerListOptions: Sendable, Hashable {
    public var all = false
    /// At most so many of the newest, running or not; 0 is no limit.
    public var limit = 0
    public var size = false
    public var filters = Filters()

    public init() {}

    /// The names of filters that Docker knows here.
    public static let filterNames: Set<String> = [
        "ancestor", "before", "exited", "expose", "health", "id", "is-task", "isolation", "label", "name",
        "network", "publish", "since", "status", "volume",
    ]
}

/// What ContainerDelete was asked for.
public struct ContainerRemoveOptions: Sendable, Hashable {
    public var force = false
    /// Removes anonymous volumes too.
    public var volumes = false
    /// Removes a link and not the container.
    public var link = false

    public init() {}
}

/// What ContainerLogs was asked for.
public struct LogOptions: Sendable, Hashable {
    public var stdout = false
    public var stderr = false
    public var follow = false
    public var timestamps = false
    public var details = false
    /// Nanoseconds since 1970; nil is from the start.
    public var since: Int64?
    public var until: Int64?
    /// So many last lines; nil is all.
    public var tail: Int?

    public init() {}
}

/// What ContainerAttach was asked for.
public struct AttachOptions: Sendable, Hashable {
    /// What the log holds already, before anything new.
    public var logs = false
    /// What comes from now on.
    public var stream = false
    public var stdin = false
    public var stdout = false
    public var stderr = false
    /// As `ctrl-p,ctrl-q`; nil is the daemon's default.
    public var detachKeys: String?

    public init() {}
}

/// What ContainerWait waits for.
public enum WaitCondition: String, Sendable, Hashable {
    /// No longer running; true at once for a container that is not.
    case notRunning = "not-running"
    case nextExit = "next-exit"
    case removed
}

/// Whether a request changed anything; the latter answers 304.
public enum ChangeOutcome: Sendable, Hashable {
    case changed
    case alreadySo
}

/// An exit that has been waited for since before the answer's header went out.
public struct PendingExit: Sendable {
    /// Waits for the exit; a cancelled task stops waiting.
    public let value: @Sendable () async throws -> ContainerWaitResponse

    public init(_ value: @escaping @Sendable () async throws -> ContainerWaitResponse) { self.value = value }
}
