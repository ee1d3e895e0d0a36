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

    /// A session over `stream`; `prefix` comes first (the log so far), `keys` watches a terminal's input.
    init(
        _ stream: AsyncDescriptor, isTerminal: Bool, prefix: [UInt8] = [], keys: DetachKeys? = nil,
        onDetach: @escaping @Sendable () async -> Void = {}
    ) {
        self.stream = stream
        self.isTerminal = isTerminal
        self.prefix = Mutex(prefix)
        self.keys = Mutex(keys)
        self.onDetach = onDetach
    }

    func nextOutput() async throws -> [UInt8]? {
        let first = prefix.withLock { bytes in
            defer { bytes = [] }
            return bytes
        }
        if !first.isEmpty { return first }
        do {
            return try await stream.read()
        } catch let error as SystemError where error.code == .brokenPipe {
            return nil
        }
    }

    func sendInput(_ bytes: [UInt8]) async throws {
        let (passed, isDetached) = keys.withLock { $0?.filter(bytes) } ?? (bytes, false)
        if !passed.isEmpty { try await stream.write(passed) }
        if isDetached {
            await onDetach()
            stream.close()
        }
    }

    func closeInput() async { stream.closeWriting() }

    func close() async { stream.close() }
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
