internal import Glibc
public import Linux
internal import Synchronization

/// A non-blocking descriptor that tasks read and write.
///
/// The reactor counts the edges that `epoll(7)` reports. Who waits names the count from before its attempt,
/// so an edge between attempt and wait ends the wait at once, and any number of tasks may wait for one side.
/// Whoever made one closes it: the reactor holds on to it until then.
public final class AsyncDescriptor: Sendable {
    /// What a call waits for.
    private enum Side { case reading, writing }

    private struct Waiting {
        var edges: UInt64 = 0
        var tasks: [UInt64: CheckedContinuation<Void, Never>] = [:]

        /// Counts an edge and hands over those who wait.
        mutating func wake() -> [CheckedContinuation<Void, Never>] {
            edges += 1
            defer { tasks = [:] }
            return Array(tasks.values)
        }
    }

    private struct State {
        var reading = Waiting()
        var writing = Waiting()
        var nextTicket: UInt64 = 1
        var closed = false
        var key: UInt64?

        subscript(_ side: Side) -> Waiting {
            get { side == .reading ? reading : writing }
            set { if side == .reading { reading = newValue } else { writing = newValue } }
        }
    }

    private let state = Mutex(State())
    private let descriptor: SharedDescriptor

    /// The number, for calls that borrow it.
    public var rawValue: Int32 { descriptor.rawValue }

    /// Takes `descriptor`, which must be a socket, pipe or terminal, and makes it non-blocking.
    public init(_ descriptor: consuming OwnedDescriptor) throws {
        self.descriptor = SharedDescriptor(descriptor)
        let flags = fcntl(self.descriptor.rawValue, F_GETFL)
        _ = fcntl(self.descriptor.rawValue, F_SETFL, flags | O_NONBLOCK)
        let key = try Reactor.shared.watch(self)
        state.withLock { $0.key = key }
    }

    /// Stops watching and ends every wait; the descriptor closes with the last reference.
    public func close() {
        let (key, waiters) = state.withLock { state in
            state.closed = true
            let waiters = state.reading.wake() + state.writing.wake()
            defer { state.key = nil }
            return (state.key, waiters)
        }
        if let key {
            Reactor.shared.forget(key, rawValue: rawValue)
            _ = Glibc.shutdown(rawValue, Int32(SHUT_RDWR))
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Tells the other side that nothing more will be written.
    public func closeWriting() { _ = Glibc.shutdown(rawValue, Int32(SHUT_WR)) }

    /// Reads what is there, at most `limit` bytes, waiting for the first; nil is the end.
    public func read(limitBytes limit: Int = 65536) async throws -> [UInt8]? {
        do {
            return try await performReading { raw in
                var failure: SystemError?
                let bytes = [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
                    do throws(SystemError) {
                        count = try readBytes(raw, into: UnsafeMutableRawBufferPointer(buffer))
                    } catch {
                        failure = error
                    }
                }
                if let failure { throw failure }
                return bytes.isEmpty ? nil : bytes
            }
        } catch let error as SystemError where error.code == .connectionReset || error.code == .inputOutput {
            return nil
        }
    }

    /// Writes all of `bytes` to a socket, waiting whenever the other side's buffer is full.
    ///
    /// One task at a time: what two write would mix.
    public func write(_ bytes: [UInt8]) async throws {
        var offset = 0
        while offset < bytes.count {
            let rest = bytes[offset...]
            offset += try await performWriting { raw in
                let count = try sendSome(raw, rest)
                if count == 0 { throw SystemError(call: "send", subject: "fd \(raw)", code: .again) }
                return count
            }
        }
    }

    /// Runs a call that reads, again each time it fails with `EAGAIN` and the descriptor became readable.
    public func performReading<Value>(_ call: (Int32) throws -> Value) async throws -> Value {
        try await perform(.reading, call)
    }

    /// Runs a call that writes, again each time it fails with `EAGAIN` and the descriptor became writable.
    public func performWriting<Value>(_ call: (Int32) throws -> Value) async throws -> Value {
        try await perform(.writing, call)
    }

    private func perform<Value>(_ side: Side, _ call: (Int32) throws -> Value) async throws -> Value {
        while true {
            let edges = try state.withLock { state in
                if state.closed {
                    throw SystemError(call: "use", subject: "fd \(rawValue)", code: .brokenPipe)
                }
                return state[side].edges
            }
            do {
                return try call(rawValue)
            } catch let error as SystemError where error.code == .interrupted {
                continue
            } catch let error as SystemError where error.code == .again {
                // Nothing there yet, or no room: wait for the reactor.
            }
            await wait(side, after: edges)
            try Task.checkCancellation()
        }
    }

    /// Returns once an edge has come after the one numbered `edges`, or on close or cancellation.
    private func wait(_ side: Side, after edges: UInt64) async {
        let ticket = state.withLock { state in
            defer { state.nextTicket += 1 }
            return state.nextTicket
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
                let now = state.withLock { state in
                    if state[side].edges != edges || state.closed || Task.isCancelled { return true }
                    state[side].tasks[ticket] = continuation
                    return false
                }
                if now { continuation.resume() }
            }
        } onCancel: {
            let waiter = state.withLock { $0[side].tasks.removeValue(forKey: ticket) }
            waiter?.resume()
        }
    }

    /// Called by the reactor's thread.
    func becameReady(_ events: EventPoll.Events) {
        let broken = !events.isDisjoint(with: [.error, .hangUp])
        let waiters = state.withLock { state in
            var woken: [CheckedContinuation<Void, Never>] = []
            if broken || !events.isDisjoint(with: [.readable, .peerClosed]) { woken += state.reading.wake() }
            if broken || events.contains(.writable) { woken += state.writing.wake() }
            return woken
        }
        for waiter in waiters { waiter.resume() }
    }
}
