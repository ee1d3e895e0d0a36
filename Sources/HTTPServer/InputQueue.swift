internal import Synchronization

/// Bytes from a connection's event loop to one reading task.
final class InputQueue: Sendable {
    private struct State {
        var chunks: [[UInt8]] = []
        var bytes = 0
        var ended = false
        var failure: (any Error)?
        var waiter: CheckedContinuation<Void, Never>?
        var asked = false
    }

    private let state = Mutex(State())
    private let onTake: @Sendable (_ first: Bool) -> Void

    /// `onTake` runs whenever the reader has made room or begins to wait, the first time with true.
    init(onTake: @escaping @Sendable (_ first: Bool) -> Void = { _ in }) { self.onTake = onTake }

    var bufferedBytes: Int { state.withLock { $0.bytes } }

    /// Whether anybody has asked for bytes yet.
    var wasAsked: Bool { state.withLock { $0.asked } }

    func push(_ chunk: [UInt8]) {
        let waiter = state.withLock { state in
            if state.ended { return nil as CheckedContinuation<Void, Never>? }
            state.chunks.append(chunk)
            state.bytes += chunk.count
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }

    func finish(throwing failure: (any Error)? = nil) {
        let waiter = state.withLock { state in
            if !state.ended {
                state.ended = true
                state.failure = failure
            }
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }

    func next() async throws -> [UInt8]? {
        while true {
            let (taken, first): ([UInt8]??, Bool) = try state.withLock { state in
                let first = !state.asked
                state.asked = true
                if !state.chunks.isEmpty {
                    let chunk = state.chunks.removeFirst()
                    state.bytes -= chunk.count
                    return (.some(.some(chunk)), first)
                }
                if let failure = state.failure { throw failure }
                return (state.ended ? .some(nil) : nil, first)
            }
            if let taken {
                if taken != nil { onTake(first) }
                return taken
            }
            onTake(first)
            try Task.checkCancellation()
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    let now = state.withLock { state in
                        if !state.chunks.isEmpty || state.ended || Task.isCancelled { return true }
                        state.waiter = continuation
                        return false
                    }
                    if now { continuation.resume() }
                }
            } onCancel: {
                let waiter = state.withLock { state in
                    defer { state.waiter = nil }
                    return state.waiter
                }
                waiter?.resume()
            }
        }
    }
}
