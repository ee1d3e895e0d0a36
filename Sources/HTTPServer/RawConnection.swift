internal import NIOCore
internal import Synchronization

/// A connection that has left HTTP: bytes in both directions, each of which can end on its own.
public final class RawConnection: Sendable {
    private let channel: any Channel
    private let input: InputQueue
    private let previous = Mutex<EventLoopFuture<Void>?>(nil)

    init(channel: any Channel, input: InputQueue) {
        self.channel = channel
        self.input = input
    }

    /// The next bytes from the client, or nil once it has sent all it will.
    public func read() async throws -> [UInt8]? { try await input.next() }

    /// Sends bytes and waits until those before them are on their way; throws once the client has gone.
    public func write(_ bytes: [UInt8]) async throws {
        if bytes.isEmpty { return }
        try await settle()
        let future: EventLoopFuture<Void> = channel.writeAndFlush(ByteBuffer(bytes: bytes))
        previous.withLock { $0 = future }
    }

    /// Waits until everything written has gone out.
    public func settle() async throws {
        let future = previous.withLock { previous in
            defer { previous = nil }
            return previous
        }
        try await future?.get()
    }

    /// Tells the client that no more will come, while it may go on sending.
    public func closeOutput() async throws {
        try await settle()
        try await channel.close(mode: .output).get()
    }
}
