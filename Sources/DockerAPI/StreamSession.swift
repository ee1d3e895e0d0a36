/// Bytes that a client reads until they end: logs, an attached container's output.
public protocol ByteOutput: Sendable {
    /// Whether the bytes are a terminal's, raw; otherwise each chunk holds frames of Docker's stdcopy
    /// multiplexing (one byte stream, three zeros, four bytes length, payload).
    var isTerminal: Bool { get }

    /// The next bytes, or nil once the output has ended.
    ///
    /// A cancelled task's wait ends soon, with `CancellationError` or nil.
    func nextOutput() async throws -> [UInt8]?

    /// Gives up: the client has gone, or everything is done. May be called more than once.
    func close() async
}

/// Both directions of an attach or an exec.
public protocol StreamSession: ByteOutput {
    /// Passes bytes on to the process, waiting while it does not read; throws when it never will again.
    func sendInput(_ bytes: [UInt8]) async throws

    /// Says that the client sends no more; output may go on.
    func closeInput() async
}

/// The three streams, by their number in the multiplexing.
public enum OutputStreamKind: UInt8, Sendable {
    case stdin = 0
    case stdout = 1
    case stderr = 2
}

/// The eight bytes that introduce `length` bytes of a stream.
public func streamFrameHeader(_ kind: OutputStreamKind, length: Int) -> [UInt8] {
    let size = UInt32(clamping: length)
    return [
        kind.rawValue, 0, 0, 0, UInt8(size >> 24 & 255), UInt8(size >> 16 & 255), UInt8(size >> 8 & 255),
        UInt8(size & 255),
    ]
}
