import Glibc
import Linux
import OCI
import SupervisorProtocol

/// One container under test: its control connection and an attached stream.
final class TestContainer {
    struct Timeout: Error {}

    let id: String
    let folder: String
    let control: Int32
    var stream: Int32?
    var pid: Int32 = 0
    private let harness: RuntimeHarness
    private var nextRequest: UInt32 = 0
    private(set) var seen: [SupervisorMessage] = []

    init(id: String, folder: String, control: Int32, stream: Int32?, harness: RuntimeHarness) {
        (self.id, self.folder, self.control, self.stream, self.harness) = (
            id, folder, control, stream, harness
        )
    }

    deinit {
        if pid > 0, exitRecord == nil, failure == nil { _ = try? signalProcess(pid, SIGKILL) }
        close(control)
        if let stream { close(stream) }
    }

    var upper: String { folder + "/upper" }
    var failure: StartFailure? {
        for case .failed(let failure) in seen { return failure }
        return nil
    }
    var exitRecord: ExitRecord? {
        for case .exited(let record) in seen { return record }
        return nil
    }
    var warnings: [String] {
        seen.compactMap { if case .warning(let text) = $0 { text } else { nil } }
    }

    /// The next message, or nil once the supervisor has gone.
    func next(seconds: Int32 = 10) throws -> SupervisorMessage? {
        var waiter = [pollfd(fd: control, events: Int16(POLLIN), revents: 0)]
        guard poll(&waiter, 1, seconds * 1000) > 0 else { throw Timeout() }
        guard let received = try SupervisorMessage.receive(control) else { return nil }
        seen.append(received.message)
        if case .created(let pid, _) = received.message { self.pid = pid }
        return received.message
    }

    /// Reads messages until `wanted` takes one; nil if the supervisor ends before.
    @discardableResult
    func wait<Value>(for wanted: (SupervisorMessage) -> Value?) throws -> Value? {
        while let message = try next() { if let value = wanted(message) { return value } }
        return nil
    }

    func started() throws -> Bool {
        try wait { message -> Bool? in
            switch message {
            case .started: true
            case .failed: false
            default: nil
            }
        } ?? false
    }

    /// The exit, once the container has ended.
    func exited() throws -> ExitRecord? {
        if let exitRecord { return exitRecord }
        return try wait { if case .exited(let record) = $0 { record } else { nil } }
    }

    /// Sends a request with a new number and returns its answer.
    func ask(_ descriptors: [Int32] = [], _ make: (UInt32) -> DaemonMessage) throws -> SupervisorMessage? {
        nextRequest += 1
        let number = nextRequest
        try make(number).send(control, descriptors: descriptors)
        return try wait { message in
            switch message {
            case .done(number), .refused(number, _), .execStarted(number, _, _), .execFailed(number, _, _),
                .status(number, _):
                message
            default: nil
            }
        }
    }

    /// All bytes of `socket` until its end.
    static func readAll(_ socket: Int32, seconds: Int32 = 10) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while true {
            var waiter = [pollfd(fd: socket, events: Int16(POLLIN), revents: 0)]
            guard poll(&waiter, 1, seconds * 1000) > 0 else { throw Timeout() }
            let count = read(socket, &chunk, chunk.count)
            if count <= 0 { return bytes }
            bytes.append(contentsOf: chunk[..<count])
        }
    }

    /// Takes Docker's frames apart.
    static func demultiplex(_ bytes: [UInt8]) -> (stdout: String, stderr: String) {
        var texts: [UInt8: [UInt8]] = [:]
        var at = 0
        while at + 8 <= bytes.count {
            let count = bytes[(at + 4)..<(at + 8)].reduce(0) { $0 << 8 | Int($1) }
            texts[bytes[at], default: []].append(
                contentsOf: bytes[(at + 8)..<min(at + 8 + count, bytes.count)])
            at += 8 + count
        }
        return (
            String(decoding: texts[1] ?? [], as: UTF8.self), String(decoding: texts[2] ?? [], as: UTF8.self)
        )
    }

    /// The whole output of a container that ends by itself, and its exit code.
    func finish() throws -> (stdout: String, stderr: String, code: Int32?) {
        let text = Self.demultiplex(try Self.readAll(stream ?? -1))
        return (text.stdout, text.stderr, try exited()?.status.code)
    }

    /// Runs a further process and returns its output and exit code.
    func exec(
        _ arguments: [String], user: String? = "", input: String? = nil, terminal: Bool = false,
        directory: String = "/"
    ) throws -> (stdout: String, stderr: String, code: Int32?, failure: StartFailure?) {
        let (ours, theirs) = try SocketPair(.stream).release()
        let process = RuntimeSpec.Process(
            terminal: terminal, args: arguments, env: ["PATH=/bin"], cwd: directory)
        let execID = "exec\(nextRequest)"
        let answer = try ask([theirs]) { number in
            .exec(
                request: number,
                ExecRequest(
                    id: execID, process: process, user: user,
                    streams: AttachStreams(stdin: input != nil, stdout: true, stderr: true), hasStream: true))
        }
        close(theirs)
        defer { close(ours) }
        if case .execFailed(_, _, let failure)? = answer { return ("", "", nil, failure) }
        if let input {
            try writeAll(ours, Array(input.utf8))
            endWriting(ours)
        }
        let bytes = try Self.readAll(ours)
        let status: ExitStatus? =
            try seen.reversed().lazy.compactMap { Self.exit($0, execID) }.first
            ?? wait { Self.exit($0, execID) }
        if terminal { return (String(decoding: bytes, as: UTF8.self), "", status?.code, nil) }
        let text = Self.demultiplex(bytes)
        return (text.stdout, text.stderr, status?.code, nil)
    }

    private static func exit(_ message: SupervisorMessage, _ id: String) -> ExitStatus? {
        if case .execExited(id, let status) = message { status } else { nil }
    }
}
