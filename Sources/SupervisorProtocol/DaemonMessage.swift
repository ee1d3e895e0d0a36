public import OCI

/// What a daemon asks of a supervisor.
///
/// Each request with a number is answered by one ``SupervisorMessage`` with the same number.
public enum DaemonMessage: Hashable, Sendable {
    /// Run the program of a held container.
    case go
    /// Give up a held container: it is killed, and nothing of it stays. Answered by `failed`.
    case abort
    /// Attach a client; its stream socket is the descriptor beside this. Answered by `done` or `refused`.
    case attach(request: UInt32, AttachStreams)
    /// Send a signal to the container's PID 1, or to all of its processes.
    case signal(request: UInt32, number: Int32, toAll: Bool)
    /// Set the size of the container's terminal, or of an exec's.
    case resize(request: UInt32, rows: UInt16, columns: UInt16, execID: String?)
    /// End the container's stdin.
    case closeStdin(request: UInt32)
    /// Run a further process. Descriptors: the stream socket if `hasStream`, then the seccomp program if
    /// `hasSeccompProgram`. Answered by `execStarted` or `execFailed`, and later by `execExited`.
    case exec(request: UInt32, ExecRequest)
    /// Send a signal to an exec's process.
    case execSignal(request: UInt32, execID: String, number: Int32)
    /// Ask for a ``SupervisorStatus``; its answer brings the pidfd and the network namespace along.
    case status(request: UInt32)
    /// Open the log file anew, after somebody moved it.
    case reopenLog(request: UInt32)
}

/// A further process in a running container.
public struct ExecRequest: Hashable, Sendable {
    public var id: String
    /// Arguments, environment, directory, capabilities, terminal and limits; its `user` counts if ``user`` is nil.
    public var process: RuntimeSpec.Process
    /// As in ``LaunchRequest/user``.
    public var user: String?
    public var groups: [String]
    /// Which of the process's streams are the client's; the others are `/dev/null`.
    public var streams: AttachStreams
    public var hasStream: Bool
    public var hasSeccompProgram: Bool

    public init(
        id: String, process: RuntimeSpec.Process, user: String? = nil, groups: [String] = [],
        streams: AttachStreams = AttachStreams(), hasStream: Bool = false, hasSeccompProgram: Bool = false
    ) {
        self.id = id
        self.process = process
        self.user = user
        self.groups = groups
        self.streams = streams
        self.hasStream = hasStream
        self.hasSeccompProgram = hasSeccompProgram
    }
}

extension ExecRequest: WireValue {
    func write(to writer: inout WireWriter) {
        writer.put(id)
        writer.put(process)
        writer.put(user)
        writer.put(groups)
        writer.put(streams)
        writer.put(hasStream)
        writer.put(hasSeccompProgram)
    }

    init(from reader: inout WireReader) throws(WireError) {
        self.init(
            id: try reader.get(), process: try reader.get(), user: try reader.get(), groups: try reader.get(),
            streams: try reader.get(), hasStream: try reader.get(), hasSeccompProgram: try reader.get())
    }
}

extension DaemonMessage: WireValue {
    func write(to writer: inout WireWriter) {
        switch self {
        case .go: writer.byte(1)
        case .abort: writer.byte(2)
        case .attach(let request, let streams):
            writer.byte(3)
            writer.put(request)
            writer.put(streams)
        case .signal(let request, let number, let toAll):
            writer.byte(4)
            writer.put(request)
            writer.put(number)
            writer.put(toAll)
        case .resize(let request, let rows, let columns, let execID):
            writer.byte(5)
            writer.put(request)
            writer.put(rows)
            writer.put(columns)
            writer.put(execID)
        case .closeStdin(let request):
            writer.byte(6)
            writer.put(request)
        case .exec(let request, let exec):
            writer.byte(7)
            writer.put(request)
            writer.put(exec)
        case .execSignal(let request, let execID, let number):
            writer.byte(8)
            writer.put(request)
            writer.put(execID)
            writer.put(number)
        case .status(let request):
            writer.byte(9)
            writer.put(request)
        case .reopenLog(let request):
            writer.byte(10)
            writer.put(request)
        }
    }

    init(from reader: inout WireReader) throws(WireError) {
        switch try reader.byte() {
        case 1: self = .go
        case 2: self = .abort
        case 3: self = .attach(request: try reader.get(), try reader.get())
        case 4: self = .signal(request: try reader.get(), number: try reader.get(), toAll: try reader.get())
        case 5:
            self = .resize(
                request: try reader.get(), rows: try reader.get(), columns: try reader.get(),
                execID: try reader.get())
        case 6: self = .closeStdin(request: try reader.get())
        case 7: self = .exec(request: try reader.get(), try reader.get())
        case 8:
            self = .execSignal(request: try reader.get(), execID: try reader.get(), number: try reader.get())
        case 9: self = .status(request: try reader.get())
        case 10: self = .reopenLog(request: try reader.get())
        case let other: throw WireError("unknown request \(other)")
        }
    }
}
