internal import Linux

/// Calls handlers as their descriptors become ready; all on one thread.
final class EventLoop {
    typealias Handler = (EventPoll.Events) -> Void

    private struct Watch {
        let descriptor: Int32
        var events: EventPoll.Events
        let handler: Handler
    }

    private let poll: EventPoll
    private var watches: [UInt64: Watch] = [:]
    private var nextKey: UInt64 = 1
    private var ready: [EventPoll.Ready] = []

    init() throws(SystemError) { poll = try EventPoll() }

    /// Begins to watch `descriptor`; with no `events` only from the first ``set(_:_:)`` that has some.
    func watch(
        _ descriptor: Int32, _ events: EventPoll.Events, _ handler: @escaping Handler
    ) throws(SystemError) -> UInt64 {
        let key = nextKey
        nextKey += 1
        if !events.isEmpty { try poll.add(descriptor, events, key: key) }
        watches[key] = Watch(descriptor: descriptor, events: events, handler: handler)
        return key
    }

    /// Changes what is watched for. With nothing, not even a hang-up is reported.
    func set(_ key: UInt64, _ events: EventPoll.Events) {
        guard let watch = watches[key], watch.events != events else { return }
        // A descriptor of ours that the kernel no longer knows would be our own mistake.
        if events.isEmpty {
            try? poll.remove(watch.descriptor)
        } else if watch.events.isEmpty {
            try? poll.add(watch.descriptor, events, key: key)
        } else {
            try? poll.modify(watch.descriptor, events, key: key)
        }
        watches[key]?.events = events
    }

    /// Stops watching; the descriptor is still open.
    func forget(_ key: UInt64) {
        guard let watch = watches.removeValue(forKey: key) else { return }
        if !watch.events.isEmpty { try? poll.remove(watch.descriptor) }
    }

    /// Waits once and calls the handlers.
    func turn(timeoutMilliseconds: Int32 = -1) throws(SystemError) {
        try poll.wait(timeoutMilliseconds: timeoutMilliseconds, into: &ready)
        for event in ready { watches[event.key]?.handler(event.events) }
    }
}
