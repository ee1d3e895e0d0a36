internal import EngineClient
internal import Linux
internal import TerminalUI

/// Joins our standard streams to a container's, until one side ends.
final class Attachment {
    enum End: Equatable {
        /// The engine closed the stream.
        case closed
        /// The user typed the detach keys.
        case detached
    }

    private let cli: CLI
    private let stream: HijackedStream
    private let usesTerminal: Bool
    private let readsInput: Bool
    private var frames: StreamFrames?
    private var keys: DetachKeys?
    private var raw: RawTerminal?
    private var inputEnded = false
    private var signals: SignalHandling?

    /// `terminal` is whether the container has one; then its bytes come unframed.
    init(
        _ cli: CLI, _ stream: HijackedStream, terminal: Bool, input: Bool, keys: String,
        signals: SignalHandling? = nil
    ) throws {
        self.cli = cli
        self.stream = stream
        usesTerminal = terminal
        readsInput = input
        self.signals = signals
        if stream.isMultiplexed ?? !terminal { frames = StreamFrames() }
        if terminal, input {
            self.keys = try DetachKeys(parsing: keys)
            raw = RawTerminal(0)
        }
        inputEnded = !input
    }

    /// Passes bytes in both directions until the stream ends or the user detaches.
    func run() throws -> End {
        defer { finish() }
        while true {
            if stream.hasBuffered {
                if try !receive() { return .closed }
                continue
            }
            cli.flush()
            var items = [
                PollItem(stream.descriptor, read: true, write: stream.hasUnsent),
                // What is typed waits while the engine takes nothing, so that memory stays bounded.
                PollItem(0, read: !inputEnded && !stream.hasUnsent),
                PollItem(signals?.descriptor ?? -1, read: signals != nil),
            ]
            _ = try waitForAny(&items)
            if items[2].isReadable { signals?.handle() }
            if items[0].isWritable { try stream.flush() }
            if items[1].isReadable, try readInput() { return .detached }
            if items[0].isReadable, try !receive() { return .closed }
        }
    }

    /// Gives the terminal back.
    func finish() {
        raw?.restore()
        cli.flush()
    }

    private func receive() throws -> Bool {
        guard let bytes = try stream.read() else { return false }
        if frames == nil {
            cli.write(bytes[...])
            return true
        }
        try frames?.feed(bytes) { stream, piece in
            switch stream {
            case 2: cli.writeError(piece)
            case 3:
                throw CommandFailure("error from daemon in stream: \(String(decoding: piece, as: UTF8.self))")
            default: cli.write(piece)
            }
        }
        return true
    }

    /// Passes input on; true when the user detached.
    private func readInput() throws -> Bool {
        var buffer = [UInt8](repeating: 0, count: 32768)
        let count: Int
        do {
            count = try buffer.withUnsafeMutableBytes { try readBytes(0, into: $0) }
        } catch {
            inputEnded = true
            try stream.endWriting()
            return false
        }
        if count == 0 {
            inputEnded = true
            try stream.endWriting()
            return false
        }
        let bytes = Array(buffer[..<count])
        guard keys != nil, let filtered = keys?.filter(bytes) else {
            try stream.write(bytes)
            return false
        }
        try stream.write(filtered.passed)
        return filtered.detached
    }
}
