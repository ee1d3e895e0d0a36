/// Where a container stands between create and remove, in Docker's words.
public enum LifecyclePhase: String, Codable, Sendable {
    case created, running, paused, restarting, removing, exited, dead
}

/// What a container's life so far has come to: pure, so that each rule can be tested as a table.
///
/// The container's actor asks before it acts and tells what has happened; the changes are made before
/// anything is awaited, so a call that gets in between sees them.
public struct Lifecycle: Codable, Sendable, Hashable {
    public private(set) var phase: LifecyclePhase
    /// The init process while one runs; 0 otherwise.
    public private(set) var pid: Int32
    public private(set) var exitCode: Int
    /// Why the last start failed; empty otherwise.
    public private(set) var error: String
    public private(set) var outOfMemory: Bool
    public private(set) var started: Timestamp?
    public private(set) var finished: Timestamp?
    /// Restarts by policy since the user's last start.
    public private(set) var restartCount: Int
    /// The user stopped it: policies that honour that do not start it again.
    public private(set) var stoppedByUser: Bool

    public init() {
        phase = .created
        pid = 0
        exitCode = 0
        error = ""
        outOfMemory = false
        started = nil
        finished = nil
        restartCount = 0
        stoppedByUser = false
    }

    /// Whether processes of the container exist.
    public var isRunning: Bool { phase == .running || phase == .paused }

    /// What `start` has to do.
    public enum StartDecision: Sendable, Hashable {
        case begin, alreadyRunning
    }

    /// Decides on a start; one that its state forbids is an error in Docker's words.
    public func requestStart() throws -> StartDecision {
        switch phase {
        case .running: return .alreadyRunning
        case .paused:
            throw EngineError(.conflict, "cannot start a paused container, try unpause instead")
        case .removing, .dead:
            throw EngineError(.conflict, "container is marked for removal and cannot be started")
        case .created, .exited, .restarting: return .begin
        }
    }

    /// A process runs: `pid`, since `time`.
    public mutating func recordStart(pid: Int32, time: Timestamp, byPolicy: Bool) {
        phase = .running
        self.pid = pid
        started = time
        exitCode = 0
        error = ""
        outOfMemory = false
        stoppedByUser = false
        if byPolicy { restartCount += 1 } else { restartCount = 0 }
    }

    /// The start came to nothing.
    public mutating func recordFailedStart(exitCode: Int, error: String, time: Timestamp) {
        if phase != .removing { phase = started == nil ? .created : .exited }
        pid = 0
        self.exitCode = exitCode
        self.error = error
        finished = started == nil ? nil : time
    }

    /// The init process ended.
    public mutating func recordExit(code: Int, outOfMemory: Bool, time: Timestamp) {
        if phase != .removing { phase = .exited }
        pid = 0
        exitCode = code
        self.outOfMemory = outOfMemory
        finished = time
    }

    /// A restart by policy waits for its time.
    public mutating func recordRestarting() { if phase == .exited { phase = .restarting } }

    /// The waiting restart was called off.
    public mutating func cancelRestart() { if phase == .restarting { phase = .exited } }

    public mutating func recordPause() { if phase == .running { phase = .paused } }

    public mutating func recordUnpause() { if phase == .paused { phase = .running } }

    /// The user asked it to end.
    public mutating func recordStopRequest() { stoppedByUser = true }

    /// Removal has begun; nothing else may begin.
    public mutating func recordRemoval() { phase = .removing }

    /// A removal that a crash cut short is to begin anew.
    public mutating func recordAbandonedRemoval() { phase = started == nil ? .created : .exited }

    /// Removal failed half-way: only another removal makes sense.
    public mutating func recordFailedRemoval(error: String) {
        phase = .dead
        self.error = error
    }
}
