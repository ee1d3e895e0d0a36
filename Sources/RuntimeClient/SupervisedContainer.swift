public import AsyncPrimitives
public import Linux
internal import Logging
public import SupervisorProtocol
internal import Synchronization

/// The daemon's end of one supervisor: one container from its launch, or its adoption, to its exit.
public final class SupervisedContainer: Sendable {
    /// A container whose process exists and waits for ``go()``.
    public struct Created: Sendable {
        public let pid: Int32
        /// Clock ticks since boot; field 22 of `/proc/PID/stat`.
        public let startTime: UInt64
        /// The network namespace, for as long as this value lives.
        public let networkNamespace: SharedDescriptor?
    }

    /// The supervisor has gone without a word: killed, or the connection broke.
    public struct SupervisorGone: Error, Sendable, CustomStringConvertible {
        public let description = "the container's supervisor ended unexpectedly"
    }

    private enum Reply: Sendable {
        case message(SupervisorMessage, [SharedDescriptor])
        case gone
    }

    private struct State {
        var nextRequest: UInt32 = 1
        var replies: [UInt32: OneShot<Reply>] = [:]
        var execExits: [String: OneShot<ExitStatus?>] = [:]
        var warnings: [String] = []
        var isGone = false
        var outOfMemoryCount = 0
        var whenOutOfMemory: (@Sendable () -> Void)?
    }

    public let id: String
    private let connection: AsyncDescriptor
    private let logger: Logger
    private let state = Mutex(State())
    private let creation = OneShot<Result<Created, any Error>>()
    private let start = OneShot<Result<SupervisorProtocol.Timestamp, any Error>>()
    /// The exit, once; nil when the supervisor went without telling.
    public let exit = OneShot<ExitRecord?>()

    init(id: String, connection: AsyncDescriptor, logger: Logger) {
        self.id = id
        self.connection = connection
        self.logger = logger
    }

    /// Begins to read; called once.
    func listen() {
        Task { [self] in
            do {
                while let received = try await connection.performReading({ socket in
                    try SupervisorMessage.receive(socket, wait: false)
                }) {
                    handle(received.message, received.descriptors)
                }
            } catch {
                logger.debug(
                    "supervisor connection broke", metadata: ["container": "\(id)", "error": "\(error)"])
            }
            finish()
        }
    }

    private func handle(_ message: SupervisorMessage, _ descriptors: [SharedDescriptor]) {
        switch message {
        case .created(let pid, let startTime):
            let namespace = descriptors.count > 1 ? descriptors[1] : nil
            creation.set(.success(Created(pid: pid, startTime: startTime, networkNamespace: namespace)))
        case .started(let time): start.set(.success(time))
        case .failed(let failure):
            creation.set(.failure(failure))
            start.set(.failure(failure))
        case .warning(let text):
            state.withLock { $0.warnings.append(text) }
            logger.warning(
                "container started with a limit", metadata: ["container": "\(id)", "warning": "\(text)"])
        case .done(let request), .refused(let request, _), .execStarted(let request, _, _),
            .execFailed(let request, _, _), .status(let request, _):
            let reply = state.withLock { $0.replies.removeValue(forKey: request) }
            reply?.set(.message(message, descriptors))
        case .execExited(let execID, let status):
            // One that was forgotten, or that an earlier daemon started, has nobody to tell.
            state.withLock { $0.execExits[execID] }?.set(status)
        case .outOfMemory:
            let handler = state.withLock { state in
                state.outOfMemoryCount += 1
                return state.whenOutOfMemory
            }
            handler?()
        case .exited(let record):
            exit.set(record)
        }
    }

    private func finish() {
        connection.close()
        creation.set(.failure(SupervisorGone()))
        start.set(.failure(SupervisorGone()))
        let (replies, execs) = state.withLock { state in
            state.isGone = true
            defer { state.replies = [:] }
            return (Array(state.replies.values), Array(state.execExits.values))
        }
        for reply in replies { reply.set(.gone) }
        for exec in execs { exec.set(nil) }
        exit.set(nil)
    }

    /// How often the supervisor told that processes were killed for want of memory.
    public var outOfMemoryCount: Int { state.withLock { $0.outOfMemoryCount } }

    /// Calls `handler` whenever ``outOfMemoryCount`` has grown, and now if it has already.
    public func whenOutOfMemory(_ handler: @escaping @Sendable () -> Void) {
        let isDue = state.withLock { state in
            state.whenOutOfMemory = handler
            return state.outOfMemoryCount > 0
        }
        if isDue { handler() }
    }

    /// Waits until the container's process exists, or throws the ``StartFailure``.
    public func created() async throws -> Created { try await creation.value().get() }

    /// Lets the program run and waits until it does, or throws the ``StartFailure``.
    public func go() async throws -> SupervisorProtocol.Timestamp {
        do {
            try await send(.go)
        } catch is SupervisorGone {
            // It may have told why before it went.
        }
        return try await started()
    }

    /// Waits until the program runs; for a container that was not held.
    public func started() async throws -> SupervisorProtocol.Timestamp { try await start.value().get() }

    /// Gives up a held container.
    public func abort() async { try? await send(.abort) }

    /// What the supervisor warned of so far.
    public var warnings: [String] { state.withLock { $0.warnings } }

    /// Attaches a client: `stream` is the far end of a stream socket pair.
    public func attach(_ streams: AttachStreams, stream: SharedDescriptor) async throws {
        try await request([stream]) { .attach(request: $0, streams) }
    }

    /// Sends a signal to PID 1, or to all processes of the container.
    public func signal(_ number: Int32, toAll: Bool = false) async throws {
        try await request { .signal(request: $0, number: number, toAll: toAll) }
    }

    /// Sends a signal to the process of an exec.
    public func signalExec(_ execID: String, _ number: Int32) async throws {
        try await request { .execSignal(request: $0, execID: execID, number: number) }
    }

    /// Sets the size of the terminal of the container, or of an exec.
    public func resize(rows: UInt16, columns: UInt16, execID: String? = nil) async throws {
        try await request { .resize(request: $0, rows: rows, columns: columns, execID: execID) }
    }

    /// Asks for what the supervisor knows.
    public func status() async throws -> (status: SupervisorStatus, networkNamespace: SharedDescriptor?) {
        let (message, descriptors) = try await reply { .status(request: $0) }
        guard case .status(_, let status) = message else { throw SupervisorGone() }
        return (status, descriptors.count > 1 ? descriptors[1] : nil)
    }

    /// Starts a further process and returns its pid; throws the ``StartFailure``.
    public func exec(
        _ exec: ExecRequest, stream: SharedDescriptor?, seccomp: SharedDescriptor?
    ) async throws -> Int32 {
        _ = execExit(exec.id)
        var descriptors: [SharedDescriptor] = []
        if let stream { descriptors.append(stream) }
        if let seccomp { descriptors.append(seccomp) }
        let (message, _) = try await reply(descriptors) { .exec(request: $0, exec) }
        switch message {
        case .execStarted(_, _, let pid): return pid
        case .execFailed(_, _, let failure): throw failure
        default: throw SupervisorGone()
        }
    }

    /// The exit of an exec, once; nil when the supervisor went without telling.
    public func execExit(_ execID: String) -> OneShot<ExitStatus?> {
        state.withLock { state in
            if let known = state.execExits[execID] { return known }
            let new = OneShot<ExitStatus?>()
            if state.isGone { new.set(nil) }
            state.execExits[execID] = new
            return new
        }
    }

    /// Forgets an exec that was inspected for the last time.
    public func forgetExec(_ execID: String) { state.withLock { $0.execExits[execID] = nil } }

    private func send(_ message: DaemonMessage, _ descriptors: [SharedDescriptor] = []) async throws {
        let raw = descriptors.map(\.rawValue)
        do {
            try await connection.performWriting { socket in
                try message.send(socket, descriptors: raw, wait: false)
            }
        } catch let error as SystemError where error.code == .brokenPipe || error.code == .connectionReset {
            throw SupervisorGone()
        }
    }

    private func reply(
        _ descriptors: [SharedDescriptor] = [], _ make: (UInt32) -> DaemonMessage
    ) async throws -> (SupervisorMessage, [SharedDescriptor]) {
        let answer = OneShot<Reply>()
        let number = state.withLock { state in
            defer { state.nextRequest += 1 }
            state.replies[state.nextRequest] = answer
            return state.nextRequest
        }
        do {
            if exit.current != nil { throw SupervisorGone() }
            try await send(make(number), descriptors)
        } catch {
            state.withLock { _ = $0.replies.removeValue(forKey: number) }
            throw error
        }
        switch try await answer.value() {
        case .message(let message, let descriptors): return (message, descriptors)
        case .gone: throw SupervisorGone()
        }
    }

    private func request(
        _ descriptors: [SharedDescriptor] = [], _ make: (UInt32) -> DaemonMessage
    ) async throws {
        let (message, _) = try await reply(descriptors, make)
        if case .refused(_, let words) = message { throw RequestRefused(description: words) }
    }

    /// The supervisor could not do what it was asked.
    public struct RequestRefused: Error, Sendable, CustomStringConvertible {
        public let description: String
    }
}
