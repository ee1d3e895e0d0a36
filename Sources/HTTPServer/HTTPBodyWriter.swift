internal import NIOCore

/// Writes the body of a streamed response.
public final class HTTPBodyWriter: Sendable {
    private let channel: any Channel
    private let chunked: Bool
    private let discards: Bool
    private let output: OutgoingWrites

    init(channel: any Channel, chunked: Bool, discards: Bool) {
        self.channel = channel
        self.chunked = chunked
        self.discards = discards
        output = OutgoingWrites(channel)
    }

    /// Sends bytes and waits until those before them are on their way, but for a few; throws once the client has gone.
    public func write(_ bytes: [UInt8]) async throws {
        if bytes.isEmpty || discards { return }
        var buffer = channel.allocator.buffer(capacity: bytes.count + 16)
        if chunked { buffer.writeString(String(bytes.count, radix: 16) + "\r\n") }
        buffer.writeBytes(bytes)
        if chunked { buffer.writeString("\r\n") }
        try await output.send(buffer)
    }

    /// Ends the body once everything before has gone out.
    func finish() async throws {
        if chunked && !discards { try await output.send(ByteBuffer(string: "0\r\n\r\n")) }
        try await output.settle()
    }
}
