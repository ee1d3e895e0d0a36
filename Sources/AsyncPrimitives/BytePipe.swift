internal import Synchronization

/// A bounded queue of byte chunks between two sides, each of which may be a task or a blocking thread.
///
/// One side sends, one receives. A receiver that has gone (``close()``) fails the sender with
/// ``BytePipe/ReceiverGone``; a sender's failure reaches the receiver after the chunks before it.
public final class BytePipe: Sendable {
    /// What `send` throws once the receiver has closed the pipe.
    public struct ReceiverGone: Error, Sendable {
        public init() {}
    }

    private struct State {
        var chunks: [[UInt8]] = []
        var head = 0
        var bytes = 0
        var finished = false
        var failure: (any Error)?
        var closed = false
        var receivers: [@Sendable () -> Void] = []
        var senders: [@Sendable () -> Void] = []
    }

    private let state = Mutex(State())
    private let limitBytes: Int

    /// A pipe that holds up to `limitBytes` before a sender waits (one chunk always fits).
    public init(limitBytes: Int = 1 << 20) { self.limitBytes = limitBytes }

    /// Sends `chunk`, waiting while the pipe is full.
    public func send(_ chunk: [UInt8]) async throws {
        while true {
            let (sent, wake) = try offer(chunk)
            for each in wake { each() }
            if sent { return }
            await withCheckedContinuation { continuation in waitToSend { continuation.resume() } }
        }
    }

    /// ``send(_:)`` for a thread that may block.
    public func sendBlocking(_ chunk: [UInt8]) throws {
        while true {
            let (sent, wake) = try offer(chunk)
            for each in wake { each() }
            if sent { return }
            let semaphore = Semaphore()
            waitToSend { semaphore.signal() }
            semaphore.wait()
        }
    }

    /// Ends the stream, with `failure` if it broke; later calls do nothing.
    public func finish(throwing failure: (any Error)? = nil) {
        let wake = state.withLock { state in
            if !state.finished {
                state.finished = true
                state.failure = failure
            }
            defer { state.receivers = [] }
            return state.receivers
        }
        for each in wake { each() }
    }

    /// Says that nobody will receive any more.
    public func close() {
        let wake = state.withLock { state in
            state.closed = true
            state.chunks = []
            state.head = 0
            state.bytes = 0
            defer {
                state.senders = []
                state.receivers = []
            }
            return state.senders + state.receivers
        }
        for each in wake { each() }
    }

    /// The next chunk, or nil at the end; throws the sender's failure.
    public func receive() async throws -> [UInt8]? {
        while true {
            if let answer = try take() { return answer }
            await withCheckedContinuation { continuation in waitToReceive { continuation.resume() } }
        }
    }

    /// ``receive()`` for a thread that may block.
    public func receiveBlocking() throws -> [UInt8]? {
        while true {
            if let answer = try take() { return answer }
            let semaphore = Semaphore()
            waitToReceive { semaphore.signal() }
            semaphore.wait()
        }
    }

    private func offer(_ chunk: [UInt8]) throws -> (sent: Bool, wake: [@Sendable () -> Void]) {
        try state.withLock { state in
            if state.closed || state.finished { throw ReceiverGone() }
            if state.bytes > 0 && state.bytes + chunk.count > limitBytes { return (false, []) }
            state.chunks.append(chunk)
            state.bytes += chunk.count
            defer { state.receivers = [] }
            return (true, state.receivers)
        }
    }

    private func take() throws -> [UInt8]?? {
        let (answer, wake): ([UInt8]??, [@Sendable () -> Void]) = try state.withLock { state in
            if state.head < state.chunks.count {
                let chunk = state.chunks[state.head]
                state.chunks[state.head] = []
                state.head += 1
                if state.head == state.chunks.count || state.head > 64 {
                    state.chunks.removeFirst(state.head)
                    state.head = 0
                }
                state.bytes -= chunk.count
                defer { state.senders = [] }
                return (.some(.some(chunk)), state.senders)
            }
            if let failure = state.failure { throw failure }
            if state.finished || state.closed { return (.some(.none), []) }
            return (.none, [])
        }
        for each in wake { each() }
        return answer
    }

    private func waitToSend(_ wake: @escaping @Sendable () -> Void) {
        let now = state.withLock { state in
            if state.closed || state.bytes == 0 { return true }
            state.senders.append(wake)
            return false
        }
        if now { wake() }
    }

    private func waitToReceive(_ wake: @escaping @Sendable () -> Void) {
        let now = state.withLock { state in
            if state.head < state.chunks.count || state.finished || state.closed { return true }
            state.receivers.append(wake)
            return false
        }
        if now { wake() }
    }
}
