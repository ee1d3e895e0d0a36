internal import NIOCore
internal import Synchronization

/// Writes the body of a streamed response.
public final class HTTPBodyWriter: Sendable {
    private let channel: any Channel
    private let chunked: Bool
    private let discards: Bool
    private let previous = Mutex<EventLoopFuture<Void>?>(nil)

    init(channel: any Channel, chunked: Bool, discards: Bool) {
        self.channel = channel
        self.chunked = chunked
        self.discards = discards
    }

    /// Sends bytes and waits until those before them are on their way; throws once the client has gone.
    public func write(_ bytes: [UInt8]) async throws {
        if bytes.isEmpty || discards { return }
        var buffer = channel.allocator.buffer(capacity: bytes.count + 16)
        if chunked { buffer.writeString(String(bytes.count, radix: 16) + "\r\n") }
        buffer.writeBytes(bytes)
        if chunked { buffer.writeString("\r\n") }
        try await send(buffer)
    }

    /// Ends the body once everything before has gone out.
    func finish() async throws {
        if chunked && !discards { try await send(ByteBuffer(string: "0\r\n\r\n")) }
        try await settle()
    }

    private func send(_ buffer: ByteBuffer) async throws {
        try await settle()
        try Task.checkCancellation()
        let future: EventLoopFuture<Void> = channel.writeAndFlush(buffer)
        previous.withLock { $0 = future }
    }

    private func settle() async throws {
        let future = previous.withLock { previous in
            defer { previous = nil }
            return previous
        }
        try await future?.get()
    }
}
