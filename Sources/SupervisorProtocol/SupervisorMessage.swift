/// What a supervisor tells the daemons that are connected to it.
///
/// The events (`created`, `started`, `failed`, `warning`, `execExited`, `outOfMemory`, `exited`) go to every connection; the
/// rest answers the one that asked.
public enum SupervisorMessage: Hashable, Sendable {
    /// The container's process exists and is being set up. Descriptors: its pidfd, its network namespace.
    case created(pid: Int32, startTime: UInt64)
    /// The program runs.
    case started(at: Timestamp)
    /// The start failed; nothing is left, and the supervisor ends.
    case failed(StartFailure)
    /// Something was not done as asked, and the container goes on without it.
    case warning(String)
    /// The request was carried out.
    case done(request: UInt32)
    /// The request was not carried out.
    case refused(request: UInt32, message: String)
    case execStarted(request: UInt32, execID: String, pid: Int32)
    case execFailed(request: UInt32, execID: String, StartFailure)
    case execExited(execID: String, ExitStatus)
    /// Descriptors: the pidfd and the network namespace of PID 1, while it lives.
    case status(request: UInt32, SupervisorStatus)
    /// The container has ended, its log is complete and its record is on disk; the supervisor ends.
    case exited(ExitRecord)
    /// The container ran out of memory, and the kernel kills one of its processes.
    case outOfMemory
}

/// Why a container's or an exec's program could not be started.
public struct StartFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// What exit code and words the engine chooses: 127 for ``notFound``, 126 for ``permissionDenied`` and
    /// ``notExecutable``.
    public enum Kind: String, Hashable, Sendable {
        /// The program is not there.
        case notFound
        case permissionDenied
        /// It is no program: a directory, a wrong format.
        case notExecutable
        case other
        /// Asked for by `abort`.
        case aborted
    }

    public var kind: Kind
    /// The step that failed: `exec`, `user` (an unknown user or group; Docker adds no prefix), `mount`, `cgroup`, …
    public var stage: String
    /// The `errno`, or 0.
    public var code: Int32
    /// The words from `exec: "nosuch": …` on, as Docker's users know them.
    public var message: String

    public init(kind: Kind, stage: String, code: Int32 = 0, message: String) {
        self.kind = kind
        self.stage = stage
        self.code = code
        self.message = message
    }

    public var description: String { message }
}

/// What a supervisor knows about its container, for a daemon that takes it over.
public struct SupervisorStatus: Hashable, Sendable {
    public enum Phase: String, Hashable, Sendable {
        /// Set up, or about to be, and not running yet; a held container stays so until `go`.
        case starting
        case running
        /// The process has gone and its output is being drained; `exited` follows.
        case ending
    }

    public var id: String
    public var phase: Phase
    public var pid: Int32
    /// Field 22 of `/proc/PID/stat`, against recycled pids.
    public var startTime: UInt64
    public var startedAt: Timestamp?
    /// Running execs, and ended ones that no daemon was told of.
    public var execs: [ExecState]

    public init(
        id: String, phase: Phase, pid: Int32, startTime: UInt64, startedAt: Timestamp?, execs: [ExecState]
    ) {
        self.id = id
        self.phase = phase
        self.pid = pid
        self.startTime = startTime
        self.startedAt = startedAt
        self.execs = execs
    }
}

/// One exec in a ``SupervisorStatus``.
public struct ExecState: Hashable, Sendable {
    public var id: String
    public var pid: Int32
    /// nil while it runs.
    public var exit: ExitStatus?

    public init(id: String, pid: Int32, exit: ExitStatus?) {
        self.id = id
        self.pid = pid
        self.exit = exit
    }
}

/// A moment, in seconds and nanoseconds since 1970.
public struct Timestamp: Hashable, Sendable {
    public var seconds: Int64
    public var nanoseconds: Int32

    public init(seconds: Int64, nanoseconds: Int32) {
        self.seconds = seconds
        self.nanoseconds = nanoseconds
    }
}

/// How a process ended.
public struct ExitStatus: Hashable, Sendable {
    /// Its exit code; 128 and the signal's number if a signal ended it.
    public var code: Int32
    /// The signal that ended it, or 0.
    public var signal: Int32

    public init(code: Int32, signal: Int32 = 0) {
        self.code = code
        self.signal = signal
    }
}

extension SupervisorMessage: WireValue {
    func write(to writer: inout WireWriter) {
        switch self {
        case .created(let pid, let startTime):
            writer.byte(1)
            writer.put(pid)
            writer.put(startTime)
        case .started(let time):
            writer.byte(2)
            writer.put(time)
        case .failed(let failure):
            writer.byte(3)
            writer.put(failure)
        case .warning(let text):
            writer.byte(4)
            writer.put(text)
        case .done(let request):
            writer.byte(5)
            writer.put(request)
        case .refused(let request, let message):
            writer.byte(6)
            writer.put(request)
            writer.put(message)
        case .execStarted(let request, let execID, let pid):
            writer.byte(7)
            writer.put(request)
            writer.put(execID)
            writer.put(pid)
        case .execFailed(let request, let execID, let failure):
            writer.byte(8)
            writer.put(request)
            writer.put(execID)
            writer.put(failure)
        case .execExited(let execID, let status):
            writer.byte(9)
            writer.put(execID)
            writer.put(status)
        case .status(let request, let status):
            writer.byte(10)
            writer.put(request)
            writer.put(status)
        case .exited(let record):
            writer.byte(11)
            writer.put(record)
        case .outOfMemory: writer.byte(12)
        }
    }

    init(from reader: inout WireReader) throws(WireError) {
        switch try reader.byte() {
        case 1: self = .created(pid: try reader.get(), startTime: try reader.get())
        case 2: self = .started(at: try reader.get())
        case 3: self = .failed(try reader.get())
        case 4: self = .warning(try reader.get())
        case 5: self = .done(request: try reader.get())
        case 6: self = .refused(request: try reader.get(), message: try reader.get())
        case 7:
            self = .execStarted(request: try reader.get(), execID: try reader.get(), pid: try reader.get())
        case 8: self = .execFailed(request: try reader.get(), execID: try reader.get(), try reader.get())
        case 9: self = .execExited(execID: try reader.get(), try reader.get())
        case 10: self = .status(request: try reader.get(), try reader.get())
        case 11: self = .exited(try reader.get())
        case 12: self = .outOfMemory
        case let other: throw WireError("unknown message \(other)")
        }
    }
}

extension StartFailure.Kind: WireValue {}

extension StartFailure: WireValue {
    func write(to writer: inout WireWriter) {
        writer.put(kind)
        writer.put(stage)
        writer.put(code)
        writer.put(message)
    }

    init(from reader: inout WireReader) throws(WireError) {
        self.init(
            kind: try reader.get(), stage: try reader.get(), code: try reader.get(), message: try reader.get()
        )
    }
}

extension SupervisorStatus.Phase: WireValue {}

extension SupervisorStatus: WireValue {
    func write(to writer: inout WireWriter) {
        writer.put(id)
        writer.put(phase)
        writer.put(pid)
        writer.put(startTime)
        writer.put(startedAt)
        writer.put(execs)
    }

    init(from reader: inout WireReader) throws(WireError) {
        self.init(
            id: try reader.get(), phase: try reader.get(), pid: try reader.get(), startTime: try reader.get(),
            startedAt: try reader.get(), execs: try reader.get())
    }
}

extension ExecState: WireValue {
    func write(to writer: inout WireWriter) {
        writer.put(id)
        writer.put(pid)
        writer.put(exit)
    }

    init(from reader: inout WireReader) throws(WireError) {
        self.init(id: try reader.get(), pid: try reader.get(), exit: try reader.get())
    }
}

extension Timestamp: WireValue {
    func write(to writer: inout WireWriter) {
        writer.put(seconds)
        writer.put(nanoseconds)
    }

    init(from reader: inout WireReader) throws(WireError) {
        self.init(seconds: try reader.get(), nanoseconds: try reader.get())
    }
}

extension ExitStatus: WireValue {
    func write(to writer: inout WireWriter) {
        writer.put(code)
        writer.put(signal)
    }

    init(from reader: inout WireReader) throws(WireError) {
        self.init(code: try reader.get(), signal: try reader.get())
    }
}
