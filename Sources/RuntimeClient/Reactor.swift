internal import Glibc
internal import Linux
internal import Synchronization

/// One thread that watches every descriptor which the daemon waits for, and wakes the tasks that wait.
final class Reactor: Sendable {
    /// The daemon's only one, started by its first use.
    static let shared: Reactor = {
        let reactor = Reactor()
        reactor.start()
        return reactor
    }()

    private struct State {
        var watched: [UInt64: AsyncDescriptor] = [:]
        var nextKey: UInt64 = 1
    }

    private let state = Mutex(State())
    private let poll: Result<EventPollBox, SystemError>

    private init() {
        do throws(SystemError) {
            let box = EventPollBox(try EventPoll())
            poll = .success(box)
        } catch {
            poll = .failure(error)
        }
    }

    private func start() {
        guard case .success(let box) = poll else { return }
        let thread = startThread { [self] in
            var ready: [EventPoll.Ready] = []
            while true {
                do { try box.poll.wait(into: &ready) } catch { continue }
                for entry in ready {
                    let descriptor = state.withLock { $0.watched[entry.key] }
                    descriptor?.becameReady(entry.events)
                }
            }
        }
        precondition(thread, "the reactor's thread could not be started")
    }

    /// Begins to watch `descriptor`, which reports under the key returned.
    func watch(_ descriptor: AsyncDescriptor) throws -> UInt64 {
        let key = state.withLock { state in
            defer { state.nextKey += 1 }
            state.watched[state.nextKey] = descriptor
            return state.nextKey
        }
        do {
            try poll.get().poll.add(
                descriptor.rawValue, [.readable, .writable, .peerClosed, .edgeTriggered], key: key)
        } catch {
            state.withLock { $0.watched[key] = nil }
            throw error
        }
        return key
    }

    /// Stops watching the descriptor with `key`; it must still be open.
    func forget(_ key: UInt64, rawValue: Int32) {
        try? poll.get().poll.remove(rawValue)
        state.withLock { $0.watched[key] = nil }
    }
}

private final class EventPollBox: Sendable {
    let poll: EventPoll
    init(_ poll: consuming EventPoll) { self.poll = poll }
}

/// Starts a detached thread with a small stack.
func startThread(_ body: @escaping @Sendable () -> Void) -> Bool {
    final class Box: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    pthread_attr_setstacksize(&attributes, 256 << 10)
    var thread = pthread_t()
    let box = Unmanaged.passRetained(Box(body))
    let result = pthread_create(
        &thread, &attributes,
        { raw in
            if let raw { Unmanaged<Box>.fromOpaque(raw).takeRetainedValue().body() }
            return nil
        }, box.toOpaque())
    if result != 0 { box.release() }
    return result == 0
}
