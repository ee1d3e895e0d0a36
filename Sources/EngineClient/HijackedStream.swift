internal import Linux

/// A raw stream over a connection that HTTP has been left on: attach, exec.
///
/// Writing never waits: bytes that the engine does not take yet are kept and sent by ``flush()``,
/// so that a container which only writes cannot stop us from reading what it writes.
public final class HijackedStream {
    private let connection: HTTPConnection
    private var unsent: ArraySlice<UInt8> = []
    private var endsWhenSent = false
    private var sendingEnded = false

    /// Whether stdout and stderr come in frames, as they do without a terminal.
    ///
    /// Nil when the engine does not say (API before 1.42).
    public let isMultiplexed: Bool?

    init(_ connection: HTTPConnection, contentType: String) {
        self.connection = connection
        switch contentType {
        case "application/vnd.docker.multiplexed-stream": isMultiplexed = true
        default: isMultiplexed = nil
        }
    }

    public var descriptor: Int32 { connection.rawValue }
    /// Bytes lie ready that `poll` does not know of.
    public var hasBuffered: Bool { connection.hasBuffered }
    /// Whether bytes wait for the engine to take them.
    public var hasUnsent: Bool { !unsent.isEmpty }

    /// What the engine sent, waiting for it if need be; nil at the end.
    public func read() throws -> [UInt8]? { try connection.receive() }

    /// Takes `bytes` over for sending.
    public func write(_ bytes: [UInt8]) throws {
        unsent += bytes
        try flush()
    }

    /// Sends what the engine takes now.
    public func flush() throws {
        guard !sendingEnded else {
            unsent = []
            return
        }
        while !unsent.isEmpty {
            guard let count = try sendNow() else {
                // The other side has ended: what it sent before can still be read.
                sendingEnded = true
                unsent = []
                return
            }
            if count == 0 { return }
            unsent = unsent.dropFirst(count)
        }
        unsent = []
        if endsWhenSent {
            sendingEnded = true
            endSending(descriptor)
        }
    }

    /// How much the engine took; nil when it takes nothing more.
    private func sendNow() throws -> Int? {
        do {
            return try sendSome(descriptor, unsent)
        } catch {
            if error.code == .brokenPipe || error.code == .connectionReset { return nil }
            throw EngineClientError.transport("\(error)")
        }
    }

    /// Ends our side once everything has been sent.
    public func endWriting() throws {
        endsWhenSent = true
        try flush()
    }
}
