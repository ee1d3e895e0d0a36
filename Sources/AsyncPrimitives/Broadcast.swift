internal import Synchronization

/// Sends each value to all who listen, and keeps the last ones for those who come later.
///
/// A listener that falls more than `bufferLimit` values behind loses the oldest of them: one slow
/// client never holds memory or the others back.
public final class Broadcast<Value: Sendable>: Sendable {
    private struct State {
        var history: [Value] = []
        var listeners: [Int: AsyncStream<Value>.Continuation] = [:]
        var nextListener = 0
        var isFinished = false
    }

    private let state = Mutex(State())
    private let historyLimit: Int
    private let bufferLimit: Int

    public init(historyLimit: Int, bufferLimit: Int = 4096) {
        self.historyLimit = historyLimit
        self.bufferLimit = bufferLimit
    }

    /// Hands `value` to every listener; all of them see all values in one order, that of the history.
    public func send(_ value: Value) {
        state.withLock { state in
            state.history.append(value)
            if state.history.count > historyLimit * 2 {
                state.history.removeFirst(state.history.count - historyLimit)
            }
            // Below the lock, or two senders could hand theirs over in different orders. It runs no code of
            // the listener's, and a stream that ends calls `onTermination` without a lock of its own.
            for listener in state.listeners.values { listener.yield(value) }
        }
    }

    /// The values kept, oldest first, and a stream of those that follow without a gap.
    public func listen() -> (history: [Value], stream: AsyncStream<Value>) {
        let (stream, continuation) = AsyncStream.makeStream(
            of: Value.self, bufferingPolicy: .bufferingNewest(bufferLimit))
        let (history, key, isFinished) = state.withLock { state in
            defer { state.nextListener += 1 }
            if !state.isFinished { state.listeners[state.nextListener] = continuation }
            return (Array(state.history.suffix(historyLimit)), state.nextListener, state.isFinished)
        }
        if isFinished { continuation.finish() }
        continuation.onTermination = { [weak self] _ in
            self?.state.withLock { _ = $0.listeners.removeValue(forKey: key) }
        }
        return (history, stream)
    }

    /// How many listen now.
    public var listenerCount: Int { state.withLock { $0.listeners.count } }

    /// Ends every stream, those of later listeners too.
    public func finish() {
        let listeners = state.withLock { state in
            state.isFinished = true
            defer { state.listeners = [:] }
            return Array(state.listeners.values)
        }
        for listener in listeners { listener.finish() }
    }
}
