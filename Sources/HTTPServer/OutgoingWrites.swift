internal import NIOCore
internal import Synchronization

/// Writes to a channel in order, with a few of them under way: the connection never waits for the writer's thread, and
/// the writer waits for a client that does not read.
final class OutgoingWrites: Sendable {
    private static let limit = 3
    private let channel: any Channel
    private let pending = Mutex<[EventLoopFuture<Void>]>([])

    init(_ channel: any Channel) { self.channel = channel }

    /// Sends bytes once there is room; throws once the client has gone, or the caller was cancelled.
    func send(_ buffer: ByteBuffer) async throws {
        try await wait(untilBelow: Self.limit)
        try Task.checkCancellation()
        let future: EventLoopFuture<Void> = channel.writeAndFlush(buffer)
        pending.withLock { $0.append(future) }
    }

    /// Waits until everything is on its way.
    func settle() async throws { try await wait(untilBelow: 1) }

    private func wait(untilBelow limit: Int) async throws {
        while true {
            let oldest = pending.withLock { $0.count < limit ? nil : $0.removeFirst() }
            guard let oldest else { return }
            try await oldest.get()
        }
    }
}
