internal import Synchronization

/// A bounded queue of byte chunks between two sides, each of which may be a task or a blocking thread.
///
/// One side sends, one receives. A receiver that has gone (``close()``) fails the sender with
/// ``BytePipe/ReceiverGone``; a sender's failure reaches the receiver after the chunks before it.
/// A task that is cancelled stops waiting with `CancellationError`; what is in the pipe stays there.
public final class BytePipe: Sendable {
    /// What `send` throws once the receiver has closed the pipe, or the stream was finished.
    public struct ReceiverGone: Error, Sendable {
        public init() {}
    }

    private enum Side { case senders, receivers }

    /// Those who wait on one side, by ticket.
    private struct Waiters {
        var wakes: [UInt64: @Sendable () -> Void] = [:]

        mutating func takeAll() -> [@Sendable () -> Void] {
            if wakes.isEmpty { return [] }
            defer { wakes = [:] }
            return Array(wakes.values)
        }
    }

    private struct State {
        var chunks: [[UInt8]] = []
        var head = 0
        var bytes = 0
        var finished = false
        var failure: (any Error)?
        var closed = false
        var nextTicket: UInt64 = 1
        var receivers = Waiters()
        var senders = Waiters()

        subscript(_ side: Side) -> Waiters {
            get { side == .senders ? senders : receivers }
            set { if side == .senders { senders = newValue } else { receivers = newValue } }
        }

        /// Whether a chunk of `count` bytes may enter now, or a sender has to learn that none may any more.
        func admits(_ count: Int, limit: Int) -> Bool {
            closed || finished || bytes == 0 || bytes + count <= limit
        }

        /// Whether `take` has an answer.
        var hasAnswer: Bool { head < chunks.count || finished || closed }
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
            try await wait(.senders) { [limitBytes] in $0.admits(chunk.count, limit: limitBytes) }
        }
    }

    /// ``send(_:)`` for a thread that may block.
    public func sendBlocking(_ chunk: [UInt8]) throws {
        while true {
            let (sent, wake) = try offer(chunk)
            for each in wake { each() }
            if sent { return }
            waitBlocking(.senders) { [limitBytes] in $0.admits(chunk.count, limit: limitBytes) }
        }
    }

    /// Ends the stream, with `failure` if it broke; later calls do nothing.
    public func finish(throwing failure: (any Error)? = nil) {
        let wake = state.withLock { state in
            if !state.finished {
                state.finished = true
                state.failure = failure
            }
            return state.receivers.takeAll() + state.senders.takeAll()
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
            return state.senders.takeAll() + state.receivers.takeAll()
        }
        for each in wake { each() }
    }

    /// The next chunk, or nil at the end; throws the sender's failure.
    public func receive() async throws -> [UInt8]? {
        while true {
            if let answer = try take() { return answer }
            try await wait(.receivers) { $0.hasAnswer }
        }
    }

    /// ``receive()`` for a thread that may block.
    public func receiveBlocking() throws -> [UInt8]? {
        while true {
            if let answer = try take() { return answer }
            waitBlocking(.receivers) { $0.hasAnswer }
        }
    }

    private func offer(_ chunk: [UInt8]) throws -> (sent: Bool, wake: [@Sendable () -> Void]) {
        try state.withLock { state in
            if state.closed || state.finished { throw ReceiverGone() }
            if !state.admits(chunk.count, limit: limitBytes) { return (false, []) }
            state.chunks.append(chunk)
            state.bytes += chunk.count
            return (true, state.receivers.takeAll())
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
                return (.some(.some(chunk)), state.senders.takeAll())
            }
            if let failure = state.failure { throw failure }
            if state.finished || state.closed { return (.some(.none), []) }
            return (.none, [])
        }
        for each in wake { each() }
        return answer
    }

    /// Registers `wake`, unless `isReady` holds already: then nobody would call it.
    private func register(
        _ ticket: UInt64, _ side: Side, unless isReady: (borrowing State) -> Bool,
        _ wake: @escaping @Sendable () -> Void
    ) -> Bool {
        state.withLock { state in
            if isReady(state) { return false }
            state[side].wakes[ticket] = wake
            return true
        }
    }

    private func newTicket() -> UInt64 {
        state.withLock { state in
            defer { state.nextTicket += 1 }
            return state.nextTicket
        }
    }

    private func wait(
        _ side: Side, until isReady: (borrowing State) -> Bool
    ) async throws {
        let ticket = newTicket()
        await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
                let waits = register(ticket, side, unless: { Task.isCancelled || isReady($0) }) {
                    continuation.resume()
                }
                if !waits { continuation.resume() }
            }
        } onCancel: {
            let wake = state.withLock { $0[side].wakes.removeValue(forKey: ticket) }
            wake?()
        }
        try Task.checkCancellation()
    }

    private func waitBlocking(
        _ side: Side, until isReady: (borrowing State) -> Bool
    ) {
        let semaphore = Semaphore()
        if register(newTicket(), side, unless: isReady, { semaphore.signal() }) { semaphore.wait() }
    }
}
