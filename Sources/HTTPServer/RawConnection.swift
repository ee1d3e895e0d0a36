internal import NIOCore

/// A connection that has left HTTP: bytes in both directions, each of which can end on its own.
public final class RawConnection: Sendable {
    private let channel: any Channel
    private let input: InputQueue
    private let output: OutgoingWrites

    init(channel: any Channel, input: InputQueue) {
        self.channel = channel
        self.input = input
        output = OutgoingWrites(channel)
    }

    /// The next bytes from the client, or nil once it has sent all it will.
    public func read() async throws -> [UInt8]? { try await input.next() }

    /// Sends bytes and waits until those before them are on their way, but for a few; throws once the client has gone.
    public func write(_ bytes: [UInt8]) async throws {
        if !bytes.isEmpty { try await output.send(ByteBuffer(bytes: bytes)) }
    }

    /// Waits until everything written has gone out.
    public func settle() async throws { try await output.settle() }

    /// Tells the client that no more will come, while it may go on sending.
    public func closeOutput() async throws {
        try await settle()
        try await channel.close(mode: .output).get()
    }
}
