internal import AsyncPrimitives
internal import DockerAPI
internal import EngineModel
internal import Synchronization

/// Tells what happens to objects, and keeps the last 256 events for `--since`.
final class EventBus: Sendable {
    private let broadcast = Broadcast<EventMessage>(historyLimit: 256)
    private let published = Atomic(0)

    /// How many events there have been since the daemon started.
    var publishedCount: Int { published.load(ordering: .relaxed) }
    /// How many clients listen.
    var listenerCount: Int { broadcast.listenerCount }

    /// Publishes one event; `id` is the object's.
    func publish(type: String, action: String, id: String, attributes: [String: String], from: String = "") {
        let now = Timestamp.now
        var message = EventMessage()
        if type == "container" || type == "image" {
            message.status = action
            message.id = id
            message.from = from
        }
        message.type = type
        message.action = action
        message.actor.id = id
        message.actor.attributes = attributes
        message.scope = "local"
        message.time = now.seconds
        message.timeNano = now.nanoseconds
        published.wrappingAdd(1, ordering: .relaxed)
        broadcast.send(message)
    }

    /// Past events from `since` on, then those that come, until `until`; only those that match.
    func stream(_ options: EventOptions) -> AsyncThrowingStream<EventMessage, any Error> {
        let (history, live) = broadcast.listen()
        let past =
            options.since.map { since in
                history.filter { $0.timeNano >= since && Self.matches($0, options) }
            } ?? []
        return AsyncThrowingStream { continuation in
            for message in past { continuation.yield(message) }
            let task = Task {
                for await message in live {
                    if let until = options.until, message.timeNano > until { break }
                    if Self.matches(message, options) { continuation.yield(message) }
                }
                continuation.finish()
            }
            let deadline = options.until.map { until in
                Task {
                    let left = max(until, 0) - Timestamp.now.nanoseconds
                    if left > 0 { try? await Task.sleep(for: .nanoseconds(left)) }
                    if !Task.isCancelled {
                        continuation.finish()
                        task.cancel()
                    }
                }
            }
            continuation.onTermination = { _ in
                task.cancel()
                deadline?.cancel()
            }
        }
    }

    /// Ends every stream: the daemon stops.
    func finish() { broadcast.finish() }

    private static func matches(_ message: EventMessage, _ options: EventOptions) -> Bool {
        if let until = options.until, message.timeNano > until { return false }
        return EventFilter.matches(message, options.filters)
    }
}
