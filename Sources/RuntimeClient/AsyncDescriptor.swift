public import Linux
internal import Glibc
internal import Synchronization

/// A non-blocking descriptor that tasks read and write: at most one reader and one writer at a time.
public final class AsyncDescriptor: Sendable {
    private struct Side {
        var ready = true
        var waiter: CheckedContinuation<Void, Never>?
    }

    private struct State {
        var read = Side()
        var write = Side()
        var closed = false
        var key: UInt64?
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
            defer {
                state.key = nil
                state.read.waiter = nil
                state.write.waiter = nil
            }
            return (state.key, [state.read.waiter, state.write.waiter])
        }
        if let key {
            Reactor.shared.forget(key, rawValue: rawValue)
            _ = Glibc.shutdown(rawValue, Int32(SHUT_RDWR))
        }
        for waiter in waiters { waiter?.resume() }
    }

    /// Tells the other side that nothing more will be written.
    public func closeWriting() { _ = Glibc.shutdown(rawValue, Int32(SHUT_WR)) }

    /// Reads what is there, at most `limit` bytes, waiting for the first; nil is the end.
    public func read(limitBytes limit: Int = 65536) async throws -> [UInt8]? {
        do {
            return try await performReading { raw throws(SystemError) -> [UInt8]? in
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

    /// Writes all of `bytes`, waiting whenever the other side's buffer is full.
    public func write(_ bytes: [UInt8]) async throws {
        var offset = 0
        while offset < bytes.count {
            let start = offset
            offset += try await performWriting { raw throws(SystemError) -> Int in
                let count = bytes.withUnsafeBytes { buffer in
                    Glibc.send(
                        raw, buffer.baseAddress?.advanced(by: start), bytes.count - start, Int32(MSG_NOSIGNAL.rawValue))
                }
                if count < 0 { throw SystemError.last("send", "fd \(raw)") }
                return count
            }
        }
    }

    /// Runs a call that reads, again each time it fails with `EAGAIN` and the descriptor became readable.
    public func performReading<Value>(_ call: (Int32) throws -> Value) async throws -> Value {
        try await perform(\.read, call)
    }

    /// Runs a call that writes, again each time it fails with `EAGAIN` and the descriptor became writable.
    public func performWriting<Value>(_ call: (Int32) throws -> Value) async throws -> Value {
        try await perform(\.write, call)
    }

    private func perform<Value>(
        _ side: WritableKeyPath<State, Side> & Sendable, _ call: (Int32) throws -> Value
    ) async throws -> Value {
        while true {
            let closed = state.withLock { state in
                state[keyPath: side].ready = false
                return state.closed
            }
            if closed { throw SystemError(call: "use", subject: "fd \(rawValue)", code: .brokenPipe) }
            do {
                return try call(rawValue)
            } catch let error as SystemError where error.code == .interrupted {
                continue
            } catch let error as SystemError where error.code == .again {
                // Nothing there yet, or no room: wait for the reactor.
            }
            await waitUntilReady(side)
            try Task.checkCancellation()
        }
    }

    private func waitUntilReady(_ side: WritableKeyPath<State, Side> & Sendable) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
                let now = state.withLock { state in
                    if state[keyPath: side].ready || state.closed || Task.isCancelled { return true }
                    state[keyPath: side].waiter = continuation
                    return false
                }
                if now { continuation.resume() }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                defer { state[keyPath: side].waiter = nil }
                return state[keyPath: side].waiter
            }
            waiter?.resume()
        }
    }

    /// Called by the reactor's thread.
    func becameReady(_ events: EventPoll.Events) {
        let broken = !events.isDisjoint(with: [.error, .hangUp])
        let waiters = state.withLock { state in
            var woken: [CheckedContinuation<Void, Never>] = []
            if broken || !events.isDisjoint(with: [.readable, .peerClosed]) {
                state.read.ready = true
                if let waiter = state.read.waiter { woken.append(waiter) }
                state.read.waiter = nil
            }
            if broken || events.contains(.writable) {
                state.write.ready = true
                if let waiter = state.write.waiter { woken.append(waiter) }
                state.write.waiter = nil
            }
            return woken
        }
        for waiter in waiters { waiter.resume() }
    }
}
