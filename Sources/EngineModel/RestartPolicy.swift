/// When a container that ended is started again.
public struct RestartPolicy: Hashable, Sendable {
    public enum Mode: String, Sendable {
        case no, always
        case onFailure = "on-failure"
        case unlessStopped = "unless-stopped"
    }

    public let mode: Mode
    /// With `on-failure`: how often at most; 0 is without end.
    public let maximumRetries: Int

    /// Reads the API's pair; an unknown name or a count where none belongs is an error in Docker's words.
    public init(name: String, maximumRetries: Int) throws {
        func invalid(_ reason: String) -> EngineError {
            EngineError(.invalidParameter, "invalid restart policy: " + reason)
        }
        guard let mode = Mode(rawValue: name.isEmpty ? "no" : name) else {
            throw invalid(
                "unknown policy '\(name)'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'")
        }
        if maximumRetries != 0 && mode != .onFailure {
            throw invalid(
                "maximum retry count can only be used with 'on-failure'"
                    + (maximumRetries < 0 ? " and cannot be negative" : ""))
        }
        if maximumRetries < 0 { throw invalid("maximum retry count cannot be negative") }
        self.mode = mode
        self.maximumRetries = maximumRetries
    }

    /// Whether to start again after an exit with `exitCode`, `restarts` restarts into it.
    ///
    /// A container that its user stopped stays stopped.
    public func restarts(afterExit exitCode: Int, restarts: Int, stoppedByUser: Bool) -> Bool {
        if stoppedByUser { return false }
        switch mode {
        case .no: return false
        case .always, .unlessStopped: return true
        case .onFailure: return exitCode != 0 && (maximumRetries == 0 || restarts < maximumRetries)
        }
    }

    /// Whether a new daemon starts a container that it finds ended, with `exitCode`, `restarts` restarts into it.
    ///
    /// As with Docker, `on-failure` looks at the exit code alone: one that was stopped by a signal comes back.
    public func startsWithDaemon(exitCode: Int, restarts: Int, stoppedByUser: Bool) -> Bool {
        switch mode {
        case .no: return false
        case .onFailure: return exitCode != 0 && (maximumRetries == 0 || restarts < maximumRetries)
        case .always: return true
        case .unlessStopped: return !stoppedByUser
        }
    }
}

/// The wait before a restart: 100 ms, doubled each time up to a minute.
///
/// It is back at 100 ms once a run lasted ten seconds.
public struct RestartBackoff: Sendable {
    private var next: Duration = .milliseconds(100)

    public init() {}

    /// The wait after a run of length `lasted`.
    public mutating func delay(afterRunOf lasted: Duration) -> Duration {
        if lasted >= .seconds(10) { next = .milliseconds(100) }
        defer { next = min(next * 2, .seconds(60)) }
        return next
    }
}
