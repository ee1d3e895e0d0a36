internal import DockerAPI
internal import Linux
internal import RuntimeClient
internal import Synchronization

/// A client's connection to a container's or an exec's streams.
final class ProcessSession: StreamSession {
    let isTerminal: Bool
    private let stream: AsyncDescriptor
    private let keys: Mutex<DetachKeys?>
    private let prefix: Mutex<[UInt8]>
    private let onDetach: @Sendable () async -> Void
    private let onBegin: Mutex<(@Sendable () async -> [UInt8]?)?>
    private let onEnd: @Sendable () async -> Void
    private let isClosed = Mutex(false)

    /// A session over `stream`; `prefix` comes first (the log so far), `keys` watches a terminal's input.
    ///
    /// `onBegin` is awaited before the first output; what it returns is all there is then. `onEnd` is awaited
    /// when the process's output has ended, before the client hears of that.
    init(
        _ stream: AsyncDescriptor, isTerminal: Bool, prefix: [UInt8] = [], keys: DetachKeys? = nil,
        onDetach: @escaping @Sendable () async -> Void = {},
        onBegin: (@Sendable () async -> [UInt8]?)? = nil, onEnd: @escaping @Sendable () async -> Void = {}
    ) {
        self.stream = stream
        self.isTerminal = isTerminal
        self.prefix = Mutex(prefix)
        self.keys = Mutex(keys)
        self.onDetach = onDetach
        self.onBegin = Mutex(onBegin)
        self.onEnd = onEnd
    }

    func nextOutput() async throws -> [UInt8]? {
        if let words = await begin() {
            stop()
            return words
        }
        let first = prefix.withLock { bytes in
            defer { bytes = [] }
            return bytes
        }
        if !first.isEmpty { return first }
        do {
            if let bytes = try await stream.read() { return bytes }
            if !isClosed.withLock({ $0 }) { await onEnd() }
            return nil
        } catch let error as SystemError where error.code == .brokenPipe {
            return nil
        }
    }

    private func begin() async -> [UInt8]? {
        // Taken out, with the far end of the stream that it holds: the end of the supervisor shall be seen.
        let begin = onBegin.withLock { begin in
            defer { begin = nil }
            return begin
        }
        return await begin?()
    }

    func sendInput(_ bytes: [UInt8]) async throws {
        let (passed, isDetached) = keys.withLock { $0?.filter(bytes) } ?? (bytes, false)
        if !passed.isEmpty { try await stream.write(passed) }
        if isDetached {
            await onDetach()
            stop()
        }
    }

    func closeInput() async { stream.closeWriting() }

    func close() async { stop() }

    private func stop() {
        isClosed.withLock { $0 = true }
        stream.close()
    }
}

/// Output that is there already, such as the words of a failed exec.
final class FixedSession: StreamSession {
    let isTerminal: Bool
    private let left: Mutex<[UInt8]>

    init(_ bytes: [UInt8], isTerminal: Bool) {
        left = Mutex(bytes)
        self.isTerminal = isTerminal
    }

    func nextOutput() async throws -> [UInt8]? {
        left.withLock { bytes in
            defer { bytes = [] }
            return bytes.isEmpty ? nil : bytes
        }
    }

    func sendInput(_ bytes: [UInt8]) async throws {}

    func closeInput() async {}

    func close() async {}
}
