internal import Synchronization

/// Lets one task through at a time, in the order of arrival.
public final class AsyncGate: Sendable {
    private struct State {
        var isTaken = false
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    public init() {}

    /// Waits for the gate; each `enter` is followed by one ``leave()``.
    public func enter() async {
        await withCheckedContinuation { continuation in
            let now = state.withLock { state in
                if state.isTaken {
                    state.waiters.append(continuation)
                    return false
                }
                state.isTaken = true
                return true
            }
            if now { continuation.resume() }
        }
    }

    /// Lets the next one through.
    public func leave() {
        let next: CheckedContinuation<Void, Never>? = state.withLock { state in
            if state.waiters.isEmpty {
                state.isTaken = false
                return nil
            }
            return state.waiters.removeFirst()
        }
        next?.resume()
    }
}
